"""Block decomposition: the algorithmic complexity of a binary matrix from that of its blocks, and how weights are made
binary for it."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from corollary.sims.instruments.ctm import Table
from corollary.sims.instruments.spectra import check_odd

PATTERNS = ("constant", "checkerboard", "stripes", "primes")


def bdm(bits: Int[Array, "rows columns"] | Int[Array, " cells"], table: Table) -> Float[Array, ""]:
    """Complexity in bits: sum over the distinct blocks of their complexity and log2 of how often they occur.

    bits: 0 or 1 (or bool). Incomplete blocks at the edges are dropped. NaN when the table lacks a block that occurs.
    Raises ValueError when not one block fits, and for other entries than 0 and 1; under jit, where entries are not
    known yet, they give NaN. arXiv 1609.00110.
    """
    if not isinstance(bits, jax.core.Tracer):
        other = np.asarray(bits)[~np.isin(bits, (0, 1))]
        if other.size:
            raise ValueError(f"bits holds {other.flat[0]}; allowed: 0 and 1")
    return _decomposed(bits, table)


@jax.jit
def _decomposed(bits: Array, table: Table) -> Float[Array, ""]:
    if bits.ndim not in (1, 2):
        raise ValueError(f"bits has shape {bits.shape}; allowed: a matrix or a string")
    grid = bits if bits.ndim == 2 else bits[None]
    down, across = grid.shape[0] // table.rows, grid.shape[1] // table.columns
    if down * across == 0:
        raise ValueError(f"bits has shape {bits.shape}; allowed: at least one {table.rows} x {table.columns} block")
    kept = grid[: down * table.rows, : across * table.columns].astype(jnp.int32)
    blocks = jnp.zeros((down, across), jnp.int32)
    for i in range(table.rows):
        for j in range(table.columns):
            blocks = 2 * blocks + kept[i :: table.rows, j :: table.columns]
    counts = jnp.bincount(blocks.ravel(), length=len(table.complexities))
    total = jnp.where(counts > 0, table.complexities + jnp.log2(jnp.maximum(counts, 1)), 0.0).sum()
    return jnp.where(((bits == 0) | (bits == 1)).all(), total, jnp.nan)


def quartile_planes(matrix: Float[Array, "rows columns"]) -> Int[Array, "2 rows columns"]:
    """The two bit-planes of a matrix cut at its own quartiles: at least the median, and in the middle half.

    Neighbouring quarters differ in one plane (a Gray code).
    """
    low, middle, high = jnp.quantile(matrix, jnp.array([0.25, 0.5, 0.75], matrix.dtype))
    return jnp.stack([matrix >= middle, (matrix >= low) & (matrix < high)]).astype(jnp.int32)


def quantized_bdm(matrix: Float[Array, "rows columns"], table: Table) -> Float[Array, ""]:
    """Complexity in bits of both quartile planes together.

    Stands for the four-letter blocks of arXiv 2603.29262, eq. 2, for which no table exists. It does not see a matrix's
    scale; it does see a collapse of its rank.
    """
    high, middle = quartile_planes(matrix)
    return bdm(high, table) + bdm(middle, table)


def tied_share(matrix: Float[Array, "rows columns"]) -> Float[Array, ""]:
    """Share of entries equal to another one: where it is not small, quartiles do not cut a matrix into quarters."""
    ordered = jnp.sort(matrix.ravel())
    same = ordered[1:] == ordered[:-1]
    return (jnp.append(same, False) | jnp.append(False, same)).mean()


def fourier_bits(embedding: Float[Array, "p features"]) -> Int[Array, "p features"]:
    """1 where a cyclic embedding, in the orthonormal real Fourier basis over its tokens, exceeds one deviation.

    That is the standard deviation of all coefficients; tokens are 0..p-1. Raises ValueError for an even number of
    tokens.
    """
    p = embedding.shape[0]
    check_odd(p)
    steps = jnp.arange(1, (p + 1) // 2)[:, None] * jnp.arange(p) % p
    angles = (2 * jnp.pi / p) * steps.astype(embedding.dtype)
    waves = jnp.stack([jnp.cos(angles), jnp.sin(angles)], 1).reshape(p - 1, p) * jnp.sqrt(2 / p)
    basis = jnp.concatenate([jnp.full((1, p), 1 / jnp.sqrt(p)), waves]).astype(embedding.dtype)
    coefficients = basis @ embedding
    return (jnp.abs(coefficients) > coefficients.std()).astype(jnp.int32)


def fourier_bdm(embedding: Float[Array, "p features"], table: Table) -> Float[Array, ""]:
    """Complexity in bits of a cyclic embedding in its Fourier basis: few frequencies are a short program."""
    return bdm(fourier_bits(embedding), table)


def dissolving(
    pattern: str, size: int, flipped: list[float], columns: int, complexities: list[float], seed: int
) -> dict[str, np.ndarray]:
    """ "bits" [shares]: complexity of a size x size pattern, one of `PATTERNS`, with these shares of its cells redrawn
    at random. complexities: of blocks of two rows and so many columns."""
    rng = np.random.default_rng(seed)
    table = Table(np.asarray(complexities), 2, columns)
    order, chance, noise = _pattern(pattern, size), rng.random((size, size)), rng.integers(0, 2, (size, size))
    return {
        "bits": np.array([float(bdm(jnp.asarray(np.where(chance < share, noise, order)), table)) for share in flipped])
    }


def _pattern(name: str, size: int) -> np.ndarray:
    row, column = np.indices((size, size))
    if name == "constant":
        return np.zeros((size, size), dtype=int)
    if name == "checkerboard":
        return (row + column) % 2
    if name == "stripes":
        return (column // 3) % 2
    number = row * size + column
    sieve = np.ones(size * size, dtype=int)
    sieve[:2] = 0
    for factor in range(2, size):
        sieve[factor * factor :: factor] = 0
    return sieve[number]
