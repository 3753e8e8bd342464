"""The one-layer attention: reference values, exact symmetries, bad input."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from corollary.models.attention import ATTENTIONS, OneLayerAttention, OneLayerConfig, linearised_softmax
from corollary.models.parameters import bind, parameters

INPUTS = np.array([[1.0, -0.5], [0.2, 0.7], [-0.6, 0.4]])
LABELS = np.array([0.9, -0.4, 0.1])
QUERY = np.array([[0.3, 1.1]])


def _layer(attention, **values):
    def make():
        return OneLayerAttention(OneLayerConfig(2, attention), rngs=nnx.Rngs(params=3))

    return bind(make, {**parameters(make()), **{name: jnp.asarray(value) for name, value in values.items()}})


REFERENCE = {"M11": [[[1.1, 0.2], [-0.3, 0.7]]], "m21": [[0.2, -0.1]], "v21": [[0.25, -0.15]], "v22": [0.8]}


@pytest.mark.parametrize(("attention", "expected"), [("linearised", 0.1413166667), ("softmax", 0.1343933697)])
def test_reference_prompt(attention, expected):
    predicted = _layer(attention, **REFERENCE)(INPUTS, LABELS, QUERY, 1.5)
    np.testing.assert_allclose(predicted, [expected], atol=5e-11)


def test_scores_and_values_by_hand():
    layer = _layer("softmax", **REFERENCE)
    M11, m21 = np.array(REFERENCE["M11"][0]), np.array(REFERENCE["m21"][0])
    expected = [x @ M11 @ QUERY[0] + y * m21 @ QUERY[0] for x, y in zip(INPUTS, LABELS, strict=True)]
    np.testing.assert_allclose(layer.scores(INPUTS, LABELS, QUERY)[0, 0], expected, rtol=1e-13)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_input_scaling_is_undone_by_temperature_exactly(attention):
    """yhat(sqrt(c) X, sqrt(c) y; c tau) = sqrt(c) yhat(X, y; tau)."""
    heads = 2 if attention == "two_heads" else 1
    rng = np.random.default_rng(0)
    shapes = {"M11": (heads, 2, 2), "m21": (heads, 2), "v21": (heads, 2), "v22": (heads,)}
    layer = _layer(attention, **{name: rng.normal(size=shape) for name, shape in shapes.items()})
    root = np.sqrt(2.7)
    scaled = layer(root * INPUTS, root * LABELS, root * QUERY, 2.7 * 1.3)
    np.testing.assert_allclose(scaled, root * layer(INPUTS, LABELS, QUERY, 1.3), rtol=1e-12)


def test_linearised_softmax_is_softmax_to_first_order():
    scores = jnp.array([0.3, -1.2, 0.5, 0.1])
    small = 1e-5
    np.testing.assert_allclose(linearised_softmax(scores).sum(), 1.0, rtol=1e-14)
    np.testing.assert_allclose(linearised_softmax(small * scores), jax.nn.softmax(small * scores), atol=1e-10)


def test_two_heads_start_as_negatives_of_each_other():
    held = parameters(OneLayerAttention(OneLayerConfig(4, "two_heads"), rngs=nnx.Rngs(params=0)))
    np.testing.assert_array_equal(held["M11"][0], -held["M11"][1])
    np.testing.assert_array_equal(held["v22"], [1.0, -1.0])
    assert all(value.dtype == jnp.float64 for value in held.values())


@pytest.mark.parametrize(("arguments", "message"), [((0,), "dimension=0"), ((2, "linear"), "attention='linear'")])
def test_bad_configurations_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        OneLayerConfig(*arguments)
