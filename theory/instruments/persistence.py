"""The loop of a regular polygon in its Vietoris-Rips filtration (Adamaszek and Adams 2017)."""

from __future__ import annotations

import sympy as sp

from corollary import ClosedForm

points = sp.Symbol("points", integer=True, positive=True)

MEANINGS = {"points": "corners of a regular polygon of unit circumradius, at least 4"}
BIRTH = ClosedForm(2 * sp.sin(sp.pi / points), meanings=MEANINGS)
"""The loop is born with the sides."""

DEATH = ClosedForm(2 * sp.sin(sp.pi * sp.ceiling(points / 3) / points), meanings=MEANINGS)
"""It dies when chords reach a third of the way round, rounded up."""

LARGEST_DEATH = ClosedForm(sp.sqrt(3))
"""What death tends to for many points, and equals when three divides them."""


def polygon_loop(points: int) -> dict[str, float]:
    """ "birth" and "death" of the one loop, as edge lengths. Raises ValueError for fewer than 4 points, which have
    no loop."""
    if points < 4:
        raise ValueError(f"points={points}; allowed: at least 4")
    return {"birth": BIRTH(points=points), "death": DEATH(points=points)}
