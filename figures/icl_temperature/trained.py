"""Trained models, tempered under shift: loss against temperature.

Every temperature is tried on the same test prompts, so intervals (two standard errors, by prompt) are of the paired
difference from temperature 1. Of several seeds the mean is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.icl_temperature.axes import legend_above, plain_ticks
from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.training.run import TrainingResult

SEEDS = Depths(quick=(0,), standard=(0,), full=(0, 1, 2, 3, 4))
TINY = {"steps": 3, "d": 2, "n": 10}
TINY_TRANSFORMER = {**TINY, "warmup": 1, "layers": 1, "width": 8, "mlp_width": 0, "norm": "none", "test_prompts": 50}
"""Too few steps to learn anything: for a look at the figure alone. Contexts as long as those of the shifts in length
spare a second compilation."""

Errors = Callable[..., float]


def trained_attention(results: Results) -> Figure:
    """One trained layer, of three kinds, beside the exact error of the best layer of its kind."""
    from corollary.sims.icl_temperature.training_attention import RUN, SHIFTS, TEMPERATURES

    kinds = {"linearised": "linearised softmax", "softmax": "one softmax head", "two_heads": "two softmax heads"}
    shown = results.at(Depths(quick=("linearised",), standard=tuple(kinds)))
    settings = results.at(Depths(quick={**TINY, "test_prompts": 200}, standard={}))
    drawn, axes = figure("text", 2.6, columns=len(shown), sharey=True, squeeze=False)
    shifts = {
        "none": "no shift",
        "covariance_x2": r"inputs $\times 2$",
        "covariance_x0.5": r"inputs $\times\frac{1}{2}$",
        "context_10": "10 demonstrations, not 40",
    }
    line = np.geomspace(min(TEMPERATURES), max(TEMPERATURES), 60)
    for ax, kind in zip(axes[0], shown, strict=True):
        run = results.training(RUN, results.at(SEEDS), attention=kind, **settings)
        predicted = _best_layer(kind, run.config)
        for colour, (shift, name) in zip(COLOURS, shifts.items(), strict=False):
            exact = [predicted(SHIFTS[shift], tau) for tau in line]
            ax.plot(
                line,
                np.array(exact) / predicted(SHIFTS[shift], 1.0),
                "--" if kind == "two_heads" else "-",
                color=colour,
            )
            _relative(ax, run, list(SHIFTS).index(shift), TEMPERATURES, color=colour, label=name, every=2)
        ax.set(title=kinds[kind], xlabel=r"temperature $\tau$", xscale="log", yscale="log")
        _frame(ax, (0.5, 1, 2, 4), (0.2, 0.5, 1, 2))
    axes[0, 0].plot([], [], "--", color="black", label="limit of small scores")
    axes[0, 0].set(ylabel=r"error relative to $\tau = 1$", ylim=(0.15, 2.5))
    (limit, *points), (limit_name, *names) = axes[0, 0].get_legend_handles_labels()
    drawn.legend([*points, limit], [*names, limit_name], loc="outside upper center", ncols=len(shifts) + 1)
    return drawn


def trained_transformer(results: Results) -> Figure:
    """A small transformer tempered in every layer: under label noise, and without normalisation under input scale,
    where bars span both halves of the test prompts (at temperature 1 single prompts weigh heavily)."""
    from corollary.sims.icl_temperature.training_regression import ATTENTION_ONLY, RUN, SHIFTS, TEMPERATURES

    settings, seeds = results.at(Depths(quick=TINY_TRANSFORMER, standard={})), results.at(SEEDS)
    drawn, (left, right) = figure("text", 2.6, columns=2)
    run = results.training(RUN, seeds, **settings)
    noises = {"none": "0.5 (trained)", "noise_1.5": "1.5", "noise_3": "3", "noise_6": "6"}
    for colour, (shift, noise) in zip(COLOURS, noises.items(), strict=False):
        row = list(SHIFTS).index(shift)
        at_one = _relative(left, run, row, TEMPERATURES, color=colour, label=noise, ls="-", lw=0.8)
        left.axhline(run.evaluation["bayes"][:, row].mean() / at_one, color=colour, ls=":", lw=1)
    left.plot([], [], ":", color="black", lw=1, label="Bayes")
    left.set(ylabel=r"error relative to $\tau = 1$", ylim=(0.8, 1.4))
    run = results.training(ATTENTION_ONLY, seeds, **settings)
    factors = {"covariance_x0.5": 0.5, "none": 1.0, "covariance_x2": 2.0, "covariance_x4": 4.0}
    for colour, (shift, factor) in zip(COLOURS, factors.items(), strict=False):
        loss = run.evaluation["loss"][:, list(SHIFTS).index(shift)].reshape(-1, len(TEMPERATURES))
        mean = loss.mean(axis=0)
        right.axvline(factor, color=colour, ls=":", lw=1)
        right.errorbar(
            TEMPERATURES,
            mean,
            [mean - loss.min(axis=0), loss.max(axis=0) - mean],
            fmt="o-",
            lw=0.8,
            color=colour,
            label=rf"$\times\,{factor:g}$",
        )
    right.plot([], [], ":", color="black", lw=1, label=r"predicted $\tau_{\mathrm{opt}}$")
    right.set(ylabel="error", yscale="log")
    for ax, title in ((left, r"RMSNorm and MLP, test noise"), (right, "attention only, input covariance")):
        ax.set(xlabel=r"temperature $\tau$ of every layer", xscale="log")
        plain_ticks(ax.xaxis, (0.25, 0.5, 1, 2, 4, 8, 16))
        legend_above(ax, title)
    return drawn


def noisy_demonstrations(results: Results) -> Figure:
    """Accuracy gained by temperature when demonstrations are mislabelled, and the best temperature by their share."""
    from corollary.sims.icl_temperature.training_classification import RUN, SHIFTS, TEMPERATURES

    settings = results.at(Depths(quick={**TINY_TRANSFORMER, "n": 40}, standard={}))
    run = results.training(RUN, results.at(SEEDS), **settings)
    shares = {"clean": 0.0, "flipped_0.1": 0.1, "flipped_0.2": 0.2, "flipped_0.3": 0.3, "flipped_0.4": 0.4}
    drawn, (left, right) = figure("text", 2.6, columns=2)
    for colour, (shift, share) in zip(COLOURS, shares.items(), strict=False):
        gains, errors = _pooled(run, list(SHIFTS).index(shift))
        left.errorbar(TEMPERATURES, 100 * gains, 200 * errors, fmt="o-", lw=0.8, color=colour, label=f"{share:.0%}")
        best = run.measurements[f"{shift}/optimal_temperature"]
        right.plot(np.full(len(best), share), best, "o", color=colour)
    means = [np.exp(np.log(run.measurements[f"{shift}/optimal_temperature"]).mean()) for shift in shares]
    right.plot(list(shares.values()), means, "-", color="0.6", lw=0.8, zorder=0)
    for ax in (left, right):
        ax.axhline(0 if ax is left else 1, color="0.6", lw=0.6, zorder=0)
    left.set(
        xlabel=r"temperature $\tau$ of every layer",
        ylabel=r"accuracy gained over $\tau = 1$ (points)",
        xscale="log",
        ylim=(-4, 3),
    )
    plain_ticks(left.xaxis, (0.5, 1, 2, 4, 8))
    legend_above(left, "share of labels flipped")
    right.set(xlabel="share of labels flipped", ylabel=r"best temperature", yscale="log")
    plain_ticks(right.xaxis, list(shares.values()))
    plain_ticks(right.yaxis, (1, 1.5, 2, 3))
    return drawn


def _best_layer(kind: str, config: Any) -> Errors:
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

    def predicted(shift: Any, tau: float) -> float:
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


def _relative(
    ax: Any, run: TrainingResult, row: int, temperatures: Any, every: int = 1, ls: str = "", **style: Any
) -> float:
    """Draws the loss relative to that at temperature 1, which it returns."""
    gains, errors = _pooled(run, row)
    at_one = run.evaluation["loss"][:, row, :, list(temperatures).index(1.0)].mean()
    ax.errorbar(
        temperatures[::every], (1 - gains / at_one)[::every], (2 * errors / at_one)[::every], fmt="o", ls=ls, **style
    )
    return float(at_one)


def _pooled(run: TrainingResult, row: int) -> tuple[np.ndarray, np.ndarray]:
    """(gain over temperature 1, standard error) at each temperature, over both halves of the prompts and all seeds."""
    gain, error = (run.evaluation[name][:, row] for name in ("gain", "gain_se"))
    halves = gain.shape[0] * gain.shape[1]
    return gain.mean(axis=(0, 1)), np.sqrt((error**2).sum(axis=(0, 1))) / halves


def _frame(ax: Any, temperatures: tuple[float, ...], losses: tuple[float, ...]) -> None:
    ax.axvline(1, color="0.6", lw=0.6, zorder=0)
    ax.axhline(1, color="0.6", lw=0.6, zorder=0)
    plain_ticks(ax.xaxis, temperatures)
    plain_ticks(ax.yaxis, losses)
