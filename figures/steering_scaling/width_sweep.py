"""Exponents, coordinates and best learning rates of steering vectors against width."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.theory.calculus.exponents import table
from corollary.theory.steering_scaling import parameterisations

EXPONENTS = ("alpha_0", "v_0", "eta_alpha", "eta_v")
SYMBOLS = {
    "d1": r"$\alpha\,\Delta v$",
    "d2": r"$\Delta\alpha\,v$",
    "d3": r"$\Delta\alpha\,\Delta v$",
    "z": "$z$",
    "gd1": r"$\langle g, \alpha\Delta v\rangle$",
    "gd2": r"$\langle g, \Delta\alpha\,v\rangle$",
    "gd3": r"$\langle g, \Delta\alpha\Delta v\rangle$",
}
SEEDS = Depths(2, 8, 16)


def _rows(*names: str) -> tuple[tuple[str, str, tuple[float, ...]], ...]:
    """(name, optimizer, exponents) of parameterisations."""
    chosen = {name: parameterisations.PARAMETERISATIONS[name] for name in names}
    return tuple(
        (name, "sign" if one.optimizer == "adam" else "sgd", tuple(float(getattr(one, key)) for key in EXPONENTS))
        for name, one in chosen.items()
    )


def measured_sizes(
    seed: int,
    networks: int,
    rows: tuple[tuple[str, str, tuple[float, ...]], ...],
    widths: list[int],
    draws: int,
    steps: int,
) -> dict[str, np.ndarray]:
    """Sizes [networks, widths, rows, steps, terms] of the width sweep."""
    import jax

    from corollary.sims.steering_scaling.width_sweep import Row, table_sizes

    keys = jax.random.split(jax.random.key(seed), networks)
    sizes = table_sizes(keys, tuple(Row(*row) for row in rows), tuple(widths), draws, steps)
    return {"size": np.asarray(sizes, np.float64)}


def exponent_table(results: Results) -> Figure:
    """Every exponent of the calculus (open) beside the fitted slope (filled) for all parameterisations, two steps."""
    rows = _rows(*parameterisations.PARAMETERISATIONS)
    widths = results.at(Depths([32, 64], [64, 256, 1024], [256, 1024, 4096]))
    sizes = results.computed(
        measured_sizes,
        seed=results.seed,
        networks=results.at(SEEDS),
        rows=rows,
        widths=widths,
        draws=results.at(Depths(8, 32)),
        steps=2,
    )["size"]
    x = np.log(widths)
    with np.errstate(divide="ignore"):
        pooled = 0.5 * np.log(np.mean(sizes**2, 0))
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    drawn, axes = figure("text", 4.8, 1, 2, sharey=True)
    names, terms = list(parameterisations.PARAMETERISATIONS), list(SYMBOLS)
    for step, axis in enumerate(axes):
        exponents = np.array(
            [
                [float(table(one, step + 1)[-1][term]) for term in terms]
                for one in parameterisations.PARAMETERISATIONS.values()
            ]
        )
        slopes = np.einsum("w,wrt->rt", weights, np.where(np.isfinite(pooled[:, :, step]), pooled[:, :, step], 0))
        shown = axis.pcolormesh(
            np.ma.masked_invalid(exponents), cmap="PuOr_r", vmin=-1.5, vmax=1.5, edgecolor="white", linewidth=0.8
        )
        for (row, column), exponent in np.ndenumerate(exponents):
            if np.isfinite(exponent):
                text = f"{exponent:g}\n{round(slopes[row, column], 2) + 0.0:.2f}"
                colour = "white" if abs(exponent) >= 1 else "black"
                place = (column + 0.5, row + 0.5)
                axis.text(*place, text, ha="center", va="center", fontsize=6, linespacing=1.0, color=colour)
        axis.set_title(f"step {step + 1}")
        axis.set_xticks(np.arange(len(terms)) + 0.5, list(SYMBOLS.values()), rotation=60)
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    axes[0].set_yticks(np.arange(len(names)) + 0.5, names)
    axes[0].invert_yaxis()
    drawn.colorbar(
        shown, ax=axes, label="exponent of $n$: 0 transfers, below it vanishes, above it blows up", shrink=0.8
    )
    small_print(
        drawn,
        f"""upper number: derived exponent of a term's size in the width n, a limit of large n; lower: slope fitted over
        n = {", ".join(str(n) for n in widths)}, {results.at(SEEDS)} networks; empty: the term is zero; z: what is
        added to the stream, alpha: its factor, v: its direction, g: the gradient of the loss""",
    )
    return drawn


def slopes_against_width(results: Results) -> Figure:
    """Slopes between neighbouring widths against the width: each settles on its exponent. Up to 65536 where there is an
    accelerator."""
    rows = _rows("paper", "unscaled rates", "fixed factor", "sgd, Adam's law")
    widths = [2**k for k in range(5, results.at(Depths(7, 10, _widest())) + 1)]
    sizes = results.computed(
        measured_sizes,
        seed=results.seed,
        networks=results.at(Depths(2, 8, 8)),
        rows=rows,
        widths=widths,
        draws=results.at(Depths(8, 32)),
        steps=2,
    )["size"]
    shown = (
        ("paper", 0, "gd2"),
        ("paper", 1, "gd2"),
        ("unscaled rates", 1, "z"),
        ("fixed factor", 1, "z"),
        ("sgd, Adam's law", 0, "d1"),
    )
    drawn, axis = figure("text", 2.5)
    middle = np.sqrt(np.multiply(widths[1:], widths[:-1]))
    for colour, (name, step, term) in zip(COLOURS, shown, strict=False):
        column = list(SYMBOLS).index(term)
        logs = np.log(sizes[:, :, [row[0] for row in rows].index(name), step, column])
        local = np.diff(logs, axis=1) / np.diff(np.log(widths))
        error = 2 * local.std(0, ddof=1) / np.sqrt(len(local))
        exponent = float(table(parameterisations.PARAMETERISATIONS[name], step + 1)[-1][term])
        axis.axhline(exponent, color=colour, lw=0.8)
        axis.errorbar(
            middle, local.mean(0), yerr=error, fmt="o", color=colour, label=f"{name}: {SYMBOLS[term]}, step {step + 1}"
        )
    axis.set(xlabel="width $n$", ylabel="local slope of size on width", ylim=(-1.3, 0.8))
    axis.set_xscale("log", base=2)
    drawn.legend(loc="outside right center")
    small_print(
        drawn,
        f"""lines: derived exponents, limits of large n; points: slopes between neighbouring widths, {len(local)}
        networks, bars two standard errors""",
    )
    return drawn


def _widest() -> int:
    """log2 of the greatest width: weights of 65536 need an accelerator's memory and speed."""
    import jax

    return 14 if jax.default_backend() == "cpu" else 16
