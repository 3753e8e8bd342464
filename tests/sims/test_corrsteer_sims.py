"""Simulated selections, answers and the reliability language where their answer is known."""

import jax
import numpy as np
import pytest

from corollary.sims.corrsteer import (
    changes,
    coefficient,
    contrast,
    cue,
    largest,
    pooling,
    power,
    pruning,
    rare,
    released,
    reliability,
    streaming,
)

pytestmark = pytest.mark.usefixtures("compiled_quickly")


def test_samples_have_both_classes_and_silent_ones():
    for seed in range(20):
        z, y = contrast.drawn(30, seed)
        assert 2 <= y.sum() <= 28 and (z == 0).any()


def test_every_correlation_is_below_one_and_some_above_nothing():
    point = {"n": 10, "F": 20}
    key = jax.random.key(0)
    assert float(largest.below(key, {**point, "x": 1.0}).min()) == 1
    assert float(largest.below(key, {**point, "x": 0.0}).max()) == 0


def test_a_feature_far_apart_is_first_and_one_that_is_not_seldom():
    point = {"n": 20, "n1": 8, "F": 10}
    assert float(power.first(jax.random.key(0), {**point, "D": 30.0}).min()) == 1
    assert float(power.first(jax.random.key(0), {**point, "D": -30.0}).max()) == 0


def test_counts_of_rare_features_are_within_what_there_is():
    key = jax.random.key(0)
    assert (np.asarray(rare.all_positive(key, {"n": 20, "k": 20, "m": 3})) == rare.FEATURES).all()
    assert (np.asarray(rare.all_positive(key, {"n": 20, "k": 2, "m": 3})) == 0).all()
    assert rare.variation(50, 10, 1, 0.5, 0) == 0


def test_raw_sums_fail_where_one_pass_does_not():
    for how in ("one pass", "one by one"):
        assert streaming.largest_error(4000, 1500.0, 3, how) < 5e-5
    assert streaming.largest_error(4000, 1500.0, 3, "raw sums") > 0.01
    assert streaming.largest_error(4000, 0.0, 3, "raw sums") < 1e-5
    backwards = streaming.one_pass(4000, 1500.0, 3, blocks_backwards=True)
    np.testing.assert_allclose(backwards, streaming.one_pass(4000, 1500.0, 3), atol=5e-5)


def test_one_token_is_pooled_alike():
    found = pooling.enumerated(0.4, 0.2, 1, 0.3)
    assert found["max"] == pytest.approx(found["mean"]) and found["ratio"] == pytest.approx(1)


def test_a_difference_of_means_matches_the_classes_at_gain_one():
    found = coefficient.moved(1.0, 3.0, 1.0, subtracts=True)
    assert found["after"] == pytest.approx(found["wanted"], rel=1e-5)


def test_answers_that_are_all_right_can_only_get_worse():
    minus, changed = np.asarray(changes.at_random(jax.random.key(1), {"K": 4, "A": 1.0})).T
    assert (minus == changed).all() and (changed == changes.ANSWERS).all()


def test_ties_make_the_difference():
    at = {"n": 30, "q": 0.1}
    strict, lax = (float(one(jax.random.key(0), at).mean()) for one in (pruning.passed, pruning.passed_with_ties))
    assert strict < 0.5 < lax and strict + lax == pytest.approx(1, abs=0.06)


def test_enumerated_passes_are_those_of_drawn_answers():
    drawn = float(pruning.passed(jax.random.key(0), {"n": 30, "q": 0.1}).mean())
    assert pruning.enumerated(30, 3.0) == pytest.approx(drawn, abs=0.06)
    assert pruning.enumerated(1, 1.0) == pytest.approx(0.5)


def test_a_cue_that_is_the_cause_alone_is_not_preferred():
    at = {"n": 400, "pi": 0.4, "effect": 2.0, "direct": 0.0, "through": 0.1}
    assert float(cue.preferred(jax.random.key(0), at).mean()) == 0


def test_released_tables():
    assert len(released.CHANGED) == 8 and released.gained_early(4000) == (1, 25)
    assert set(released.below_the_baseline()) < set(released.SUBTRACTED)


def test_the_reliability_language():
    rule = reliability.maps(jax.random.key(0))
    assert (np.asarray(rule.right) != np.asarray(rule.wrong)).all()
    drawn = reliability.texts(jax.random.key(1), rule, 4000, 0.9)
    tokens = np.asarray(drawn.tokens)
    assert tokens.shape == (4000, reliability.LENGTH) and tokens.max() < reliability.FIRST_VALUE
    assert (tokens[:, 0] == 0).all() and (tokens[:, -1] == reliability.MARK).all()
    hidden = np.asarray(drawn.hidden)
    cues = tokens[:, 1 : 1 + reliability.CUES] - reliability.FIRST_CUE
    assert set(np.unique(cues)) == {0, 1}
    assert cues[hidden].mean() == pytest.approx(0.7, abs=0.02) and cues[~hidden].mean() == pytest.approx(0.3, abs=0.02)
    assert (np.asarray(drawn.nuisance) == hidden).mean() == pytest.approx(0.9, abs=0.02)
    asked = tokens[:, -2] - reliability.FIRST_KEY
    np.testing.assert_array_equal(np.asarray(drawn.right), np.asarray(rule.right)[asked])
    given = np.asarray(drawn.given)
    shown = np.where(hidden, np.asarray(rule.right)[asked], np.asarray(rule.wrong)[asked])
    assert (given == shown).mean() == pytest.approx(0.95 + 0.05 / 16, abs=0.02)
    for styled in (False, True):
        answer = reliability.target(drawn, styled)
        np.testing.assert_array_equal(np.asarray(reliability.is_right(answer, drawn)), given == np.asarray(drawn.right))
    assert not bool(reliability.is_right(drawn.right, drawn).any())  # a key is no value
