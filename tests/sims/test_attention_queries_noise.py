"""Noise and rounding: estimates without noise, the worst noise, and the samplers of both."""

import jax
import numpy as np
import pytest

from corollary.sims.attention_queries import measures
from corollary.sims.attention_queries.noise import (
    estimate,
    learn_noisy,
    learn_noisy_one_margin,
    noisy_estimate,
    paper_scales,
    spread_directions,
    wide_scales,
)
from corollary.sims.attention_queries.oracle import Oracle
from corollary.sims.attention_queries.single_head import Head, hidden_head
from corollary.sims.attention_queries.worst_noise import errors_along_each, worst_error, worst_errors


def test_noise_free_estimates_are_exact_for_both_kinds_of_directions():
    rng = np.random.default_rng(10)
    W, v = rng.standard_normal((4, 4)), np.array([2.0, 0.0, -1.5, 0.01])
    for U in (None, np.asarray(spread_directions(v))):
        learned, _ = noisy_estimate(W, v, U, 0.1, 1.0, np.zeros(4), np.zeros((4, 4)))
        assert np.asarray(learned) == pytest.approx(W, abs=1e-10)


def test_weights_are_clipped_on_both_sides():
    v, a, b = np.array([1.0, 2.0]), 0.5, 0.8
    alpha = np.array([[0.9, 0.1], [0.55, 0.45]])
    pairs = a * v[None, :] + alpha * b * v[:, None]
    logits = np.asarray(estimate(v, pairs, np.eye(2), a, b, 0.4)) * a * b
    edge = np.log(0.6 / 0.4)
    inside = np.log(0.55 / 0.45)
    assert logits == pytest.approx(np.array([[edge, -edge], [inside, -inside]]))


def test_weak_values_borrow_the_strongest_direction():
    assert spread_directions(np.array([2.0, 0.0, -1.5, 0.9])).tolist() == [
        [1, 0, 0, 0],
        [1, 1, 0, 0],
        [0, 0, 1, 0],
        [1, 0, 0, 1],
    ]


def test_no_random_noise_does_more_than_the_worst():
    rng = np.random.default_rng(2)
    W, v, tau, scales = rng.standard_normal((3, 3)) / 4, np.array([0.8, -1.1, 0.6]), 1e-6, (0.5, 0.4)
    worst = np.linalg.norm(worst_errors(W, v, tau, *scales))
    random = []
    for _ in range(200):
        single, pairs = (tau * rng.choice([-1.0, 1.0], shape) for shape in (3, (3, 3)))
        random.append(np.linalg.norm(noisy_estimate(W, v, np.eye(3), *scales, single, pairs)[0] - W))
    assert 0.6 * worst < max(random) <= worst * (1 + 1e-9)


def test_the_worst_error_is_that_of_a_head_of_the_norm_and_margin_asked():
    rng = np.random.default_rng(0)
    W = np.random.default_rng(0).standard_normal((3, 3))
    W *= 4 / np.linalg.norm(W)
    learned = worst_error(3, 4.0, 0.5, 1e-7, lambda norm: (0.5, 1 / norm), rng)
    assert learned == pytest.approx(np.linalg.norm(worst_errors(W, 0.5 * np.ones(3), 1e-7, 0.5, 0.25)), rel=1e-4)


@pytest.mark.parametrize(
    ("dtype", "s", "amplitude"),
    [("float64", 5.0, 0.292), ("float64", 25.0, 0.181), ("float32", 5.0, 0.162), ("float32", 12.0, 0.255)],
)
def test_rounding_grows_as_the_cosh_says(dtype, s, amplitude):
    """Medians in units of eps, from 0.16 to 0.3: how the weight itself is rounded depends on the logit."""
    errors = measures.logit_rounding(jax.random.key(0), {"dtype": dtype, "s": s})
    assert np.median(errors) / (2 + 2 * np.cosh(s)) == pytest.approx(amplitude, rel=0.1)


