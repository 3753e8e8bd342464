"""Low-rank W by designed probes, at exactly its degrees of freedom (reconstructed; the paper's route is `low_rank`).

M = A W B^T is measured in its first r columns and its first r rows; if the r x r core is invertible, the rest
follows: M = M[:, :r] core^-1 M[:r, :]. A and B are orthogonal matrices times a scale.
"""

from __future__ import annotations

import numpy as np

from corollary.sims.attention_queries.oracle import Oracle
from corollary.sims.attention_queries.single_head import Head, equal_value_frame, logits, values
from corollary.sims.attention_queries.variants import BiasedHead, biased_values

SINGULAR = 1e-8


def learn_designed(
    oracle: Oracle, rank: int, rng: np.random.Generator, oversampling: int = 0, scale: float = 1.0
) -> Head:
    """Recovers (W, v), rank(W) = r known, with d + 2 d p - p^2 value queries, p = r + oversampling.

    Without noise p = r is exact. Under noise a few more rows and columns keep the core well conditioned; it is then
    inverted at rank r. scale: of the probes b, for ||W|| far from one. Raises ValueError when r is not in 1..d or v =
    0."""
    d = oracle.width
    _check_rank(rank, d)
    size = min(rank + oversampling, d)
    v = values(oracle)
    A, B = _frames(v, d, rng)
    columns = logits(oracle.pairs(A, scale * B[:size]), scale * B[:size] @ v, A @ v)
    rows = logits(oracle.pairs(A[:size], scale * B[size:]), scale * B[size:] @ v, A[:size] @ v)
    return Head(A.T @ _complete(columns, np.hstack([columns[:size], rows]), rank) @ B / scale, v)


def learn_designed_any_rank(oracle: Oracle, rng: np.random.Generator) -> tuple[Head, int]:
    """Recovers (W, v) and the rank: rows and columns are added until the core of size r + 1 is singular. Asks
    d + 2 d (r + 1) - (r + 1)^2 queries at most.

    Raises ValueError when v = 0.
    """
    d = oracle.width
    v = values(oracle)
    A, B = _frames(v, d, rng)
    M = np.zeros((d, d))
    for size in range(1, d + 1):
        new = size - 1
        M[new:, new] = logits(oracle.pairs(A[new:], B[new:size]), B[new:size] @ v, A[new:] @ v)[:, 0]
        if size < d:
            M[new, size:] = logits(oracle.pairs(A[new:size], B[size:]), B[size:] @ v, A[new:size] @ v)[0]
        singular = np.linalg.svd(M[:size, :size], compute_uv=False)
        if singular[-1] < SINGULAR * max(singular[0], SINGULAR):
            size = new
            break
    filled = _complete(M[:, :size], M[:size], size) if size else np.zeros((d, d))
    return Head(A.T @ filled @ B, v), size


def learn_biased_designed(oracle: Oracle, rank: int, rng: np.random.Generator) -> BiasedHead:
    """Recovers a head with biases when [W, kappa], d x (d + 1), has rank r, with (d + 1) + r (2 d + 1 - r) value
    queries.

    Raises ValueError when r is not in 1..d or v = 0.
    """
    d = oracle.width
    _check_rank(rank, d)
    v, beta = biased_values(oracle)
    A, B = _frames(v, d, rng)
    probes = np.vstack([B, np.zeros(d)])
    base = probes @ v + beta
    columns = logits(oracle.pairs(A, probes[:rank]), base[:rank], A @ v)
    rows = logits(oracle.pairs(A[:rank], probes[rank:]), base[rank:], A[:rank] @ v)
    M = A.T @ _complete(columns, np.hstack([columns[:rank], rows]), rank)
    return BiasedHead((M[:, :d] - M[:, d:]) @ B, M[:, d], v, beta)


def _frames(v: np.ndarray, d: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A, orthogonal with rows that all have the same a . v, and B, orthogonal; both in general position to W."""
    return equal_value_frame(v)[rng.permutation(d)], np.linalg.qr(rng.standard_normal((d, d)))[0]


def _complete(columns: np.ndarray, rows: np.ndarray, rank: int) -> np.ndarray:
    """The matrix of the given rank with these first columns [d, p] and first rows [p, d']."""
    left, singular, right = np.linalg.svd(columns[: len(rows)])
    inverse = right[:rank].T / singular[:rank] @ left[:, :rank].T
    return columns @ inverse @ rows


def _check_rank(rank: int, d: int) -> None:
    if not 1 <= rank <= d:
        raise ValueError(f"rank={rank}; allowed: an integer in 1..d = {d}")
