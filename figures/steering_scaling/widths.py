"""Exponents, coordinates and best learning rates of steering vectors against width."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure
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


def _rows(*names: str) -> dict[str, tuple[str, tuple[float, ...]]]:
    chosen = {name: parameterisations.PARAMETERISATIONS[name] for name in names}
    return {
        name: ("sign" if one.optimizer == "adam" else "sgd", tuple(float(getattr(one, key)) for key in EXPONENTS))
        for name, one in chosen.items()
    }


def measured_sizes(
    seeds: int, rows: dict[str, Any], widths: list[int], draws: int, steps: int
) -> dict[str, np.ndarray]:
    """Sizes [seeds, widths, rows, steps, terms] of the width sweep."""
    from corollary.sims.steering_scaling.width_sweep import table_sizes

    return {"size": table_sizes(list(range(seeds)), rows, widths, draws, steps)}


def exponent_table(results: Results) -> Figure:
    """Every exponent of the calculus (open) beside the fitted slope (filled) for all parameterisations, two steps."""
    rows = _rows(*parameterisations.PARAMETERISATIONS)
    widths = results.at(Depths([32, 64], [64, 256, 1024], [256, 1024, 4096]))
    sizes = results.computed(
        measured_sizes, seeds=results.at(SEEDS), rows=rows, widths=widths, draws=results.at(Depths(8, 32)), steps=2
    )["size"]
    x = np.log(widths)
    with np.errstate(divide="ignore"):
        pooled = 0.5 * np.log(np.mean(sizes**2, 0))
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    drawn, axes = figure("text", 4.4, 1, 2, sharey=True)
    for step, axis in enumerate(axes):
        for row, given in enumerate(parameterisations.PARAMETERISATIONS.values()):
            predicted = table(given, step + 1)[-1]
            for column, term in enumerate(SYMBOLS):
                y = -row + 0.33 - 0.11 * column
                if np.isfinite(float(predicted[term])):
                    slope = weights @ pooled[:, row, step, column]
                    colour = COLOURS[column]
                    axis.plot(float(predicted[term]), y, "|", color=colour, ms=5, mew=1.2)
                    axis.plot(slope, y, "o", color=colour, ms=2.2, label=SYMBOLS[term] if row == 0 else None)
            axis.axhline(-row - 0.5, color="0.85", lw=0.5)
        axis.set(xlabel=r"exponent of $n$", title=f"step {step + 1}", xlim=(-1.75, 1.05))
        axis.set_xticks(np.arange(-1.5, 1.1, 0.5))
        axis.grid(axis="x", lw=0.3, color="0.9")
    axes[0].set_yticks(-np.arange(len(rows)), list(rows))
    for axis in axes:
        axis.tick_params(axis="y", length=0)
    handles, labels = axes[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=7, columnspacing=1.0, handletextpad=0.2)
    return drawn


def slopes_against_width(results: Results) -> Figure:
    """Slopes between neighbouring widths against the width: each settles on its exponent. Up to 65536 where there is an
    accelerator."""
    rows = _rows("paper", "unscaled rates", "fixed factor", "sgd, Adam's law")
    widths = [2**k for k in range(5, results.at(Depths(7, 10, _widest())) + 1)]
    sizes = results.computed(
        measured_sizes,
        seeds=results.at(Depths(2, 8, 8)),
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
    drawn, axis = figure("column", 2.9)
    middle = np.sqrt(np.multiply(widths[1:], widths[:-1]))
    for colour, (name, step, term) in zip(COLOURS, shown, strict=False):
        column = list(SYMBOLS).index(term)
        found = np.log(sizes[:, :, list(rows).index(name), step, column])
        local = np.diff(found, axis=1) / np.diff(np.log(widths))
        error = 2 * local.std(0, ddof=1) / np.sqrt(len(local))
        exponent = float(table(parameterisations.PARAMETERISATIONS[name], step + 1)[-1][term])
        axis.axhline(exponent, color=colour, lw=0.8)
        axis.errorbar(
            middle, local.mean(0), yerr=error, fmt="o", color=colour, label=f"{name}: {SYMBOLS[term]}, step {step + 1}"
        )
    axis.set(xlabel="width $n$", ylabel="local slope of size on width", ylim=(-1.3, 0.8))
    axis.set_xscale("log", base=2)
    drawn.legend(loc="outside upper center", ncols=1)
    return drawn


def _widest() -> int:
    """log2 of the greatest width: weights of 65536 need an accelerator's memory and speed."""
    import jax

    return 14 if jax.default_backend() == "cpu" else 16


