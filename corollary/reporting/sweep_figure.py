"""A sweep as a picture: what was computed along an axis, theory as a line, and the slope where both scale."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.reporting.figure import COLOURS, encode, lay_out_small_print, small_print, style
from corollary.sweeps.dataset import SEED
from corollary.sweeps.slope import curve, slope_of

if TYPE_CHECKING:
    import xarray

MOST_CURVES = 6
LOGARITHMIC = 4.0
"""How often the smallest size the largest must be for a logarithmic axis."""

DOUBTFUL = 0.2
"""The half-width beyond which a slope is not worth telling."""

THEORY = {"measured": "predicted", "estimate": "closed form"}
BESIDES = ("seconds", "samples", "low", "high", "resolution", "rejected", "predicted", "closed form", "stopped")


def draw_sweep(swept: xarray.Dataset, along: str = "", of: str = "") -> Any:
    """The Matplotlib figure of a sweep.

    along: the axis to draw along, by default the numeric one with most values. of: the variable, by default the first
    that is a result. Raises ValueError for an unknown one, and for a sweep without numbers.
    """
    from matplotlib.figure import Figure

    along, of = along or _longest(swept), of or _first(swept)
    if of not in swept:
        raise ValueError(f"variable {of!r} is not in the sweep; allowed: {', '.join(map(str, swept.data_vars))}")
    others = [str(name) for name in swept[of].dims if name not in (along, SEED) and swept.sizes[name] > 1]
    with style():
        drawn = Figure(figsize=(3.4, 2.6), layout="constrained")
        axes = drawn.subplots()
        chosen = _chosen(swept, others)
        scales = _is_wide(swept[along].values.astype(float)), _is_wide(swept[of].values)
        for number, at in enumerate(chosen):
            _draw(axes, swept, along, of, at, COLOURS[number], all(scales))
        if scales[0]:
            axes.set_xscale("log")
            _plain(axes.xaxis, swept[along].values)
        if all(scales):
            axes.set_yscale("log")
            _plain(axes.yaxis, swept[of].values)
        axes.set(xlabel=along, ylabel=of)
        if axes.get_legend_handles_labels()[0]:
            title = ", ".join(others) or None
            axes.legend(title=title, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, handlelength=1.6)
        small_print(drawn, _said(swept, of, others, chosen, all(scales)))
        lay_out_small_print(drawn, str(swept.attrs.get("target", "")))
    return drawn


def save_sweep(swept: xarray.Dataset, kind: str = "png", along: str = "", of: str = "") -> str:
    """Draws a sweep that was opened, beside its grid-....json; returns the file's path."""
    from etils import epath

    from corollary.storage.store import Store

    path = epath.Path(swept.attrs["path"])
    figure = draw_sweep(swept, along, of)
    content = encode(figure, kind, f"sweep of {swept.attrs['target']}", f"corollary figures --sweep {path}")
    return str(Store(path.parent).write(f"{path.name.removesuffix('.json')}.{kind}", content))


def _is_wide(values: np.ndarray) -> bool:
    there = values[np.isfinite(values)]
    return bool(there.size and there.min() > 0 and there.max() >= LOGARITHMIC * there.min())


def _plain(axis: Any, values: np.ndarray) -> None:
    """Few ticks, as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    there = values[np.isfinite(values)]
    decades = np.log10(there.max() / there.min())
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if decades < 2.2 else (1.0,)))
    axis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw(
    axes: Any, swept: xarray.Dataset, along: str, of: str, at: dict[str, Any], colour: str, scaling: bool
) -> None:
    sizes, values, radii = curve(swept, along, of, at)
    name = ", ".join(f"{value:.4g}" if isinstance(value, float) else str(value) for value in at.values())
    fitted = slope_of(swept, along, of, at) if scaling else None
    if fitted is not None and fitted.radius > DOUBTFUL:
        fitted = None
    if fitted is not None:
        name = f"{name}  slope {fitted.slope:.3g} ± {fitted.radius:.1g}".strip()
    axes.errorbar(sizes, values, radii if np.any(radii) else None, fmt="o", color=colour, label=name or None)
    stated = THEORY.get(of, "")
    if stated in swept:
        places, theory, _ = curve(swept, along, stated, at)
        axes.plot(places, theory, "-", color=colour, lw=0.9)
    elif fitted is None:
        axes.plot(sizes, values, "-", color=colour, lw=0.6, alpha=0.6)
    else:
        upper = sizes >= np.median(sizes)
        middle = np.exp(np.mean(np.log(values[upper]) - fitted.slope * np.log(sizes[upper])))
        axes.plot(sizes[upper], middle * sizes[upper] ** fitted.slope, "--", color=colour, lw=0.9)


def _said(swept: xarray.Dataset, of: str, others: list[str], chosen: list[dict[str, Any]], scaling: bool) -> str:
    words = []
    if SEED in swept[of].dims:
        words.append(f"means over {swept.sizes[SEED]} seeds, bars: simultaneous 99.9% intervals")
    elif "standard error" in swept or f"{of}: standard error" in swept:
        words.append("bars: simultaneous 99.9% intervals")
    if THEORY.get(of, "") in swept:
        words.append("lines: theory")
    if scaling:
        words.append("slopes: upper half of the sizes; their interval adds the noise and the drift of the slope")
    total = int(np.prod([swept.sizes[name] for name in others])) if others else 1
    if total > len(chosen):
        words.append(f"{len(chosen)} of {total} curves")
    return "; ".join(words)


def _chosen(swept: xarray.Dataset, others: list[str]) -> list[dict[str, Any]]:
    """Values of the other axes, all of them or some spread evenly."""
    combinations = [
        dict(zip(others, values, strict=True))
        for values in itertools.product(*(swept[name].values.tolist() for name in others))
    ]
    if len(combinations) <= MOST_CURVES:
        return combinations
    return [combinations[place] for place in np.linspace(0, len(combinations) - 1, MOST_CURVES).round().astype(int)]


def _longest(swept: xarray.Dataset) -> str:
    numeric = [str(name) for name in swept.dims if name in swept.coords and swept[name].dtype.kind in "if"]
    numeric = [name for name in numeric if name != SEED]
    if not numeric:
        raise ValueError("the sweep has no axis of numbers to draw along")
    return max(numeric, key=lambda name: swept.sizes[name])


def _first(swept: xarray.Dataset) -> str:
    results = [
        str(name)
        for name, one in swept.data_vars.items()
        if one.dtype.kind == "f" and not str(name).endswith("standard error") and name not in BESIDES
    ]
    for name in ("measured", "estimate", "value", *results):
        if name in results:
            return name
    raise ValueError("the sweep has no variable of numbers to draw")
