"""The temperature estimated from demonstrations alone: each labelled token in turn plays the query of the others.

With s_ij = x_i^T M11 x_j, over the other n - 1 tokens: q_j = v22 cov_i(s_ij, y_i) and r_j = y_j - v22 mean_i y_i. The
pooled estimate is sum q_j^2 / sum r_j q_j (arXiv 2511.01292, Thm 4.3, with sample moments; reconstructed). A row is one
prompt, as its n folds are dependent.

    tau, error = temperature_of_demonstrations(X, y, M11, v22)  # of one's own demonstrations and layer
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float64, PRNGKeyArray

from corollary.measure import static
from corollary.sims.icl_temperature.errors import Moments
from corollary.sims.icl_temperature.errors import moments as squared_and_crossed
from corollary.sims.icl_temperature.prompts import (
    Point,
    Setting,
    context_labels,
    inputs,
    sample_prompts,
    setting,
    times,
)
from corollary.sims.numerics.contraction import average, contract, total


@static("d", "l")
def leave_one_out_moments(key: PRNGKeyArray, point: Point) -> Moments:
    """Means over j of (r_j^2, r_j q_j, q_j^2), token j left out of its own context. v21 = m21 = 0.

    Estimates the masked model's moments with n - 1 labelled tokens.
    """
    s, scores, y = _folds(key, point)
    return _left_out(scores, y, s.v22)


class Estimate(NamedTuple):
    """temperature: the estimate; inf where no finite temperature is best, nan where no score reaches the labels.
    standard_error: by prompt, as the folds of one are dependent; nan for a single prompt."""

    temperature: float
    standard_error: float


def temperature_of_demonstrations(X: Any, y: Any, M11: Any = 1.0, v22: float = 1.0) -> Estimate:
    """The best temperature of a linearised attention layer, from demonstrations alone: no label of a query is read.

    X: [prompts, n, d], or [n, d] of one prompt; y: [prompts, n] or [n]; prompts of one length are pooled before the
    ratio is taken. M11: [d, d], or a number for that multiple of the identity; v22: a number; v21 = m21 = 0. It targets
    the masked model with n - 1 demonstrations, `leave_one_out_temperature`, whose distance from the optimum with n is
    of order 1/n. Raises ValueError for other shapes, fewer than three demonstrations, and what is not finite.
    """
    inputs, labels, matrix = (np.asarray(given, np.float64) for given in (X, y, M11))
    if inputs.ndim == 2:
        inputs, labels = inputs[None], labels[None]
    if inputs.ndim != 3 or labels.shape != inputs.shape[:2]:
        raise ValueError(
            f"X, y of shapes {np.shape(X)}, {np.shape(y)} are not allowed; allowed: [prompts, n, d], [prompts, n]"
        )
    if inputs.shape[1] < 3:
        raise ValueError(f"n = {inputs.shape[1]} is not allowed; allowed: three demonstrations a prompt or more")
    if matrix.shape not in ((), (inputs.shape[2],) * 2):
        raise ValueError(f"M11 of shape {matrix.shape} is not allowed; allowed: a number, or [d, d]")
    for name, array in {"X": inputs, "y": labels, "M11": matrix, "v22": np.asarray(v22, np.float64)}.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has an entry that is not finite, which is not allowed; allowed: finite numbers")
    turned = inputs * matrix if matrix.ndim == 0 else inputs @ matrix.T
    scores = np.einsum("rid,rjd->ijr", inputs, turned)
    with jax.enable_x64(True):
        moments = np.asarray(_left_out(jnp.asarray(scores), jnp.asarray(labels.T), jnp.float64(v22)))
    _, cross, square = moments.sum(0)
    if square == 0 or cross <= 0:
        return Estimate(float("nan" if square == 0 else "inf"), float("nan"))
    temperature = square / cross
    spread = np.std(moments[:, 2] - temperature * moments[:, 1], ddof=1) if len(moments) > 1 else np.nan
    return Estimate(float(temperature), float(spread * len(moments) ** 0.5 / cross))


@static("d", "l")
def leave_none_out_moments(key: PRNGKeyArray, point: Point) -> Moments:
    """The same with token j kept among its own demonstrations: the mistake that the estimator must avoid."""
    s, scores, y = _folds(key, point)
    mean_label = average(y, 0)
    q = s.v22 * (contract("ijr,ir->jr", scores, y) / s.n - average(scores, 0) * mean_label)
    return average(squared_and_crossed(y, s.v22 * mean_label, q), 0)


def _left_out(scores: Float64[Array, "n n rows"], y: Float64[Array, "n rows"], v22: Float64[Array, ""]) -> Moments:
    """`leave_one_out_moments` of scores [key, query, rows] and labels."""
    own = jnp.diagonal(scores, axis1=0, axis2=1).T
    others = len(y) - 1
    mean_label = (total(y, 0) - y) / others
    mean_score = (total(scores, 0) - own) / others
    mean_product = (contract("ijr,ir->jr", scores, y) - own * y) / others
    q = v22 * (mean_product - mean_score * mean_label)
    return average(squared_and_crossed(y, v22 * mean_label, q), 0)


def _folds(key: PRNGKeyArray, point: Point) -> tuple[Setting, Float64[Array, "n n rows"], Float64[Array, "n rows"]]:
    s = setting(point)
    if s.v21 is not None or s.m21 is not None:
        raise ValueError(
            "v21 or m21 is given: the estimator is for layers that read labels only as values; leave them out"
        )
    prompts = sample_prompts(key, s, s.rows)
    x = inputs(s, prompts.z)
    return s, contract("idr,jdr->ijr", x, times(s.M11, x)), context_labels(s, prompts)
