"""Error against temperature: a pretrained layer under several shifts, with its optimum."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.icl_temperature.measured import errors
from corollary.figures.style import COLOURS, figure, plain_ticks, small_print
from corollary.point import Depths, Point
from corollary.storage.results import Results

TRAINING_NOISE = 0.1
HIGHEST = 1.5
"""Of the shares drawn: at 1 a layer does no better than predicting zero."""


def error_vs_temperature(results: Results) -> Figure:
    """Share of the signal that is missed, of a layer that was best at temperature 1 before inputs, noise or length
    shifted."""
    from corollary.sims.icl_temperature import literal_moments_given_inputs
    from corollary.theory.icl_temperature import coefficients

    exact = coefficients("literal", isotropic=True)
    error, optimal_temperature, minimum_error = exact.error, exact.optimal_temperature, exact.minimum_error
    d, chunks = results.at(Depths(quick=8, standard=50)), results.at(Depths(quick=8, standard=8, full=64))
    temperatures = np.geomspace(0.22, 10, 300)
    drawn, ax = figure("text", 3.1)
    ax.axhline(1, color="0.6", lw=0.6)
    ax.axvline(1, ymin=0.13, color="0.6", lw=0.6)
    for colour, (name, point) in zip(COLOURS, _shifts(d).items(), strict=False):
        signal, noise = point["a"] * point["b"] * d, point["sigma"] ** 2
        shares = np.array([error(**point, tau=tau) - noise for tau in temperatures]) / signal
        ax.plot(temperatures, shares, color=colour, lw=1.6)
        best, lowest = optimal_temperature(**point), (minimum_error(**point) - noise) / signal
        sampled = best * 2.0 ** np.array([-1, -0.5, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4])
        measured, radii = errors(results.moments(literal_moments_given_inputs, point, chunks), sampled)
        shown = (sampled < temperatures[-1]) & ((measured - noise) / signal < HIGHEST - 0.04)
        measured, radii = (measured - noise) / signal, radii / signal
        ax.errorbar(sampled[shown], measured[shown], radii[shown], fmt="o", color=colour)
        ax.plot(best, lowest, "*", color=colour, ms=11, mec="white", mew=0.7, zorder=5)
        value = rf"$\tau = {best:.2f}$"
        if lowest < HIGHEST / 4:
            ax.annotate(
                f"{name}\n{value}",
                (best, lowest),
                (0, -5),
                textcoords="offset points",
                ha="center",
                va="top",
                color=colour,
            )
        else:  # other curves cross below such a minimum: it is named where its curve enters the picture
            entry = temperatures[np.argmax(shares < HIGHEST)]
            side, gap = ("right", -5) if best < 2 else ("left", 16)
            ax.annotate(
                "\n".join([*name.split(), value]),
                (entry, HIGHEST),
                (gap, -1),
                textcoords="offset points",
                ha=side,
                va="top",
                color=colour,
            )
        untuned = (error(**point, tau=1.0) - noise) / signal
        if untuned < HIGHEST:
            ax.plot(1, untuned, "o", color=colour, mfc="white", ms=5.5, mew=1.4, zorder=4)
    ax.set(
        xlabel=r"attention temperature $\tau$",
        xscale="log",
        xlim=(temperatures[0], temperatures[-1]),
        ylabel=r"signal missed, $(G - \sigma^2)\,/\,\mathrm{E}(w \cdot x)^2$",
        ylim=(0, HIGHEST),
    )
    plain_ticks(ax.xaxis, (0.25, 0.5, 1, 2, 4, 8))
    _marks(ax)
    small_print(
        drawn,
        f"""d = {d}, trained at l = {4 * d}, noise {TRAINING_NOISE}, unit covariance; shifts: covariance of inputs,
        label noise 3 sqrt(d), context l = {d}; stars: the best temperature, written below""",
    )
    return drawn


def _marks(ax: Axes) -> None:
    """What each mark stands for, in the corner that no curve enters."""
    grey = "0.25"
    ax.plot([], [], color=grey, lw=1.6, label="closed form")
    ax.errorbar([], [], [], fmt="o", color=grey, label="simulation, 95% interval")
    ax.plot([], [], "*", color=grey, ms=9, mec="white", mew=0.7, label="optimal temperature")
    ax.plot([], [], "o", color=grey, mfc="white", ms=5.5, mew=1.4, label=r"as trained, $\tau = 1$")
    ax.legend(loc="upper right", ncols=2)
    ax.annotate(
        "no better than predicting zero",
        (1, 1),
        (-3, 2),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        ha="right",
        fontsize=7,
        color="0.4",
    )


def _shifts(d: int) -> dict[str, Point]:
    """Test distributions, each with the layer that pretraining on long prompts, unshifted, leaves."""
    from corollary.formulas.closed_form import ClosedForm
    from corollary.theory.icl_temperature.isotropic import PRETRAINED

    long = 4 * d
    kappa = ClosedForm(PRETRAINED["population"])(d=d, l=long, sigma_train=TRAINING_NOISE)
    home = {"d": d, "l": long, "a": 1.0, "b": 1.0, "sigma": TRAINING_NOISE, "m": d * kappa, "v": 1 / d}
    return {
        r"covariance $\times\frac{1}{2}$": {**home, "a": 0.5},
        r"covariance $\times 2$": {**home, "a": 2.0},
        "no shift": home,
        "noisy labels": {**home, "sigma": 3 * d**0.5},
        "short context": {**home, "l": d},
    }
