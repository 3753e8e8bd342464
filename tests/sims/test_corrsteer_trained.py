"""Decoders of the reliability language: what is observed of them, by value where it can be known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.decoder import Decoder
from corollary.sims.corrsteer import reliability, trained
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

SMALL = {
    "layers": 2, "width": 8, "heads": 2, "mlp_width": 8, "batch": 4, "steps": 2, "features": 12, "sparse_steps": 3,
    "tests": 60,
}  # fmt: skip
CONFIG = configure(trained.RUN.name, trained.RUN.settings, SMALL)


@pytest.fixture(scope="module")
def state():
    return trained.init(jax.random.key(0), CONFIG)


@pytest.fixture(scope="module")
def model(state):
    return Decoder(trained.decoder_config(CONFIG), weights=state["parameters"])


@pytest.fixture(scope="module")
def arrays(state):
    evaluate = jax.jit(lambda state, key: trained.evaluate(state, key, CONFIG))
    return {name: np.asarray(x) for name, x in evaluate(state, jax.random.key(1)).items()}


def test_a_step_lowers_what_an_untrained_decoder_guesses(state):
    after, before = trained.step(state, jax.random.key(2), CONFIG)
    assert float(before["loss"]) == pytest.approx(np.log(reliability.VOCABULARY), abs=1.5)
    assert float(trained.step(after, jax.random.key(2), CONFIG)[1]["loss"]) < float(before["loss"])


def test_vectors_are_added_at_the_mark_after_their_layer(state, model):
    drawn = reliability.texts(jax.random.key(3), state["maps"], 5)
    plain, _ = trained._answered(model, drawn)
    vectors = jnp.zeros((2, 8)).at[1, 3].set(2.0)
    moved, _ = trained._answered(model, drawn, vectors)
    np.testing.assert_allclose(moved[0], plain[0], atol=1e-6)
    np.testing.assert_allclose(moved[1] - plain[1], np.eye(8)[3] * 2 * np.ones((5, 1)), atol=1e-5)


def test_autoencoders_read_and_write_in_the_units_of_the_stream(state, model):
    stream, _ = trained._answered(model, reliability.texts(jax.random.key(3), state["maps"], 300))
    more = configure(
        trained.RUN.name, trained.RUN.settings, {**SMALL, "sparse_steps": 100, "features": 32, "sparsity": 0.002}
    )
    saes = trained._autoencoders(stream + 5.0, jax.random.key(4), more)
    np.testing.assert_allclose(np.linalg.norm(saes.decoder, axis=2), 1, rtol=1e-5)
    assert (np.asarray(trained._unexplained(saes, stream + 5.0)) < 0.6).all()
    few = configure(trained.RUN.name, trained.RUN.settings, {**SMALL, "sparse_steps": 1, "features": 32})
    fewer = trained._unexplained(trained._autoencoders(stream + 5.0, jax.random.key(4), few), stream + 5.0)
    assert (np.asarray(trained._unexplained(saes, stream + 5.0)) < np.asarray(fewer)).all()


def test_selection_takes_the_most_correlated_feature_and_its_mean_on_successes():
    generator = np.random.default_rng(0)
    y = np.arange(50) < 20
    z = np.maximum(generator.normal(size=(2, 50, 6)), 0)
    z[0, :, 4] += 2 * y
    z[1, :, 1] -= 0.5 * y
    moments = trained._moments(jnp.asarray(z), jnp.asarray(y))
    index, coefficient = trained._selected(moments)
    assert int(index[0]) == 4 and float(coefficient[0]) == pytest.approx(z[0, y, 4].mean(), rel=1e-5)
    lowest, negative = trained._selected(moments, -1.0)
    assert int(lowest[1]) == 1 and float(negative[1]) == pytest.approx(-z[1, y, 1].mean(), rel=1e-5)


def test_the_mean_difference_is_of_samples_without_agreement(state, model, arrays):
    keys = jax.random.split(jax.random.key(1), 6)
    drawn = reliability.texts(jax.random.split(keys[3], 2)[0], state["maps"], trained.SAMPLES[-1], 0.5)
    stream, right = (np.asarray(part) for part in trained._answered(model, drawn))
    stream, right = stream[:, : trained.MIDDLE], right[: trained.MIDDLE]
    assert right.any() and not right.all()
    vector = stream[:, right].mean(1) - stream[:, ~right].mean(1)
    test = reliability.texts(keys[2], state["maps"], 60)
    before, after = (np.asarray(trained._answered(model, test, v)[1]) for v in (None, jnp.asarray(vector)))
    at = trained.conditions(2).index("caa")
    assert (arrays["plus"][at], arrays["minus"][at]) == ((~before & after).sum(), (before & ~after).sum())
    chosen = np.asarray(trained._selected(trained._moments(jnp.asarray(stream), jnp.asarray(right)))[0])
    assert chosen.shape == (2,) and arrays["correlation"].shape == (2, 2)


def test_numbers_are_named_by_condition(arrays):
    numbers = trained.measure({**arrays, "history/loss": np.array([3.0, 2.0])}, CONFIG)
    names = trained.conditions(2)
    assert numbers["loss"] == 2 and len(names) == len(arrays["plus"]) == len(set(names))
    at = names.index("caa")
    assert numbers["changed, caa"] == arrays["plus"][at] + arrays["minus"][at]
    assert numbers["gain, caa"] == pytest.approx((arrays["plus"][at] - arrays["minus"][at]) / 60)
    assert numbers["nuisance, layer 1, agreement 0.9"] == pytest.approx(arrays["nuisance"][1, 1])
    assert numbers["shuffled, 2000 samples"] == pytest.approx(arrays["shuffled"][-1])
    assert 0 <= numbers["accuracy"] <= 1 and 0 <= numbers["side effects, twice"] <= 1
