"""Simulated pools, tilts, searches and personas against brute force."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

from corollary.sims.agentic_pooling import (
    composition,
    near_disjoint,
    personas,
    pooling,
    regions,
    search,
    splits,
    suppression,
    tilts,
)
from corollary.sims.agentic_pooling import weights as moved

jax.config.update("jax_enable_x64", True)

UNIFORM = jnp.full(4, jnp.log(0.25))
EVENT = jnp.array([True, False, False, False])
OLD, NEW = jnp.array([-1.0, 1, -1, 1]), jnp.array([3.0, -1, -1, -1])


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([[0.5, 0.5, 0.0]], "for their log is taken"),
        ([[0.5, 0.6]], "numbers > 0 of sum 1"),
        ([[0.2, 0.8], [np.nan, 1.0]], "probabilities[1]"),
        (np.zeros((0, 3)), "at least 1 agent"),
    ],
)
def test_beliefs_that_are_none_are_refused(rows, says):
    with pytest.raises(ValueError) as raised:
        pooling.log_beliefs(rows)
    assert says in str(raised.value)


def test_gains_are_differences_of_expected_log_scores():
    beliefs = np.random.default_rng(0).dirichlet(np.ones(4), 3)
    q = np.array([0.1, 0.2, 0.3, 0.4])
    expected = [(q - p) @ np.log(p) for p in beliefs]
    np.testing.assert_allclose(pooling.gain(pooling.log_beliefs(beliefs), jnp.log(q)), expected, rtol=1e-12)


def test_tiny_masses_keep_their_digits():
    beliefs = near_disjoint.near_disjoint(1e-5, 4)
    np.testing.assert_allclose(jnp.exp(beliefs).sum(1), 1, rtol=1e-14)
    deviation = near_disjoint.deviation(1e-6, jnp.array([0.1, 0.4, 0.5]))
    np.testing.assert_allclose(deviation, [7.645e-8, 7.640e-8, 7.345e-8], rtol=1e-3)


def test_the_construction_fails_for_large_private_masses_and_uneven_weights():
    gains = [
        pooling.pooled_gains(near_disjoint.near_disjoint(eps, 2), jnp.array([0.2, 0.8])).min()
        for eps in (0.2, 0.1, 0.05, 0.01)
    ]
    np.testing.assert_allclose(gains, [-0.240, -0.067, 0.0074, 0.0239], atol=5e-4)


def test_a_split_loses_without_bound_while_the_pool_stays():
    """P_1 = (.6, .3, .1), pool proportional to P_1 ** 1.5, split with share .4."""
    pair = splits.power_pair(jnp.log(jnp.array([0.6, 0.3, 0.1])), 1.5)
    pool = pooling.log_pool(pair, jnp.array([0.5, 0.5]))
    gains = []
    for size in (0.0, 1, 2, 4, 8, 12):
        parts = splits.split(pair[0], jnp.array([-size, 0, 0]), 0.4)
        whole = pooling.log_pool(jnp.stack([*parts, pair[1]]), jnp.array([0.2, 0.3, 0.5]))
        np.testing.assert_allclose(whole, pool, atol=1e-12)
        gains.append(float(pooling.gain(parts[0], pool)))
    np.testing.assert_allclose(gains, [0.1289746, 0.1215247, -0.0622081, -0.8070442, -2.6201047, -4.3481082], atol=1e-7)


def test_opposite_small_tilts_of_a_peaked_pool_both_gain():
    assert tilts.opposite_tilt_gain(jnp.asarray(0.05), jnp.asarray(0.1)) == pytest.approx(2.9993e-4, rel=1e-4)
    assert tilts.opposite_tilt_gain(jnp.asarray(0.01), jnp.asarray(0.01)) == pytest.approx(2.49327e-6, rel=1e-5)
    assert tilts.opposite_tilt_gain(jnp.asarray(0.1), jnp.asarray(0.1)) < 0


def test_an_exact_copy_of_the_pool_gains_nothing():
    log_p = jnp.log(jnp.array([0.7, 0.2, 0.1]))
    assert pooling.gain(log_p, log_p) == 0.0


def test_structured_starts_reach_what_random_search_misses():
    found = search.best_least_gain(0, 3, 2, 1e-12, starts=16)
    assert 0.2780 < found < 0.2784645428
    assert search.random_least_gain(0, 3, 2, 20_000) < 0.2
    assert search.best_least_gain(0, 3, 2, 1e-3, starts=16) == pytest.approx(0.149442, abs=1e-5)
    for bad in ({"floor": 0.5}, {"outcomes": 1}):
        with pytest.raises(ValueError, match="allowed"):
            search.best_least_gain(**{"seed": 0, "outcomes": 3, "agents": 2, "floor": 1e-3, **bad})


def test_the_atlas_covers_the_triangle_and_finds_the_known_pair():
    found = regions.atlas(jnp.array([0.799, 0.2, 0.001]), 60)
    assert found["points"].shape == (59 * 58 // 2, 3)
    np.testing.assert_allclose(found["points"].sum(1), 1)
    best = found["points"][jnp.argmax(found["least_gain"])]
    assert found["least_gain"].max() > 0.14
    assert best[1] < 0.01 < 0.1 < best[2], "the partner shuts out what the first belief holds likely"
    assert (found["least_gain"] < 0).mean() > 0.8


def test_two_anti_aligned_components_escape_the_strict_case():
    """With one of them lowered the budget of the strict case can be met while the other rises."""
    a, b = jnp.array([1.0, 1, -1, -1]), jnp.array([1.0, -1, 1, -1]) / 20
    agents = jax.nn.log_softmax(jnp.stack([a, -a, -0.2 * a + 2 * b, 0.2 * a - 2 * b]))
    met = 0
    for ratio in np.arange(5, 31) / 10:
        change = 0.05 * jnp.array([1.0, ratio, -(1 + ratio), 0])
        found = moved.both_sides(agents, jnp.full(4, 0.25), change)
        assert found["alignment"][1] < 0
        met += bool(found["norm"] + found["mean"] < 0.05 * found["size"])
    assert met == 22


def test_a_raise_stays_in_its_budget_and_in_the_simplex():
    agents = jax.nn.log_softmax(jnp.array(np.random.default_rng(1).normal(size=(4, 6))))
    start = jnp.full(4, 0.25)
    change = moved.raise_within_budget(agents, start, 0, 1e-3)
    spent = pooling.divergence(pooling.log_pool(agents, start), pooling.log_pool(agents, start + change))
    assert change[0] > 0
    assert change.sum() == pytest.approx(0, abs=1e-12)
    assert (start + change > 0).all()
    assert 0.9e-3 < spent <= 1e-3 * (1 + 1e-9)


def test_suppression_in_the_uniform_fixture_at_finite_budgets():
    expected = {1e-1: (0.2380, 0.3453), 1e-2: (0.2488, 0.4078), 1e-3: (0.2499, 0.4254), 1e-5: (0.25000, 0.43227)}
    for budget, slopes in expected.items():
        for span, slope in zip((OLD[None], jnp.stack([OLD, NEW])), slopes, strict=True):
            direction = suppression.steepest(UNIFORM, EVENT, span)
            fall = suppression.reduction(UNIFORM, EVENT, direction, budget)
            assert fall / np.sqrt(2 * budget) == pytest.approx(slope, abs=6e-5)


def test_turning_through_a_plane_finds_the_projection():
    assert suppression.best_in_plane(UNIFORM, EVENT, OLD, NEW) == pytest.approx(np.sqrt(3) / 4, rel=1e-12)
    assert suppression.best_on_line(UNIFORM, EVENT, OLD) == pytest.approx(0.25, rel=1e-12)


def test_best_fits_agree_with_a_general_optimizer():
    chains = personas.draw_chains(jax.random.key(3))
    texts = personas.draw_contexts(jax.random.key(4), chains, 4, 3)
    log_p = personas.mixture_prediction(chains, texts)
    components = personas.persona_predictions(chains, texts[:, -1])
    found = jax.jit(composition.misfits)(log_p, components)
    for row in range(len(log_p)):
        p, parts = np.exp(log_p[row]), np.asarray(components[row])

        def misfit(logits, kind, p=p, parts=parts):
            share = np.exp(logits - logits.max())
            share /= share.sum()
            log_q = np.log(share @ np.exp(parts)) if kind == "linear" else share @ parts
            return p @ (np.log(p) - log_q + np.log(np.exp(log_q).sum()))

        for kind in ("linear", "log"):
            starts = [np.zeros(3), *(3 * np.eye(3))]
            best = min(minimize(misfit, start, args=(kind,), method="Nelder-Mead").fun for start in starts)
            assert found[kind][row] == pytest.approx(best, abs=1e-4)


def test_copies_and_directions_off_the_event_add_nothing():
    found = jax.jit(lambda key: composition.exact_steering(key, 20))(jax.random.key(0))
    assert abs(found["duplicate"]) < 1e-12
    assert abs(found["orthogonal"]) < 1e-12
    assert found["pure/predicted"] < found["manifest/predicted"] <= found["all/predicted"] < found["ceiling"]


def test_texts_follow_their_chain_and_readers_follow_bayes():
    chains = personas.draw_chains(jax.random.key(0))
    np.testing.assert_allclose(chains.sum(-1), 1)
    texts = np.asarray(personas.write(jax.random.key(1), chains, jnp.zeros(20_000, int), 3))
    for before, after in itertools.pairwise(texts.T):
        counts = np.zeros((8, 8))
        np.add.at(counts, (before, after), 1)
        np.testing.assert_allclose(counts / counts.sum(1, keepdims=True), chains[0], atol=0.05)
    context = texts[:1]
    steps = [[chains[i, a, b] for a, b in itertools.pairwise(context[0])] for i in range(3)]
    posterior = np.prod(np.array(steps), axis=1)
    expected = posterior / posterior.sum() @ np.asarray(chains[:, context[0, -1]])
    np.testing.assert_allclose(jnp.exp(personas.mixture_prediction(chains, context))[0], expected, rtol=1e-12)


def test_peaked_draws_are_weighted_into_those_of_any_concentration():
    """Mean 1, and the moments of a Dirichlet distribution; unanimity is as rare as plain draws say."""
    log_agents = regions.dirichlet(jax.random.key(0), (100_000, 2), 3, 0.5)
    masses = np.exp(log_agents)
    np.testing.assert_allclose(masses.mean(0), 1 / 3, atol=5e-3)
    own = np.cov(masses[:, 0].T)
    np.testing.assert_allclose(own, (np.eye(3) / 3 - 1 / 9) / 2.5, atol=2e-3)
    np.testing.assert_allclose(np.cov(masses[:, 0].T, masses[:, 1].T)[:3, 3:], 0, atol=2e-3)
    for concentration in (0.5, 1.0, 2.0):
        weights = np.asarray(regions.likelihood_ratio(log_agents, concentration))
        assert weights.mean() == pytest.approx(1, abs=0.03)
        squares = weights @ masses[:, 0] ** 2 / len(weights)
        expected = concentration * (concentration + 1) / (3 * concentration * (3 * concentration + 1))
        np.testing.assert_allclose(squares, expected, rtol=0.03)
    point = {"outcomes": 3, "agents": 2, "concentration": 1.0}
    weighted = [regions.peaked_unanimity(key, point).mean() for key in jax.random.split(jax.random.key(1), 40)]
    assert np.mean(weighted) == pytest.approx(1.056e-3, rel=0.06)


def test_dirichlet_draws_have_their_covariance_at_every_concentration():
    for number, concentration in enumerate((0.3, 1.0, 2.5)):
        masses = np.exp(regions.dirichlet(jax.random.key(number), (50_000,), 4, concentration))
        expected = (np.eye(4) / 4 - 1 / 16) / (4 * concentration + 1)
        np.testing.assert_allclose(np.cov(masses.T), expected, atol=3e-3)
        np.testing.assert_allclose(np.cov(masses[:-1, 0], masses[1:, 0])[0, 1], 0, atol=2e-3)


def test_the_strict_case_is_what_it_says():
    for key in jax.random.split(jax.random.key(0), 200):
        params = moved.draw_strict_case(key, 5)
        log_agents, weights, share = moved.strict_case(params)
        sides = moved.both_sides(log_agents, weights, jnp.zeros(3))
        assert sides["alignment"][2] < 0 <= sides["alignment"][1]
        np.testing.assert_allclose(pooling.log_pool(log_agents, weights), jax.nn.log_softmax(params["pool"]), atol=1e-9)
        assert 0 < share < 1


def test_a_drawn_change_raises_the_first_component_and_keeps_the_simplex():
    for key in jax.random.split(jax.random.key(1), 200):
        log_agents, weights, change = moved.change(moved.draw_change(key, 4, 5))
        assert log_agents.shape == (4, 5)
        assert change[0] > 0
        assert change.sum() == pytest.approx(0, abs=1e-12)
        assert (weights + change > 0).all()


def test_a_pool_moves_by_the_divergence_it_is_given():
    log_p = jnp.log(jnp.array([0.6, 0.3, 0.1]))
    q = search.moved(log_p, jnp.array([1.0, -0.5, 0.3]), 1e-3)
    assert pooling.divergence(log_p, q) == pytest.approx(1e-3, rel=1e-6)


def test_a_pool_is_flattened_no_further_than_the_condition_asks():
    log_p = jnp.log(jnp.array([0.94, 0.02, 0.03, 0.01]))
    flat = tilts.flattened(log_p, lambda one: jnp.exp(one).max() < 0.5)
    assert jnp.exp(flat).max() == pytest.approx(0.5, abs=1e-6)
    assert jnp.exp(flat).sum() == pytest.approx(1)
    np.testing.assert_array_equal(tilts.flattened(log_p, lambda one: jnp.array(True)), log_p)


def test_structured_groups_are_unanimous():
    log_agents, weights = search.unanimous_groups(3, 4, 3, 8)
    assert log_agents.shape == (8, 3, 4)
    assert (jax.vmap(pooling.pooled_gains)(log_agents, weights) > 0).all()
