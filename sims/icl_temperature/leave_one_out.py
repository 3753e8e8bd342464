"""The temperature estimated from demonstrations alone: each labelled token in turn plays the query of the others.

With s_ij = x_i^T M11 x_j, over the other n - 1 tokens: q_j = v22 cov_i(s_ij, y_i) and r_j = y_j - v22 mean_i y_i. The
pooled estimate is sum q_j^2 / sum r_j q_j (arXiv 2511.01292, Thm 4.3, with sample moments; reconstructed). A row is one
prompt, as its n folds are dependent.
"""

import jax.numpy as jnp
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
    own = jnp.diagonal(scores, axis1=0, axis2=1).T
    others = s.n - 1
    mean_label = (total(y, 0) - y) / others
    mean_score = (total(scores, 0) - own) / others
    mean_product = (contract("ijr,ir->jr", scores, y) - own * y) / others
    q = s.v22 * (mean_product - mean_score * mean_label)
    return average(squared_and_crossed(y, s.v22 * mean_label, q), 0)


@static("d", "l")
def leave_none_out_moments(key: PRNGKeyArray, point: Point) -> Moments:
    """The same with token j kept among its own demonstrations: the mistake that the estimator must avoid."""
    s, scores, y = _folds(key, point)
    mean_label = average(y, 0)
    q = s.v22 * (contract("ijr,ir->jr", scores, y) / s.n - average(scores, 0) * mean_label)
    return average(squared_and_crossed(y, s.v22 * mean_label, q), 0)


def _folds(key: PRNGKeyArray, point: Point) -> tuple[Setting, Float64[Array, "n n rows"], Float64[Array, "n rows"]]:
    s = setting(point)
    if s.v21 is not None or s.m21 is not None:
        raise ValueError(
            "v21 or m21 is given: the estimator is for layers that read labels only as values; leave them out"
        )
    prompts = sample_prompts(key, s, s.rows)
    x = inputs(s, prompts.z)
    return s, contract("idr,jdr->ijr", x, times(s.M11, x)), context_labels(s, prompts)