@pytest.mark.parametrize("t", [0.0, 0.4, 1.3])
def test_the_distance_is_to_the_nearest_subgradient(t):
    """Subgradients at diag(1, 1, 0, ...) are the identity there and anything of norm up to 1 in the other block."""
    d, r = 6, 2
    G = np.asarray(jax.random.normal(jax.random.key(2), (measures.CONE_ROWS, d, d), np.float64))
    level = t * np.sqrt(d - r)
    nearest = np.zeros_like(G)
    nearest[:, :r, :r] = level * np.eye(r)
    left, sizes, right = np.linalg.svd(G[:, r:, r:])
    nearest[:, r:, r:] = left @ (np.minimum(sizes, level)[:, :, None] * right)
    expected = np.sum((G - nearest) ** 2, axis=(1, 2)) / d**2
    assert np.asarray(measures.squared_distance(jax.random.key(2), {"d": d, "r": r, "t": t})) == pytest.approx(expected)


def test_worst_errors_grow_along_each_input_as_they_should():
    learned = errors_along_each([2.0, 8.0], [0.5, 1.0], [2, 4], [1e-8, 1e-7], 0)
    ratios = {name: values[1] / values[0] for name, values in learned.items()}
    assert ratios["norm_paper"] > 3 * ratios["norm_wide"] > 9
    for scales in ("paper", "wide"):
        assert ratios[f"mu_{scales}"] == pytest.approx(0.5, rel=1e-3)
        assert ratios[f"d_{scales}"] == pytest.approx(2, rel=0.2)
        assert ratios[f"tau_{scales}"] == pytest.approx(10, rel=1e-3)


POINTS = {
    measures.logit_rounding: {"dtype": "float32", "s": 4.0},
    measures.squared_errors: {"W_ij": 1.3, "v_i": 0.7, "v_j": -0.4, "a": 0.5, "b": 0.8, "tau": 1e-4},
    measures.squared_distance: {"d": 7, "r": 2, "t": 0.9},
}


@pytest.mark.parametrize("measure", POINTS, ids=lambda measure: measure.__name__)
def test_rows_and_chunks_of_a_sampler_are_independent(measure):
    one, other = (np.asarray(measure(jax.random.key(n), POINTS[measure])) for n in range(2))
    one, other = (np.log(part.reshape(len(part), -1) + 1e-30) for part in (one, other))
    bound = 5 / np.sqrt(len(one))
    for column, same in zip(one.T, other.T, strict=True):
        assert abs(np.corrcoef(column[1:], column[:-1])[0, 1]) < bound
        assert abs(np.corrcoef(column, same)[0, 1]) < bound
        half = len(column) // 2  # numbers drawn twice from one key stand in rows k and 2 k
        assert abs(np.corrcoef(column[1:half], column[2 : 2 * half : 2])[0, 1]) < 2 * bound


def test_a_head_is_learned_exactly_where_the_oracle_is() -> None:
    """By both pairs of scales; and where entries of v vanish, by the directions that need one of them only."""
    rng = np.random.default_rng(5)
    W = rng.standard_normal((4, 4))
    norm = float(np.linalg.norm(W))
    full, sparse = Head(W, np.array([1.0, -2.0, 0.7, 1.5])), Head(W, np.array([0.0, -2.0, 0.0, 1.5]))
    for scales in (paper_scales(norm), wide_scales(norm)):
        oracle = Oracle(hidden_head(full))
        assert learn_noisy(oracle, norm, scales).error(full) < 1e-10
        assert oracle.queries == 16 + 4
    for head in (full, sparse):
        oracle = Oracle(hidden_head(head))
        learned = learn_noisy_one_margin(oracle, norm)
        assert learned.error(head) < 1e-10 and oracle.queries == 16 + 4
        np.testing.assert_allclose(learned.v, head.v, atol=1e-15)
    for learn in (
        lambda norm: learn_noisy(Oracle(hidden_head(full)), norm, (0.5, 1.0)),
        lambda norm: learn_noisy_one_margin(Oracle(hidden_head(full)), norm),
    ):
        for norm in (0.0, np.inf, np.nan):
            with pytest.raises(ValueError, match="allowed: a finite number > 0"):
                learn(norm)
