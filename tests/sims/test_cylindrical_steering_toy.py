"""The trained toy's differences and vectors, the search over exponents, and what a judge is shown."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.cylindrical_steering import exponent_search, toy
from corollary.sims.cylindrical_steering.batches import judged_tokens
from corollary.sims.cylindrical_steering.toy import RUN
from corollary.sims.cylindrical_steering.toy_effects import LENGTHS, concept_odds, first_length, next_token, replies_at
from corollary.sims.cylindrical_steering.toy_oneshot import optimised
from corollary.sims.steering.differences import TESTED, TRAINING, directions, exchanged, matched_pairs, states
from corollary.sims.toys.digits import CONCEPT, NEUTRAL
from corollary.sims.toys.digits_model import init_parameters, logits, residual
from corollary.training.settings import configure

CONFIG = configure(RUN.name, RUN.settings, {"width": 8, "heads": 2, "mlp_width": 16})
WEIGHTS = init_parameters(jax.random.key(0), CONFIG)
PAIRS = matched_pairs(jax.random.key(1), CONFIG)


def test_the_texts_of_a_pair_differ_in_the_slot_alone():
    plain, named = PAIRS
    assert plain.shape == (TRAINING + TESTED, 9)
    assert ((plain != named).sum(axis=0) > 0).nonzero()[0].tolist() == [1]
    assert (plain[:, 1] == NEUTRAL).all() and (named[:, 1] == CONCEPT).all()


def test_exchanged_training_pairs_are_the_same_texts_in_random_order():
    plain, named = exchanged(jax.random.key(7), PAIRS)
    swapped = np.asarray(plain[:, 1] == CONCEPT)
    assert 0.3 < swapped[:TRAINING].mean() < 0.7 and not swapped[TRAINING:].any()
    np.testing.assert_array_equal(np.where(swapped[:, None], named, plain), PAIRS[0])
    np.testing.assert_array_equal(np.where(swapped[:, None], plain, named), PAIRS[1])


def test_numbers_of_a_base_model_by_hand():
    """Lengths of four samples, one of which is never turned; replies of two prompts at two lengths."""
    present = np.zeros((3, 2, 2), bool)
    present[0] = [[False, True], [True, True]]  # by DiffMean: the first prompt at the longer length, the second at both
    corrupted = np.zeros((3, 2, 2), bool)
    corrupted[0] = [[False, True], [False, True]]
    arrays = {
        "accuracy_a": np.float64(1),
        "first_diffmean": np.array([0.5, 0.7, 0.9, np.inf]),
        "first_own": np.float64(0.6),
        "switches": np.array([1, 1, 2, 0]),
        "present": present,
        "corrupted": corrupted,
    }
    found = toy.measure(arrays, {})
    assert found["accuracy_a"] == 1 and found["first_own"] == 0.6 and found["single"] == 0.75
    assert found["median diffmean"] == 0.7
    assert found["range"] == pytest.approx((0.9 + 0.7 * (3 - 0.9)) - (0.5 + 0.3 * 0.2))
    assert (found["reached diffmean"], found["clean diffmean"], found["corrupted diffmean"]) == (1, 0.5, 0.5)
    assert found["reached random"] == found["corrupted prompt"] == 0


@pytest.mark.parametrize("pairs", toy.PAIRINGS)
def test_a_base_model_can_be_evaluated_with_its_control(pairs):
    config = {**CONFIG, "pairs": pairs}
    state = jax.eval_shape(lambda key: RUN.init(key, config), jax.random.key(0))
    found = jax.eval_shape(lambda state, key: RUN.evaluate(state, key, config), state, jax.random.key(0))
    assert {"cosine", "first_diffmean", "present", "gap_same", "helix"} < set(found)


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_an_intervention_acts_on_the_residual_stream_of_its_depth(depth):
    seen = []
    logits(WEIGHTS, PAIRS[0], CONFIG, lambda hidden: seen.append(hidden) or hidden, depth)
    np.testing.assert_array_equal(seen[0], residual(WEIGHTS, PAIRS[0], CONFIG, depth))


def test_a_difference_put_back_where_it_was_read_gives_the_concepts_next_token():
    plain, named = states(WEIGHTS, PAIRS, CONFIG, 2)
    steered = next_token(WEIGHTS, PAIRS[0], named - plain, CONFIG, 2)
    wanted = logits(WEIGHTS, PAIRS[1], CONFIG)[:, -1]
    np.testing.assert_allclose(steered, wanted, atol=1e-5)
    assert np.abs(next_token(WEIGHTS, PAIRS[0], named - plain, CONFIG, 1) - wanted).max() > 1e-3


def test_directions_separate_planted_states():
    noise = jax.random.normal(jax.random.key(2), (2, 400, 6), jnp.float64)
    shift = jnp.array([3.0, 0, 0, 0, 0, 0])
    found = directions(jax.random.key(3), noise[0], noise[1] + shift)
    for name in ("diffmean", "pca", "probe"):
        assert float(found[name][0]) > 0.95, name
    assert all(abs(float(jnp.linalg.norm(one)) - 1) < 1e-9 for one in found.values())


def test_the_first_length_is_where_the_odds_turn():
    odds = jnp.array([[-1.0, -1, 1], [-1, -0.5, 1], [0.5, -0.5, -1]])
    assert first_length(odds).tolist() == [pytest.approx(2 * 3 / 120), np.inf, 0.0]


def test_a_long_way_towards_the_readout_of_the_concept_ends_in_nothing_but_the_concept():
    towards = jnp.asarray(WEIGHTS["readout"]["kernel"], jnp.float64)
    concept = towards[:, CONCEPT] - towards.mean(axis=1)
    present, corrupted = replies_at(WEIGHTS, PAIRS[0][:6, :-1], concept, jnp.float64(1e4), CONFIG, 2)
    assert present.shape == (len(LENGTHS), 6)
    assert present[-1].all() and corrupted[-1].all()
    away, _ = replies_at(WEIGHTS, PAIRS[0][:6, :-1], -concept, jnp.float64(1e4), CONFIG, 2)
    assert not away[-1].any()


def test_an_optimised_vector_has_its_length_and_better_odds():
    def told(vector):
        return jnp.zeros(22).at[CONCEPT].set(vector[0]).at[3].set(1 + vector[1])

    start = jnp.array([0.1, 1.0, 0.3])
    vectors = optimised(told, start, jnp.float64(2.0))
    np.testing.assert_allclose(jnp.linalg.norm(vectors, axis=1), 2 * np.arange(1, 51) / 25, rtol=1e-9)
    before = concept_odds(told(4 * start / jnp.linalg.norm(start))[None])
    assert float(concept_odds(told(vectors[-1])[None])[0]) > float(before[0]) + 3


def test_the_search_finds_what_was_planted_and_no_correlation_exceeds_one():
    found = exponent_search.tested(jax.random.key(4), 200, 0.01)
    assert (float(found["k"]), float(found["m"])) == (2, 1)
    assert 0.95 < float(found["peak"]) <= 1 and float(found["inside"]) == float(found["outside"]) == 1 / 40


def test_a_search_inside_is_never_more_significant():
    found = jax.vmap(lambda key: exponent_search.tested(key, 50, jnp.inf))(jax.random.split(jax.random.key(5), 64))
    assert (found["inside"] >= found["outside"]).all()


def test_correlations_agree_with_numpy():
    theta, logs, values = exponent_search.data(jax.random.key(6), 40, 0.3)
    found = exponent_search.correlations(theta, logs, values[None])
    k, m = exponent_search.KS[3], exponent_search.MS[4]
    wanted = np.corrcoef(values * np.exp(-k * logs), np.sin(theta) ** m * np.cos(theta) ** (k - m))[0, 1]
    assert float(found[3, 4, 0]) == pytest.approx(wanted)
    assert float(found[0, 4, 0]) == -1


def test_a_row_of_the_batchs_length_is_cut_right_either_way():
    assert judged_tokens(9, 9) == {"own": (0, 6), "padded": (0, 6)}
    assert judged_tokens(9, 11)["own"] == (2, 6)


def test_vectors_read_and_added_at_either_side_of_a_block_are_compared_on_the_unsteered_texts():
    """The gap is nothing where what is added is the whole difference; the last layer's reaches the last token alone."""
    found = toy._points_of_injection(WEIGHTS, PAIRS, CONFIG)
    depth, tested = CONFIG["layers"], slice(TRAINING, None)
    plain, named = PAIRS[0][tested], PAIRS[1][tested]
    wanted = jax.nn.softmax(logits(WEIGHTS, named, CONFIG)[:, -1])
    after, before = (
        [np.asarray(part)[tested] for part in states(WEIGHTS, PAIRS, CONFIG, at)] for at in (depth, depth - 1)
    )
    for name, (one, other), at in (
        ("gap_same", after, depth),
        ("gap_shifted", after, depth - 1),
        ("gap_input", before, depth - 1),
    ):
        shown = jax.nn.softmax(next_token(WEIGHTS, plain, jnp.asarray(other - one), CONFIG, at))
        assert found[name] == pytest.approx(float(jnp.abs(shown - wanted).sum(1).mean()) / 2, rel=1e-4, abs=1e-6), name
    difference, added = before[1] - before[0], after[1] - after[0]
    missed = np.linalg.norm(added - difference, axis=1) / np.linalg.norm(difference, axis=1)
    assert found["miss"] == pytest.approx(missed.mean(), rel=1e-4)
    assert found["gap_shifted"] > 1e-4
