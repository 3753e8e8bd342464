"""The simulated cylinder against brute force and known cases."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.cylindrical_steering import (
    axis_gated,
    batches,
    effects,
    exponent_search,
    geometry,
    helix,
    identifiability,
    interference,
    normalisation,
    pairs,
    penalty,
    principal_plane,
    steerability,
    superposition,
)
from corollary.sims.numerics.gaussian import normal

jax.config.update("jax_enable_x64", True)
KEY = jax.random.key(0)


def test_the_slope_is_the_difference_quotient():
    rng = np.random.default_rng(0)
    directions = jnp.asarray(rng.normal(size=(7, 12)))
    r, v = jnp.asarray(rng.normal(size=(2, 7)))
    step = 1e-5
    quotient = (
        effects.log_odds(r + step * v, directions, 3, 1.5) - effects.log_odds(r - step * v, directions, 3, 1.5)
    ) / (2 * step)
    assert effects.slope(r, v, directions, 3, 1.5) == pytest.approx(float(quotient), abs=1e-8)


def test_dictionaries_are_what_they_are_called():
    frame = geometry.orthonormal_directions(KEY, 9, 6)
    np.testing.assert_allclose(frame.T @ frame, np.eye(6), atol=1e-12)
    tight = jax.jit(geometry.tight_directions, static_argnums=(1, 2))(KEY, 4, 9)
    np.testing.assert_allclose(jnp.linalg.norm(tight, axis=0), 1, rtol=1e-12)
    np.testing.assert_allclose(tight @ tight.T, 9 / 4 * np.eye(4), atol=1e-6)
    assert interference.mean_square_overlap(tight) == pytest.approx(5 / 32, rel=1e-9)
    with pytest.raises(ValueError, match=r"concepts = 10; allowed: at most d = 9"):
        geometry.orthonormal_directions(KEY, 9, 10)
    with pytest.raises(ValueError, match=r"concepts = 3; allowed: at least d = 4"):
        geometry.tight_directions(KEY, 4, 3)


def test_a_whole_penalty_leaves_the_axis_and_none_leaves_the_vector():
    axis, v = jnp.array([0.6, 0.8, 0.0]), jnp.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(geometry.penalised(v, axis, 0.0), v, rtol=1e-14)
    np.testing.assert_allclose(geometry.penalised(v, axis, 1.0), 2.2 * axis, atol=1e-14)


def test_the_first_active_length_is_where_a_fine_grid_finds_it():
    lengths = np.arange(1, 120_000) * 1e-4
    for cosine in (0.9, 0.0, -0.2, -0.9):
        active = np.asarray(axis_gated.score(lengths, 0.8, cosine, 0.35, 0.1)) >= 2.0
        expected = lengths[np.argmax(active)] if active.any() else np.inf
        found = float(axis_gated.first_active(0.8, jnp.float64(cosine), 2.0, 0.35, 0.1))
        assert found == expected or abs(found - expected) <= 1e-4


def test_three_steerabilities_of_one_set_of_labels():
    labels, lengths = jnp.array([[1, 1, 2, 2], [1, 3, 1, 1], [2, 3, 3, 3]]), jnp.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(steerability.remaining_length(labels, lengths), [1, 0, 3])
    np.testing.assert_allclose(steerability.bracketed_length(labels, lengths), [2, 0, 4])
    share = np.array([1, 0, 1, 1]) / 3
    assert steerability.presence_slope(labels) == pytest.approx(np.polyfit([1, 2, 3, 4], share, 1)[0], rel=1e-10)


def test_pursuit_recovers_sparse_strengths_and_least_norm_reproduces_the_sum():
    directions = geometry.random_directions(KEY, 24, 40)
    alpha = jnp.zeros(40).at[jnp.array([3, 17])].set(jnp.array([1.5, -1.2]))
    np.testing.assert_allclose(identifiability.pursue(directions, directions @ alpha, 2, 4), alpha, atol=1e-10)
    guess = identifiability.least_norm_strengths(directions, directions @ alpha)
    np.testing.assert_allclose(directions @ guess, directions @ alpha, atol=1e-10)
    assert jnp.linalg.norm(guess) < jnp.linalg.norm(alpha)


def test_a_concave_function_crosses_where_it_should():
    assert superposition.first_crossing(lambda t: 1 - (t - 3.0) ** 2, 15.0) == pytest.approx(2.0, abs=1e-5)
    assert superposition.first_crossing(lambda t: t - 4.0, 15.0) == pytest.approx(4.0, abs=1e-5)
    assert superposition.first_crossing(lambda t: -1 - t**2, 15.0) == jnp.inf
    assert superposition.first_crossing(lambda t: 1 - t, 15.0) == 0.0


def test_pair_correlations_leave_dropped_samples_out():
    rng = np.random.default_rng(3)
    x, values = rng.normal(size=(9, 9)), rng.normal(size=9)
    x = x + x.T
    gaps = np.abs(values[:, None] - values)
    kept = np.array([True] * 6 + [False, True, False])
    i, j = np.triu_indices(9, 1)
    used = kept[i] & kept[j]
    expected = np.corrcoef(x[i, j][used], gaps[i, j][used])[0, 1]
    assert pairs.pair_correlation(jnp.asarray(x), jnp.asarray(gaps), jnp.asarray(kept)) == pytest.approx(expected)
    p = pairs.mantel(KEY, jnp.asarray(x), jnp.asarray(np.where(kept, values, np.inf)), jnp.asarray(kept), 99)
    assert 0.01 <= p <= 1
    own = -np.abs(values[:, None] - values)
    assert pairs.mantel(KEY, jnp.asarray(own), jnp.asarray(values), jnp.asarray(kept), 99) == pytest.approx(0.01)


def test_all_orders_reject_at_the_level_exactly_unless_the_search_is_kept_out():
    assert pairs.rejected_orders(7) == pytest.approx(0.05, abs=1e-12)
    assert exponent_search.rejected_orders(7) == pytest.approx(0.05, abs=1e-12)
    assert np.mean([exponent_search.rejected_orders(seed, "outside") for seed in range(6)]) > 0.08


def test_a_determined_strength_is_that_of_whole_axes():
    axis, steering, sensitive = pairs.axes(KEY, 40, 9)
    cosine = pairs.determined_cosines(axis, steering, sensitive)
    expected = axis_gated.first_active(jnp.float64(pairs.THETA), cosine, 2.0, 0.35, 0.0)
    along = axis[:, 1] / jnp.sin(pairs.THETA)
    np.testing.assert_allclose(pairs._determined_strength(along, pairs.THETA, 2.0, 0.35), expected, rtol=1e-9)


def test_an_inactive_concept_overtakes_where_the_largest_logits_cross():
    directions = jnp.eye(4)
    base, active = jnp.array([0.0, 2.0, 1.0, 0.0]), jnp.array([1, 2])
    direction = jnp.array([5.0, 0.0, 0.5, 1.0])
    found = penalty._collapse(base, direction, active, directions)
    assert 2.0 < found <= 2.05 + 1e-9, "t exceeds both 2 and 1 + t / 2 from t = 2 on; concept 0 does not count"


def test_the_median_of_lengths_counts_those_that_never_come_as_last():
    assert penalty._median(jnp.array([3.0, jnp.inf, 1.0, jnp.inf])) == 3.0


def test_a_helix_is_read_off_a_helix_and_not_off_noise():
    probe = jax.jit(helix.probe_path, static_argnums=(1, 2))
    scores = {kind: probe(KEY, kind, 5) for kind in ("helix", "noise")}
    assert scores["helix"]["explained"] > 0.999
    assert scores["noise"]["explained"] < 0.5
    for found in scores.values():
        assert found["error"] >= found["floor"]
        assert found["radius"] == pytest.approx(0.1)
    assert scores["helix"]["relative_radius"] > 0.15


def test_the_variance_of_a_fit_is_that_of_many_fits():
    point = {"k": 2.0, "s": 0.4, "q": 0.25}
    effect, logs, _ = (np.asarray(part) for part in normalisation.data(KEY, point))
    weighted, divided, *_ = (float(value) for value in normalisation.errors(KEY, point)[0])
    one = jax.random.split(KEY, normalisation.DATA_SETS)[0]
    effect, logs, noise = (np.asarray(part) for part in normalisation.data(one, point))
    deviation = np.sqrt(point["q"] * effect.var())
    draws = deviation * np.random.default_rng(0).normal(size=(4000, len(noise)))
    values = effect + draws * np.exp(-2 * logs)
    for weights, expected in ((np.exp(4 * logs), weighted), (np.ones_like(logs), divided)):
        fits = np.polynomial.polynomial.polyfit(effect, values.T, 1, w=np.sqrt(weights))[1]
        assert fits.var() == pytest.approx(expected * deviation**2, rel=0.1)
        assert fits.mean() == pytest.approx(1, abs=0.02)


def test_a_phase_turns_its_sign_with_the_component():
    own, component = jnp.array([2.0, 0.0, 0.0]), jnp.array([1.0, 1.0, 0.0])
    vector = jnp.array([1.0, np.sqrt(3.0), 7.0])
    assert principal_plane.phase(vector, own, component) == pytest.approx(np.pi / 3)
    assert principal_plane.phase(vector, own, -component) == pytest.approx(-np.pi / 3)


def test_the_first_component_is_the_direction_of_most_energy():
    rows = jnp.asarray(np.random.default_rng(0).normal(size=(50, 4)) * [1, 4, 1, 1] + [9, 0, 0, 0])
    assert abs(principal_plane.first_component(rows)[0]) > 0.95
    assert abs(principal_plane.first_component(rows, centred=True)[1]) > 0.95


def test_published_lengths_are_25_equal_steps_up_to_three_times_the_size():
    lengths = batches.steering_lengths(Fraction(5))
    assert lengths[0] == Fraction(3, 5) and lengths[9] == 6 and lengths[-1] == 15 and len(lengths) == 25


def test_slopes_spread_by_the_squared_overlap_of_any_ordered_pair():
    """Uneven overlaps, each pair as often in either role."""
    directions = np.array([[1.0, 0, 0], [0.6, 0.8, 0], [0.28, 0.96, 0], [0, 0.6, 0.8]]).T
    draw = jax.jit(interference.slope_spread)
    point = {"directions": jnp.asarray(directions)}
    rows = np.concatenate([draw(key, point) for key in jax.random.split(KEY, 8)])
    squares = (directions.T @ directions)[~np.eye(4, dtype=bool)] ** 2
    assert rows.mean() == pytest.approx(squares.mean(), abs=5 * squares.std() / np.sqrt(len(rows)))
    assert rows.var() == pytest.approx(squares.var(), rel=0.1)
    assert set(np.round(rows, 9)) <= set(np.round(squares, 9))


def test_noise_and_its_opposite_turn_pc1_together():
    spectrum = (1.0, 0.5, 0.2)
    found = np.asarray(principal_plane.turns(KEY, {"spectrum": spectrum, "N": 4}))
    noise = 1e-3 * np.asarray(normal(KEY, (1024, 4, 3)))
    still = np.zeros((4, 3))
    np.fill_diagonal(still, np.sqrt(spectrum))
    for row in range(3):
        both = [np.linalg.svd(still + sign * noise[row])[2][0] for sign in (1, -1)]
        expected = np.mean([(1 - leading[0] ** 2) / 1e-6 for leading in both])
        assert found[row] == pytest.approx(expected, rel=1e-6)
