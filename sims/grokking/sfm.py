"""The singular feature machine (arXiv 2603.29262, eqs 3-6) by fast Fourier transforms.

The weight W[c, k, l] multiplies the character chi_k(u) chi_l(v) in output channel c, so the outputs on all pairs are
an inverse transform of the weights, and what a residual adds to the weights is a forward one: the p^2 x n matrix of
characters is never built. Channels share one support: the gate looks at the norm over them. complex128 throughout.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float, Int

GATES = ("constant", "rising", "literal")


def outputs(weights: Complex[Array, "channels k l"]) -> Complex[Array, "channels u v"]:
    """h(u, v) = sum_kl W_kl chi_k(u) chi_l(v) on every pair (eq 3)."""
    return weights.shape[-1] ** 2 * jnp.fft.ifft2(weights)


def drift(
    weights: Complex[Array, "channels k l"], residual: Complex[Array, "channels u v"], step: Float[Array, ""] | float
) -> Complex[Array, "channels k l"]:
    """A gradient step of size eta on the train pairs (eq 5). residual: zero on held-out pairs. step: eta / n."""
    return weights + step * jnp.fft.fft2(residual)


def mode_norms(weights: Complex[Array, "channels k l"]) -> Float[Array, "k l"]:
    """The norm of every mode over the channels."""
    return jnp.sqrt((weights.real**2 + weights.imag**2).sum(axis=0))


def occam_gate(
    weights: Complex[Array, "channels k l"], tau: Float[Array, ""] | float
) -> Complex[Array, "channels k l"]:
    """Modes whose norm does not exceed tau are set to zero (eq 6)."""
    return weights * (mode_norms(weights) > tau)


def squared_threshold(
    gate: str,
    beta: Float[Array, ""] | float,
    n: Float[Array, ""] | float,
    t: Int[Array, ""],
    batch: Float[Array, ""] | float,
) -> Float[Array, ""]:
    """tau^2 at iteration t = 1, 2, ... with n_eff = 1 + batch * t.

    constant: 2 beta ln n / n. rising: 2 beta ln n_eff / n, the likelihood keeps its n pairs and the penalty grows.
    literal: 2 beta ln n_eff / n_eff, eq 6 as printed with the sample size growing in training.
    """
    effective = 1 + batch * t
    if gate == "constant":
        return 2 * beta * jnp.log(n) / n
    return 2 * beta * jnp.log(effective) / (n if gate == "rising" else effective)


def iterate(
    weights: Complex[Array, "channels k l"],
    target: Complex[Array, "channels u v"],
    mask: Bool[Array, "u v"],
    eta: Float[Array, ""] | float,
    tau: Float[Array, ""] | float,
) -> Complex[Array, "channels k l"]:
    """One iteration: drift, then gate."""
    return occam_gate(drift(weights, mask * (target - outputs(weights)), eta / mask.sum()), tau)


def support(weights: Complex[Array, "channels k l"]) -> Int[Array, ""]:
    """The number of modes that are not zero."""
    return (jnp.abs(weights) > 0).any(axis=0).sum()


def objective(
    weights: Complex[Array, "channels k l"],
    target: Complex[Array, "channels u v"],
    mask: Bool[Array, "u v"],
    beta: Float[Array, ""] | float,
) -> Float[Array, ""]:
    """J = half the squared residuals on the train pairs + beta ln(n) ||W||_0 (eq 4)."""
    residual = mask * (target - outputs(weights))
    return 0.5 * (jnp.abs(residual) ** 2).sum() + beta * jnp.log(mask.sum()) * support(weights)


def memoriser(target: Complex[Array, "channels u v"], mask: Bool[Array, "u v"]) -> Complex[Array, "channels k l"]:
    """The weights that one ungated step of size alpha reaches: every train pair exactly, zero on all others."""
    return jnp.fft.fft2(mask * target) / mask.size


def iterated(
    target: Complex[Array, "channels u v"],
    mask: Bool[Array, "u v"],
    eta: Float[Array, ""] | float,
    taus: Float[Array, " steps"],
) -> Complex[Array, "channels k l"]:
    """The weights after an iteration at each threshold, from W = 0."""

    def one(weights: Array, tau: Array) -> tuple[Array, None]:
        return iterate(weights, target, mask, eta, tau), None

    return jax.lax.scan(one, jnp.zeros_like(target), taus)[0]
