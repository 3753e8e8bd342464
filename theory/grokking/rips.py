"""The loop of a regular polygon in its Vietoris-Rips filtration."""

from __future__ import annotations

import math


def polygon_loop(points: int) -> tuple[float, float]:
    """(birth, death) of the one loop of a regular polygon of unit circumradius, as edge lengths.

    It is born with the sides and dies when chords reach a third of the way round, rounded up (Adamaszek and Adams
    2017). Raises ValueError for fewer than 4 points, which have no loop.
    """
    if points < 4:
        raise ValueError(f"points={points}; allowed: at least 4")
    return 2 * math.sin(math.pi / points), 2 * math.sin(math.pi * math.ceil(points / 3) / points)


LARGEST_BAR = math.sqrt(3)
"""What death tends to for many points, and equals when three divides them."""
