"""A sparse model: weights that vanish off one of several supports, its learning coefficient and what chains report."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, differentiated, stated
from corollary.theory.instruments.chains import MEANINGS, gamma, nbeta
from corollary.theory.instruments.known import Coefficient

size, missed = sp.symbols("size missed", nonnegative=True)

SUPPORT = ClosedForm(
    size * nbeta / (2 * (nbeta + gamma)) + nbeta * missed / 2,
    meanings={
        **MEANINGS,
        "size": "weights that a support leaves free",
        "missed": "squared length of what it leaves out of the truth",
    },
)
"""The estimate on one support of a sparse model with L = |w - w0|^2 / 2: size / 2, unless it misses part of w0."""


def sparse_model(supports: Sequence[Sequence[int]], truth: Sequence[int]) -> Coefficient:
    """A model whose weights vanish off one of several supports, with a loss that is nondegenerate in all of them: half
    the size of the smallest support that contains the truth. Volumes of subspaces add up, so the multiplicity is 1.

    supports: the coordinates that may differ from 0, one list a subspace. truth: those that do. Reconstructed.
    Raises ValueError when no support contains the truth.
    """
    sizes = [len(set(support)) for support in supports if set(truth) <= set(support)]
    if not sizes:
        raise ValueError(
            f"supports={[list(s) for s in supports]}; allowed: at least one that contains truth={list(truth)}"
        )
    return Fraction(min(sizes), 2), 1


def union(masks: npt.ArrayLike, truth: npt.ArrayLike, nbeta: float, gamma: float) -> float:
    """The estimate over all supports together, equally likely beforehand: each is visited as often as its share of the
    partition function says. masks: 0 or 1 [supports, weights]. truth: [weights]. Reconstructed."""
    masks, truth = np.asarray(masks, dtype=float), np.asarray(truth, dtype=float)
    sizes, missed = masks.sum(1), ((1 - masks) * truth**2).sum(1)
    logs = sizes / 2 * np.log(gamma / (nbeta + gamma)) - nbeta * missed / 2
    shares = np.exp(logs - logs.max())
    estimates = [SUPPORT(size=s, missed=m, nbeta=nbeta, gamma=gamma) for s, m in zip(sizes, missed, strict=True)]
    return float(shares @ np.array(estimates) / shares.sum())


def support() -> Derivation:
    """The estimate on one support. Reconstructed."""
    partition = (gamma / (nbeta + gamma)) ** (size / 2) * sp.exp(-nbeta * missed / 2)
    return Derivation(
        "support-coefficient",
        "A support costs half its size, if it contains the truth",
        "reconstructed",
        (
            Step(
                "partition function",
                partition,
                "of exp(-nbeta |w - w0|^2 / 2) over free weights w ~ N(w0, 1 / gamma)",
                check=stated,
            ),
            Step(
                "free energy",
                -size / 2 * sp.log(gamma / (nbeta + gamma)) + nbeta * missed / 2,
                "minus its logarithm",
                check=derived(lambda form: sp.expand_log(-sp.log(form), force=True)),
            ),
            Step(
                "mean loss",
                size / (2 * (nbeta + gamma)) + missed / 2,
                "its slope in nbeta",
                check=differentiated(nbeta),
            ),
            Step("estimate", SUPPORT.expression, "nbeta times it", check=derived(lambda form: nbeta * form)),
        ),
        SUPPORT,
    )
