"""One attention layer reading a prompt: linearized softmax, true softmax and plain linear attention.

Only the query's label slot of the output is the prediction, so a column matters through two numbers: its score
s_i = z_i . M z_l and its value v.z_i. Key sets: *literal* attends to all l columns, the query's own (label 0) among
them; *masked* attends to the n labelled ones. Temperature divides the scores. arXiv 2511.01292, eq. 5 and eq. 10.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float64

from corollary.sims.icl_temperature.prompts import Prompts, Setting, along, context_labels, project, times
from corollary.sims.numerics.contraction import dot, greatest, total

Predictions = Float64[Array, " rows"] | Float64[Array, "rows k"]


class Columns(NamedTuple):
    """Values and scores of the labelled tokens, and of the query's own column where it counts."""

    values: Float64[Array, "n rows"]
    scores: Float64[Array, "n rows"]
    own: tuple[Float64[Array, " rows"], Float64[Array, " rows"]] | None = None


def masked_columns(s: Setting, prompts: Prompts) -> Columns:
    """Values and scores of the n labelled tokens."""
    y = context_labels(s, prompts)
    values, scores = s.v22 * y, project(s, prompts.z, times(s.M11, prompts.query))
    if s.v21 is not None:
        values = values + project(s, prompts.z, jnp.broadcast_to(s.v21[:, None], prompts.w.shape))
    if s.m21 is not None:
        scores = scores + y * along(s.m21, prompts.query)
    return Columns(values, scores)


def literal_columns(s: Setting, prompts: Prompts) -> Columns:
    """Values and scores of all l columns; the query's own has label 0."""
    query = prompts.query
    score = dot(query, times(s.M11, query))
    value = jnp.zeros_like(score) if s.v21 is None else along(s.v21, query)
    return masked_columns(s, prompts)._replace(own=(value, score))


def linearized(columns: Columns) -> tuple[Array, Array]:
    """(b, q) of the prediction b + q/tau: the mean value, and the biased covariance of values and scores."""
    b = _mean(columns, lambda values, scores: values)
    scores = _mean(columns, lambda values, scores: scores)
    return b, _mean(columns, lambda values, scores: values * scores) - b * scores


def linear(columns: Columns) -> tuple[Array, Array]:
    """(b, q) of plain linear attention: no centring and no mean value, b = 0 and q the mean of value times score."""
    q = _mean(columns, lambda values, scores: values * scores)
    return jnp.zeros_like(q), q


def softmax(columns: Columns, tau: Array) -> Predictions:
    """Prediction of true softmax attention at temperature tau, [rows] or [rows, k] for k temperatures."""
    return _at_each(tau, lambda tau: _softmax_mean(columns, tau))


def two_heads(columns: Columns, tau: Array) -> Predictions:
    """Prediction of two softmax heads (v, M) and (-v, -M): the weights are the difference of the two softmaxes."""
    return _at_each(tau, lambda tau: _softmax_mean(columns, tau) - _softmax_mean(columns, -tau))


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


def _sum(columns: Columns, function: Callable[[Array, Array], Array]) -> Float64[Array, " rows"]:
    """The sum over all keys of a function of value and score."""
    context = total(function(columns.values, columns.scores), 0)
    return context if columns.own is None else context + function(*columns.own)


def _mean(columns: Columns, function: Callable[[Array, Array], Array]) -> Float64[Array, " rows"]:
    return _sum(columns, function) / (len(columns.values) + (columns.own is not None))


def _softmax_mean(columns: Columns, tau: Array) -> Float64[Array, " rows"]:
    """The mean value under softmax weights; tau may be negative."""
    highest = greatest(columns.scores / tau, 0)
    if columns.own is not None:
        highest = jnp.maximum(highest, columns.own[1] / tau)
    weight = _sum(columns, lambda values, scores: jnp.exp(scores / tau - highest))
    return _sum(columns, lambda values, scores: values * jnp.exp(scores / tau - highest)) / weight


def _at_each(tau: Array, prediction: Callable[[Array], Array]) -> Predictions:
    return prediction(tau) if tau.ndim == 0 else jnp.stack([prediction(t) for t in tau], axis=-1)
