"""The paper's Figures 1 and 2: errors of the constructed layer under shift, untuned, tuned, and of Bayes."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.icl_temperature.measured import errors, matrices, optimum
from corollary.figures.style import COLOURS, figure, plain_ticks, small_print
from corollary.formulas.closed_form import ClosedForm
from corollary.point import Depths, Point
from corollary.storage.results import Results
from corollary.theory.icl_temperature import closed_form

TRAINING_NOISE = 0.1
TUNED, UNTUNED, BAYES = COLOURS[0], COLOURS[1], COLOURS[6]
LIMIT: dict[str, Any] = {"color": "black", "ls": ":", "lw": 0.9}
DIMENSION = Depths(quick=12, standard=50)
LENGTHS = Depths(quick=(1, 4), standard=(0.5, 1, 2, 4, 8, 16))
"""Prompt lengths simulated, in units of d."""
LONGEST_BAYES = 4
"""Simulated Bayes risks cost l d^2 a prompt, and past this length theory and simulation have long met."""
_SAID = "layer trained without shift at noise 0.1; lines: closed forms; points: simulated, bars 95% intervals"
CHUNKS = Depths(quick=8, standard=8, full=64)


def constructed(d: int, l: int, sigma: float = TRAINING_NOISE, **shift: Any) -> Point:
    """A test distribution, and the layer of Prop. 4.4 from infinitely many unshifted training prompts as long."""
    layer = {"m": d * _product()(l=l, sigma_train=TRAINING_NOISE), "v": 1 / d}
    return {"d": d, "l": l, "a": 1.0, "b": 1.0, "mu_w": np.zeros(d), "sigma": sigma, **layer, **shift}


@functools.cache
def _product() -> ClosedForm:
    """v22 M11 of Prop. 4.4 as a multiple of the identity."""
    from corollary.theory.icl_temperature.isotropic import PRETRAINED

    return ClosedForm(PRETRAINED["constructed"])


def error_vs_length(results: Results) -> Figure:
    """Error against context length, without shift, with doubled input covariance and with larger, shifted tasks."""
    d = results.at(DIMENSION)
    panels: dict[str, dict[str, Any]] = {
        "no shift": {},
        r"inputs: $\Sigma_x = 2I$": {"a": 2.0},
        r"tasks: $\Sigma_w = 3I$, $\|\mu_w\| = 1$": {"b": 3.0, "mu_w": np.full(d, d**-0.5)},
    }
    drawn, axes = figure("text", 2.6, columns=3, sharey=True)
    for ax, (title, shift) in zip(axes, panels.items(), strict=True):
        _against_length(results, ax, d, shift)
        ax.set_title(title)
    axes[0].set_ylabel(r"ICL error $G$")
    _legend(drawn, axes[0])
    small_print(drawn, f"d = {d}, test noise {TRAINING_NOISE}; {_SAID}; Bayes simulated up to l = {LONGEST_BAYES} d")
    return drawn


def error_vs_noise(results: Results) -> Figure:
    """Error against context length under noisy labels; error and optimal temperature against the test noise."""
    d = results.at(DIMENSION)
    drawn, (left, middle, right) = figure("text", 2.6, columns=3)
    _against_length(results, left, d, {"sigma": 10.0})
    left.set(title=r"label noise $\sigma = 10$", ylabel=r"ICL error $G$")
    plain_ticks(left.yaxis, (100, 200, 300, 400))
    noises = np.geomspace(0.1, 20, 40)
    line = [constructed(d, d, sigma) for sigma in noises]
    simulated = results.at(Depths(quick=(1.0, 10.0), standard=(0.1, 1.0, 3.0, 10.0, 20.0)))
    _errors(results, middle, noises, line, simulated, [constructed(d, d, sigma) for sigma in simulated])
    middle.set(title=r"$l = d$", xlabel=r"test noise $\sigma$", xscale="log", yscale="log")
    for colour, ratio in zip(COLOURS[2:], (1, 2, 4), strict=False):
        _optima(results, right, d, ratio * d, colour, noises, simulated)
    right.set(xlabel=r"test noise $\sigma$", xscale="log", yscale="log")
    right.set_ylabel(r"optimal temperature $\tau_{\mathrm{opt}}$")
    plain_ticks(right.yaxis, (1, 2, 5, 10))
    for ax in (middle, right):
        plain_ticks(ax.xaxis, (0.1, 1, 10))
    right.set_title("the best temperature")
    right.legend(title="prompt length", title_fontsize=7, loc="upper left")
    _legend(drawn, left)
    small_print(
        drawn, f"""d = {d}; {_SAID}; right: colours are prompt lengths; Bayes simulated up to l = {LONGEST_BAYES} d"""
    )
    return drawn


def _against_length(results: Results, ax: Axes, d: int, shift: dict[str, Any]) -> None:
    ratios = results.at(LENGTHS)
    line = np.unique(np.round(np.geomspace(min(ratios), max(ratios), 200) * d).astype(int))
    points = [constructed(d, int(ratio * d), **shift) for ratio in ratios]
    _errors(results, ax, line / d, [constructed(d, int(l), **shift) for l in line], ratios, points)
    ax.set(xlabel=r"prompt length $l/d$", xscale="log", yscale="log")
    plain_ticks(ax.xaxis, (0.5, 1, 2, 4, 8, 16))


def _errors(
    results: Results,
    ax: Axes,
    at: np.ndarray,
    line: Sequence[Point],
    simulated: Sequence[float],
    points: Sequence[Point],
) -> None:
    """Untuned, tuned and Bayes errors: theory at `line`, whose x are `at`; simulation at `points`, x `simulated`."""
    from corollary.sims.icl_temperature import bayes_risk, literal_moments_given_inputs
    from corollary.theory.icl_temperature.bayes import ISOTROPIC_BAYES

    isotropic = not any(np.any(point["mu_w"]) for point in line)
    every = 1 if isotropic else 12  # the general forms cost some 0.1 s each
    written = [{**(point if isotropic else matrices(point)), "tau": 1.0} for point in line[::every]]
    for model, style in (("literal", {}), ("high-dimensional", LIMIT)):
        for colour, quantity in ((UNTUNED, "error"), (TUNED, "minimum_error")):
            form = closed_form(quantity, model, isotropic)
            ax.plot(at[::every], [form(**point) for point in written], **{"color": colour, **style})
    ax.plot(at, [ISOTROPIC_BAYES(**point) for point in line], "--", color=BAYES)
    optimal_temperature = closed_form("optimal_temperature", "literal", isotropic)
    for x, point in zip(simulated, points, strict=True):
        best = optimal_temperature(**(point if isotropic else matrices(point)))
        moments = results.moments(literal_moments_given_inputs, point, results.at(CHUNKS))
        for colour, error, radius in zip((UNTUNED, TUNED), *errors(moments, [1.0, best]), strict=True):
            ax.errorbar(x, error, radius, fmt="o", color=colour)
    short = [(x, point) for x, point in zip(simulated, points, strict=True) if point["l"] <= LONGEST_BAYES * point["d"]]
    risks, radii = results.means(bayes_risk, [point for _, point in short], 8)
    ax.errorbar([x for x, _ in short], risks[:, 0], radii[:, 0], fmt="s", color=BAYES, mfc="white")


def _optima(
    results: Results, ax: Axes, d: int, l: int, colour: str, noises: np.ndarray, simulated: Sequence[float]
) -> None:
    from corollary.sims.icl_temperature import literal_moments_given_inputs

    label = f"$l = {l // d}d$" if l > d else "$l = d$"
    for model, style in (("literal", {"color": colour, "label": label}), ("high-dimensional", LIMIT)):
        form = closed_form("optimal_temperature", model, isotropic=True)
        ax.plot(noises, [form(**constructed(d, l, sigma)) for sigma in noises], **style)
    for sigma in simulated:
        moments = results.moments(literal_moments_given_inputs, constructed(d, l, sigma), results.at(CHUNKS))
        value, radius = optimum(moments)
        ax.errorbar(sigma, value, radius, fmt="o", color=colour)


def _legend(drawn: Figure, ax: Axes) -> None:
    """One legend above all panels, its handles drawn off the data."""
    handles = [
        ax.errorbar([], [], [], fmt="o-", color=UNTUNED, label=r"$\tau = 1$"),
        ax.errorbar([], [], [], fmt="o-", color=TUNED, label=r"$\tau_{\mathrm{opt}}$"),
        *ax.plot([], [], **LIMIT, label="high-dimensional limit"),
        ax.errorbar([], [], [], fmt="s--", color=BAYES, mfc="white", label="Bayes"),
    ]
    drawn.legend(handles=handles, loc="outside upper center", ncols=len(handles))
