"""Spectra and geometry of embeddings: definitions, invariances and bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.instruments import embeddings, geometry, spectra


def test_stable_rank_lies_between_one_and_the_rank():
    rng = np.random.default_rng(0)
    assert float(spectra.stable_rank(jnp.asarray(np.outer(rng.normal(size=9), rng.normal(size=5))))) == pytest.approx(1)
    assert float(spectra.stable_rank(jnp.eye(7))) == pytest.approx(7)
    assert float(spectra.nuclear_norm(jnp.eye(7))) == pytest.approx(7)


def test_the_token_spectrum_keeps_all_of_the_variance():
    embedding = jnp.asarray(np.random.default_rng(1).normal(size=(13, 6)))
    total = ((embedding - embedding.mean(0)) ** 2).sum()
    assert float(spectra.token_spectrum(embedding).sum() / 13) == pytest.approx(float(total))


def test_special_tokens_smear_the_papers_spectrum():
    ring = embeddings.circle(23, 5, 0) - embeddings.circle(23, 5, 0).mean(0)
    padded = jnp.concatenate([ring, jnp.zeros((2, ring.shape[1]))])
    assert float(spectra.inverse_participation(spectra.token_spectrum(ring))) == pytest.approx(1)
    assert float(spectra.inverse_participation(spectra.paper_token_spectrum(padded))) < 0.2


def test_a_turned_and_shifted_ring_is_the_same_ring():
    embedding = embeddings.circle(11, 3, 0)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(24, 24)))[0]
    for other in (embedding @ turn, 3 * embedding, embedding + 1):
        found = geometry.ring(other)
        assert int(found.frequency) == 3
        assert float(geometry.homomorphism_error(found.angles)) == pytest.approx(0, abs=1e-9)


def test_two_nearest_neighbours_diverge_on_a_ring_and_not_in_a_cloud():
    assert not geometry.two_nn_dimension(jnp.asarray(embeddings.polygon(23))) < 1e6
    cloud = jnp.asarray(np.random.default_rng(0).normal(size=(500, 2)))
    assert float(geometry.two_nn_dimension(cloud)) == pytest.approx(2, abs=0.4)


def test_gini_is_the_double_sum_over_pairs():
    weights = np.random.default_rng(0).exponential(size=(3, 11))
    pairs = np.abs(weights[:, :, None] - weights[:, None]).sum((1, 2)) / (2 * 11 * weights.sum(1))
    assert np.asarray(spectra.gini(jnp.asarray(weights))) == pytest.approx(pairs)
    assert float(spectra.gini(jnp.ones(5))) == pytest.approx(0)


def test_ratios_of_unequal_modes_by_hand():
    powers = jnp.array([[3.0, 1.0, 0.0], [2.0, 2.0, 1.0]])
    assert spectra.inverse_participation(powers).tolist() == pytest.approx([10 / 16, 9 / 25])
    assert spectra.paper_inverse_participation(powers).tolist() == pytest.approx([82 / 100, 33 / 81])


@pytest.mark.parametrize("shape", [(13, 4), (4, 13)])
def test_the_participation_ratio_is_that_of_the_covariances_eigenvalues(shape):
    points = np.random.default_rng(0).normal(size=shape) * np.arange(1, shape[1] + 1) + 5
    values = np.linalg.eigvalsh(np.cov(points.T))
    ratio = values.sum() ** 2 / (values**2).sum()
    assert float(spectra.participation_ratio(jnp.asarray(points))) == pytest.approx(ratio)


def test_ranks_and_norms_by_hand():
    matrix = jnp.diag(jnp.array([3.0, 2.0, 1.0]))[:, :2]
    assert float(spectra.stable_rank(matrix)) == pytest.approx(13 / 9)
    assert float(spectra.nuclear_norm(matrix)) == pytest.approx(5)


def test_the_token_spectrum_of_a_wave_by_hand():
    """Amplitude A at frequency k has the power 2 (A p / 2)^2, and the constant counts for nothing."""
    wave = 3 * np.cos(2 * np.pi * 4 * np.arange(13) / 13 + 0.3) + 7
    powers = np.asarray(spectra.token_spectrum(jnp.asarray(np.stack([wave, 2 * wave], 1))))
    expected = np.zeros(6)
    expected[3] = 2 * (3 * 13 / 2) ** 2 * 5
    assert powers == pytest.approx(expected, abs=1e-9)
    with pytest.raises(ValueError, match="odd number"):
        spectra.token_spectrum(jnp.ones((4, 2)))


def test_the_plane_of_a_frequency_that_is_asked_for():
    embedding = embeddings.waves(31, np.array([4.0, 1.0]), 3)
    strong = int(geometry.ring(embedding).frequency)
    powers = np.asarray(spectra.token_spectrum(embedding))
    weak = int(np.argsort(powers)[-2]) + 1
    assert strong == int(powers.argmax()) + 1
    found = geometry.ring(embedding, weak)
    assert int(found.frequency) == weak
    assert float((found.plane**2).sum(1).mean()) == pytest.approx(1)
    assert np.asarray(found.angles) == pytest.approx(np.arctan2(found.plane[:, 1], found.plane[:, 0]))
    assert float(geometry.circular_correlation(found.angles, weak)) == pytest.approx(1)
    assert float(geometry.circular_correlation(found.angles, strong)) < 0.3
    for bad in (0, 16):
        with pytest.raises(ValueError, match="frequency"):
            geometry.ring(embedding, bad)
    with pytest.raises(ValueError, match="features"):
        geometry.ring(embedding[:, :1])


def test_errors_of_angles_by_hand():
    """Three tokens, two of them where they belong: the errors over all nine pairs, at the best turn."""
    angles = np.array([0.0, 2 * np.pi / 3, 4 * np.pi / 3 + 0.6])
    z = np.exp(1j * angles)
    pairs = [(a, b) for a in range(3) for b in range(3)]
    turns = np.exp(1j * np.linspace(0, 2 * np.pi, 20001))
    squares = sum(np.abs(z[a] * z[b] - turns * z[(a + b) % 3]) ** 2 for a, b in pairs)
    best = turns[squares.argmin()]
    error = np.mean([abs(z[a] * z[b] - best * z[(a + b) % 3]) for a, b in pairs])
    assert float(geometry.homomorphism_error(jnp.asarray(angles))) == pytest.approx(error, abs=1e-4)
    expected = abs(np.exp(1j * (angles - 2 * np.pi * np.arange(3) / 3)).mean())
    assert float(geometry.circular_correlation(jnp.asarray(angles), 1)) == pytest.approx(expected)
    assert float(geometry.circular_correlation(jnp.asarray(-angles), 1)) == pytest.approx(expected)


def test_two_nearest_neighbours_by_hand():
    points = jnp.array([[0.0], [1.0], [3.0], [7.0]])
    logs = np.log([3 / 1, 2 / 1, 3 / 2, 6 / 4])
    assert float(geometry.two_nn_dimension(points)) == pytest.approx(3 / logs.sum())
    around = geometry.log_neighbour_ratios(points / 8, period=1.0)
    assert np.asarray(around) == pytest.approx(np.log([1 / 1, 2 / 1, 3 / 2, 2 / 1]))


@pytest.mark.parametrize("copies", [2, 3])
def test_points_given_several_times_count_once(copies):
    cloud = np.random.default_rng(0).normal(size=(300, 3))
    once = float(geometry.two_nn_dimension(jnp.asarray(cloud)))
    repeated = np.random.default_rng(1).permutation(np.concatenate([cloud, *[cloud[:100]] * (copies - 1)]))
    assert float(geometry.two_nn_dimension(jnp.asarray(repeated))) == pytest.approx(once)
    assert float(jax.jit(geometry.two_nn_dimension)(jnp.asarray(repeated))) == pytest.approx(once)
    assert once == pytest.approx(3, abs=0.5)


@pytest.mark.parametrize(
    ("points", "word"),
    [([[0.0], [0.0], [1.0], [1.0]], "2 distinct"), ([[0.0], [1.0]], "2 rows"), ([[0.0], [1.0], [np.nan]], "NaN")],
)
def test_too_few_points_and_points_that_are_none(points, word):
    with pytest.raises(ValueError, match=word):
        geometry.two_nn_dimension(jnp.array(points))
    if len(points) > 2:
        assert np.isnan(float(jax.jit(geometry.two_nn_dimension)(jnp.array(points))))


def test_clouds_and_angles_are_independent_draws():
    for measure, point in ((embeddings.random_angle_errors, {"p": 21}), (embeddings.torus_log_ratios, {"d": 3})):
        chunks = [np.asarray(measure(jax.random.key(seed), point)) for seed in range(30)]
        rows = np.concatenate(chunks)
        assert len(np.unique(rows)) == rows.size
        limit = 5 / np.sqrt(rows.size)
        assert abs(np.corrcoef(rows[1:], rows[:-1])[0, 1]) < limit
        assert abs(np.corrcoef(np.concatenate(chunks[1:]), np.concatenate(chunks[:-1]))[0, 1]) < limit
