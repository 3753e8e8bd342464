"""Learners of one-layer Transformers and of the ReLU networks inside them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.kinks import find_kinks
from corollary.sims.attention_queries.networks import random_transformer
from corollary.sims.attention_queries.oracle import NotLearned, Oracle
from corollary.sims.attention_queries.relu_network import ReluNetwork, learn_relu
from corollary.sims.attention_queries.transformer import NotShown, learn_attention_first, learn_network_first


@pytest.mark.parametrize("even", [False, True])
def test_a_transformer_is_recovered_network_first(even):
    parameters = random_transformer(np.random.default_rng(1), 5, 4, even)
    hidden = models.hidden(models.transformer, parameters)
    learned = learn_network_first(Oracle(hidden), np.random.default_rng(2))
    X = np.random.default_rng(3).standard_normal((64, 4, 5))
    assert np.linalg.norm(learned(X) - hidden.answer(X)) < 1e-5 * np.linalg.norm(hidden.answer(X))


def test_the_odd_part_of_an_even_network_is_refused():
    parameters = random_transformer(np.random.default_rng(1), 5, 4, even=True)
    with pytest.raises(ValueError, match="A\\^T o = 0"):
        learn_attention_first(Oracle(models.hidden(models.transformer, parameters)), np.random.default_rng(2))


def test_a_network_that_hardly_changes_is_given_up_like_any_other():
    """Whoever counts attempts takes it for one that failed."""
    parameters = random_transformer(np.random.default_rng(1), 4, 3)
    parameters["o"] *= 1e-3
    with pytest.raises(NotShown, match=r"only 0 of 12 directions show the attention weight") as raised:
        learn_network_first(Oracle(models.hidden(models.transformer, parameters)), np.random.default_rng(2))
    assert isinstance(raised.value, NotLearned)


@pytest.mark.parametrize(("d", "m"), [(6, 3), (3, 6)])
def test_literal_neurons_are_recovered_up_to_scale_and_order(d, m):
    rng = np.random.default_rng(4)
    A, o = rng.standard_normal((m, d)), rng.standard_normal(m)
    learned = learn_relu(lambda x: np.maximum(x @ A.T, 0) @ o, d, rng)
    rows, signs = learned.neurons()
    true = np.abs(o)[:, None] * A
    for row, sign in zip(rows, signs, strict=True):
        nearest = np.argmin(np.linalg.norm(true - row, axis=1))
        assert row == pytest.approx(true[nearest], abs=1e-6)
        assert sign == np.sign(o[nearest])


def test_too_many_neurons_for_their_signs_are_refused():
    with pytest.raises(ValueError, match="m=17"):
        ReluNetwork(np.zeros(3), np.ones((17, 3)), np.ones(17)).neurons()


@given(st.lists(st.floats(0.05, 0.95), min_size=0, max_size=6, unique=True))
@settings(max_examples=40)
def test_all_kinks_are_found(places):
    places = sorted(places)
    assume(all(b - a > 1e-3 for a, b in pairwise(places)))
    slopes = np.random.default_rng(len(places)).uniform(0.5, 2.0, len(places))
    learned = find_kinks(lambda t: 1 + 0.3 * t + np.abs(t[:, None] - np.array(places)) @ slopes)
    assert sorted(t for t, _ in learned) == pytest.approx(places, abs=1e-6)


def test_an_even_network_has_no_odd_part():
    parameters = random_transformer(np.random.default_rng(5), 5, 4, even=True)
    assert parameters["A"].shape == (8, 5)
    assert np.abs(parameters["A"].T @ parameters["o"]).max() < 1e-15
