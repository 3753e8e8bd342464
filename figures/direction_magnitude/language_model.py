"""Trained language models under both protocols: loss, agreement, and single layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.sims.direction_magnitude import effects
from corollary.sims.direction_magnitude.language_model import LAYERS, RUN
from corollary.storage.results import Results

MODELS = Depths(quick=1, standard=3, full=24)
TINY = {"steps": 2, "width": 8, "pairs": 8, "batch": 4}
"""Too few steps to learn anything: for a look at the figure alone."""

LINES = {
    "radial": ("magnitude", COLOURS[0], "o-"),
    "fresh": ("direction, fresh", COLOURS[1], "s-"),
    "reused": ("direction, re-used", COLOURS[2], "^-"),
    "notebook": ("direction, notebook", COLOURS[3], "v--"),
}


def language_model(results: Results) -> Figure:
    """Rise of the loss, and points of agreement lost where the members of a pair share their noise and where not."""
    found = _trained(results)
    drawn, axes = figure("text", 2.7, columns=3)
    relative = effects.AGREEMENT_RELATIVE
    for arm, (label, colour, style) in LINES.items():
        plots = ["loss {} {:g}", "drop {} shared {:g}", "drop {} independent {:g}"]
        for ax, name in zip(axes, plots, strict=True):
            values = np.array([found.measurements[name.format(arm, one)] for one in relative])
            error = values.std(1) / np.sqrt(values.shape[1])
            ax.errorbar(relative, values.mean(1), error, fmt=style, ms=3, color=colour, label=label)
    axes[0].set(ylabel="rise of the loss (nats)", yscale="symlog", title="loss")
    axes[0].set_yscale("symlog", linthresh=0.01)
    for ax, title in zip(axes[1:], ("pair shares its noise", "independent noise"), strict=True):
        ax.set(ylabel="agreement lost (points)", title=title)
    for ax in axes:
        ax.set_xlabel(r"displacement $\delta/|h|$")
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, fontsize=7)
    small_print(
        drawn,
        f"""six-layer models trained on a toy language, {len(found.seeds)} seeds, bars: standard errors over them;
        layers 2 and 3 perturbed; simulation alone""",
    )
    return drawn


def divergences(results: Results) -> Figure:
    """Angular over radial divergence of single layers, and the displacement behind four perturbed ones."""
    found = _trained(results)
    drawn, axes = figure("text", 2.4, columns=2)
    small = effects.DIVERGENCE_RELATIVE[0]
    layers = range(LAYERS - 1)
    ratio = np.array([_ratio(found, small, layer) for layer in layers])
    axes[0].plot(list(layers), np.median(ratio, axis=1), "s-", ms=3, color=COLOURS[1], label="measured, median")
    turn = np.array([1 / found.measurements[f"turn {layer}"] for layer in layers])
    axes[0].plot(list(layers), np.median(turn, axis=1), "--", color="black", lw=0.8, label=r"$1/\sin^2\varphi$")
    axes[0].axhline(1, color="black", lw=0.5, ls=":")
    axes[0].set(yscale="symlog", xlabel="perturbed layer", ylabel="angular over radial KL")
    axes[0].set_xticks(list(layers))
    axes[0].legend()
    arms = list(effects.STACK_ARMS)
    values = np.array([found.measurements[f"displacement {arm}"] for arm in arms])
    places = np.arange(len(arms))
    axes[1].bar(places, values.mean(1), color=COLOURS[0], width=0.6)
    axes[1].set_xticks(places, [arm.replace("reused", "re-used") for arm in arms], rotation=30, fontsize=7)
    axes[1].set(xlabel="noise at four layers", ylabel=r"displacement$\,/\,\delta$")
    small_print(
        drawn,
        f"""{len(found.seeds)} trained models; left: displacement {small:g} of the norm, all layers but the last, behind
        which radial steps cost nothing; right: behind layers 1 to 4, at {effects.SMALL:g}; simulation alone""",
    )
    return drawn


def _trained(results: Results) -> Any:
    seeds = [1000 * results.seed + model for model in range(results.at(MODELS))]
    return results.training(RUN, seeds, **results.at(Depths(quick=TINY, standard={})))


def _ratio(found: Any, relative: float, layer: int) -> np.ndarray:
    angular, radial = (found.measurements[f"divergence {kind} {relative:g} {layer}"] for kind in ("angular", "radial"))
    return np.asarray(angular / radial)
