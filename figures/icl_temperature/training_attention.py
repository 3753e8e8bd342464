"""One trained attention layer, tempered under shift."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.icl_temperature.tempered import TINY, count, relative, seeds
from corollary.figures.style import COLOURS, figure, plain_ticks, small_print
from corollary.point import Depths
from corollary.storage.results import Results

Errors = Callable[[Mapping[str, Any], float], float]
"""(shift, temperature) -> error."""


def trained_attention(results: Results) -> Figure:
    """One trained layer, of three kinds, beside the exact error of the best layer of its kind."""
    from corollary.sims.icl_temperature.training_attention import RUN, SHIFTS, TEMPERATURES

    kinds = {"linearised": "linearised softmax", "softmax": "one softmax head", "two_heads": "two softmax heads"}
    shown = results.at(Depths(quick=("linearised",), standard=tuple(kinds)))
    settings = results.at(Depths(quick={**TINY, "test_prompts": 200}, standard={}))
    drawn, axes = figure("text", 2.6, columns=len(shown), sharey=True, squeeze=False)
    shifts = {
        "none": "no shift",
        "covariance_x2": r"covariance $\times 2$",
        "covariance_x0.5": r"covariance $\times\frac{1}{2}$",
        "context_10": "10 demonstrations, not 40",
    }
    line = np.geomspace(min(TEMPERATURES), max(TEMPERATURES), 60)
    for ax, kind in zip(axes[0], shown, strict=True):
        run = results.training(RUN, seeds(results), attention=kind, **settings)
        predicted = _best_layer(kind, run.config)
        for colour, (shift, name) in zip(COLOURS, shifts.items(), strict=False):
            exact = [predicted(SHIFTS[shift], tau) for tau in line]
            ax.plot(
                line,
                np.array(exact) / predicted(SHIFTS[shift], 1.0),
                "--" if kind == "two_heads" else "-",
                color=colour,
            )
            relative(ax, run, list(SHIFTS).index(shift), TEMPERATURES, color=colour, label=name, every=2)
        ax.set(title=kinds[kind], xlabel=r"temperature $\tau$", xscale="log", yscale="log")
        _frame(ax, (0.5, 1, 2, 4), (0.2, 0.5, 1, 2))
    axes[0, 0].plot([], [], "--", color="black", label="limit of small scores")
    axes[0, 0].set(ylabel=r"error relative to $\tau = 1$", ylim=(0.15, 2.5))
    (limit, *points), (limit_name, *names) = axes[0, 0].get_legend_handles_labels()
    drawn.legend([*points, limit], [*names, limit_name], loc="outside upper center", ncols=len(shifts) + 1)
    small_print(
        drawn,
        f"""d = {run.config["d"]}, {run.config["n"]} demonstrations; {count(seeds(results))} a kind, bars two standard
        errors over test prompts; lines: exact error of the best layer of its kind""",
    )
    return drawn


def _best_layer(kind: str, config: Mapping[str, Any]) -> Errors:
    """(shift, tau) -> the exact error of what infinite training finds; two heads tend to the linearised one."""
    from corollary.theory.icl_temperature import coefficients
    from corollary.theory.icl_temperature.pretraining import POPULATION_PRODUCT
    from corollary.theory.icl_temperature.softmax import isotropic_error, trained

    d, n, sigma = config["d"], config["n"], config["sigma"]
    if kind == "softmax":
        best = trained(a=1.0, b=1.0, d=d, l=n + 1, sigma=sigma)
        error, m, v = isotropic_error, best["m"], best["v"]
    else:
        eye = np.eye(d)
        product = POPULATION_PRODUCT(Sigma_x=eye, Sigma_w=eye, sigma=sigma, l=n + 1)[0, 0]
        v = 1e-3  # only the product is fixed; the mean value that v multiplies vanishes with it
        error, m = coefficients("masked", isotropic=True).error, product / v

    def predicted(shift: Mapping[str, Any], tau: float) -> float:
        return error(
            a=shift.get("covariance", 1.0),
            b=1.0,
            d=d,
            l=shift.get("n", n) + 1,
            sigma=shift.get("noise", sigma),
            m=m,
            v=v,
            tau=tau,
        )

    return predicted


def _frame(ax: Axes, temperatures: tuple[float, ...], losses: tuple[float, ...]) -> None:
    ax.axvline(1, color="0.6", lw=0.6, zorder=0)
    ax.axhline(1, color="0.6", lw=0.6, zorder=0)
    plain_ticks(ax.xaxis, temperatures)
    plain_ticks(ax.yaxis, losses)
