"""The curve that a sweep shows along an axis, with its intervals, and the exponent of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.sweeps.dataset import POINT, SEED
from corollary.trials.exponent import Slope

if TYPE_CHECKING:
    import xarray

FEWEST = 4
"""Sizes that a slope needs."""


def curve(
    swept: xarray.Dataset, along: str, of: str, at: Mapping[str, Any] | None = None, alpha: float = 1e-3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(sizes, values, half-widths) of a variable along an axis, sizes where there is none left out. Half-widths are as
    of `intervals`, simultaneous over the sizes.

    at: values of the other axes; by default the last of each. Raises ValueError for an unknown axis or variable.
    """
    zipped = POINT in swept.dims
    axes = [str(name) for name in (swept.coords if zipped else swept.dims) if name != SEED]
    for name, known, what in ((along, axes, "axis"), (of, list(swept.data_vars), "variable")):
        if name not in known:
            raise ValueError(f"{what} {name!r} is not in the sweep; allowed: {', '.join(map(str, known))}")
    dimension = POINT if zipped else along
    values, radii = intervals(swept, of, alpha / max(swept.sizes[dimension], 1))
    for other in [one for one in values.dims if one != dimension]:
        value = (at or {}).get(str(other))
        pick = {other: -1 if value is None else value}
        by_number = value is None or other not in swept.coords
        values, radii = (one.isel(pick) if by_number else one.sel(pick) for one in (values, radii))
    sizes = swept[along].values.astype(float)
    kept = np.isfinite(values.values) & np.isfinite(radii.values)
    return sizes[kept], values.values[kept], radii.values[kept]


def intervals(swept: xarray.Dataset, of: str, level: float) -> tuple[xarray.DataArray, xarray.DataArray]:
    """(values, half-widths) of a variable at every point, NaN where there is none. Half-widths are of error probability
    `level`: Student's over seeds; normal where a standard error is known; of what a claim measured the interval of its
    trial, which has the probability that the sweep was asked for; else 0."""
    values = swept[of].astype(float)
    if SEED in values.dims:
        from scipy.stats import t

        there = values.notnull().sum(SEED)
        spread = values.std(SEED, ddof=1) / np.sqrt(there)
        return values.mean(SEED), spread.where(there >= 2) * t.ppf(1 - level / 2, np.maximum(there - 1, 1))
    error = "standard error" if of == "estimate" else f"{of}: standard error"
    if error in swept:
        from scipy.stats import norm

        return values, values.copy(data=norm.ppf(1 - level / 2) * swept[error].values.astype(float))
    if of == "measured" and "low" in swept:
        low, high = (swept[name].values.astype(float) for name in ("low", "high"))
        return values, values.copy(data=np.nan_to_num(np.maximum(high - values.values, values.values - low)))
    return values, values.where(~np.isfinite(values), 0.0)


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
