"""The machine's matrix of characters written out, and what is drawn beside it: nothing is transformed."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, Int


def drawn_pairs(seed: int, p: int, n: int) -> Int[np.ndarray, "n 2"]:
    """n distinct pairs (u, v)."""
    chosen = np.random.default_rng(seed).permutation(p * p)[:n]
    return np.stack([chosen // p, chosen % p], axis=1)


def drawn_mask(seed: int, p: int, n: int) -> Bool[np.ndarray, "u v"]:
    """True at the pairs of `drawn_pairs`."""
    mask = np.zeros((p, p), bool)
    mask[tuple(drawn_pairs(seed, p, n).T)] = True
    return mask


def drawn_target(seed: int, p: int) -> Complex[np.ndarray, "u v"]:
    """A complex Gaussian at every pair."""
    real, imaginary = np.random.default_rng(seed + 1).standard_normal((2, p, p))
    return real + 1j * imaginary


def design(pairs: Int[np.ndarray, "n 2"], p: int) -> Complex[Array, "n modes"]:
    """A[i, (k, l)] = chi_k(u_i) chi_l(v_i)."""
    k, l = np.indices((p, p)).reshape(2, -1)
    return jnp.exp(2j * jnp.pi * jnp.asarray((np.outer(pairs[:, 0], k) + np.outer(pairs[:, 1], l)) % p) / p)


def full_design(p: int) -> Complex[Array, "pairs modes"]:
    """The same for all p^2 pairs, in order."""
    return design(np.indices((p, p)).reshape(2, -1).T, p)


def parts(values: Complex[Array, ...]) -> Float[Array, "... 2"]:
    """Real and imaginary parts."""
    return jnp.stack([values.real, values.imag], axis=-1)
