"""The Bayes predictor of in-context linear regression, as risks given the context inputs and as plain squared errors.

With prior w ~ N(mu_w, Sigma_w) and noise sigma > 0, the posterior covariance P = (Sigma_w^-1 + X^T X/sigma^2)^-1
depends on the inputs alone, so the risk given X is sigma^2 + Tr(A P) with A = E x x^T. The paper's predictor
(arXiv 2511.01292, eq. 9) centres X and y first, which throws one observation away. Further point keys:

    Sigma_w_train [d, d] or number, mu_w_train [d], sigma_train number     what `trained_bayes_error` believes instead

Posteriors take in one labelled token after another, by rank-one updates. A batched factorization would be faster, but
XLA runs it on the thread pool that runs the devices, and with every core a device the two can wait for each other
forever.
"""

from typing import NamedTuple

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float64, PRNGKeyArray

from corollary.measure import static
from corollary.sims.icl_temperature.prompts import (
    Matrix,
    Point,
    Setting,
    along,
    context_labels,
    inputs,
    sample_prompts,
    setting,
)
from corollary.sims.numerics.contraction import average, dot, total
from corollary.sims.numerics.gaussian import normal

ROWS = 2**6
"""Prompts in a chunk: each costs n d^2 operations, and their covariances are to stay in the cache."""

_BELIEFS = ("Sigma_w", "mu_w", "sigma")


class _Posterior(NamedTuple):
    mean: Float64[Array, "d rows"]
    covariance: Float64[Array, "d d rows"]


@static("d", "l")
def bayes_risk(key: PRNGKeyArray, point: Point) -> Float64[Array, " rows"]:
    """Risk given X of the true posterior mean: sigma^2 + Tr(A P), label noise included."""
    s, x = _draw(key, point)
    return _risk(s, x)


@static("d", "l")
def centred_bayes_risk(key: PRNGKeyArray, point: Point) -> Float64[Array, " rows"]:
    """Risk given X of the paper's posterior mean, from centred inputs and labels: sigma^2 + Tr(A P)."""
    s, x = _draw(key, point)
    return _risk(s, x - average(x, 0))


@static("d", "l")
def bayes_error(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 2"]:
    """(y - prediction)^2 of the true posterior mean, and of the paper's centred one, on the same prompts."""
    s = _random_tasks(setting(point))
    return _squared_errors(key, s, s)


@static("d", "l")
def trained_bayes_error(key: PRNGKeyArray, point: Point) -> Float64[Array, "rows 2"]:
    """As `bayes_error`, for the predictor that believes in the training prior and noise."""
    s = _random_tasks(setting(point))
    beliefs = {name: point[f"{name}_train"] for name in _BELIEFS if f"{name}_train" in point}
    return _squared_errors(key, s, setting({"d": s.d, "l": s.l, **beliefs}))


def _squared_errors(key: PRNGKeyArray, s: Setting, believed: Setting) -> Float64[Array, "rows 2"]:
    prompts = sample_prompts(key, s, ROWS)
    x, y = inputs(s, prompts.z), context_labels(s, prompts)
    centred = x - average(x, 0), y - average(y, 0)
    means = [_posterior(believed, *data).mean for data in ((x, y), centred)]
    return jnp.stack([(prompts.target - dot(prompts.query, mean)) ** 2 for mean in means], axis=-1)


def _risk(s: Setting, x: Float64[Array, "n d rows"]) -> Float64[Array, " rows"]:
    covariance = _posterior(s, x, jnp.zeros((s.n, x.shape[-1]))).covariance
    risk = s.sigma**2 + total(dot(_full(s.Sigma_x, s.d)[..., None], covariance), 0)
    return risk if s.mu_x is None else risk + along(s.mu_x, along(s.mu_x, covariance))


def _posterior(s: Setting, x: Float64[Array, "n d rows"], y: Float64[Array, "n rows"]) -> _Posterior:
    """Posterior of w given y = x w + N(0, sigma^2), from the prior of the setting."""
    rows = x.shape[-1]
    prior_mean = jnp.zeros(s.d) if s.mu_w is None else s.mu_w
    prior = _Posterior(
        jnp.broadcast_to(prior_mean[:, None], (s.d, rows)),
        jnp.broadcast_to(_full(s.Sigma_w, s.d)[..., None], (s.d, s.d, rows)),
    )

    def observe(posterior: _Posterior, token: tuple[Array, Array]) -> tuple[_Posterior, None]:
        x_i, y_i = token
        direction = dot(posterior.covariance, x_i)
        gain = direction / (s.sigma**2 + dot(x_i, direction))
        surprise = y_i - dot(x_i, posterior.mean)
        covariance = posterior.covariance - gain[:, None] * direction
        return _Posterior(posterior.mean + gain * surprise, covariance), None

    return lax.scan(observe, prior, (x, y))[0]


def _full(matrix: Matrix, d: int) -> Float64[Array, "d d"]:
    return matrix * jnp.eye(d) if matrix.ndim == 0 else matrix


def _draw(key: PRNGKeyArray, point: Point) -> tuple[Setting, Float64[Array, "n d rows"]]:
    s = _random_tasks(setting(point))
    return s, inputs(s, normal(key, (s.n, s.d, ROWS)))


def _random_tasks(s: Setting) -> Setting:
    if s.w is not None:
        raise ValueError("w is given: the Bayes predictor is about random tasks; leave w out")
    return s
