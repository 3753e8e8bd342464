"""A matrix of low rank from linear measurements: nuclear-norm minimisation by Douglas-Rachford splitting, and
alternating least squares for rank-one measurements. Each solves a batch of trials, one after another, every trial
stopping by itself."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from threadpoolctl import threadpool_limits

PAD = 64
"""Numbers of measurements are padded to a multiple of this, so that few shapes are compiled."""

THRESHOLD = 0.3
RESIDUAL = 1e-10
STARTS = 3


def minimise_nuclear_norm(
    Phi: Float[np.ndarray, "trials m entries"], t: Float[np.ndarray, "trials m"], iterations: int = 1500
) -> Float[np.ndarray, "trials d d"]:
    """argmin ||W||_* subject to Phi vec(W) = t, up to the given number of iterations; entries = d^2, m <= d^2."""
    count = Phi.shape[1]
    width = min(-(-count // PAD) * PAD, Phi.shape[2])
    basis, start = np.zeros((len(Phi), Phi.shape[2], width)), np.empty((len(Phi), Phi.shape[2]))
    with threadpool_limits(1, user_api="blas"):  # on matrices as small as these, threads cost several times the work
        for k, (one, right) in enumerate(zip(Phi, t, strict=True)):
            rows, triangle = np.linalg.qr(one.T)
            basis[k, :, :count] = rows
            start[k] = rows @ np.linalg.solve(triangle.T, right)
    return np.asarray(_douglas_rachford(basis, start, iterations))


@partial(jax.jit, static_argnames="iterations")
def _douglas_rachford(basis: Array, start: Array, iterations: int) -> Array:
    """basis: [trials, d^2, m] orthonormal (or zero) columns spanning the measurements. start: the least-norm
    solutions."""
    d = round(np.sqrt(start.shape[1]))

    def solve(trial: tuple[Array, Array]) -> Array:
        rows, least = trial
        threshold = THRESHOLD * jnp.linalg.norm(least.reshape(d, d), 2)

        def step(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
            z, _, _, count = carry
            x = _shrink(z.reshape(d, d), threshold).ravel()
            y = 2 * x - z
            y = y - rows @ (rows.T @ y) + least
            return z + y - x, y, jnp.linalg.norm(y - x) / jnp.linalg.norm(y), count + 1

        begin = (jnp.zeros_like(least), least, jnp.array(jnp.inf, least.dtype), jnp.array(0))
        return jax.lax.while_loop(lambda c: (c[2] > 1e-7) & (c[3] < iterations), step, begin)[1].reshape(d, d)

    return jax.lax.map(solve, (basis, start))


def _shrink(z: Float[Array, "d d"], threshold: Array) -> Float[Array, "d d"]:
    """Singular values lowered by the threshold, at zero cut off. By the eigenvectors of z^T z, several times cheaper
    than an SVD and accurate for the singular values that remain."""
    squares, right = jnp.linalg.eigh(z.T @ z)
    sizes = jnp.sqrt(jnp.maximum(squares, 0.0))
    kept = jnp.where(sizes > threshold, 1 - threshold / jnp.maximum(sizes, 1e-300), 0.0)
    return (z @ right) * kept @ right.T


def alternate(
    a: Float[np.ndarray, "trials m d"],
    b: Float[np.ndarray, "trials m d"],
    t: Float[np.ndarray, "trials m"],
    weights: Float[np.ndarray, "trials m"],
    rank: int,
    keys: Array,
    iterations: int = 250,
) -> Float[np.ndarray, "trials d d"]:
    """W = L R^T that minimises sum_k weights_k^2 (a_k . W b_k - t_k)^2, by alternating least squares from the spectral
    start and two random ones; the least residual is kept. keys: [trials], consumed."""
    short = -a.shape[1] % PAD
    padded = [np.pad(array, ((0, 0), (0, short), (0, 0))[: array.ndim]) for array in (a, b, t, weights)]
    return np.asarray(_alternate(*padded, keys, rank, iterations))


@partial(jax.jit, static_argnames=("rank", "iterations"))
def _alternate(a: Array, b: Array, t: Array, weights: Array, keys: Array, rank: int, iterations: int) -> Array:
    d = a.shape[2]

    def factor(fixed: Array, moving: Array, target: Array) -> Array:
        """The factor [d, rank] of `moving` directions that fits best with the projections `fixed` [m, rank]."""
        design = (moving[:, :, None] * fixed[:, None, :]).reshape(-1, d * rank)
        normal = design.T @ design
        floor = 1e-14 * jnp.trace(normal) * jnp.eye(d * rank)
        return jnp.linalg.solve(normal + floor, design.T @ target).reshape(d, rank)

    def solve(trial: tuple[Array, ...]) -> Array:
        left, right, target, weight, key = trial
        left, target = left * weight[:, None], target * weight
        spectral = jnp.linalg.svd(jnp.einsum("m,mi,mj->ij", target, left, right))[2][:rank].T
        size = jnp.linalg.norm(target)

        def step(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
            R, _, _, count = carry
            L = jnp.linalg.qr(factor(right @ jnp.linalg.qr(R)[0], left, target))[0]
            R = factor(left @ L, right, target)
            residual = jnp.linalg.norm(jnp.sum((left @ L) * (right @ R), axis=1) - target) / size
            return R, L @ R.T, residual, count + 1

        def attempt(number: Array, best: tuple[Array, Array]) -> tuple[Array, Array]:
            random = jax.random.normal(jax.random.fold_in(key, number), (d, rank), jnp.float64)
            begin = (jnp.where(number == 0, spectral, random), best[0], jnp.array(jnp.inf, jnp.float64), jnp.array(0))
            going = best[1] > RESIDUAL
            _, W, residual, _ = jax.lax.while_loop(
                lambda c: going & (c[2] > RESIDUAL) & (c[3] < iterations), step, begin
            )
            better = residual < best[1]
            return jnp.where(better, W, best[0]), jnp.where(better, residual, best[1])

        none = jnp.zeros((d, d), jnp.float64), jnp.array(jnp.inf, jnp.float64)
        return jax.lax.fori_loop(0, STARTS, attempt, none)[0]

    return jax.lax.map(solve, (a, b, t, weights, keys))
