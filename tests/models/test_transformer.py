"""The small transformer: masking, temperature in every layer, initial scale, bad input."""

import math
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from corollary.models.parameters import bind, parameters
from corollary.models.transformer import Transformer, TransformerConfig, per_head

FULL = TransformerConfig(features=4, outputs=3, width=12, layers=2, heads=3, mlp_width=20, dtype="float64")
BARE = replace(FULL, layers=1, mlp_width=0, norm="none")
TOKENS = np.random.default_rng(1).normal(size=(2, 6, 4))
MASK = (np.arange(6) < 4) | np.eye(6, dtype=bool)


def _make(config):
    return Transformer(config, rngs=nnx.Rngs(params=5))


@pytest.fixture(scope="module")
def held():
    """Random parameters of the full model and of the bare one."""
    rng = np.random.default_rng(2)

    def drawn(config):
        shapes = jax.eval_shape(lambda: parameters(_make(config)))
        return jax.tree.map(lambda leaf: rng.normal(scale=0.4, size=leaf.shape), shapes)

    return drawn(FULL), drawn(BARE)


@pytest.fixture(scope="module")
def full():
    return jax.jit(lambda held, tokens, temperature: bind(lambda: _make(FULL), held)(tokens, MASK, temperature))


@pytest.fixture(scope="module")
def bare():
    return jax.jit(lambda held, tokens, temperature: bind(lambda: _make(BARE), held)(tokens, MASK, temperature))


def test_a_token_sees_what_the_mask_allows_and_nothing_else(held, full):
    expected = full(held[0], TOKENS, 1.0)
    changed = TOKENS.copy()
    changed[:, 5] += 1
    np.testing.assert_array_equal(full(held[0], changed, 1.0)[:, :5], expected[:, :5])
    context = np.array([2, 0, 3, 1, 4, 5])
    np.testing.assert_allclose(full(held[0], TOKENS[:, context], 1.0), expected[:, context], rtol=1e-12)


def test_one_temperature_is_that_of_every_layer_and_head(held, full):
    expected = full(held[0], TOKENS, 1.7)
    assert expected.shape == (2, 6, 3)
    np.testing.assert_allclose(full(held[0], TOKENS, np.full(2, 1.7)), expected, rtol=1e-13)
    np.testing.assert_allclose(full(held[0], TOKENS, np.full((2, 3), 1.7)), expected, rtol=1e-13)


def test_temperature_divides_the_logits_of_its_own_head(held, full):
    """A head's temperature tau does what dividing that head's query weights by tau does."""
    taus = np.array([[1.0, 1.0, 1.0], [1.0, 2.5, 0.4]])
    scaled = jax.tree.map(np.copy, held[0])
    scaled["blocks"][1]["attention"]["query"]["kernel"] /= np.repeat(taus[1], 4)
    np.testing.assert_allclose(full(held[0], TOKENS, taus), full(scaled, TOKENS, 1.0), rtol=1e-12)
    assert abs(full(held[0], TOKENS, taus) - full(held[0], TOKENS, 1.0)).max() > 1e-3


def test_temperatures_of_layers_are_their_own(held, full):
    by_layer = full(held[0], TOKENS, np.array([1.0, 2.0]))
    by_head = full(held[0], TOKENS, np.array([[1.0] * 3, [2.0] * 3]))
    np.testing.assert_allclose(by_layer, by_head, rtol=1e-13)


def test_an_infinite_temperature_averages_the_tokens_seen(held, bare):
    weights = {name: np.asarray(held[1][name]["kernel"]) for name in ("embed", "readout")}
    attention = {name: np.asarray(part["kernel"]) for name, part in held[1]["blocks"][0]["attention"].items()}
    stream = TOKENS @ weights["embed"]
    mixed = (MASK / MASK.sum(-1, keepdims=True)) @ (stream @ attention["value"])
    expected = (stream + mixed @ attention["output"]) @ weights["readout"]
    np.testing.assert_allclose(bare(held[1], TOKENS, math.inf), expected, rtol=1e-11)


def test_a_bare_layer_undoes_input_scaling_by_temperature(held, bare):
    """Tokens scaled by s at temperature s^2 tau give s times the output at tau."""
    np.testing.assert_allclose(bare(held[1], 3 * TOKENS, 9 * 1.3), 3 * bare(held[1], TOKENS, 1.3), rtol=1e-11)


def test_initial_weights_have_the_stated_scale():
    wide = replace(FULL, width=240, mlp_width=480, layers=1, dtype="float32")
    block = jax.jit(lambda: parameters(_make(wide))["blocks"][0])()
    np.testing.assert_allclose(block["attention"]["query"]["kernel"].std(), 240**-0.5, rtol=0.02)
    np.testing.assert_allclose(block["attention"]["output"]["kernel"].std(), (240 * 2) ** -0.5, rtol=0.02)
    np.testing.assert_allclose(block["mlp"]["down"]["kernel"].std(), (480 * 2) ** -0.5, rtol=0.02)


def test_gradients_reach_every_parameter_and_temperature(held, full):
    def loss(held, temperature):
        return jnp.sum(full(held, TOKENS, temperature) ** 2)

    gradients, by_temperature = jax.jit(jax.grad(loss, (0, 1)))(held[0], np.ones((2, 3)))
    assert all(np.any(leaf != 0) for leaf in jax.tree.leaves(gradients))
    assert np.all(by_temperature != 0)


@pytest.mark.parametrize("shape", [(3,), (3, 2), (1,), (2, 1), (2, 3, 1)])
def test_a_temperature_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"temperature of shape .* allowed: \(\), \(2,\) or \(2, 3\)"):
        per_head(np.ones(shape), layers=2, heads=3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": 5}, "heads=5"),
        ({"layers": 0}, "layers=0"),
        ({"norm": "layer"}, "norm='layer'"),
        ({"mlp_width": -1}, "mlp_width=-1"),
    ],
)
def test_bad_configurations_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(FULL, **change)
