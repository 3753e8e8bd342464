"""W of low rank: minimisers on random probes, designed probes, and heads of released models' shapes."""

import jax
import numpy as np
import pytest

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.completion import minimise_nuclear_norm
from corollary.sims.attention_queries.designed import (
    learn_biased_designed,
    learn_designed,
    learn_designed_any_rank,
    recovered_share,
)
from corollary.sims.attention_queries.gpt2 import head_of_block
from corollary.sims.attention_queries.low_rank import by_alternation, by_nuclear_norm, level_gain, low_rank_head, probe
from corollary.sims.attention_queries.low_rank import recovered_share as share_of_random_probes
from corollary.sims.attention_queries.oracle import Oracle, noisy
from corollary.sims.attention_queries.single_head import Head, hidden_head, random_head
from corollary.sims.attention_queries.variants import effective, random_biased_head


def oracle_of(one: Head) -> Oracle:
    return Oracle(hidden_head(one))


def test_nuclear_norm_recovers_and_respects_its_measurements():
    rng = np.random.default_rng(5)
    heads = [low_rank_head(rng, 8, 1) for _ in range(3)]
    probes = [probe(oracle_of(one), 48, rng) for one in heads]
    for one, learned, asked in zip(heads, by_nuclear_norm(probes), probes, strict=True):
        assert learned.error(one) < 1e-3
        assert np.einsum("mi,ij,mj->m", asked.a, learned.W, asked.b) == pytest.approx(asked.t, abs=1e-9)


def test_with_too_few_measurements_the_minimiser_has_smaller_norm_than_the_truth():
    rng = np.random.default_rng(6)
    W = low_rank_head(rng, 8, 3).W
    Phi = rng.standard_normal((1, 30, 64))
    learned = minimise_nuclear_norm(Phi, Phi @ W.ravel())[0]
    assert np.linalg.norm(learned, "nuc") < np.linalg.norm(W, "nuc")
    assert Phi[0] @ learned.ravel() == pytest.approx(Phi[0] @ W.ravel(), abs=1e-6)


def test_a_gpt2_head_is_recovered_from_as_many_queries_as_it_has_parameters():
    d, k = 48, 4
    parameters = random_biased_head(np.random.default_rng(7), d, k)
    oracle = Oracle(models.hidden(models.biased_head, parameters))
    learned = learn_biased_designed(oracle, k, np.random.default_rng(8))
    assert learned.error(effective(parameters)) < 1e-8
    assert oracle.queries == d + 1 + k * (2 * d + 1 - k)


