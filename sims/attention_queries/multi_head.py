"""The canonical form of multi-head attention from value queries (arXiv 2601.16873, Sec. 7, and its follow-up
arXiv 2608.03294; this construction is reconstructed).

n copies of u + b before b give F(n) = (u + b) . v_tot - R(n), R(n) = sum_h c_h / (1 + n lam_h), with lam_h = exp(u .
W_h b) and c_h = u . v_h: a rational function of n whose poles and residues separate the heads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations

import jax
import numpy as np
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment

from corollary.measure import seed_of, untraced
from corollary.point import Point
from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.arithmetic import FLOAT64, Arithmetic, multiprecision
from corollary.sims.attention_queries.oracle import Hidden, NotLearned, Oracle
from corollary.sims.attention_queries.single_head import Head
from corollary.sims.attention_queries.trials import Attempts, attempt

REDRAWS = 5

Separated = tuple[np.ndarray, np.ndarray]


class NotSeparated(NotLearned):
    """No draw of the probes separated the heads."""


def learn_heads(
    oracle: Oracle, heads: int, rng: np.random.Generator, scale: float = 1.0, arithmetic: Arithmetic = FLOAT64
) -> list[Head]:
    """Recovers every (W_h, v_h) up to their order, given the number of canonical heads (W_h pairwise different, v_h not
    0), with d + 2 H (d^2 + d - 1) value queries; a redraw of degenerate probes asks its queries again.

    scale: of the probes; logits of order one are resolved best. arithmetic: whose numbers the oracle answers with.
    Raises ValueError when heads < 1, NotSeparated when two heads coincide.
    """
    _require_a_head(heads)
    total = oracle(arithmetic.array(np.eye(oracle.width)[:, None, :]))

    def separated(u: np.ndarray, B: np.ndarray, column: np.ndarray) -> Separated | None:
        b = B[column]
        return separate(((u + b) @ total)[:, None] - _copies(oracle, u, b, heads), arithmetic)

    return _learned(oracle.width, heads, rng, scale, arithmetic, separated)


def learn_heads_without_sum(
    oracle: Oracle, heads: int, rng: np.random.Generator, scale: float = 1.0, arithmetic: Arithmetic = FLOAT64
) -> list[Head]:
    """The same without v_tot: F(0), the answer to [b] alone, joins F(1..2 H), for d + 2 H (d^2 + d - 1) value queries
    of at most 2 H + 1 tokens.

    Raises ValueError when heads < 1, NotSeparated when two heads coincide.
    """
    _require_a_head(heads)

    def separated(u: np.ndarray, B: np.ndarray, column: np.ndarray) -> Separated | None:
        alone = oracle(B[:, None, :])
        return separate_without_sum(np.column_stack([alone[column], _copies(oracle, u, B[column], heads)]), arithmetic)

    return _learned(oracle.width, heads, rng, scale, arithmetic, separated)


def _require_a_head(heads: int) -> None:
    if heads < 1:
        raise ValueError(f"heads={heads}; allowed: an integer >= 1")


def _learned(
    d: int,
    heads: int,
    rng: np.random.Generator,
    scale: float,
    exact: Arithmetic,
    separated: Callable[[np.ndarray, np.ndarray, np.ndarray], Separated | None],
) -> list[Head]:
    """The heads from what `separated` finds at directions u [probes, d], b = B[column], column [probes]."""
    for _ in range(REDRAWS):
        U, B = (exact.array(scale * np.linalg.qr(rng.standard_normal((d, d)))[0]) for _ in range(2))
        rows = np.concatenate([np.repeat(U, d, axis=0), U[0] + U[1:]])
        learned = separated(rows, B, np.concatenate([np.tile(np.arange(d), d), np.zeros(d - 1, int)]))
        if learned is not None:
            logits, gains = learned
            split = d * d
            S, c = _aligned(
                logits[:split].reshape(d, d, heads), gains[:split].reshape(d, d, heads), logits[split:], gains[split:]
            )
            return [Head(exact.solve(U, exact.solve(B, S[:, :, h].T).T), exact.solve(U, c[:, h])) for h in range(heads)]
    raise NotSeparated(f"{REDRAWS} draws of probes showed coinciding heads; allowed: pairwise different W_h, v_h not 0")


def _copies(oracle: Oracle, u: np.ndarray, b: np.ndarray, heads: int) -> np.ndarray:
    """F(n) [probes, 2 H] for n = 1..2 H copies of u + b before b."""
    first = (u + b)[:, None, :]
    answers = []
    for n in range(1, 2 * heads + 1):
        answers.append(oracle(np.concatenate([np.repeat(first, n, axis=1), b[:, None, :]], axis=1)))
    return np.stack(answers, axis=1)


def separate(R: np.ndarray, arithmetic: Arithmetic = FLOAT64) -> Separated | None:
    """(logits ln lam_h, gains c_h), each [probes, H], from R(1..2 H) [probes, 2 H]; None when a probe is degenerate."""
    return _poles(R, 1, R.shape[1] // 2, arithmetic)


def separate_without_sum(F: np.ndarray, arithmetic: Arithmetic = FLOAT64) -> Separated | None:
    """The same from F(0..2 H) [probes, 2 H + 1], which differs from -R by a constant: of one degree more above."""
    learned = _poles(F, 0, F.shape[1] // 2, arithmetic)
    return None if learned is None else (learned[0], -learned[1])


def _poles(table: np.ndarray, first: int, H: int, exact: Arithmetic) -> Separated | None:
    """(ln lam_h, c_h), each [probes, H], of functions constant + sum_h c_h / (1 + n lam_h) given at n = first..2 H
    [probes, 2 H + 1 - first]; without the constant where first = 1.

    They are P / Q of type (H - first, H) with Q(0) = 1: a linear system for its coefficients, then the roots of Q.
    """
    n = exact.array(np.arange(first, 2 * H + 1))
    powers = np.stack([n**k for k in range(H + 1)], axis=1)
    above = H + 1 - first
    logits, gains = [], []
    for values in table:
        system = np.concatenate([powers[:, :above], -values[:, None] * powers[:, 1:]], axis=1)
        try:
            coefficients = exact.solve(system, values)
            P, Q = coefficients[:above], np.concatenate([exact.array(np.ones(1)), coefficients[above:]])
            roots = exact.roots(Q)
        except (np.linalg.LinAlgError, ZeroDivisionError, ArithmeticError):
            return None
        if roots is None or not np.all(roots < 0):
            return None
        lam = -1 / roots
        slope = sum(k * Q[k] * roots ** (k - 1) for k in range(1, H + 1))
        logits.append(exact.log(lam))
        gains.append(lam * sum(P[k] * roots**k for k in range(above)) / slope)
    return np.array(logits), np.array(gains)


def _aligned(logits: np.ndarray, gains: np.ndarray, sum_logits: np.ndarray, sum_gains: np.ndarray) -> tuple:
    """(S [d, d, H], c [d, H]) with one order of heads everywhere, from logits and gains [d, d, H] of the pairs (u_k,
    b_j) and [d - 1, H] of the pairs (u_0 + u_k, b_0): both add over u, and c does not depend on b."""
    d, _, H = logits.shape
    for k in range(1, d):
        orders = [list(order) for order in permutations(range(H))]
        gaps = [
            _mismatch(
                logits[0, 0] + logits[k, 0, order],
                gains[0, 0] + gains[k, 0, order],
                sum_logits[k - 1],
                sum_gains[k - 1],
            )
            for order in orders
        ]
        best = orders[int(np.argmin(gaps))]
        logits[k, 0], gains[k, 0] = logits[k, 0, best], gains[k, 0, best]
    for j in range(1, d):
        for k in range(d):
            gaps = np.abs(gains[k, 0][:, None] - gains[k, j][None, :]).astype(float)
            order = linear_sum_assignment(gaps)[1]
            logits[k, j] = logits[k, j, order]
    return logits, gains[:, 0]


def _mismatch(logits: np.ndarray, gains: np.ndarray, others: np.ndarray, other_gains: np.ndarray) -> float:
    gaps = np.abs(logits[:, None] - others[None, :]) + np.abs(gains[:, None] - other_gains[None, :])
    gaps = gaps.astype(float)
    return float(gaps[linear_sum_assignment(gaps)].sum())


def closest_order(learned: list[Head], true: list[Head]) -> list[Head]:
    """The recovered heads in the order of the true ones, where each is nearest."""
    gaps = [[np.linalg.norm((f.W - t.W).astype(float)) for f in learned] for t in true]
    return [learned[index] for index in linear_sum_assignment(np.array(gaps))[1]]


def several_heads(key: jax.Array, point: Point, budget: int) -> Attempts:
    """Attempts at H heads at width d; recovered to 1e-3, as float64 separates poles imperfectly. The key is
    consumed."""
    return _several_heads(key, point, budget, learn_heads)


def several_heads_without_sum(key: jax.Array, point: Point, budget: int) -> Attempts:
    """The same by a learner that does not use the sum of the v_h. The key is consumed."""
    return _several_heads(key, point, budget, learn_heads_without_sum)


def _several_heads(key: jax.Array, point: Point, budget: int, learner: Callable[..., list[Head]]) -> Attempts:
    d, H = int(point["d"]), int(point["H"])

    def error(oracle: Oracle, heads: list[Head], rng: np.random.Generator) -> float:
        learned = closest_order(learner(oracle, H, rng, scale=d**0.25), heads)
        return max(f.error(h) for f, h in zip(learned, heads, strict=True))

    return attempt(key, budget, 64, lambda rng: _random_heads(rng, d, H), error, 1e-3)


@untraced
def float64_error(key: jax.Array, point: Point) -> dict[str, Float[np.ndarray, ""]]:
    """The error of two random heads learned in float64, 1 where they are not separated. point: d; logits, the root mean
    square of the probes'. The key is consumed."""
    rng, d = np.random.default_rng(seed_of(key)), int(point["d"])
    hidden, heads = _random_heads(rng, d, 2)
    try:
        found = learn_heads(Oracle(hidden), 2, rng, scale=point["logits"] ** 0.5 * d**0.25)
    except (NotLearned, np.linalg.LinAlgError):
        return {"error": np.array(1.0)}
    gaps = [f.error(h) for f, h in zip(closest_order(found, heads), heads, strict=True)]
    return {"error": np.minimum(max(gaps), 1.0)}


