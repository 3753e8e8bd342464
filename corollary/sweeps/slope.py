"""The exponent that a sweep shows, with its interval, and the verdict on the one that was expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.sweeps.dataset import SEED
from corollary.trials.claim import Verdict
from corollary.trials.exponent import Slope

if TYPE_CHECKING:
    import xarray

    from corollary.sweeps.file import Expected

FEWEST = 4
"""Sizes that a slope needs."""


def curve(
    swept: xarray.Dataset, along: str, of: str, at: Mapping[str, Any] | None = None, alpha: float = 1e-3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(sizes, values, half-widths) of a variable along an axis, sizes where there is none left out. Half-widths are
    simultaneous, of probability 1 - alpha: Student's over seeds, normal where a standard error is known, else 0.

    at: values of the other axes; by default the last of each. Raises ValueError for an unknown axis or variable.
    """
    for name, known, what in ((along, swept.dims, "axis"), (of, swept.data_vars, "variable")):
        if name not in known:
            raise ValueError(f"{what} {name!r} is not in the sweep; allowed: {', '.join(map(str, known))}")
    chosen = dict(at or {})
    others = [name for name in swept[of].dims if name not in (along, SEED)]
    picked = swept.sel({name: chosen[name] for name in others if name in chosen})
    picked = picked.isel({name: -1 for name in others if name not in chosen})
    values = picked[of].transpose(along, ...).values.astype(float)
    sizes = picked[along].values.astype(float)
    level = alpha / max(len(sizes), 1)
    if values.ndim == 2:
        there = np.isfinite(values).sum(axis=1)
        kept = there >= 2
        sizes, values, there = sizes[kept], values[kept], there[kept]
        from scipy.stats import t

        spread = np.nanstd(values, axis=1, ddof=1) / np.sqrt(there)
        return sizes, np.nanmean(values, axis=1), t.ppf(1 - level / 2, there - 1) * spread
    kept = np.isfinite(values)
    radii = np.zeros(len(values))
    error = "standard error" if of == "estimate" else f"{of}: standard error"
    if error in picked:
        from scipy.stats import norm

        radii = norm.ppf(1 - level / 2) * picked[error].transpose(along, ...).values.astype(float)
    return sizes[kept], values[kept], radii[kept]


def slope_of(
    swept: xarray.Dataset, along: str, of: str, at: Mapping[str, Any] | None = None, alpha: float = 1e-3
) -> Slope | None:
    """The slope over the upper half of the sizes, as `Exponent` takes it; None with fewer than four sizes, or where a
    value is not told from zero."""
    sizes, values, radii = curve(swept, along, of, at, alpha)
    order = np.argsort(sizes)
    sizes, values, radii = sizes[order], values[order], radii[order]
    if len(sizes) < FEWEST or np.any(sizes <= 0) or np.any(values <= radii):
        return None
    return Slope.of(sizes, values, radii)


def judge(swept: xarray.Dataset, expected: Expected) -> tuple[Verdict, str]:
    """(verdict, what was found in words)."""
    found = slope_of(swept, expected.along, expected.of, expected.at)
    stated = f"slope of {expected.of} in {expected.along}"
    if found is None:
        return Verdict.UNDECIDED, f"{stated}: not told from the values that there are"
    verdict = found.judge(expected.slope, expected.within)
    return verdict, (
        f"{stated}: {found.slope:.4g} +- {found.radius:.2g}, expected {expected.slope:g} within {expected.within:g}"
    )
