"""The trained toy in pictures. Bars are two standard errors of the mean over base models."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.training.settings import Value

MODELS = Depths(quick=1, standard=2, full=24)
MAPPED = Depths(quick=1, standard=2, full=8)
TINY = {"steps": 3, "layers": 1, "width": 8, "heads": 2, "mlp_width": 0, "length": 1, "batch": 4}
"""Too few steps to learn anything: for a look at the figure alone."""

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
                elinewidth=0.6,
                label=label,
            )
            ax.plot(x[full], y[full], "o", color=colour, markersize=7, fillstyle="none")
            for place in (0, len(STRENGTHS) - 1):
                ax.annotate(
                    rf"$\times{STRENGTHS[place]:g}$",
                    (x[place], y[place]),
                    (4, -9),
                    textcoords="offset points",
                    color=colour,
                    fontsize=7,
                )
        ax.set(xlabel="utility: share of right digits in the other task", xlim=(0, 1.05), ylim=(-0.2, 2.15))
        ax.set_yticks((0, 0.5, 1, 1.5, 2))
    axes[0].set(ylabel="overall score")
    axes[1].set(ylabel="concept score where the prompt\nasks for another concept")
    axes[0].plot([], [], "ko", markersize=7, fillstyle="none", label="the strength that training ended at")
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return drawn


def toy_baselines(results: Results) -> Figure:
    """Overall score against utility of trained vectors and of what one would otherwise do, at two placements."""
    from corollary.sims.steering.digits import COMPARED, MEASURES
    from corollary.sims.steering_scaling.toy_baselines import NAMES as BASELINES

    found = _steered(results, MODELS, experiment="vectors")
    together = found["placements/measured"][:, list(COMPARED)]
    drawn, axes = figure("text", 2.6, columns=2, sharex=True, sharey=True)
    utility, overall = MEASURES.index("utility"), MEASURES.index("overall")
    otherwise = zip(
        (BASELINE_NAMES[name] for name in BASELINES), np.moveaxis(found["baselines/measured"], 1, 0), strict=True
    )
    prompted = np.repeat(found["baselines/prompted"][:, None], len(COMPARED), axis=1)
    shown = {"trained factor": together, **dict(otherwise), "concept in the prompt": prompted}
    for place, (ax, title) in enumerate(zip(axes, ("two prefix and two suffix tokens", "every token"), strict=True)):
        for colour, marker, (label, values) in zip(COLOURS, "ov^s*D", shown.items(), strict=False):
            x, y = values[:, place, utility], values[:, place, overall]
            ax.errorbar(
                x.mean(),
                y.mean(),
                _two_errors(y),
                _two_errors(x),
                fmt=marker,
                color=colour,
                markersize=5,
                elinewidth=0.6,
                label=label,
            )
        ax.set(title=title, xlabel="utility: share of right digits in the other task", xlim=(0, 1.05), ylim=(0, 2.15))
    axes[0].set(ylabel="overall score")
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
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
            ax.plot(side + spread, values, "o", color=COLOURS[depth], alpha=0.35, markersize=2.5, mew=0)
            ax.errorbar(
                side,
                values.mean(axis=0),
                _two_errors(values),
                fmt="_",
                color=COLOURS[depth],
                markersize=9,
                capsize=0,
                label=label,
            )
    for ax, label, top in zip(axes, ("utility", "overall score"), (1.03, 2.08), strict=True):
        ax.set(xlabel="where the vector is added", ylabel=label, ylim=(0, top))
        ax.set_xticks(places, [NAMES[name] for name in PLACEMENTS])
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
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
    for ax, (colour, value, title, palette, form) in zip(axes, shown, strict=True):
        ax.pcolormesh(colour, cmap=palette)
        middle = (colour.min() + colour.max()) / 2
        for (row, column), number in np.ndenumerate(value):
            dark = (colour[row, column] < middle) != palette.endswith("_r")
            ax.text(
                column + 0.5,
                row + 0.5,
                form.format(number),
                ha="center",
                va="center",
                fontsize=5.5,
                color="white" if dark else "black",
            )
        ax.plot(*_boundary(betas, c_alphas), color=COLOURS[1], linewidth=1.5)
        ax.set(title=title, xlabel=r"$c_\alpha = \eta_\alpha / \sqrt{n}$", ylabel=r"$\beta = \alpha_0 / \sqrt{n}$")
        ax.set_xticks(np.arange(len(c_alphas)) + 0.5, [f"{x:g}" for x in c_alphas])
        ax.set_yticks(np.arange(len(betas)) + 0.5, [f"{x:g}" for x in betas])
        ax.spines[:].set_visible(False)
    label = r"$\beta = c_\alpha$: above it, the first step keeps the factor's sign"
    axes[1].plot([], [], color=COLOURS[1], linewidth=1.5, label=label)
    drawn.legend(*axes[1].get_legend_handles_labels(), loc="outside upper center")
    return drawn


def _steered(results: Results, models: Depths[int], **settings: Value) -> dict[str, np.ndarray]:
    """What an experiment of the run evaluates to, [models, ...]."""
    from corollary.sims.steering_scaling.toy import RUN

    base = results.at(Depths(quick=TINY, standard={}))
    seeds = [1000 * results.seed + model for model in range(results.at(models))]
    return results.training(RUN, seeds, **base, **settings).evaluation


def _two_errors(values: np.ndarray) -> np.ndarray:
    """Two standard errors of the mean over the first axis; 0 for a single model."""
    return 2 * values.std(axis=0, ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.zeros(values.shape[1:])


def _boundary(betas: tuple[float, ...], c_alphas: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The line beta = c_alpha in the cells' coordinates."""
    line = np.geomspace(max(betas[0], c_alphas[0]), min(betas[-1], c_alphas[-1]), 100)
    return (
        np.interp(np.log(line), np.log(c_alphas), np.arange(len(c_alphas)) + 0.5),
        np.interp(np.log(line), np.log(betas), np.arange(len(betas)) + 0.5),
    )
