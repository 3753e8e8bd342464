"""The machine written out with its matrix of characters, at sizes where that is affordable: nothing is transformed."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, Int


def pairs_of(seed: int, p: int, n: int) -> np.ndarray:
    """n distinct pairs (u, v), int [n 2]."""
    chosen = np.random.default_rng(seed).permutation(p * p)[:n]
    return np.stack([chosen // p, chosen % p], axis=1)


def design(pairs: Int[np.ndarray, "n 2"], p: int) -> Complex[Array, "n modes"]:
    """A[i, (k, l)] = chi_k(u_i) chi_l(v_i)."""
    k, l = np.indices((p, p)).reshape(2, -1)
    return jnp.exp(2j * jnp.pi * jnp.asarray((np.outer(pairs[:, 0], k) + np.outer(pairs[:, 1], l)) % p) / p)


def gram(seed: int, p: int, n: int) -> Float[Array, "n n 2"]:
    """A A^H of random distinct pairs, its real and imaginary parts."""
    rows = design(pairs_of(seed, p, n), p)
    return _parts(rows @ rows.conj().T)


def ungated(seed: int, p: int, n: int, eta: float, steps: int) -> Float[Array, "u v 2"]:
    """The outputs on every pair after ungated steps on n random ones, for the complex target `drawn_target`."""
    pairs = pairs_of(seed, p, n)
    mask = np.zeros((p, p))
    mask[tuple(pairs.T)] = 1
    return _parts(_ungated(jnp.asarray(drawn_target(seed, p)), jnp.asarray(mask), eta / n, steps))


@jax.jit
def _ungated(
    target: Complex[Array, "u v"],
    mask: Float[Array, "u v"],
    step: Array,
    steps: Array,
) -> Complex[Array, "u v"]:
    p = target.shape[0]
    rows = design(np.indices((p, p)).reshape(2, -1).T, p)
    trained = mask.ravel()

    def one(_: Array, weights: Array) -> Array:
        return weights + step * rows.conj().T @ (trained * (target.ravel() - rows @ weights))

    return (rows @ jax.lax.fori_loop(0, steps, one, jnp.zeros(p * p, jnp.complex128))).reshape(p, p)


def drawn_target(seed: int, p: int) -> Complex[np.ndarray, "u v"]:
    """A complex Gaussian at every pair."""
    parts = np.random.default_rng(seed + 1).standard_normal((2, p, p))
    return parts[0] + 1j * parts[1]


def residual_growth(seed: int, p: int, n: int, eta: float, steps: int = 6) -> Float[Array, ""]:
    """By what factor a step changes the norm of the train residual, over `steps` steps."""
    pairs = pairs_of(seed, p, n)
    rows = design(pairs, p)
    residual = jnp.asarray(drawn_target(seed, p)[pairs[:, 0], pairs[:, 1]])
    first = jnp.linalg.norm(residual)
    for _ in range(steps):
        residual = residual - eta / n * rows @ (rows.conj().T @ residual)
    return (jnp.linalg.norm(residual) / first) ** (1 / steps)


def best_support(target: Complex[np.ndarray, "u v"], beta: float) -> Float[np.ndarray, "k l"]:
    """The support of the penalised loss's global minimiser on the full grid of p = 3, found by fitting all 512."""
    return np.asarray(_best_support(jnp.asarray(target), beta))


@jax.jit
def _best_support(target: Complex[Array, "u v"], beta: Array) -> Float[Array, "k l"]:
    p = target.shape[0]
    rows = design(np.indices((p, p)).reshape(2, -1).T, p)
    supports = jnp.asarray((np.arange(2 ** (p * p))[:, None] >> np.arange(p * p)) & 1, jnp.float64)

    def cost(support: Array) -> Array:
        fit = jnp.linalg.lstsq(rows * support, target.ravel())[0]
        residual = target.ravel() - rows * support @ fit
        return 0.5 * jnp.sum(jnp.abs(residual) ** 2) + beta * jnp.log(p * p) * support.sum()

    return supports[jnp.argmin(jax.vmap(cost)(supports))].reshape(p, p)


def information_rank(seed: int, p: int, n: int, active: int) -> int:
    """The rank of the loss's Hessian over the real and imaginary parts of all weights, at a point with `active` nonzero
    modes and residuals of unit size; halved, for a complex parameter counts once."""
    pairs = pairs_of(seed, p, n)
    mask = np.zeros((p, p))
    mask[tuple(pairs.T)] = 1
    rng = np.random.default_rng(seed + 2)
    at = np.zeros((2, p * p))
    at[:, rng.permutation(p * p)[:active]] = rng.standard_normal((2, active))
    information = _information(jnp.asarray(at.ravel()), jnp.asarray(mask), jnp.asarray(drawn_target(seed, p)))
    return int(np.linalg.matrix_rank(np.asarray(information), rtol=1e-9)) // 2


@jax.jit
def _information(
    at: Float[Array, " parts"],
    mask: Float[Array, "u v"],
    target: Complex[Array, "u v"],
) -> Float[Array, "parts parts"]:
    p = mask.shape[0]
    rows = design(np.indices((p, p)).reshape(2, -1).T, p)

    def loss(parts: Array) -> Array:
        weights = parts.reshape(2, p * p)
        residual = target.ravel() - rows @ (weights[0] + 1j * weights[1])
        return 0.5 * jnp.sum(mask.ravel() * jnp.abs(residual) ** 2)

    return jax.hessian(loss)(at)


def _parts(values: Any) -> Float[Array, ...]:
    return jnp.stack([values.real, values.imag], axis=-1)
