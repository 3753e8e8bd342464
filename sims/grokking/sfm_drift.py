"""The drift without a gate, by the matrix of characters."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float

from corollary.sims.grokking.sfm_design import design, drawn_mask, drawn_pairs, drawn_target, full_design, parts


def gram(seed: int, p: int, n: int) -> Float[Array, "n n 2"]:
    """A A^H of random distinct pairs, its real and imaginary parts."""
    rows = design(drawn_pairs(seed, p, n), p)
    return parts(rows @ rows.conj().T)


def ungated(seed: int, p: int, n: int, eta: float, steps: int) -> Float[Array, "u v 2"]:
    """The outputs on every pair after ungated steps on the pairs of `drawn_mask`, for `drawn_target`: real and
    imaginary parts."""
    mask = jnp.asarray(drawn_mask(seed, p, n))
    return parts(_ungated(jnp.asarray(drawn_target(seed, p)), mask, jnp.asarray(eta / n), jnp.asarray(steps)))


@jax.jit
def _ungated(
    target: Complex[Array, "u v"], mask: Bool[Array, "u v"], step: Array, steps: Array
) -> Complex[Array, "u v"]:
    p = target.shape[0]
    rows, trained = full_design(p), mask.ravel()

    def one(_: Array, weights: Array) -> Array:
        return weights + step * rows.conj().T @ (trained * (target.ravel() - rows @ weights))

    return (rows @ jax.lax.fori_loop(0, steps, one, jnp.zeros(p * p, jnp.complex128))).reshape(p, p)


def residual_growth(p: int, n: int, eta: float, steps: int = 6) -> float:
    """By what factor an ungated step changes the norm of the residual on n random pairs, over `steps` steps."""
    pairs = drawn_pairs(0, p, n)
    rows = np.asarray(design(pairs, p))
    residual = drawn_target(0, p)[pairs[:, 0], pairs[:, 1]]
    first = np.linalg.norm(residual)
    for _ in range(steps):
        residual = residual - eta / n * rows @ (rows.conj().T @ residual)
    return float((np.linalg.norm(residual) / first) ** (1 / steps))
