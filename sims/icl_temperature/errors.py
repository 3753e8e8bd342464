"""Plain measures: iid prompts in, squared errors out, nothing averaged analytically.

A measure is `(key, point) -> [rows, components]`, one iid row a prompt; the key is consumed; the point is that of
`prompts`. With r = y - b and the prediction b + q/tau, the three moments (r^2, r q, q^2) are linear in which every
temperature's error is (r^2 - 2 r q/tau + q^2/tau^2), and tau_opt = E q^2 / E r q (arXiv 2511.01292, Thm 4.2, 4.3).
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float64, PRNGKeyArray

from corollary.measure import static
from corollary.sims.icl_temperature import attention
from corollary.sims.icl_temperature.prompts import Point, Prompts, Setting, sample_prompts, setting

Moments = Float64[Array, "rows 3"]
Errors = Float64[Array, " rows"] | Float64[Array, "rows k"]


@static("d", "l")
def literal_moments(key: PRNGKeyArray, point: Point) -> Moments:
    """(r^2, r q, q^2) of linearized attention over all l columns."""
    return _moments(key, point, attention.literal_columns, attention.linearized)


@static("d", "l")
def masked_moments(key: PRNGKeyArray, point: Point) -> Moments:
    """(r^2, r q, q^2) of linearized attention over the n labelled tokens."""
    return _moments(key, point, attention.masked_columns, attention.linearized)


@static("d", "l")
def linear_moments(key: PRNGKeyArray, point: Point) -> Moments:
    """(r^2, r q, q^2) of plain linear attention over the n labelled tokens, where r = y."""
    return _moments(key, point, attention.masked_columns, attention.linear)


@static("d", "l")
def literal_error(key: PRNGKeyArray, point: Point) -> Errors:
    """(y - prediction)^2 of linearized attention over all l columns, at the point's tau."""
    return _linearized_error(key, point, attention.literal_columns, attention.linearized)


@static("d", "l")
def masked_error(key: PRNGKeyArray, point: Point) -> Errors:
    """(y - prediction)^2 of linearized attention over the n labelled tokens, at the point's tau."""
    return _linearized_error(key, point, attention.masked_columns, attention.linearized)


@static("d", "l")
def linear_error(key: PRNGKeyArray, point: Point) -> Errors:
    """(y - prediction)^2 of plain linear attention over the n labelled tokens, at the point's tau."""
    return _linearized_error(key, point, attention.masked_columns, attention.linear)


@static("d", "l")
def softmax_error(key: PRNGKeyArray, point: Point) -> Errors:
    """(y - prediction)^2 of true softmax attention over the n labelled tokens, at the point's tau."""
    return _softmax_error(key, point, attention.masked_columns, attention.softmax)


@static("d", "l")
def literal_softmax_error(key: PRNGKeyArray, point: Point) -> Errors:
    """(y - prediction)^2 of true softmax attention over all l columns, at the point's tau."""
    return _softmax_error(key, point, attention.literal_columns, attention.softmax)


@static("d", "l")
def two_head_error(key: PRNGKeyArray, point: Point) -> Errors:
    """(y - prediction)^2 of two opposite softmax heads over the n labelled tokens, at the point's tau."""
    return _softmax_error(key, point, attention.masked_columns, attention.two_heads)


@static("d", "l")
def prediction_products(key: PRNGKeyArray, point: Point) -> Moments:
    """(f^2, f g, g^2) of the linearized prediction f and the softmax prediction g on the same prompts, both masked.

    Their correlation is E f g / sqrt(E f^2 E g^2) where the predictions have mean zero (mu_w = 0, v21 = 0).
    """
    s, prompts, tau = _draw(key, point)
    columns = attention.masked_columns(s, prompts)
    f = attention.at_temperature(*attention.linearized(columns), tau)
    g = attention.softmax(columns, tau)
    return jnp.stack([f * f, f * g, g * g], axis=-1)


def moments(
    target: Float64[Array, "..."], b: Float64[Array, "..."], q: Float64[Array, "..."]
) -> Float64[Array, "... 3"]:
    """(r^2, r q, q^2) with r = target - b."""
    r = target - b
    return jnp.stack([r * r, r * q, q * q], axis=-1)


def temperature(point: Point) -> Float64[Array, "*k"]:
    """The point's tau in float64. Raises ValueError where it is missing or more than one axis."""
    tau = jnp.asarray(point.get("tau", jnp.nan), jnp.float64)
    if "tau" not in point or tau.ndim > 1:
        raise ValueError(f"tau={point.get('tau')!r}: a temperature, or a vector of them, is needed")
    return tau


def _moments(key: PRNGKeyArray, point: Point, columns: Callable, readout: Callable) -> Moments:
    s = setting(point)
    prompts = sample_prompts(key, s, s.rows)
    return moments(prompts.target, *readout(columns(s, prompts)))


def _linearized_error(key: PRNGKeyArray, point: Point, columns: Callable, readout: Callable) -> Errors:
    s, prompts, tau = _draw(key, point)
    b, q = readout(columns(s, prompts))
    return _squared(prompts, attention.at_temperature(b, q, tau))


def _softmax_error(key: PRNGKeyArray, point: Point, columns: Callable, readout: Callable) -> Errors:
    s, prompts, tau = _draw(key, point)
    return _squared(prompts, readout(columns(s, prompts), tau))


def _draw(key: PRNGKeyArray, point: Point) -> tuple[Setting, Prompts, Float64[Array, "*k"]]:
    s = setting(point)
    return s, sample_prompts(key, s, s.rows), temperature(point)


def _squared(prompts: Prompts, prediction: attention.Predictions) -> Errors:
    residual = (prompts.target if prediction.ndim == 1 else prompts.target[:, None]) - prediction
    return residual * residual