def test_a_block_s_head_is_its_share_of_the_block_s_output():
    d, heads = 12, 3
    rng = np.random.default_rng(14)
    weight, bias, projection = rng.standard_normal((d, 3 * d)), rng.standard_normal(3 * d), rng.standard_normal((d, d))
    direction, X = rng.standard_normal(d), rng.standard_normal((5, 4, d))
    Q, K, V = np.split(X @ weight + bias, 3, axis=2)
    mixed = []
    for q, k, v in zip(*(np.split(part, heads, axis=2) for part in (Q, K, V)), strict=True):
        scores = np.einsum("qtk,qk->qt", k, q[:, -1]) / np.sqrt(d // heads)
        weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        mixed.append(np.einsum("qt,qtk->qk", weights, v))
    block = np.hstack(mixed) @ projection @ direction
    shares = [
        models.hidden(models.biased_head, head_of_block(weight, bias, projection, h, heads, direction)).answer(X)
        for h in range(heads)
    ]
    assert sum(shares) == pytest.approx(block)
    with pytest.raises(ValueError, match="head=3"):
        head_of_block(weight, bias, projection, 3, heads, direction)


@pytest.mark.parametrize("rank", [0, 1, 3, 6, 7])
def test_the_rank_is_recovered_at_the_cost_of_one_query(rank):
    rng = np.random.default_rng(rank)
    d = 7
    one = low_rank_head(rng, d, rank) if rank else Head(np.zeros((d, d)), rng.standard_normal(d))
    oracle = oracle_of(one)
    learned, shown = learn_designed_any_rank(oracle, rng)
    assert shown == rank
    assert pytest.approx(one.W, abs=1e-9) == learned.W
    assert oracle.queries == d + rank * (2 * d - rank) + (rank < d)


def test_the_scale_of_designed_probes_makes_no_difference_without_noise():
    one = low_rank_head(np.random.default_rng(3), 7, 2)
    for scale in (0.3, 1.0, 3.0):
        learned = learn_designed(oracle_of(one), 2, np.random.default_rng(4), oversampling=1, scale=scale)
        assert learned.error(one) < 1e-9


def test_random_heads_have_the_moments_and_the_rank_that_they_promise():
    rng, d = np.random.default_rng(7), 3
    drawn = [random_head(rng, d)[1] for _ in range(3000)]
    entries = np.array([[*(np.sqrt(d) * head.W.ravel()), *head.v] for head in drawn])
    assert entries.mean(axis=0) == pytest.approx(np.zeros(12), abs=0.1)
    assert entries.T @ entries / len(entries) == pytest.approx(np.eye(12), abs=0.12)
    assert entries[1:].T @ entries[:-1] / len(entries) == pytest.approx(np.zeros((12, 12)), abs=0.12)
    for rank in (1, 2):
        head = low_rank_head(rng, d, rank)
        assert np.linalg.norm(head.W) == pytest.approx(1)
        assert np.linalg.matrix_rank(head.W) == rank


def test_shares_of_recovered_heads_depend_on_the_seed_and_on_the_method():
    assert recovered_share(7, 2, 5, 0)["successes"].tolist() == [5]
    few, many = share_of_random_probes(7, 1, [9, 39], 6, "alternating", 0)["successes"]
    assert few < many == 6
    drawn = [share_of_random_probes(7, 1, [17], 24, "alternating", seed)["successes"][0] for seed in range(4)]
    assert len(set(drawn)) > 1


def test_level_probes_are_isotropic_and_none_is_blind():
    one = low_rank_head(np.random.default_rng(0), 3, 3)
    probes = probe(oracle_of(one), 40_000, np.random.default_rng(1), scale=0.5, level=True)
    assert np.abs(probes.a @ one.v) == pytest.approx(np.linalg.norm(one.v))
    both = np.hstack([probes.a, probes.b])
    covariance = both.T @ both / len(both)
    assert covariance == pytest.approx(np.diag([1, 1, 1, 0.25, 0.25, 0.25]), abs=0.03)
    assert both.mean(axis=0) == pytest.approx(np.zeros(6), abs=0.03)
    assert both[1:].T @ both[:-1] / len(both) == pytest.approx(np.zeros((6, 6)), abs=0.03)


def test_weights_are_the_inverse_sensitivities_to_noise():
    one, tau = low_rank_head(np.random.default_rng(0), 4, 2), 1e-7
    exact = probe(oracle_of(one), 50, np.random.default_rng(1))
    moved = probe(
        Oracle(noisy(hidden_head(one), tau, lambda X, y: np.full(len(y), X.shape[1] - 1.0))),
        50,
        np.random.default_rng(1),
    )
    assert np.abs(moved.t - exact.t) / tau == pytest.approx(1 / exact.weights, rel=1e-3)


def test_weighted_alternation_at_full_rank_is_weighted_least_squares():
    one, rng = low_rank_head(np.random.default_rng(0), 3, 3), np.random.default_rng(1)
    probes = probe(Oracle(noisy(hidden_head(one), 1e-2, lambda X, y: rng.uniform(-1, 1, len(y)))), 40, rng)
    Phi = np.einsum("mi,mj->mij", probes.a, probes.b).reshape(40, 9) * probes.weights[:, None]
    known = np.isfinite(probes.t)
    expected = np.linalg.lstsq(Phi[known], (probes.weights * probes.t)[known], rcond=None)[0]
    learned = by_alternation([probes], 3, jax.random.key(0), weighted=True)[0]
    assert learned.W.ravel() == pytest.approx(expected, rel=1e-5)
    assert np.abs(learned.W - one.W).max() > 1e-4


def test_level_probes_gain_most_where_there_are_few():
    few, many = (level_gain(jax.random.key(1), {"d": 5, "r": 2, "factor": n})["gain"] for n in (2, 60))
    assert few > max(many, 1)
