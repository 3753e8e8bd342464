"""Axis and normal space of a sum of contributions: an identity of any finite sum.

Contributions are the columns of V [d, N]; v_d = V 1 is their sum, a_d = v_d / |v_d|.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, integers
from corollary.theory.cylindrical_steering.symbols import MEANINGS, N, d

tau = sp.Symbol("tau", positive=True)
SHARE_MEANINGS = {name: MEANINGS[name] for name in ("N", "d")}

AXIAL_SHARE = ClosedForm((N + d - 1) / (N * d), meanings=SHARE_MEANINGS)
"""Share of the energy sum |v_i|**2 that lies along the axis, for iid isotropic Gaussian contributions."""


def decompose(contributions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(along [N], normal [d, N]): every contribution's coordinate on the axis of their sum, and the rest of it.

    contributions: [d, N]. Raises ValueError when they sum to zero, which leaves no axis.
    """
    total = contributions.sum(axis=1)
    length = np.linalg.norm(total)
    if length <= 1e-12 * np.linalg.norm(contributions):
        raise ValueError(f"|v_d| = {length:.3g}; allowed: contributions whose sum is not zero")
    axis = total / length
    along = axis @ contributions
    return along, contributions - np.outer(axis, along)


def balance() -> Derivation:
    """What the other concepts add up to in the normal space is the opposite of the concept's own part."""
    size, count = sp.symbols("d N", integer=True, positive=True)
    A = sp.MatrixSymbol("A", size, count)
    own, others = sp.MatrixSymbol("b", count, 1), sp.MatrixSymbol("o", count, 1)
    total = A * own + A * others
    projector = sp.Identity(size) - total * sp.Inverse(total.T * total) * total.T
    return Derivation(
        "balance",
        "Normal components cancel: a concept's is the opposite of all the others' together",
        "arXiv 2605.01844, definition of the axis",
        (
            Step(
                "own part",
                projector * A * own,
                "the normal projector of v_d = A b + A o applied to the concept's own contribution A b",
            ),
            Step("the others' part", -projector * A * others, "the projector sends v_d itself to zero"),
        ),
        ClosedForm(-projector * A * others),
        domain={"d": integers(2, 4), "N": integers(2, 5)},
    )


def axial_share() -> Derivation:
    """Energy along the axis for iid N(0, tau**2 I) contributions."""
    residual = tau**2 * ((1 - 1 / N) ** 2 + (N - 1) / N**2)
    return Derivation(
        "axial-share",
        "The share of energy along the axis falls to 1/N + 1/d",
        "reconstructed",
        (
            Step("residual variance", residual, "of a coordinate of v_i - S/N, which is independent of the sum S"),
            Step("simplified", tau**2 * (1 - 1 / N), "N - 1 of N degrees of freedom are left"),
            Step(
                "along the axis",
                tau**2 * d + N * tau**2 * (1 - 1 / N),
                "N |S/N|**2 has mean tau**2 d; N residuals add their variance along S",
                check=derived(lambda variance: tau**2 * d + N * variance),
            ),
            Step(
                "share",
                (N + d - 1) / (N * d),
                "over E sum |v_i|**2 = N d tau**2",
                check=derived(lambda energy: energy / (N * d * tau**2)),
            ),
        ),
        AXIAL_SHARE,
    )
