"""The Bayes predictor of in-context linear regression, as risks given the context inputs and as plain squared errors.

With prior w ~ N(mu_w, Sigma_w) and noise sigma > 0, the posterior covariance P = (Sigma_w^-1 + X^T X/sigma^2)^-1
depends on the inputs alone, so the risk given X is sigma^2 + Tr(A P) with A = E x x^T. The paper's predictor
(arXiv 2511.01292, eq. 9) centres X and y first, which throws one observation away. Further point keys:

    Sigma_w_train [d, d] or number, mu_w_train [d], sigma_train number     what `trained_bayes_error` believes instead
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float64, PRNGKeyArray

from sims.gaussian import normal
from sims.icl_temperature.prompts import (
    Matrix,
    Point,
    Setting,
    context_labels,
    dot,
    inputs,
    sample_prompts,
    setting,
    shifted,
)

_ROWS_PER_CHUNK = 2**8
"""A chunk factorizes one d x d matrix a row, which costs more than drawing it."""


def bayes_risk(key: PRNGKeyArray, point: Point) -> Float64[Array, " rows"]:
    """Risk given X of the true posterior mean: sigma^2 + Tr(A P), label noise included."""
    s, x = _draw(key, point)
    return _risk(s, x)


def centred_bayes_risk(key: PRNGKeyArray, point: Point) -> Float64[Array, " rows"]:
    """Risk given X of the paper's posterior mean, from centred inputs and labels: sigma^2 + Tr(A P)."""
    s, x = _draw(key, point)
    return _risk(s, x - jnp.mean(x, axis=1, keepdims=True))


def bayes_error(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 2"]:
    """(y - prediction)^2 of the true posterior mean, and of the paper's centred one, on the same prompts."""
    s = _noisy(setting(point))
    return _squared_errors(key, s, s.Sigma_w, s.mu_w, s.sigma)


def trained_bayes_error(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 2"]:
    """As `bayes_error`, for the predictor that believes in the training prior and noise."""
    s = _noisy(setting(point))
    believed = setting(
        {"d": s.d, "l": s.l} | {name: point[f"{name}_train"] for name in _PRIOR if f"{name}_train" in point}
    )
    return _squared_errors(key, s, believed.Sigma_w, believed.mu_w, believed.sigma)


_PRIOR = ("Sigma_w", "mu_w", "sigma")


def posterior_mean(
    x: Float64[Array, "rows n d"], y: Float64[Array, "rows n"], Sigma_w: Matrix, mu_w: Array | None, sigma: Array
) -> Float64[Array, "rows d"]:
    """Posterior mean of w given labels y = x w + N(0, sigma^2) and the prior N(mu_w, Sigma_w)."""
    information = jnp.einsum("rni,rn->ri", x, y) / sigma**2
    prior = None if mu_w is None else _inverse(Sigma_w, x.shape[-1]) @ mu_w
    factor = jnp.linalg.cholesky(_precision(x, Sigma_w, sigma))
    return jax.scipy.linalg.cho_solve((factor, True), shifted(information, prior)[..., None])[..., 0]


def _squared_errors(
    key: PRNGKeyArray, s: Setting, Sigma_w: Matrix, mu_w: Array | None, sigma: Array
) -> Float64[Array, "rows 2"]:
    prompts = sample_prompts(key, s, _rows(s))
    x, y = inputs(s, prompts.z), context_labels(s, prompts)
    centred = x - jnp.mean(x, axis=1, keepdims=True), y - jnp.mean(y, axis=1, keepdims=True)
    means = [posterior_mean(*data, Sigma_w, mu_w, sigma) for data in ((x, y), centred)]
    return jnp.stack([(prompts.target - dot(prompts.query, mean)) ** 2 for mean in means], axis=-1)


def _risk(s: Setting, x: Float64[Array, "rows n d"]) -> Float64[Array, " rows"]:
    factor = jnp.linalg.cholesky(_precision(x, s.Sigma_w, s.sigma))
    second_moment = s.Sigma_x * jnp.eye(s.d) if s.Sigma_x.ndim == 0 else s.Sigma_x
    if s.mu_x is not None:
        second_moment = second_moment + jnp.outer(s.mu_x, s.mu_x)
    half = jnp.broadcast_to(jnp.linalg.cholesky(second_moment), factor.shape)
    white = jax.lax.linalg.triangular_solve(factor, half, left_side=True, lower=True)
    return s.sigma**2 + jnp.sum(white * white, axis=(-1, -2))


def _precision(x: Float64[Array, "rows n d"], Sigma_w: Matrix, sigma: Array) -> Float64[Array, "rows d d"]:
    return _inverse(Sigma_w, x.shape[-1]) + jnp.einsum("rni,rnj->rij", x, x) / sigma**2


def _inverse(matrix: Matrix, d: int) -> Float64[Array, "d d"]:
    return jnp.eye(d) / matrix if matrix.ndim == 0 else jnp.linalg.inv(matrix)


def _draw(key: PRNGKeyArray, point: Point) -> tuple[Setting, Float64[Array, "rows n d"]]:
    s = _noisy(setting(point))
    return s, inputs(s, normal(key, (_rows(s), s.n, s.d)))


def _rows(s: Setting) -> int:
    return min(s.rows, _ROWS_PER_CHUNK)


def _noisy(s: Setting) -> Setting:
    if s.w is not None:
        raise ValueError("w is given: the Bayes predictor is about random tasks; leave w out")
    return s
