"""The averaging task against brute force, and what is observed of a decoder by value."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.attention_sink import averaging, trained
from corollary.training.settings import configure

pytestmark = pytest.mark.usefixtures("compiled_quickly")

TINY = {"width": 8, "mlp_width": 8, "length": 7, "content": 5, "sequences": 32, "batch": 8, "steps": 3}
CONFIG = configure(trained.RUN.name, trained.RUN.settings, TINY)


def test_what_is_wanted_is_the_mean_of_earlier_contents():
    tokens = np.asarray(averaging.sequences(jax.random.key(1), 50, CONFIG))
    table = np.asarray(averaging.target_table(jax.random.key(2), CONFIG))
    assert (tokens[:, 0] == 6).all()
    assert (tokens[:, 1:] == 5).mean() == pytest.approx(0.25, abs=0.08)
    found = averaging.wanted(jnp.asarray(tokens), jnp.asarray(table), CONFIG)
    for row, given in zip(np.asarray(found), tokens, strict=True):
        for t, token in enumerate(given):
            before = [table[one] for one in given[1:t] if one < 5]
            expected = np.mean(before, axis=0) if token == 5 and before else np.zeros(8)
            np.testing.assert_allclose(row[t], expected, atol=1e-5)


def test_without_a_bos_position_0_is_ordinary_and_never_averaged():
    config = {**CONFIG, "bos": False}
    tokens = averaging.sequences(jax.random.key(1), 200, config)
    assert int(tokens.max()) == 5
    table = averaging.target_table(jax.random.key(2), config)
    only_first = jnp.asarray([[0, 5, 5]])
    np.testing.assert_array_equal(averaging.wanted(only_first, table, config), 0)


def test_attention_on_the_first_position_by_hand():
    pattern = jnp.zeros((1, 1, 6, 6)).at[..., 0].set(jnp.asarray([1.0, 1.0, 0.2, 0.4, 0.6, 0.8]))
    scores = jnp.zeros((1, 1, 6, 6)).at[..., 0].set(3.0).at[..., 1].set(1.0)
    asks = jnp.asarray([[False, False, False, True, False, True]])
    found = {name: float(value[0]) for name, value in trained.attention_on_first(pattern, scores, asks).items()}
    assert found["sink"] == pytest.approx(0.4)
    assert found["sink at trigger"] == pytest.approx(0.6)
    assert found["row sum"] == pytest.approx(0.4)
    assert found["sink logit"] == pytest.approx(3 - np.mean([1 / 2, 1 / 4]))


def test_what_stands_out_at_the_first_position():
    stream = jnp.ones((1, 5, 4)).at[0, 0].set(jnp.asarray([8.0, 0.0, 0.0, 0.0]))
    found = {name: float(value) for name, value in trained.first_position(stream).items()}
    assert found == {"norm ratio": pytest.approx(4), "dominance ratio": pytest.approx(4)}
    assert float(trained.effective_rank(jnp.eye(6))) == pytest.approx(6, rel=1e-5)


def test_variances_of_uniform_attention_on_orthonormal_values():
    tokens = jax.random.randint(jax.random.key(3), (400, 4), 0, 3)
    pattern = jnp.tril(jnp.ones((4, 4))) / jnp.arange(1, 5)[:, None]
    patterns = jnp.broadcast_to(pattern, (1, 400, 1, 4, 4))
    mixed = jnp.einsum("qk,bkv->bqv", pattern, jax.nn.one_hot(tokens, 3))[None, :, :, None]
    found = trained.variances(mixed, patterns, tokens, 3)
    np.testing.assert_allclose(found["participation"][0], 1 / np.arange(1, 5), rtol=1e-5)
    np.testing.assert_allclose(found["spread"], 3 * found["variance"], rtol=1e-4)


def test_a_run_measures_what_it_trains():
    def whole(key):
        state = trained.RUN.init(key, CONFIG)
        state, metrics = trained.RUN.step(state, key, CONFIG)
        return trained.RUN.evaluate(state, key, CONFIG), metrics["loss"]

    arrays, loss = jax.tree.map(np.asarray, jax.jit(whole)(jax.random.key(0)))
    numbers = trained.RUN.measure(arrays, CONFIG)
    assert numbers["error"] == pytest.approx(numbers["mse"] / numbers["null"])
    assert loss == pytest.approx(numbers["mse"], rel=0.5)
    assert numbers["row sum"] == pytest.approx(1, abs=1e-5)
    assert numbers["sink"] == max(numbers["sink 0"], numbers["sink 1"])
    assert 0 < numbers["explained by 1/t"] <= 1