def coordinate_check(results: Results) -> Figure:
    """Mean |coordinate| of z after steps 1 to 5 against width: flat lines are parameterisations that transfer."""
    names = ("paper", "sgd", "unscaled rates", "fixed factor")
    widths = [2**k for k in range(5, results.at(Depths(6, 10, 13)) + 1)]
    drawn, axes = figure("text", 2.1, 1, len(names), sharey=True)
    for axis, name in zip(axes, names, strict=True):
        one = parameterisations.PARAMETERISATIONS[name]
        sizes = results.computed(
            checked,
            exponents={key: float(getattr(one, key)) for key in EXPONENTS},
            optimizer=one.optimizer,
            widths=widths,
            networks=results.at(Depths(4, 8)),
        )
        for step in range(5):
            axis.plot(
                widths,
                sizes["z"][:, step],
                "o-",
                color=COLOURS[0],
                alpha=0.3 + 0.14 * step,
                label=f"step {step + 1}" if step in (0, 4) else None,
                lw=0.9,
            )
        final = table(one, 6)[-1]["z"]
        axis.plot(
            widths,
            sizes["z"][-1, -1] * (np.array(widths) / widths[-1]) ** float(final),
            "k:",
            lw=0.9,
            label=f"$n^{{{final}}}$",
        )
        axis.set(yscale="log", xlabel="width $n$", title=name)
        axis.set_xscale("log", base=2)
        axis.legend(loc="best")
    axes[0].set_ylabel("mean $|z_i|$")
    return drawn


def checked(exponents: dict[str, float], optimizer: str, widths: list[int], networks: int) -> dict[str, np.ndarray]:
    """A coordinate check over five steps."""
    from corollary.sims.steering_scaling.coordinate_check import coordinate_check as check

    return check(exponents, optimizer, widths, networks=networks)


def transfer(results: Results) -> Figure:
    """Loss after training against the common multiplier of both rates, at several widths."""
    from corollary.sims.steering_scaling.transfer import SCALES

    widths = results.at(Depths([64, 256], [64, 256, 1024, 4096], [64, 256, 1024, 4096, 16384]))
    shown = (
        ("paper", "Adam, the paper's"),
        ("unscaled rates", "Adam, unscaled rates"),
        ("sgd, paper's start", "SGD, its own law"),
        ("sgd, paper's rates", "SGD, Adam's exponents"),
    )
    drawn, axes = figure("text", 2.3, 1, len(shown), sharey=True)
    for axis, (name, title) in zip(axes, shown, strict=True):
        one = parameterisations.PARAMETERISATIONS[name]
        exponents = tuple(float(getattr(one, key)) for key in EXPONENTS)
        for colour, n in zip(COLOURS, widths, strict=False):
            loss = results.computed(scale_losses, n=n, optimizer=one.optimizer, exponents=exponents)["loss"]
            best = int(np.nanargmin(loss))
            axis.plot(SCALES, loss, color=colour, label=f"$n = {n}$")
            axis.plot(SCALES[best], loss[best], "o", color=colour)
        axis.set(xlabel="multiplier of the rates", title=title, ylim=(0, 2.2))
        axis.set_xscale("log", base=2)
    axes[0].set_ylabel("loss after 20 steps (nats)")
    axes[2].legend(loc="upper right")
    return drawn


def scale_losses(n: int, optimizer: str, exponents: tuple[float, float, float, float]) -> dict[str, np.ndarray]:
    """Losses after training at every scale of the learning rates."""
    from corollary.sims.steering_scaling.transfer import losses

    return {"loss": losses(n, optimizer, exponents)}
