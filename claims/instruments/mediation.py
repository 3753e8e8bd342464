"""Causal mediation in random transformers."""

from __future__ import annotations

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.instruments import embeddings


@PAPER.claim(
    "total-effect",
    says="Giving all heads of all layers their other input's outputs at the answer position has the total "
    "effect, as the answer token itself is the same in both inputs.",
    where="section 3, causal mediation; the identity reconstructed",
    status="reconstructed",
)
def total_effect() -> co.Identity:
    def summed(seed: int, one: np.ndarray, other: np.ndarray) -> float:
        return sum(float(scores.sum()) for scores in embeddings.mediated(seed, one, other).scores.values())

    return co.Identity(
        left=lambda seed, one, other: float(embeddings.mediated(seed, one, other).total),
        right=lambda seed, one, other: float(embeddings.mediated(seed, one, other).together),
        draw=_two_sums,
        digits=10,
        wrong={
            "the scores of single heads add up": summed,
            "patched at an operand's position": lambda seed, one, other: float(
                embeddings.mediated(seed, one, other, position=2).together
            ),
        },
    )


@PAPER.claim(
    "additive-scores",
    says="In one layer of attention that is read out linearly the scores of single heads add up to the total effect.",
    where="reconstructed",
    status="reconstructed",
)
def additive_scores() -> co.Identity:
    def summed(seed: int, one: np.ndarray, other: np.ndarray, mlp: bool = False) -> float:
        return float(embeddings.mediated(seed, one, other, layers=1, mlp=mlp).scores["heads.0"].sum())

    return co.Identity(
        left=lambda seed, one, other: float(embeddings.mediated(seed, one, other, layers=1, mlp=False).total),
        right=summed,
        draw=_two_sums,
        digits=10,
        wrong={
            "with a ReLU layer behind": lambda seed, one, other: summed(seed, one, other, True),
            "the first head alone": lambda seed, one, other: float(
                embeddings.mediated(seed, one, other, layers=1, mlp=False).scores["heads.0"][0]
            ),
        },
    )


def _two_sums(rng: np.random.Generator) -> co.Point:
    """Two sums that differ in both numbers, and a seed of the transformer."""
    one = rng.integers(0, 6, 2)
    return {"seed": int(rng.integers(99)), "one": one, "other": (one + 1 + rng.integers(0, 4, 2)) % 6}
