"""Samplers of credit attribution: mean and covariance, independence of rows and of chunks, and what figures keep."""

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.cca_barriers import composition, growth, hard_family, models, retrieval, retrofit, search, trees
from corollary.sims.cca_barriers.retrieval_network import init_params, logits
from corollary.trials import invariants

INDICATORS = np.array([0.15, 0.15, 0.7])
TENTATIVE = 0.15 / (1 - 3 / 24)
INSIDE = TENTATIVE + (1 - TENTATIVE) * 3 / 8
SAMPLERS: dict[str, tuple[Any, Any, Any, Any]] = {
    "rollouts": (
        composition.counterexample_rollouts,
        {"p": 0.3},
        INDICATORS,
        np.diag(INDICATORS) - np.outer(INDICATORS, INDICATORS),
    ),
    "exhaustive search": (search.exhaustive_cost, {"l": 2}, [9 / 4], [[11 / 16]]),
    "one sample each": (search.sampled_search, {"N": 4, "m": 2, "n": 1, "beta": 0.25}, [0.34375], [[0.2255859375]]),
    "retrofit": (
        search.retrofit_credits,
        {"l": 5, "k": 2, "q": 3, "gamma": 0.9, "alpha": 0.15, "thinned": 0},
        [INSIDE, 0.15],
        [[INSIDE * (1 - INSIDE), 0], [0, 0.15 * 0.85]],
    ),
}
"""name -> (measure, point, mean, covariance)."""


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_has_its_mean_and_covariance_and_independent_rows(name: str) -> None:
    measure, point, mean, covariance = SAMPLERS[name]
    chunks = [np.asarray(measure(jax.random.key(seed), point), float).reshape(-1, len(mean)) for seed in range(8)]
    rows = np.concatenate(chunks)
    error = 5 / np.sqrt(len(rows))
    spread = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(rows.mean(0), mean, atol=error * spread.max())
    centred = (rows - mean) / spread
    np.testing.assert_allclose(centred.T @ centred / len(rows), covariance / np.outer(spread, spread), atol=2 * error)
    within = np.concatenate([(chunk[1:] - mean) * (chunk[:-1] - mean) for chunk in chunks]) / spread**2
    np.testing.assert_allclose(within.mean(0), 0, atol=2 * error)
    between = [(a - mean) * (b - mean) / spread**2 for a, b in itertools.pairwise(chunks)]
    np.testing.assert_allclose(np.concatenate(between).mean(0), 0, atol=2 * error)


@pytest.mark.parametrize("name", SAMPLERS)
def test_no_key_is_used_twice(name: str) -> None:
    measure, point, _, _ = SAMPLERS[name]
    assert invariants.keys_used_once(measure, point)


def test_rollouts_of_a_random_tree_follow_the_joint_law_of_text_and_credit() -> None:
    tree = models.binary_tree(models.draw_binary(jax.random.key(2), 3), 0.3)
    texts, credited = composition.sample_rollouts(jax.random.key(3), tree, 1 << 16)
    law = trees.rollout_law(tree)
    expected = np.stack([law.uncredited, law.text - law.uncredited], 1)
    assert invariants.probabilities(expected, axis=None)
    counts = np.bincount(2 * np.asarray(texts) + np.asarray(credited), minlength=16).reshape(8, 2) / (1 << 16)
    np.testing.assert_allclose(counts, expected, atol=5 * 0.5 / 256)


