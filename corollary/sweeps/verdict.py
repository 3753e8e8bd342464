"""The verdict of a sweep on what was expected of it: an exponent, or that two of its variables agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from corollary.sweeps.slope import intervals, slope_of
from corollary.trials.claim import Verdict

if TYPE_CHECKING:
    import xarray

    from corollary.sweeps.file import Expected


def judge(swept: xarray.Dataset, expected: Expected, alpha: float = 1e-3) -> tuple[Verdict, str]:
    """(verdict, what was found in words). alpha: its error probability, where intervals are not those of a claim."""
    return _likeness(swept, expected, alpha) if expected.like else _exponent(swept, expected, alpha)


def _exponent(swept: xarray.Dataset, expected: Expected, alpha: float) -> tuple[Verdict, str]:
    found = slope_of(swept, expected.along, expected.of, expected.at, alpha)
    stated = f"slope of {expected.of} in {expected.along}"
    if found is None:
        return Verdict.UNDECIDED, f"{stated}: not told from the values that there are"
    verdict = found.judge(expected.slope, expected.within)
    return verdict, (
        f"{stated}: {found.slope:.4g} +- {found.radius:.2g}, expected {expected.slope:g} within {expected.within:g}"
    )


def _likeness(swept: xarray.Dataset, expected: Expected, alpha: float) -> tuple[Verdict, str]:
    """By the point that misses most; undecided when a point is missing."""
    for name in (expected.of, expected.like):
        if name not in swept.data_vars:
            allowed = ", ".join(map(str, swept.data_vars))
            raise ValueError(f"variable {name!r} is not in the sweep; allowed: {allowed}")
    values, radii = (one.values for one in intervals(swept, expected.of, alpha / max(swept[expected.of].size, 1)))
    stated = np.broadcast_to(swept[expected.like].values.astype(float), values.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        misses, doubts = np.abs(values - stated) / np.abs(stated), radii / np.abs(stated)
    said = f"{expected.of} like {expected.like} within {expected.within:g} of it"
    if np.any(misses - doubts > expected.within):
        worst = np.nanargmax(misses - doubts)
        return Verdict.REFUTED, f"{said}: off by {misses.flat[worst]:.2g} +- {doubts.flat[worst]:.2g} somewhere"
    close = misses + doubts < expected.within
    if np.all(close):
        worst = np.argmax(misses + doubts)
        return Verdict.HOLDS, f"{said}: off by {misses.flat[worst]:.2g} +- {doubts.flat[worst]:.2g} at most"
    return Verdict.UNDECIDED, f"{said}: not told at {int(np.sum(~close)):,} of {close.size:,} points"
