"""The exact learner of a single attention head, d^2 + d value queries (arXiv 2601.16873, Thm 4.1), and its
remeasurement of saturated logits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from corollary.sims.attention_queries.oracle import Oracle, pair

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
