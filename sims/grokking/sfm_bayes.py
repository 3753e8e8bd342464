"""Free energies of one mode by quadrature, and what the data say at all about a weight."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float

from corollary.sims.grokking.sfm_design import drawn_mask, drawn_target, full_design


@jax.jit
def log_bayes_factor(n: Array | float, w_hat: Array | float, s2: Array | float) -> Float[Array, ""]:
    """ln of the evidence for a mode of variance s2 over that for none, by the trapezoid rule over the weight."""
    z = jnp.linspace(-12.0, 12.0, 961)
    weight = w_hat + z / jnp.sqrt(n)
    logs = -(z**2) / 2 - weight**2 / (2 * s2) - jnp.log(2 * jnp.pi * s2 * n) / 2
    return jax.nn.logsumexp(logs) + jnp.log(z[1] - z[0]) + n * w_hat**2 / 2


@jax.jit
def mode_free_energy(n: Array | float, w0: Array | float, s2: Array | float, prior: Array | float) -> Float[Array, ""]:
    """The mean over data of a mode's free energy less that of the truth, nats: the trapezoid rule over the noise."""
    x = jnp.linspace(-10.0, 10.0, 401)
    w_hat = w0 + x / jnp.sqrt(n)
    factor = jax.vmap(lambda one: log_bayes_factor(n, one, s2))(w_hat)
    evidence = jnp.logaddexp(jnp.log1p(-prior), jnp.log(prior) + factor)
    density = jnp.exp(-(x**2) / 2) / jnp.sqrt(2 * jnp.pi) * (x[1] - x[0])
    return (density * (n * (w_hat * w0 - w0**2 / 2) - evidence)).sum()


@jax.jit
def crossing_estimate(n: float, s2: float, prior: float) -> Float[Array, ""]:
    """The squared estimate at which both explanations of a mode are equally likely, by bisection."""

    def halve(_: Array, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        middle = (low + high) / 2
        likelier = jnp.log(prior) + log_bayes_factor(n, jnp.sqrt(middle), s2) > jnp.log1p(-prior)
        return jnp.where(likelier, low, middle), jnp.where(likelier, middle, high)

    low, high = jax.lax.fori_loop(0, 90, halve, (jnp.array(0.0), jnp.array(100.0)))
    return (low + high) / 2


def log_growth(n: float, w0: float, s2: float, prior: float) -> float:
    """What a tenfold sample adds to it, over ln 10."""
    less, more = (mode_free_energy(size, w0, s2, prior) for size in (n, 10 * n))
    return float((more - less) / jnp.log(10.0))


def free_energies(n: list[float], w0: float, s2: float, prior: float) -> dict[str, Float[Array, " sizes"]]:
    """cost: `mode_free_energy` at every sample size."""
    return {"cost": jax.vmap(lambda size: mode_free_energy(size, w0, s2, prior))(jnp.asarray(n))}


def information_rank(seed: int, p: int, n: int, active: int) -> int:
    """The rank of the loss's Hessian over the real and imaginary parts of all weights, at a point with `active` nonzero
    modes and residuals of unit size; halved, for a complex parameter counts once."""
    rng = np.random.default_rng(seed + 2)
    at = np.zeros((2, p * p))
    at[:, rng.permutation(p * p)[:active]] = rng.standard_normal((2, active))
    mask = jnp.asarray(drawn_mask(seed, p, n))
    information = _information(jnp.asarray(at.ravel()), mask, jnp.asarray(drawn_target(seed, p)))
    return int(np.linalg.matrix_rank(np.asarray(information), rtol=1e-9)) // 2


@jax.jit
def _information(
    at: Float[Array, " parts"], mask: Bool[Array, "u v"], target: Complex[Array, "u v"]
) -> Float[Array, "parts parts"]:
    p = mask.shape[0]
    rows = full_design(p)

    def loss(parts: Array) -> Array:
        weights = parts.reshape(2, p * p)
        residual = target.ravel() - rows @ (weights[0] + 1j * weights[1])
        return 0.5 * jnp.sum(mask.ravel() * jnp.abs(residual) ** 2)

    return jax.hessian(loss)(at)
