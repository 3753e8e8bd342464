"""Every array that a figure keeps of latent agents, against values by hand and against the beliefs themselves."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.agentic_pooling import near_disjoint, pooling, regions, search, suppression, symmetric, tilts
from corollary.sims.agentic_pooling import weights as moved

jax.config.update("jax_enable_x64", True)


def gains(beliefs: np.ndarray, pool: np.ndarray) -> np.ndarray:
    """What each belief [agents, outcomes] gains when it gets the pool [outcomes]."""
    return ((pool - beliefs) * np.log(beliefs)).sum(1)


def log_pool(beliefs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    product = np.prod(beliefs ** weights[:, None], axis=0)
    return product / product.sum()


def test_deviations_have_a_row_for_every_mass() -> None:
    found = near_disjoint.deviations([1e-5, 1e-6], [0.1, 0.4, 0.5])["deviation"]
    assert found.shape == (2, 3)
    np.testing.assert_allclose(found[1], [7.645e-8, 7.640e-8, 7.345e-8], rtol=1e-3)
    assert (found[0] > 8 * found[1]).all()


def test_the_best_partner_is_the_best_of_all_pairs() -> None:
    found = regions.best_partner(5)
    points = np.asarray(found["points"])
    expected = np.full(len(points), -np.inf)
    for (row, first), second in itertools.product(enumerate(points), points):
        pair = np.stack([first, second])
        expected[row] = max(expected[row], gains(pair, log_pool(pair, np.full(2, 0.5))).min())
    assert len(points) == 6
    np.testing.assert_allclose(points[0], [9 / 11, 1 / 11, 1 / 11], rtol=1e-12)
    np.testing.assert_allclose(found["least_gain"], expected, atol=1e-12)


def test_the_search_over_floors_reaches_the_best_pair_of_each() -> None:
    """At K = 3 and two agents W(1/e) less about what the floor costs the symmetric pair."""
    found = search.best_least_gains(0, 3, 2, [1e-8, 1e-6], 32)["gain"]
    np.testing.assert_allclose(found, [0.277304, 0.269605], rtol=2e-3)
    assert found[1] < found[0] < 0.2784646


def test_slopes_with_and_without_the_manifested_direction() -> None:
    event, old, new = [True, False, False, False], [-1, 1, -1, 1], [3, -1, -1, -1]
    found = suppression.budget_slopes([0.25] * 4, event, old, new, [0.1, 1e-3])
    np.testing.assert_allclose(found["before"], [0.2380, 0.2499], atol=6e-5)
    np.testing.assert_allclose(found["after"], [0.3453, 0.4254], atol=6e-5)


def test_curves_of_the_symmetric_pair_and_of_opposite_tilts() -> None:
    pair = np.array([[0.799, 0.2, 0.001], [0.799, 0.001, 0.2]])
    curve = symmetric.gain_curve([0.2, 0.3], 1e-3)["gain"]
    assert curve[0] == pytest.approx(gains(pair, log_pool(pair, np.full(2, 0.5)))[0], rel=1e-12)
    assert curve[0] == pytest.approx(0.145766, rel=2e-5)
    pool = np.array([0.9, 0.05, 0.05])
    tilted = pool * np.exp(0.1 * np.array([[0, 1, -1], [0, -1, 1]]))
    beliefs = tilted / tilted.sum(1, keepdims=True)
    found = tilts.gain_curve([0.05, 0.3], 0.1)["gain"]
    assert found[0] == pytest.approx(gains(beliefs, pool).min(), rel=1e-12)
    assert found[0] > 0 > found[1]


def test_who_pays_with_and_without_a_twin() -> None:
    """Both sides of the weight-shift theorem, and most of what is taken is the twin's."""
    found = moved.payments(2, 7, 1e-3)
    assert all(values.shape == (2, 2) for values in found.values())
    key = jax.random.split(jax.random.key(7), 2)[1]
    for kind, twin in enumerate((False, True)):
        alone = jax.jit(lambda key, twin=twin: moved.compensation(key, {"twin": twin, "budget": 1e-3}))(key)
        for name, values in found.items():
            assert values[kind, 1] == pytest.approx(float(alone[name]), rel=1e-6, abs=1e-12), name
    slack = found["forced"] + found["relieved"] + found["budget_term"] - found["demanded"]
    assert (slack > 0).all() and (found["raised"] > 0).all()
    assert found["second_share"][1].min() > 0.8


def test_what_a_raise_takes_is_read_off_the_change() -> None:
    """second_share, anti_aligned_rise and raised, recomputed from the weights that the raise returns."""
    belief_key, twin_key = jax.random.split(jax.random.key(3))
    logits = np.array(jax.random.normal(belief_key, (4, 6), jnp.float64))
    logits[1] = logits[0] + 0.1 * np.asarray(jax.random.normal(twin_key, (6,), jnp.float64))
    beliefs = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    start = np.full(4, 0.25)
    change = np.asarray(moved.raise_within_budget(jnp.log(beliefs), jnp.asarray(start), 0, 2e-3))
    found = moved.compensation(jax.random.key(3), {"twin": True, "budget": 2e-3})
    pool = log_pool(beliefs, start)
    centred = np.log(beliefs) - (np.log(beliefs) @ pool)[:, None]
    alignment = centred @ (pool * centred[0])
    taken = np.maximum(-change, 0)
    assert found["raised"] == pytest.approx(change[0], rel=1e-9)
    assert found["second_share"] == pytest.approx(taken[1] / taken.sum(), rel=1e-9)
    rise = np.maximum(change, 0)[alignment < 0].sum() / change[0]
    assert found["anti_aligned_rise"] == pytest.approx(rise, rel=1e-9, abs=1e-15)
    assert found["demanded"] == pytest.approx(change[0] * alignment[0], rel=1e-9)
    spent = pooling.divergence(jnp.log(pool), jnp.log(log_pool(beliefs, start + change)))
    assert 0.9 * 2e-3 < spent <= 2e-3 * (1 + 1e-9)
