"""By value, what a bound, an exponent or a phenomenon alone observes, where a paper has few of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.agentic_pooling import composition
from corollary.sims.cca_barriers import retrieval
from corollary.sims.grokking import sfm_gate
from corollary.sims.steering_scaling import transfer

jax.config.update("jax_enable_x64", True)


def test_a_mixture_is_fitted_by_mixing_and_a_product_by_pooling() -> None:
    """Each exactly, at every context length, and by the other not."""
    found = {
        author: composition.composed(jax.random.key(1), {"author": author, "contexts": 12})
        for author in ("mixture", "product")
    }
    both = composition.exact_misfits(jax.random.key(1), 12)
    lengths = len(composition.CONTEXT_LENGTHS)
    for author, right, wrong in (("mixture", "linear", "log"), ("product", "log", "linear")):
        assert len(found[author]) == 2 * lengths
        for row, seen in enumerate(composition.CONTEXT_LENGTHS):
            assert found[author][f"{right}_m{seen}"] == pytest.approx(0, abs=1e-6)
            assert found[author][f"{wrong}_m{seen}"] > 1e-4
            assert found[author][f"{wrong}_m{seen}"] == pytest.approx(float(both[f"{author}/{wrong}"][row]), rel=1e-6)


def test_languages_are_single_ones_side_by_side() -> None:
    """Their misfits one by one; and of each, in order, what the pure direction alone reaches, what the manifested one
    adds, and the ceiling."""
    found = composition.exact_languages(2, 6, 5)
    alone = composition.exact_misfits(jax.random.split(jax.random.key(5), 2)[1], 6)
    for name, values in alone.items():
        np.testing.assert_allclose(found[name][1], values, rtol=1e-6, atol=1e-9, err_msg=name)
    assert np.abs(found["duplicate"]).max() < 1e-9
    assert (found["pure/predicted"] < found["manifest/predicted"]).all()
    assert (found["manifest/predicted"] < found["ceiling"]).all()


def test_the_retrieval_toy_begins_with_a_chain_and_a_rested_optimiser() -> None:
    config = {name: one.default for name, one in retrieval.RUN.settings.items()}
    state = retrieval.init(jax.random.key(0), config)
    chain_key, params_key = jax.random.split(jax.random.key(0))
    np.testing.assert_array_equal(state["chain"], retrieval.draw_chain(chain_key))
    expected = retrieval.init_params(
        params_key, config["width"], 5, retrieval.PAGE + retrieval.LENGTH, retrieval.TOKENS
    )
    for one, other in zip(jax.tree.leaves(state["parameters"]), jax.tree.leaves(expected), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_allclose(state["chain"].sum(1), 1, rtol=1e-6)
    assert state["chain"].shape == (4, 3)


def test_a_step_below_alpha_and_a_penalty_above_nothing() -> None:
    start = {"eta": jnp.float64(0.0), "beta": jnp.log(jnp.float64(3.0))}
    eta, beta = sfm_gate.step_and_penalty(start)
    assert (eta, beta) == (pytest.approx(0.5 * 12 / 25), pytest.approx(3.0))
    assert sfm_gate.step_and_penalty(start, 2.0)[0] == pytest.approx(12 / 25)


def test_by_what_share_an_iteration_lowers_the_loss() -> None:
    """From weights of zero and without a penalty, a step of eta leaves (1 - eta / alpha)^2 of it. With one, the modes
    cost beta ln 12 each as soon as they are there; a threshold above them all leaves zero as it was."""
    truth = jnp.asarray(np.random.default_rng(0).normal(size=(2, 5, 5)))
    start = {"truth": truth, "weights": jnp.zeros((2, 5, 5)), "eta": jnp.float64(0), "beta": jnp.float64(0)}
    for share in (0.25, 1.0, 1.5):
        found = sfm_gate.fall(start, jnp.float64(share * 12 / 25), jnp.float64(0), jnp.float64(0))
        assert found == pytest.approx(1 - (1 - share) ** 2, abs=1e-12)
    assert sfm_gate.fall(start, jnp.float64(0.4), jnp.float64(1e3), jnp.float64(1)) == 0
    trained = (np.arange(25) * 7 % 25 < 12).reshape(5, 5)
    outputs = np.fft.ifft2(np.asarray(truth[0] + 1j * truth[1])) * 25
    before = 0.5 * (np.abs(outputs[trained]) ** 2).sum()
    found = sfm_gate.fall(start, jnp.float64(12 / 25), jnp.float64(0), jnp.float64(0.1))
    assert found == pytest.approx(1 - 0.1 * np.log(12) * 25 / before, rel=1e-9)


def test_the_best_scale_is_the_geometric_mean_of_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    places = np.array([-3.1, 0.4, 2.2])
    asked = []

    def curves(*arguments: object) -> np.ndarray:
        asked.append(arguments)
        return (np.log2(transfer.SCALES) - places[:, None]) ** 2

    monkeypatch.setattr(transfer, "_trained", curves)
    assert transfer.best_scale(8, "sgd", (0.5, -0.5, 0.5, -0.5), 3) == pytest.approx(2 ** places.mean(), rel=1e-9)
    assert asked == [(8, "sgd", (0.5, -0.5, 0.5, -0.5), 3, 16)]
