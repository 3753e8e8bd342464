"""Statistics of attention scores: moments of the weights on Gaussian scores, and what sets the temperature.

Given task and query, the scores of the labelled tokens are iid Gaussian, so a layer's error needs of its weights only
A1 = E sum a_i s_i, A2 = E (sum a_i s_i)^2 and P2 = E sum a_i^2 at n scores of variance h (reconstructed). Points of the
weight moments: n int, the number of scores; h number, their variance.
"""

from collections.abc import Callable

import jax.numpy as jnp
from jaxtyping import Array, Float64, PRNGKeyArray

from corollary.measure import static
from corollary.sims.icl_temperature.prompts import (
    DRAWS_PER_CHUNK,
    Point,
    context_labels,
    project,
    sample_prompts,
    setting,
    times,
)
from corollary.sims.numerics.contraction import average, dot, softmax
from corollary.sims.numerics.gaussian import normal


@static("n")
def softmax_weight_moments(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 3"]:
    """(sum a_i s_i, (sum a_i s_i)^2, sum a_i^2) of softmax weights on n scores N(0, h); a row is one set of scores."""
    return _weight_moments(key, point, lambda scores: softmax(scores, 0))


@static("n")
def two_head_weight_moments(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 3"]:
    """The same of the difference of two opposite softmaxes."""
    return _weight_moments(key, point, lambda scores: softmax(scores, 0) - softmax(-scores, 0))


@static("n")
def linearized_weight_moments(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 3"]:
    """The same of the linearized weights (1 + s_i - mean s)/n."""
    return _weight_moments(key, point, lambda scores: (1 + scores - average(scores, 0)) / len(scores))


@static("d", "l")
def score_statistics(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 5"]:
    """What sets the optimal temperature, a row a prompt; x the query, s_i = x_i^T M11 x, m21 = 0:

    0  c^2, with c = x^T M11^T Sigma_x w the population covariance of s_i and y_i given query and task
    1  y c, y the query's label
    2  unbiased variance of the scores over the context
    3  unbiased variance of the labels over the context
    4  the query's own score less the mean score over the context, unchanged by adding a constant to all scores
    """
    s = setting(point)
    prompts = sample_prompts(key, s, s.rows)
    direction = times(s.M11, prompts.query)
    scores = project(s, prompts.z, direction)
    covariance = dot(direction, times(s.Sigma_x, prompts.w))
    return jnp.stack(
        [
            covariance**2,
            prompts.target * covariance,
            jnp.var(scores, axis=0, ddof=1),
            jnp.var(context_labels(s, prompts), axis=0, ddof=1),
            dot(prompts.query, direction) - average(scores, 0),
        ],
        axis=-1,
    )


def _weight_moments(key: PRNGKeyArray, point: Point, weights: Callable) -> Float64[Array, "rows 3"]:
    n = point.get("n")
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"n={n!r}: the number of scores must be an int of at least 1")
    rows = max(16, min(2**15, DRAWS_PER_CHUNK // n))
    scores = jnp.sqrt(jnp.asarray(point["h"], jnp.float64)) * normal(key, (n, rows))
    a = weights(scores)
    mean_score = dot(a, scores)
    return jnp.stack([mean_score, mean_score**2, dot(a, a)], axis=-1)
