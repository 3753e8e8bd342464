"""Low-rank W by designed probes, at exactly its degrees of freedom (reconstructed; the paper's route is `low_rank`).

M = A W B^T is measured in its first r columns and its first r rows; if the r x r core is invertible, the rest
follows: M = M[:, :r] core^-1 M[:r, :]. A and B are orthogonal matrices times a scale.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
from jaxtyping import Float

from corollary.measure import seed_of, untraced
from corollary.point import Point
from corollary.sims.attention_queries.low_rank import low_rank_head
from corollary.sims.attention_queries.oracle import Hidden, Oracle, disturbed, noisy
from corollary.sims.attention_queries.single_head import Head, equal_value_frame, hidden_head, logits, values
from corollary.sims.attention_queries.trials import Attempts, attempt
from corollary.sims.attention_queries.variants import BiasedHead, biased_values

SINGULAR = 1e-8
ROUNDING = 1e-12
"""A core with a singular value below this, or below SINGULAR times its largest, counts as singular."""

RECOVERED = 1e-6
"""Relative error up to which W counts as recovered; the core's condition is left to chance."""


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
    """Recovers (W, v) and the rank r with d + r (2 d - r) + 1 value queries (without the last one at full rank): a row
    and a column are added once their common entry has shown that the core is not singular with them.

    Raises ValueError when v = 0.
    """
    d = oracle.width
    v = values(oracle)
    A, B = _frames(v, d, rng)
    M = np.zeros((d, d))

    def ask(rows: slice, columns: slice) -> None:
        M[rows, columns] = logits(oracle.pairs(A[rows], B[columns]), B[columns] @ v, A[rows] @ v)

    rank = 0
    while rank < d:
        ask(slice(rank, rank + 1), slice(rank, rank + 1))
        singular = np.linalg.svd(M[: rank + 1, : rank + 1], compute_uv=False)
        if singular[-1] < max(SINGULAR * singular[0], ROUNDING):
            break
        ask(slice(rank + 1, d), slice(rank, rank + 1))
        ask(slice(rank, rank + 1), slice(rank + 1, d))
        rank += 1
    filled = _complete(M[:, :rank], M[:rank], rank) if rank else np.zeros((d, d))
    return Head(A.T @ filled @ B, v), rank


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


def designed(key: jax.Array, point: Point, budget: int, withhold: bool = False) -> Attempts:
    """Attempts of designed probes of W of known rank r at width d. The key is consumed."""

    def error(oracle: Oracle, head: Head, rng: np.random.Generator) -> float:
        return learn_designed(oracle, point["r"], rng).error(head)

    return attempt(key, budget, 64, lambda rng: _low_rank(rng, point), error, RECOVERED, withhold)


def designed_any_rank(key: jax.Array, point: Point, budget: int, withhold: bool = False) -> Attempts:
    """Attempts of designed probes of W at width d whose rank r the learner is not given. The key is consumed."""

    def error(oracle: Oracle, head: Head, rng: np.random.Generator) -> float:
        return learn_designed_any_rank(oracle, rng)[0].error(head)

    return attempt(key, budget, 64, lambda rng: _low_rank(rng, point), error, RECOVERED, withhold)


def _low_rank(rng: np.random.Generator, point: Point) -> tuple[Hidden, Head]:
    head = low_rank_head(rng, point["d"], point["r"])
    return hidden_head(head), head


@untraced
def errors_under_noise(key: jax.Array, point: Point) -> dict[str, Float[np.ndarray, ""]]:
    """Relative errors of designed probes (d, r) under answers off by +-tau: with as many as there are degrees of
    freedom, and with `extra` more rows and columns; and their ratio. The key is consumed."""
    rng = np.random.default_rng(seed_of(key))
    head = low_rank_head(rng, point["d"], point["r"])
    off = noisy(hidden_head(head), point["tau"], _random_signs(rng))
    least, more = (
        learn_designed(Oracle(off), point["r"], rng, extra, scale=3.0).error(head) for extra in (0, point["extra"])
    )
    return {"least": np.array(least), "more": np.array(more), "gain": np.array(least / more)}


def mean_squared_error(d: int, scale: float, norm: float, tau: float, frames: int) -> float:
    """E ||W_hat - W||_F^2 of designed probes at full rank and `scale` of heads with ||W||_F = norm, ||v|| = sqrt(d), to
    leading order in independent noise of standard deviation tau: the squared errors that it makes on one answer at a
    time, added up, and averaged over heads and frames of probes."""
    total = 0.0
    for frame in range(frames):
        drawn = low_rank_head(np.random.default_rng(frame), d, d)
        head = Head(norm * drawn.W, drawn.v * np.sqrt(d) / np.linalg.norm(drawn.v))
        for place in range(d * d + d):
            oracle = Oracle(disturbed(hidden_head(head), place, tau))
            total += np.sum((learn_designed(oracle, d, np.random.default_rng(frame), scale=scale).W - head.W) ** 2)
    return float(total / frames)


def _random_signs(rng: np.random.Generator) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    return lambda sequences, answers: rng.choice([-1.0, 1.0], len(answers))


def recovered_share(d: int, r: int, trials: int, seed: int) -> dict[str, np.ndarray]:
    """Successes [1] of `trials` random heads of rank r with designed probes."""
    rng = np.random.default_rng([d, r, seed])
    heads = [low_rank_head(rng, d, r) for _ in range(trials)]
    errors = [learn_designed(Oracle(hidden_head(head)), r, rng).error(head) for head in heads]
    return {"successes": np.array([sum(error < RECOVERED for error in errors)])}
