"""One attention layer reading a prompt: linearized softmax, true softmax and plain linear attention.

Only the query's label slot of the output is the prediction, so a column matters through two numbers: its score
s_i = z_i . M z_l and its value v.z_i. Key sets: *literal* attends to all l columns, the query's own (label 0) among
them; *masked* attends to the n labelled ones. Temperature divides the scores. arXiv 2511.01292, eq. 5 and eq. 10.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float64

from sims.icl_temperature.prompts import Prompts, Setting, dot, project, times

Columns = tuple[Float64[Array, "rows keys"], Float64[Array, "rows keys"]]
Predictions = Float64[Array, " rows"] | Float64[Array, "rows k"]


def masked_columns(s: Setting, prompts: Prompts) -> Columns:
    """Values and scores of the n labelled tokens."""
    directions = [prompts.w, times(s.M11, prompts.query)]
    if s.v21 is not None:
        directions.append(jnp.broadcast_to(s.v21, prompts.w.shape))
    labels, scores, *reads = project(s, prompts.z, *directions)
    y = labels + prompts.noise
    if s.m21 is not None:
        scores = scores + y * (prompts.query @ s.m21)[:, None]
    return sum(reads, s.v22 * y), scores


def literal_columns(s: Setting, prompts: Prompts) -> Columns:
    """Values and scores of all l columns; the query comes last, with label 0."""
    values, scores = masked_columns(s, prompts)
    query = prompts.query
    own_score = dot(query, times(s.M11, query))
    own_value = jnp.zeros_like(own_score) if s.v21 is None else query @ s.v21
    return jnp.c_[values, own_value], jnp.c_[scores, own_score]


def linearized(values: Float64[Array, "rows keys"], scores: Float64[Array, "rows keys"]) -> tuple[Array, Array]:
    """(b, q) of the prediction b + q/tau: the mean value, and the biased covariance of values and scores."""
    b = jnp.mean(values, axis=-1)
    return b, jnp.mean(values * scores, axis=-1) - b * jnp.mean(scores, axis=-1)


def linear(values: Float64[Array, "rows keys"], scores: Float64[Array, "rows keys"]) -> tuple[Array, Array]:
    """(b, q) of plain linear attention: no centring and no mean value, b = 0 and q the mean of value times score."""
    return jnp.zeros_like(values[..., 0]), jnp.mean(values * scores, axis=-1)


def softmax(values: Float64[Array, "rows keys"], scores: Float64[Array, "rows keys"], tau: Array) -> Predictions:
    """Prediction of true softmax attention at temperature tau, [rows] or [rows, k] for k temperatures."""
    return _read(values, jax.nn.softmax(_tempered(scores, tau), axis=-1), tau)


def two_heads(values: Float64[Array, "rows keys"], scores: Float64[Array, "rows keys"], tau: Array) -> Predictions:
    """Prediction of two softmax heads (v, M) and (-v, -M): the weights are the difference of the two softmaxes."""
    tempered = _tempered(scores, tau)
    return _read(values, jax.nn.softmax(tempered, axis=-1) - jax.nn.softmax(-tempered, axis=-1), tau)


def at_temperature(b: Float64[Array, " rows"], q: Float64[Array, " rows"], tau: Array) -> Predictions:
    """b + q/tau, [rows] or [rows, k] for k temperatures."""
    return b + q / tau if tau.ndim == 0 else b[:, None] + q[:, None] / tau


def dense_layer(
    z: Float64[Array, "e l"], value: Float64[Array, "e e"], key_query: Float64[Array, "e e"], tau: Array, weights: str
) -> Float64[Array, "e l"]:
    """E = Z + V Z A of one prompt, A[key, query] written out in full over all l columns.

    `weights`: "linearized" (eq. 5) or "softmax". The reference that the readouts above are held against.
    """
    scores = z.T @ key_query @ z / tau
    if weights == "softmax":
        attention = jax.nn.softmax(scores, axis=0)
    elif weights == "linearized":
        ones = jnp.ones_like(scores)
        attention = (ones + scores - ones @ scores / scores.shape[0]) / scores.shape[0]
    else:
        raise ValueError(f"weights={weights!r}: known are 'linearized' and 'softmax'")
    return z + value @ z @ attention


def _tempered(scores: Float64[Array, "rows keys"], tau: Array) -> Float64[Array, "rows *k keys"]:
    return scores / tau if tau.ndim == 0 else scores[:, None, :] / tau[:, None]


def _read(values: Float64[Array, "rows keys"], weights: Float64[Array, "rows *k keys"], tau: Array) -> Predictions:
    return jnp.sum((values if tau.ndim == 0 else values[:, None, :]) * weights, axis=-1)
