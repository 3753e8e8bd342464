"""Every array that a figure keeps of the singular feature machine."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.grokking import sfm_bayes, sfm_phases, sfm_spectra

jax.config.update("jax_enable_x64", True)


def test_the_cost_of_a_mode_that_surely_is_there_and_of_one_that_surely_is_not() -> None:
    """Surely there, the log Bayes factor is shrink n w_hat^2 / 2 - ln(1 + n s2) / 2, and E n w_hat^2 = n w0^2 + 1."""
    n, w0, s2 = np.array([10.0, 1000.0]), 0.7, 2.0
    found = sfm_bayes.free_energies(n.tolist(), w0, s2, 1.0)["cost"]
    shrink = n * s2 / (1 + n * s2)
    mean_factor = shrink * (n * w0**2 + 1) / 2 - np.log1p(n * s2) / 2
    np.testing.assert_allclose(found, n * w0**2 / 2 - mean_factor, rtol=1e-6)
    absent = sfm_bayes.free_energies([50.0], 0.3, 1.0, 1e-300)["cost"]
    np.testing.assert_allclose(absent, 50 * 0.09 / 2, rtol=1e-6)


def test_times_have_a_row_for_every_split_and_a_column_for_every_gate() -> None:
    point = {"p": 5, "n": 20, "limit": 40, "gate": "constant", "encoding": "onehot", "operation": "add"}
    betas = jnp.array([1e-6, 0.02])
    found = sfm_phases.times_of_splits(4, 3, **point, beta=betas, B=jnp.ones(2))
    assert {name: values.shape for name, values in found.items()} == {
        "train": (3, 2),
        "test": (3, 2),
        "half_time_loss": (3, 2),
    }
    keys = jax.random.split(jax.random.key(4), 3)
    for row, key in enumerate(keys):
        alone = sfm_phases.times(key, {**point, "beta": betas, "B": jnp.ones(2)})
        for name, values in found.items():
            np.testing.assert_allclose(values[row], alone[name], rtol=1e-12)


def test_the_map_of_phases_has_its_corners() -> None:
    """Without a penalty nothing is answered that was not seen, at a suitable one all is, and at a large one nothing is
    left to answer with."""
    found = sfm_phases.phase_map(0, 2, 7, [0.8], [1e-9, 0.02, 1e3])["held_out"]
    assert found.shape == (1, 3)
    assert found[0, 0] < 0.35 and found[0, 1] == 1 and found[0, 2] < 0.35


def test_spectra_of_the_label_by_hand() -> None:
    """At p = 5 the labels 0..4 have variance 2 and those of u + v the modes 1 / (2 sin(pi k / p)) on the diagonal,
    those of u - v where k + l = 0. Of the 25 products 9 are 0, and 1 to 4 come four times each: their energy about the
    label's mean is (9 * 4 + 4 + 4 + 16) / 25 / 2."""
    found = sfm_spectra.label_spectra(5)
    modes = 1 / (2 * np.sin(np.pi * np.arange(1, 5) / 5)) / np.sqrt(2)
    np.testing.assert_allclose(found["add"], np.diag(np.r_[0, modes]), atol=1e-12)
    np.testing.assert_allclose(found["sub"], np.diag(np.r_[0, modes])[:, [0, 4, 3, 2, 1]], atol=1e-12)
    assert float((found["mul"] ** 2).sum()) == pytest.approx(1.2, rel=1e-12)
    assert set(found) == {"add", "sub", "mul", "div"}
