"""The chain in a published model's folder: against plain NumPy, and what interventions leave alone."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.checkpoint import load
from corollary.sims.attention_sink import checkpoint
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

FOLDER = Path(__file__).parents[1] / "models" / "golden" / "llama"
APPLICATION = checkpoint.APPLICATION
SMALL = {"sequences": 6, "length": 9, "batch": 3, "k": 4, "columns": 5, "intervened": 1, "avoided": 7}
CONFIG = configure(APPLICATION.name, APPLICATION.settings, SMALL)


@pytest.fixture(scope="module")
def model():
    return load(FOLDER)


@pytest.fixture(scope="module")
def arrays(model):
    return APPLICATION.apply(model, CONFIG, lambda text: None)


def test_the_avoided_token_is_not_drawn_and_others_are(model):
    tokens = np.asarray(checkpoint.random_tokens(model, {**CONFIG, "sequences": 400}))
    assert set(np.unique(tokens)) == set(range(64)) - {7}


def test_sums_over_batches_are_statistics_over_sequences(model, arrays):
    tokens = checkpoint.random_tokens(model, CONFIG)
    sites = [f"blocks.*.{site}" for site in checkpoint.SITES]
    pattern, z, q, k, stream = (np.asarray(model.run(tokens, read=sites)[site]) for site in sites)
    np.testing.assert_allclose(arrays["variance"], z.var(axis=1).mean(axis=(-2, -1)), rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(arrays["participation"], (pattern**2).sum(-1).mean(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(arrays["sink"], pattern[..., 1:, 0].mean(axis=(1, 3)), rtol=1e-5)
    sizes = np.abs(stream)
    np.testing.assert_allclose(arrays["dominance"], (sizes.max(-1) / sizes.mean(-1)).mean(axis=1), rtol=1e-5)
    first = k[1, :, 0, 0]
    queries = q[1, :, 1:, 1]
    positive = np.mean([(queries[row] @ first[row] > 0).mean() for row in range(6)])
    assert arrays["positive"][1, 1] == pytest.approx(positive)
    top = np.linalg.svd(queries.reshape(-1, queries.shape[-1]))[2][0]
    mean = first.mean(axis=0)
    assert arrays["align"][1, 1] == pytest.approx(abs(top @ mean) / np.linalg.norm(mean), rel=1e-3)


def test_a_factor_of_one_changes_nothing_and_masking_lets_a_position_see_itself_alone(model, arrays):
    np.testing.assert_allclose(arrays["amplify"][0], arrays["scale"][0], rtol=1e-5)
    tokens = checkpoint.random_tokens(model, CONFIG)
    pattern = np.asarray(model.run(tokens, read=["blocks.*.attn.pattern"])["blocks.*.attn.pattern"])
    np.testing.assert_allclose(arrays["amplify"][0], pattern[..., 5:, 4].mean(axis=(1, 2, 3)), rtol=1e-4)
    np.testing.assert_allclose(arrays["masked"][0], arrays["amplify"][0][0], rtol=1e-5)
    assert not np.allclose(arrays["masked"][1:], arrays["amplify"][0][1:], rtol=1e-4)


def test_amplifying_keeps_the_mean():
    x = jnp.asarray([1.0, 3.0])
    value = {"mean": jnp.asarray(2.0), "factor": jnp.asarray(4.0)}
    np.testing.assert_allclose(checkpoint.about(x, value), [-2, 6])


def test_planted_output_weights_follow_the_variance(model, arrays):
    variance = arrays["coordinate variance"]
    planted = np.broadcast_to(np.sqrt(variance)[..., None], model.weights()["blocks"]["attn.o"].shape)

    class Planted:
        weights = staticmethod(lambda: {"blocks": {"attn.o": planted}})

    found = checkpoint.weights_and_variance(Planted, variance, CONFIG)
    shared = 16 / (32 * 31 / 2)  # two query heads share each value: ties at the first position, which count for neither
    np.testing.assert_allclose(found["tau"], 1 - shared, atol=1e-6)
    assert np.abs(found["tau by chance"]).max() < 0.6
    assert np.abs(arrays["tau"]).max() < 0.6


def test_numbers_are_told_and_a_position_that_is_not_there_is_refused(model, arrays):
    numbers = APPLICATION.measure(arrays, CONFIG)
    assert numbers["attention on k after the first layer, as it is"] == arrays["amplify"][0, 1:].max()
    name = "correlation of log variance with log sum a^2, first layer"
    variance, squares = np.log(arrays["variance"][0]), np.log(arrays["participation"][0])
    assert numbers[name] == pytest.approx(np.corrcoef(variance, squares)[0, 1])
    alike = {**arrays, "participation": np.ones_like(arrays["participation"])}
    assert np.isnan(APPLICATION.measure(alike, CONFIG)[name])
    with pytest.raises(ValueError, match="k=9 is not allowed; allowed: a position below length=9"):
        APPLICATION.apply(model, {**CONFIG, "k": 9}, lambda text: None)
