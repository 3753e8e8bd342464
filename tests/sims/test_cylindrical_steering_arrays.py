"""Every array that a figure keeps of cylindrical steering, against known cases and against single draws."""

import jax
import numpy as np
import pytest

from corollary.sims.cylindrical_steering import (
    helix,
    identifiability,
    interference,
    normalisation,
    pairs,
    penalty,
    principal_plane,
)
from corollary.sims.numerics.draws import keys_of

jax.config.update("jax_enable_x64", True)


def test_probes_have_a_row_for_every_kind_and_a_column_for_every_seed() -> None:
    found = helix.probes(5, ["walk", "helix"], 4, 2)
    keys = keys_of(5, 2)
    for row, kind in enumerate(["walk", "helix"]):
        for column in range(2):
            alone = jax.jit(helix.probe_path, static_argnums=(1, 2))(keys[column], kind, 4)
            for name, values in found.items():
                assert values.shape == (2, 2)
                assert values[row, column] == pytest.approx(float(alone[name]), rel=1e-8), name


def test_the_helix_of_a_walk_is_read_off_its_leading_coordinates() -> None:
    found = helix.probed_walk(2, 6)
    vectors = np.asarray(helix.path(jax.random.key(2), "walk", 50))
    centred = vectors - vectors.mean(0)
    basis = np.linalg.svd(centred, full_matrices=False)[0][:, :6]
    grid, helices = (np.asarray(part) for part in helix.candidates(50))
    explained = []
    for (_, radius, _), points in zip(grid, helices, strict=True):
        deviations = points - points.mean(0)
        share = ((basis.T @ deviations) ** 2).sum() / (deviations**2).sum()
        explained.append(share if abs(radius - 0.3) < 0.01 else -1)
    best = helices[int(np.argmax(explained))]
    np.testing.assert_allclose(found["helix"], best, rtol=1e-12)
    fitted = best.mean(0) + basis @ (basis.T @ (best - best.mean(0)))
    np.testing.assert_allclose(found["fitted"], fitted, atol=1e-10)
    energies = np.sort(np.linalg.eigvalsh(centred @ centred.T))[::-1]
    np.testing.assert_allclose((found["scores"] ** 2).sum(0), energies[:3], rtol=1e-9)
    np.testing.assert_allclose(found["scores"].T @ found["scores"], np.diag(energies[:3]), atol=1e-6 * energies[0])


def test_strengths_that_add_up_to_nothing() -> None:
    directions, strengths = identifiability.ambiguity(jax.random.key(1), 5, 8)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=0), 1, rtol=1e-12)
    np.testing.assert_allclose(directions @ strengths, 0, atol=1e-12)
    assert directions.shape == (5, 8)
    assert np.linalg.norm(strengths) == pytest.approx(1, rel=1e-12) and (np.abs(strengths) > 1e-3).all()


def test_accuracies_have_an_axis_for_concepts_and_one_for_sizes() -> None:
    """A single strength is always found; six of them in four dimensions, among twelve concepts, are not."""
    found = identifiability.sparse_accuracies(0, 4, [6, 12], [1, 6], 5)
    assert {name: values.shape for name, values in found.items()} == {"pursuit": (2, 2, 5), "least_norm": (2, 2, 5)}
    np.testing.assert_array_equal(found["pursuit"][:, 0], 1)
    np.testing.assert_array_equal(found["least_norm"][:, 0], 1)
    assert found["pursuit"][1, 1].mean() < 0.9
    one = jax.jit(identifiability.sparse_accuracy, static_argnums=(1, 2, 4))(keys_of(0, 5)[3], 4, 12, 6, 6)
    for name, values in found.items():
        assert values[1, 1, 3] == pytest.approx(float(one[name]), abs=1e-12)


def test_dense_accuracies_are_a_mean_and_twice_its_standard_error() -> None:
    """Up to N = d all signs are right."""
    found = identifiability.dense_accuracies(3, 4, [4, 8])
    assert found["mean"][0] == 1 and found["error"][0] == 0
    samples = np.asarray(identifiability.mean_agreement(jax.random.key(3), {"d": 4, "N": 8}))
    assert found["mean"][1] == pytest.approx(samples.mean(), rel=1e-12)
    deviation = np.sqrt(((samples - samples.mean()) ** 2).sum() / (len(samples) - 1))
    assert found["error"][1] == pytest.approx(2 * deviation / np.sqrt(len(samples)), rel=1e-9)
    assert 0.6 < found["mean"][1] < 0.9


