"""The exact learner of a single attention head, d^2 + d value queries (arXiv 2601.16873, Thm 4.1), its remeasurement
of saturated logits, and their errors against width and norm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from corollary.point import Point
from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.oracle import Hidden, Oracle, pair
from corollary.sims.attention_queries.trials import Attempts, attempt

Matrix = Float[np.ndarray, "d d"]
Vector = Float[np.ndarray, " d"]

MODERATE = 3.0
"""A logit beyond this is worth measuring again, closer to zero: its rounding error grows as 2 + 2 cosh s."""

SHRINK = 1 / 32
REMEASURED_AT_MOST = 12


@dataclass(frozen=True)
class Head:
    """A recovered head. W: [d, d]. v: [d]."""

    W: np.ndarray
    v: np.ndarray

    def error(self, other: Head) -> float:
        """The larger relative error of W and v, infinite where a logit was lost."""
        gaps = [
            float(np.linalg.norm(a - b)) / max(float(np.linalg.norm(b)), 1e-300)
            for a, b in ((self.W, other.W), (self.v, other.v))
        ]
        return max(gaps) if np.isfinite(gaps).all() else np.inf


def learn_exactly(oracle: Oracle) -> Head:
    """Recovers (W, v) with d^2 + d value queries.

    A logit lost to saturation leaves NaN in W. Raises ValueError when v = 0, which hides W for good.
    """
    v = values(oracle)
    U = equal_value_frame(v)
    return Head(U.T @ logits(oracle.pairs(U, np.eye(oracle.width)), v, U @ v), v)


def learn_recentred(oracle: Oracle) -> Head:
    """Recovers (W, v) however large W is: a saturated logit is measured again at c e_j in the place of e_j, c
    shrinking, for u . W (c e_j) is linear in c. One more query each time.

    Raises ValueError when v = 0.
    """
    v, eye = values(oracle), np.eye(oracle.width)
    U = equal_value_frame(v)
    measured = logits(oracle.pairs(U, eye), v, U @ v)
    scale = np.ones_like(measured)
    for _ in range(REMEASURED_AT_MOST):
        rows, columns = np.nonzero(~(np.abs(measured) <= MODERATE))
        if not len(rows):
            break
        # Out of range altogether: shrink blindly. Else aim at a logit of one.
        scale[rows, columns] *= np.nan_to_num(1 / np.abs(measured[rows, columns]), nan=SHRINK)
        b = scale[rows, columns, None] * eye[columns]
        answers = oracle(pair(U[rows], b))
        measured[rows, columns] = logit((answers - b @ v) / (U[rows] @ v))
    return Head(U.T @ (measured / scale), v)


def values(oracle: Oracle) -> Vector:
    """v, by d sequences of one token. Raises ValueError when it is zero."""
    v = oracle(np.eye(oracle.width)[:, None, :])
    if not np.any(v):
        raise ValueError("v = 0: every answer is 0 whatever W is; allowed: a head whose value direction is not zero")
    return v


def equal_value_frame(v: Vector) -> Matrix:
    """An orthogonal matrix whose rows u all have u . v = ||v|| / sqrt(d): a reflection that takes v to the diagonal.

    Its condition number is 1 and no probe is blind, whatever v != 0.
    """
    d = len(v)
    unit, diagonal = v / np.linalg.norm(v), np.full(d, 1 / np.sqrt(d))
    # The better conditioned of the two reflections; the other sign is put right on the rows.
    sign = -1.0 if unit @ diagonal > 0 else 1.0
    normal = unit - sign * diagonal
    return sign * (np.eye(d) - 2 * np.outer(normal, normal) / (normal @ normal))


def logits(
    answers: Float[np.ndarray, "rows columns"], base: Float[np.ndarray, " columns"], gain: Float[np.ndarray, " rows"]
) -> Float[np.ndarray, "rows columns"]:
    """u . W b from the answers to [u + b ; b], with base b . v and gain u . v. NaN where saturated."""
    return logit((answers - base[None, :]) / gain[:, None])


def logit(alpha: np.ndarray) -> np.ndarray:
    """ln(alpha / (1 - alpha)); NaN outside (0, 1)."""
    inside = (alpha > 0) & (alpha < 1)
    sound = np.where(inside, alpha, 0.5)
    return np.where(inside, np.log(sound) - np.log1p(-sound), np.nan)


def skipping_the_sum(oracle: Oracle) -> Head:
    """A mistaken exact learner: it asks [u ; e_j] instead of [u + e_j ; e_j] and inverts that consistently, which
    measures (u - e_j) . W e_j, off by W_jj."""
    d = oracle.width
    v = values(oracle)
    U = equal_value_frame(v)
    first, last = np.repeat(U, d, axis=0), np.tile(np.eye(d), (d, 1))
    alpha = (oracle(np.stack([first, last], axis=1)) - last @ v) / ((first - last) @ v)
    return Head(U.T @ logit(alpha).reshape(d, d), v)


def random_head(rng: np.random.Generator, d: int) -> tuple[Hidden, Head]:
    """W ~ N(0, 1/d) entrywise, v ~ N(0, I), hidden and plain."""
    head = Head(rng.standard_normal((d, d)) / np.sqrt(d), rng.standard_normal(d))
    return hidden_head(head), head


def hidden_head(head: Head, dtype: Any = jnp.float64) -> Hidden:
    """The head as a model behind an oracle, computed in `dtype`."""
    return models.hidden(models.single_head, {"W": head.W, "v": head.v}, dtype)


def exact(key: jax.Array, point: Point, budget: int, withhold: bool = False) -> Attempts:
    """Attempts of the exact learner at width d. The key is consumed."""
    return attempt(
        key,
        budget,
        64,
        lambda rng: random_head(rng, point["d"]),
        lambda oracle, head, rng: learn_exactly(oracle).error(head),
        withhold=withhold,
    )


DTYPES = {"float64": jnp.float64, "float32": jnp.float32}
Learner = Callable[[Oracle], Head]


def errors_by_width(widths: Sequence[int], heads: int, seed: int) -> dict[str, np.ndarray]:
    """The exact learner's queries [widths], and its median errors [widths] in float64 and float32."""
    rng = np.random.default_rng(seed)
    drawn = [[random_head(rng, d)[1] for _ in range(heads)] for d in widths]
    queries = []
    for head, *_ in drawn:
        oracle = Oracle(hidden_head(head))
        learn_exactly(oracle)
        queries.append(oracle.queries)
    errors = {name: _median_errors(drawn, learn_exactly, dtype) for name, dtype in DTYPES.items()}
    return {"queries": np.array(queries), **errors}


def errors_by_norm(norms: Sequence[float], d: int, heads: int, seed: int) -> dict[str, np.ndarray]:
    """Median errors [norms] at ||W||_F = norm: plain and recentred probes in float64 and float32; inf where more than
    half are lost."""
    rng = np.random.default_rng(seed)

    def head(norm: float) -> Head:
        one = random_head(rng, d)[1]
        return Head(one.W * norm / np.linalg.norm(one.W), one.v)

    drawn = [[head(norm) for _ in range(heads)] for norm in norms]
    learners: dict[str, Learner] = {"plain": learn_exactly, "recentred": learn_recentred}
    return {
        f"{name}_{kind}": _median_errors(drawn, learner, dtype)
        for name, learner in learners.items()
        for kind, dtype in DTYPES.items()
    }


def _median_errors(drawn: list[list[Head]], learner: Learner, dtype: Any) -> Float[np.ndarray, " groups"]:
    return np.array([np.median([learner(Oracle(hidden_head(one, dtype))).error(one) for one in g]) for g in drawn])