@pytest.mark.parametrize("document", [(1, 2, 0, 1), (4, 4, 4, 4)])
def test_texts_of_the_toy_follow_their_process(document: tuple[int, ...]) -> None:
    """Every transition, from the start and from each token, of an uneven chain, which nulls leave alone."""
    chain = jnp.array([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.25, 0.7, 0.05], [0.15, 0.35, 0.5]])
    count, weight = 1 << 14, 0.35
    documents = jnp.tile(jnp.array(document), (count, 1))
    texts = np.asarray(retrieval.draw_texts(jax.random.key(0), chain, documents, weight))
    laws = retrieval.process_laws(chain.astype(jnp.float64), jnp.array(document), weight)
    assert all(invariants.probabilities(table) for table in laws)
    np.testing.assert_allclose(np.bincount(texts[:, 0], minlength=3) / count, laws[0][0], atol=5 * 0.5 / 128)
    for previous in range(3):
        follows = texts[:, 1:][texts[:, :-1] == previous]
        share = np.bincount(follows, minlength=3) / len(follows)
        np.testing.assert_allclose(share, laws[1][previous], atol=5 * 0.5 / np.sqrt(len(follows)))
    assert len(np.unique(texts, axis=0)) > 1000


def test_the_toys_network_is_causal() -> None:
    params = init_params(jax.random.key(0), 8, 5, 12, 3)
    tokens = np.random.default_rng(0).integers(0, 5, (2, 12))
    assert invariants.causal(lambda t: logits(params, jnp.asarray(t)), tokens, change=lambda t: (t + 1) % 5)


def test_random_trees_fill_the_interval_that_eps_leaves_and_keep_their_survivals() -> None:
    """At extreme parameters uncredited laws sit at either end: ratio E to the law without the document."""
    drawn = models.draw_binary(jax.random.key(0), 3)
    for sign in (-1, 1):
        tree = models.binary_tree({**drawn, "r": jnp.full(7, 40.0 * sign), "s": 40.0 * drawn["s"]}, 0.7, 0.2, 0.6)
        for uncredited, text, absent in zip(*tree, strict=True):
            kept = uncredited.sum(1, keepdims=True)
            assert invariants.within(kept, 0.2, 0.6) and invariants.probabilities(text)
            assert invariants.within(uncredited, 0, text)
            ratio = jnp.log(uncredited / kept / absent)
            np.testing.assert_allclose(jnp.abs(ratio).max(1), 0.7, rtol=1e-9)
            assert bool((sign * (uncredited / kept - absent)[:, 1] > 0).all())


def test_every_array_that_a_figure_keeps() -> None:
    frontier = composition.counterexample_frontier(0.25, [0.0, np.log(2)])
    np.testing.assert_allclose(frontier["delta"], 0.75)
    np.testing.assert_allclose(frontier["one_sided"], [0.75, 0.5])
    curve = growth.growth_curve(0.5, [3, 6])
    np.testing.assert_allclose(curve["eps"], np.log(1.5) * np.array([2, 5]))
    np.testing.assert_allclose(curve["credit"], 1 - 0.75 ** np.array([2, 5]))
    np.testing.assert_allclose(curve["padded_eps"], 0, atol=1e-12)
    np.testing.assert_allclose(curve["padded_credit"], 1 - 0.5 ** np.array([3, 6]))
    hard = hard_family.by_prompt_length(3, 0.5, 0.6, [0.0, 0.5, 1.0])
    np.testing.assert_allclose(hard["influence"], (1 - 0.4 * np.exp(-0.5)) / 2 / 2.0 ** np.arange(3, -1, -1))
    np.testing.assert_allclose(hard["credit"][:, 0], 0.6, atol=1e-7)
    np.testing.assert_allclose(hard["credit"][0], [0.6, 0.3 / 0.7, 0.0], atol=1e-7)
    assert retrofit.minimum_queries_by_bits([2, 6], 0.75, 0.125)["queries"].tolist() == [1, 16]
    searched = search.prefix_search_curve(0, 4, 0.9, 0.05, [1, 20])
    assert searched["recovered"][0] < searched["recovered"][1] <= searched["attempts"] == search.ATTEMPTS
    assert searched["recovered"][1] > 0.99 * search.ATTEMPTS
    again = search.prefix_search_curve(1, 4, 0.9, 0.05, [1, 20])
    assert again["recovered"][0] != searched["recovered"][0]
