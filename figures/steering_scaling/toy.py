"""The trained toy in pictures. Bars are two standard errors of the mean over base models."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, plain_ticks, small_print
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.training.settings import Value

MODELS = Depths(quick=1, standard=5, full=24)
MAPPED = Depths(quick=1, standard=5, full=8)
TINY = {"steps": 3, "layers": 1, "width": 8, "heads": 2, "mlp_width": 0, "length": 1, "batch": 4}
"""Too few steps to learn anything: for a look at the figure alone."""

TOY = "transformers trained on digits in context, with a steering vector trained at one place"
NAMES = {"p2": "prefix 2", "s2": "suffix 2", "p2+s2": "prefix 2\n+ suffix 2", "prompt": "prompt", "all": "every\ntoken"}

BASELINE_NAMES = {
    "factor 1": "fixed factor 1",
    "factor 8": "fixed factor 8",
    "factor 16": "fixed factor 16",
    "diffmean": "difference of means, best factor",
}


def toy_front(results: Results) -> Figure:
    """Overall score and robustness against utility, as the strength of a trained vector goes from 1/2 to 2."""
    from corollary.sims.steering.digits import MEASURES
    from corollary.sims.steering_scaling.toy_vectors import STRENGTHS

    measured = _steered(results, MODELS, experiment="vectors")["strengths/measured"]
    drawn, axes = figure("text", 2.6, columns=2, sharex=True)
    utility, full = measured[..., MEASURES.index("utility")], STRENGTHS.index(1.0)
    labels = ("two prefix and two suffix tokens", "every token")
    for ax, name in zip(axes, ("overall", "robustness"), strict=True):
        score = measured[..., MEASURES.index(name)]
        for row, (label, colour) in enumerate(zip(labels, COLOURS, strict=False)):
            x, y = utility[:, row].mean(axis=0), score[:, row].mean(axis=0)
            ax.errorbar(
                x,
                y,
                _two_errors(score[:, row]),
                _two_errors(utility[:, row]),
                color=colour,
                fmt="o-",
                elinewidth=0.5,
                capsize=0,
                label=label,
            )
            ax.plot(x[full], y[full], "o", color=colour, markersize=7, fillstyle="none")
            for place in (0, len(STRENGTHS) - 1):
                ax.annotate(
                    rf"$\times{STRENGTHS[place]:g}$",
                    (x[place], y[place]),
                    (-4, 4) if row == 0 and place else (4, -9),
                    textcoords="offset points",
                    ha="right" if row == 0 and place else "left",
                    color=colour,
                    fontsize=7,
                )
        ax.set(xlabel="utility: share of right digits in the other task", xlim=(0, 1.05), ylim=(-0.2, 2.15))
        ax.set_yticks((0, 0.5, 1, 1.5, 2))
    axes[0].set(ylabel="overall score")
    axes[1].set(ylabel="concept score where the prompt\nasks for another concept")
    axes[0].plot([], [], "ko", markersize=7, fillstyle="none", label="the strength that training ended at")
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    small_print(drawn, f"{TOY}; means of {results.at(MODELS)} base models, bars two standard errors; simulation alone")
    return drawn


def toy_baselines(results: Results) -> Figure:
    """Utility and overall score of trained vectors and of what one would otherwise do, at two placements."""
    from corollary.sims.steering.digits import COMPARED, MEASURES
    from corollary.sims.steering_scaling.toy_baselines import NAMES as BASELINES

    found = _steered(results, MODELS, experiment="vectors")
    together = found["placements/measured"][:, list(COMPARED)]
    drawn, axes = figure("text", 2.5, columns=2, sharey=True)
    otherwise = zip(
        (BASELINE_NAMES[name] for name in BASELINES), np.moveaxis(found["baselines/measured"], 1, 0), strict=True
    )
    prompted = np.repeat(found["baselines/prompted"][:, None], len(COMPARED), axis=1)
    shown = {"trained factor": together, **dict(otherwise), "concept in the prompt": prompted}
    rows = np.arange(len(shown))
    for ax, (name, top) in zip(axes, (("utility", 1.0), ("overall", 2.0)), strict=True):
        values = np.stack([one[..., MEASURES.index(name)] for one in shown.values()], axis=1)
        for place, label in enumerate(("two prefix and two suffix tokens", "every token")):
            means, bars, shift = values[..., place].mean(axis=0), _two_errors(values[..., place]), 0.24 * place - 0.12
            colour = COLOURS[place]
            ax.errorbar(means, rows + shift, xerr=bars, fmt="o", color=colour, elinewidth=0.8, capsize=0, label=label)
        ax.axvline(top, color="0.6", lw=0.6, zorder=0)
        ax.set(xlim=(0, 1.06 * top))
    axes[0].set(xlabel="utility: share of right digits in the other task")
    axes[1].set(xlabel="overall score")
    axes[0].set_yticks(rows, list(shown))
    axes[0].invert_yaxis()
    drawn.legend(*axes[0].get_legend_handles_labels(), title="vector added at", loc="outside upper center", ncols=2)
    small_print(drawn, f"{TOY}; means of {results.at(MODELS)} base models, bars two standard errors; simulation alone")
    return drawn


def toy_positions(results: Results) -> Figure:
    """Utility and overall score at every placement, with the vector at the embedding and after the first block. Every
    point is a base model."""
    from corollary.sims.steering.digits import MEASURES, PLACEMENTS

    drawn, axes = figure("text", 2.5, columns=2)
    places = np.arange(len(PLACEMENTS))
    depths = {0: "at the embedding", 1: "after the first block"}
    for depth, label in results.at(Depths(quick={0: depths[0]}, standard=depths)).items():
        measured = _steered(results, MODELS, experiment="vectors", depth=depth)["placements/measured"]
        side = places + (depth - 0.5) * 0.36
        for ax, name in zip(axes, ("utility", "overall"), strict=True):
            values = measured[..., MEASURES.index(name)]
            spread = np.linspace(-0.1, 0.1, len(values))[:, None]
            ax.plot(side + spread, values, "o", color=COLOURS[depth], alpha=0.5, markersize=3, mew=0)
            ax.plot(side, values.mean(axis=0), "_", color=COLOURS[depth], markersize=11, mew=1.6, label=label)
    for ax, label, top in zip(axes, ("utility", "overall score"), (1.03, 2.08), strict=True):
        ax.set(xlabel="where the vector is added", ylabel=label, ylim=(0, top))
        ax.set_xticks(places, [NAMES[name] for name in PLACEMENTS])
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    small_print(drawn, f"{TOY}, {results.at(MODELS)} base models, a point each; dashes: their means; simulation alone")
    return drawn


def toy_factor_map(results: Results) -> Figure:
    """Loss after training and share of starts whose factor changed sign, over the factor's start and learning rate."""
    from corollary.sims.steering_scaling.toy_factor import BETAS, C_ALPHAS

    every = results.at(Depths(quick=2, full=1))
    found = _steered(results, MAPPED, experiment="factor-map" if every == 1 else "coarse-factor-map")
    betas, c_alphas = BETAS[::every], C_ALPHAS[::every]
    drawn, axes = figure("text", 2.7, columns=2)
    loss, flipped = np.exp(np.log(found["loss"]).mean(axis=0)), found["flipped"].mean(axis=0)
    shown: tuple[tuple[Any, ...], ...] = (
        (np.log10(loss), loss, "loss of the last ten steps", "viridis_r", "{:.2g}"),
        (flipped, flipped, "share of starts whose factor changed sign", "cividis", "{:.2f}"),
    )
    x, y = (_edges(values) for values in (c_alphas, betas))
    for ax, (colour, value, title, palette, form) in zip(axes, shown, strict=True):
        ax.pcolormesh(x, y, colour, cmap=palette)
        middle = (colour.min() + colour.max()) / 2
        for (row, column), number in np.ndenumerate(value):
            dark = (colour[row, column] < middle) != palette.endswith("_r")
            place = (c_alphas[column], betas[row])
            ink = "white" if dark else "black"
            ax.text(*place, form.format(number), ha="center", va="center", fontsize=6, color=ink)
        line = [max(x[0], y[0]), min(x[-1], y[-1])]
        ax.plot(line, line, color=COLOURS[1], linewidth=1.5)
        ax.set(title=title, xlabel=r"$c_\alpha = \eta_\alpha / \sqrt{n}$", ylabel=r"$\beta = \alpha_0 / \sqrt{n}$")
        ax.set(xscale="log", yscale="log", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        plain_ticks(ax.xaxis, c_alphas)
        plain_ticks(ax.yaxis, betas)
        ax.spines[:].set_visible(False)
    label = r"$\beta = c_\alpha$: above it, the first step keeps the factor's sign"
    axes[1].plot([], [], color=COLOURS[1], linewidth=1.5, label=label)
    drawn.legend(*axes[1].get_legend_handles_labels(), loc="outside upper center")
    small_print(drawn, f"{TOY}; means of {results.at(MAPPED)} base models (loss: geometric); simulation alone")
    return drawn


def _edges(centres: tuple[float, ...]) -> np.ndarray:
    """The cells' edges half way between their centres, on a logarithmic axis."""
    logs = np.log(centres)
    middle = (logs[1:] + logs[:-1]) / 2
    return np.exp(np.concatenate([[2 * logs[0] - middle[0]], middle, [2 * logs[-1] - middle[-1]]]))


def _steered(results: Results, models: Depths[int], **settings: Value) -> dict[str, np.ndarray]:
    """What an experiment of the run evaluates to, [models, ...]."""
    from corollary.sims.steering_scaling.toy import RUN

    base = results.at(Depths(quick=TINY, standard={}))
    seeds = [1000 * results.seed + model for model in range(results.at(models))]
    return results.training(RUN, seeds, **base, **settings).evaluation


def _two_errors(values: np.ndarray) -> np.ndarray:
    """Two standard errors of the mean over the first axis; 0 for a single model."""
    return 2 * values.std(axis=0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.zeros(values.shape[1:])
