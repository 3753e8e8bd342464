"""Parameters from a finite pretraining set: the paper's construction, and least squares.

Both take the point of the *training* distribution with one more key, `training_prompts` int, and return the layer's
part of a point {M11, v22, ...} at pretraining temperature 1; merge it into the point of the test distribution. The key
is consumed.
"""

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float64, PRNGKeyArray

from corollary.measure import static
from corollary.sims.icl_temperature.conditioned import masked_moments_of_contexts
from corollary.sims.icl_temperature.errors import Moments
from corollary.sims.icl_temperature.prompts import (
    Point,
    Setting,
    context_labels,
    inputs,
    root,
    sample_prompts,
    setting,
    times,
)
from corollary.sims.numerics.gaussian import normal

PRETRAININGS = 8
"""Pretrainings in one chunk of `finite_pretraining_moments`."""

TESTS = 2**8
"""Contexts that a pretrained layer is tested on: what is left of their noise is below that of the pretraining."""

_PROMPTS_PER_STEP = 2**7
_NEGLIGIBLE = 2.0**-20
"""v22 of a fitted layer: only v22 M11 is fitted, and the mean value b, of size v22, is left out by making it vanish."""


def constructed_parameters(key: PRNGKeyArray, point: Point) -> dict[str, Array]:
    """The layer that the paper constructs from all inputs of its training prompts (arXiv 2511.01292, Prop. 4.4):
    M11 = d (C + sigma^2/l Sigma_w^-1)^-1, v21 = sigma^2/(d l) C^-1 Sigma_w^-1 mu_w, v22 = 1/d, C their covariance."""
    s, prompts = setting(point), _training_prompts(point)
    white = _white_covariance(key, s, prompts * s.l)
    factor = root(s.Sigma_x)
    covariance = times(factor, times(factor, white).T)
    prior = jnp.eye(s.d) / s.Sigma_w if s.Sigma_w.ndim == 0 else jnp.linalg.inv(s.Sigma_w)
    layer = {"M11": s.d * jnp.linalg.inv(covariance + s.sigma**2 / s.l * prior), "v22": jnp.asarray(1 / s.d)}
    if s.mu_w is not None:
        layer["v21"] = s.sigma**2 / (s.d * s.l) * jnp.linalg.solve(covariance, prior @ s.mu_w)
    return layer


def fitted_parameters(key: PRNGKeyArray, point: Point) -> dict[str, Array]:
    """The masked linearized layer whose v22 M11 is the least-squares fit of the training targets, b left out.

    Needs more than d^2 training prompts. Reconstructed.
    """
    s, count = setting(point), _training_prompts(point)
    if count <= s.d**2:
        raise ValueError(f"training_prompts={count}: a least-squares fit of d^2 = {s.d**2} weights needs more prompts")
    prompts = sample_prompts(key, s, count)
    x, y = inputs(s, prompts.z), context_labels(s, prompts)
    covariance = jnp.einsum("nir,nr->ir", x - jnp.mean(x, axis=0), y) / s.n
    features = (covariance[:, None] * prompts.query).reshape(-1, count)
    factor = jnp.linalg.cholesky(features @ features.T)
    weights = jax.scipy.linalg.cho_solve((factor, True), features @ prompts.target)
    return {"M11": weights.reshape(s.d, s.d) / _NEGLIGIBLE, "v22": jnp.asarray(_NEGLIGIBLE)}


@static("d", "l", "training_prompts")
def finite_pretraining_moments(key: PRNGKeyArray, point: Point) -> Moments:
    """(r^2, r q, q^2) of a masked layer fitted to `training_prompts` prompts, tested without shift on fresh contexts.

    A row is one pretraining, its moments conditioned on the test contexts and averaged over a few of them.
    """

    def pretrain_and_test(key: PRNGKeyArray) -> Float64[Array, "3"]:
        fit_key, test_key = jax.random.split(key)
        layer = fitted_parameters(fit_key, point)
        s = setting({**point, **layer})
        contexts = inputs(s, normal(test_key, (s.n, s.d, TESTS)))
        return jnp.mean(masked_moments_of_contexts(s, contexts), axis=0)

    return lax.map(pretrain_and_test, jax.random.split(key, PRETRAININGS))


def _white_covariance(key: PRNGKeyArray, s: Setting, inputs: int) -> Float64[Array, "d d"]:
    """The centred, biased covariance of `inputs` draws of N(0, I), summed a few at a time to keep memory flat."""
    per_step = _PROMPTS_PER_STEP * s.l
    steps = -(-inputs // per_step)

    def add(sums: tuple[Array, Array], step: Array) -> tuple[tuple[Array, Array], None]:
        z = normal(jax.random.fold_in(key, step), (per_step, s.d))
        z = jnp.where((step * per_step + jnp.arange(per_step) < inputs)[:, None], z, 0.0)
        return (sums[0] + jnp.sum(z, axis=0), sums[1] + z.T @ z), None

    (total, squares), _ = lax.scan(add, (jnp.zeros(s.d), jnp.zeros((s.d, s.d))), jnp.arange(steps))
    return squares / inputs - jnp.outer(total, total) / inputs**2


def _training_prompts(point: Point) -> int:
    count = point.get("training_prompts")
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"training_prompts={count!r}: an int of at least 1 is needed")
    return count
