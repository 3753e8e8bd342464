"""The attention readouts against the layer written out in full, worked numbers and the exact scaling law."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.icl_temperature import attention, predictions, scaled_predictions
from corollary.sims.icl_temperature.prompts import Prompts, context_labels, inputs, sample_prompts, setting

jax.config.update("jax_enable_x64", True)

GENERAL = {
    "l": 6,
    "sigma": 0.5,
    "Sigma_x": np.array([[1.3, 0.2, 0.1], [0.2, 0.7, -0.3], [0.1, -0.3, 0.9]]),
    "Sigma_w": np.array([[0.9, -0.2, 0.0], [-0.2, 0.5, 0.1], [0.0, 0.1, 1.1]]),
    "mu_x": np.array([0.4, -0.1, 0.3]),
    "mu_w": np.array([-0.3, 0.6, 0.2]),
    "M11": np.array([[1.1, 0.2, -0.4], [-0.3, 0.7, 0.5], [0.6, -0.1, 0.9]]),
    "v21": np.array([0.25, -0.15, 0.35]),
    "m21": np.array([0.2, -0.1, 0.4]),
    "v22": 0.8,
}
TAU = 1.3


def draw(s, rows):
    return jax.jit(lambda key: sample_prompts(key, s, rows))(jax.random.key(0))


@pytest.fixture(scope="module")
def drawn():
    s = setting(GENERAL)
    return s, draw(s, 100)


def dense_predictions(s, prompts, weights):
    """The label slot of the query column of E = Z + V Z A; the blocks that must not matter are random."""
    e = s.d + 1
    value, key_query = np.random.default_rng(0).normal(size=(2, e, e))
    value[-1] = np.r_[s.v21, s.v22]
    key_query[: s.d, : s.d], key_query[-1, : s.d] = s.M11, s.m21

    def predict(x, y, query):
        z = jnp.c_[jnp.c_[x, y].T, jnp.r_[query, 0.0]]
        return attention.dense_layer(z, value, key_query, jnp.asarray(TAU), weights)[-1, -1]

    return jax.jit(jax.vmap(predict, in_axes=-1))(inputs(s, prompts.z), context_labels(s, prompts), prompts.query)


def test_linearized_readout_is_the_dense_layer(drawn):
    b, q = attention.linearized(attention.literal_columns(*drawn))
    np.testing.assert_allclose(b + q / TAU, dense_predictions(*drawn, "linearized"), rtol=0, atol=1e-12)


def test_softmax_readout_is_the_dense_layer(drawn):
    prediction = attention.softmax(attention.literal_columns(*drawn), jnp.asarray(TAU))
    np.testing.assert_allclose(prediction, dense_predictions(*drawn, "softmax"), rtol=0, atol=1e-12)


def test_the_query_column_matters(drawn):
    literal, masked = (
        sum(attention.linearized(columns(*drawn))) for columns in (attention.literal_columns, attention.masked_columns)
    )
    assert np.min(np.abs(literal - masked)) > 1e-6


def test_temperatures_share_prompts(drawn):
    columns, tau = attention.masked_columns(*drawn), jnp.array([0.5, TAU, 4.0])
    for readout in (attention.softmax, attention.two_heads):
        np.testing.assert_allclose(readout(columns, tau)[:, 1], readout(columns, tau[1]), rtol=1e-13)


def test_softmax_is_linearized_at_high_temperature(drawn):
    columns, tau = attention.masked_columns(*drawn), jnp.asarray(1e6)
    b, q = attention.linearized(columns)
    np.testing.assert_allclose((attention.softmax(columns, tau) - b) * tau, q, rtol=0, atol=1e-4)
    np.testing.assert_allclose(attention.two_heads(columns, tau) * tau, 2 * q, rtol=0, atol=1e-4)


@pytest.mark.parametrize(("columns", "keys"), [(attention.literal_columns, 4), (attention.masked_columns, 3)])
def test_worked_example(columns, keys):
    """One prompt in exact rational arithmetic: b the mean value, q the biased covariance of values and scores."""
    x = [("1", "-.5"), (".2", ".7"), ("-.6", ".4"), (".3", "1.1")]
    y = [".9", "-.4", ".1", "0"]
    M11, m21, v21, v22 = [("1.1", ".2"), ("-.3", ".7")], (".2", "-.1"), (".25", "-.15"), ".8"

    def inner(a, b):
        return sum((Fraction(i) * Fraction(j) for i, j in zip(a, b, strict=True)), Fraction(0))

    query = x[-1]
    direction = [inner(row, query) for row in M11]
    scores = [inner(xi, direction) + Fraction(yi) * inner(m21, query) for xi, yi in zip(x, y, strict=True)][:keys]
    values = [inner(v21, xi) + Fraction(v22) * Fraction(yi) for xi, yi in zip(x, y, strict=True)][:keys]
    b = sum(values) / keys
    q = inner(values, scores) / keys - b * sum(scores) / keys

    number = np.vectorize(float)
    s = setting({"l": 4, "M11": number(M11), "m21": number(m21), "v21": number(v21), "v22": float(v22)})
    context, labels, last = (jnp.asarray(number(part)) for part in (x[:3], y[:3], query))
    no_task = jnp.zeros((2, 1))  # so that the labels are the noise
    prompts = Prompts(context[..., None], labels[..., None], last[..., None], no_task, jnp.zeros(1))
    np.testing.assert_allclose(attention.linearized(columns(s, prompts)), [[float(b)], [float(q)]], rtol=1e-13)


def test_scaling_law_is_exact_and_square_root_is_not():
    point = {**GENERAL, "tau": TAU, "c": 2.7}

    def gaps(key, exponent):
        return jnp.max(jnp.abs(scaled_predictions(key, point, exponent) - predictions(key, point)), axis=0)

    gaps = jax.jit(gaps)
    assert np.max(gaps(jax.random.key(1), 1.0)) < 1e-12
    assert np.min(gaps(jax.random.key(1), 0.5)) > 0.1


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"l": 2}, "l=2"),
        ({"l": 5.0}, "l=5.0"),
        ({"d": 0}, "d=0"),
        ({"mu_x": np.zeros(2)}, "mu_x has shape"),
        ({"Sigma_x": np.eye(2)}, "Sigma_x has shape"),
    ],
)
def test_bad_points_are_named(change, complaint):
    with pytest.raises(ValueError, match=complaint):
        setting({"d": 3, **GENERAL, **change})


def test_layer_kind_is_checked():
    with pytest.raises(ValueError, match="relu"):
        attention.dense_layer(jnp.eye(2), jnp.eye(2), jnp.eye(2), jnp.asarray(1.0), "relu")
