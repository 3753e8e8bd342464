"""Spectra of weights: how concentrated they are, and in how many directions.

Every function is pure JAX, keeps the dtype it is given, and works under jit and vmap. A *power* is a squared amplitude;
which of the two a measure takes is said, since the literature mixes them.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float


def gini(weights: Float[Array, "*batch modes"]) -> Float[Array, "*batch"]:
    """Gini coefficient of nonnegative weights: 0 when all are equal, 1 - 1/modes when one has everything.

    arXiv 2603.29262, section 3 (its double sum over pairs, in sorted form). NaN where all weights vanish.
    """
    ordered = jnp.sort(weights, axis=-1)
    count = weights.shape[-1]
    ranks = jnp.arange(1, count + 1, dtype=weights.dtype)
    return 2 * (ordered * ranks).sum(-1) / (count * ordered.sum(-1)) - (count + 1) / count


def inverse_participation(powers: Float[Array, "*batch modes"]) -> Float[Array, "*batch"]:
    """Inverse participation ratio sum s^2 / (sum s)^2 of powers s: 1/K for K equal modes."""
    return (powers**2).sum(-1) / powers.sum(-1) ** 2


def paper_inverse_participation(powers: Float[Array, "*batch modes"]) -> Float[Array, "*batch"]:
    """sum s^4 / (sum s^2)^2 as arXiv 2603.29262 prints it, of s that are powers already: the ratio of squared powers.

    Equal to `inverse_participation` for equal modes only.
    """
    return inverse_participation(powers**2)


def participation_ratio(points: Float[Array, "points features"]) -> Float[Array, ""]:
    """(tr C)^2 / tr C^2 of the points' covariance C: the number of directions that carry the variance."""
    centred = points - points.mean(0)
    # The smaller of the two Gram matrices has the same nonzero spectrum.
    gram = centred @ centred.T if points.shape[0] < points.shape[1] else centred.T @ centred
    return jnp.trace(gram) ** 2 / (gram**2).sum()


def stable_rank(matrix: Float[Array, "rows columns"]) -> Float[Array, ""]:
    """|M|_F^2 / |M|_2^2: between 1 and the rank."""
    squares = jnp.linalg.svd(matrix, compute_uv=False) ** 2
    return squares.sum() / squares[0]


def nuclear_norm(matrix: Float[Array, "rows columns"]) -> Float[Array, ""]:
    """The sum of the singular values."""
    return jnp.linalg.svd(matrix, compute_uv=False).sum()


def token_spectrum(embedding: Float[Array, "p features"]) -> Float[Array, " frequencies"]:
    """Power at frequencies 1..(p-1)/2 of a cyclic embedding, over tokens 0..p-1, summed over features.

    One transform along the tokens of the centred embedding; frequencies k and p - k are one. p odd, and no rows for
    special tokens. Raises ValueError for an even number of rows or fewer than 3.
    """
    p = embedding.shape[0]
    check_odd(p)
    powers = (jnp.abs(jnp.fft.fft(embedding - embedding.mean(0), axis=0)) ** 2).sum(1)
    return 2 * powers[1 : (p + 1) // 2]


def paper_token_spectrum(embedding: Float[Array, "tokens features"]) -> Float[Array, " modes"]:
    """Powers of the two-dimensional transform of a whole embedding matrix, without the constant (arXiv 2603.29262).

    It also transforms along features, whose order means nothing, and leaks when special tokens are among the rows.
    """
    return (jnp.abs(jnp.fft.fft2(embedding)) ** 2).ravel()[1:]


def check_odd(p: int) -> None:
    """Raises ValueError unless p is an odd number of tokens, at least 3."""
    if p < 3 or p % 2 == 0:
        raise ValueError(f"embedding has {p} rows; allowed: an odd number of tokens, at least 3, without special ones")