def test_overlaps_of_random_tight_and_orthonormal_directions() -> None:
    """1 / d, (N - d) / (d (N - 1)), and 0."""
    found = interference.overlaps(0, 4, [3, 4, 12], 400)
    np.testing.assert_allclose(found["random"], 1 / 4, rtol=0.06)
    np.testing.assert_allclose(found["tight"], [np.nan, 0, 8 / 44], atol=1e-6)
    np.testing.assert_allclose(found["orthonormal"], [0, 0, np.nan], atol=1e-12)


def test_divided_samples_of_still_lengths_are_the_effect_and_its_noise() -> None:
    found = normalisation.divided_sample(0, 2.0, 0.5, 0.25, 2000)
    assert {name: len(values) for name, values in found.items()} == {"effect": 2000, "length": 2000, "divided": 2000}
    assert (found["effect"] >= 0).all() and found["effect"].max() <= 0.5
    assert found["effect"].mean() == pytest.approx(1 / np.pi, abs=0.015)
    assert np.log(found["length"]).std() == pytest.approx(0.5, rel=0.08)
    noise = (found["divided"] - found["effect"]) * found["length"] ** 2
    assert noise.std() == pytest.approx(0.5 * found["effect"].std(), rel=0.08)
    assert len(normalisation.divided_sample(0, 2.0, 0.5, 0.25, 7)["length"]) == 7


def test_short_samples_carry_a_tenth_of_the_noise_where_lengths_are_alike_and_more_where_not() -> None:
    """Divided by |v|**k, the noise on lengths e**(s z) has the energy e**(-2 k s z): below the tenth of z with the
    share Phi(z_0.1 + 2 k s) on average. With equal lengths both fits are one."""
    found = normalisation.short_samples(0, [1.0, 2.0], [1e-9, 0.25], 3)
    assert found["efficiency"].shape == found["shortest"].shape == (2, 2)
    np.testing.assert_allclose(found["efficiency"][:, 0], 1, rtol=1e-6)
    np.testing.assert_allclose(found["shortest"][:, 0], 0.1, atol=0.01)
    np.testing.assert_allclose(found["shortest"][:, 1], [0.2173, 0.3891], rtol=0.08)
    assert found["efficiency"][1, 1] < found["efficiency"][0, 1] < 1


def test_pair_correlations_of_every_dimension() -> None:
    found = pairs.pair_correlations(2, [6, 20], 12, 3)
    assert all(values.shape == (2, 3) for values in found.values())
    run = jax.jit(pairs.planted, static_argnums=(1, 2))
    for name, fixed in (("determined", True), ("random", False)):
        alone = run(keys_of(2, 3)[1], 12, 20, fixed)
        assert found[name][1, 1] == pytest.approx(float(alone["correlation"]), rel=1e-9)
        assert found[f"{name}_p"][1, 1] == pytest.approx(float(alone["p"]), rel=1e-9)


def test_alarms_are_shares_of_rejections() -> None:
    found = pairs.false_alarms(4, [8, 16], 6, 1.0, 2)
    run = jax.jit(lambda key: pairs.null_rejections(key, {"n": 16, "d": 6, "r": 1.0}).mean(axis=0))
    naive, permuted = np.mean([run(key) for key in keys_of(4, 2)], axis=0)
    assert found["naive"].shape == found["permuted"].shape == (2,)
    assert (found["naive"][1], found["permuted"][1]) == pytest.approx((naive, permuted), abs=1e-12)
    copied = pairs.copied_alarms(0, [1, 4], 30, [0.0, 0.9], 1)
    assert copied["copied"].shape == copied["means"].shape == (2, 2)
    assert copied["copied"][1, 1] > 3 * copied["means"][1, 1], "copies count as samples"
    np.testing.assert_allclose(copied["copied"][:, 0], copied["means"][:, 0], atol=0.05)


def test_medians_have_a_row_for_every_seed() -> None:
    found = penalty.penalty_medians(1, 2, "own")
    alone = jax.jit(lambda key: penalty.penalise(key, 48, 192, axis="own"))(keys_of(1, 2)[1])
    for name, values in found.items():
        np.testing.assert_allclose(values[1], alone[name], rtol=1e-9)


def test_pc1_turns_by_the_inverse_gaps() -> None:
    """E sin^2 / s^2 = sum over the others of (1 + m) / (1 - m)^2, seven times, for eigenvalues 1 and m."""
    found = principal_plane.plane_turns(0, [0.0, 0.25], 2)["turn"]
    np.testing.assert_allclose(found, np.sqrt([7, 7 * 1.25 / 0.75**2]), rtol=0.03)