def _random_heads(rng: np.random.Generator, d: int, H: int) -> tuple[Hidden, list[Head]]:
    heads = [Head(rng.standard_normal((d, d)) / np.sqrt(d), rng.standard_normal(d)) for _ in range(H)]
    parameters = {name: np.stack([getattr(head, name) for head in heads]) for name in ("W", "v")}
    return models.hidden(models.multi_head, parameters), heads


def errors_by_digits(heads: Sequence[int], digits: Sequence[int], probes: int, seed: int) -> dict[str, np.ndarray]:
    """Median error [heads, digits] of the logits of one probe when everything carries so many decimal digits; 1 where
    heads are not separated."""
    table = np.array([[_separation_error(H, n, probes, seed) for n in digits] for H in heads])
    return {"errors": table}


def _separation_error(H: int, digits: int, probes: int, seed: int) -> float:
    rng, exact = np.random.default_rng([H, seed]), multiprecision(digits)
    errors = []
    for _ in range(probes):
        logits, gains = exact.array(np.sort(rng.standard_normal(H))), exact.array(rng.standard_normal(H))
        lam = exact.exp(logits)
        R = np.array([sum(gains / (1 + n * lam)) for n in range(1, 2 * H + 1)], dtype=object)
        learned = separate(R[None], exact)
        gap = 1.0 if learned is None else float(np.abs(np.sort(learned[0][0]) - logits).max())
        errors.append(min(gap, 1.0))
    return float(np.median(errors))
