"""A nameless author in pictures: taken apart into personas, and steered along their profiles."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.agentic_pooling import composition
from corollary.sims.agentic_pooling.composition import BUDGETS
from corollary.sims.agentic_pooling.personas import CONTEXT_LENGTHS
from corollary.storage.results import Results

LEAST = 1e-9
"""Misfits below this are rounding, and drawn here."""

BASELINES = {"pure": "$H$ alone", "manifest": "$H$ and $W$", "all": "all three personas"}


def personas(results: Results) -> Figure:
    """Misfit of a nameless author as a mixture and as a log pool of personas, and the suppression along their profiles.

    Whether manifesting helps depends on the baseline: once all personas are in it, nothing is left to add.
    """
    found = results.computed(
        composition.exact_languages,
        languages=results.at(Depths(3, 16)),
        contexts=results.at(Depths(8, 50)),
        seed=results.seed,
    )
    drawn, axes = figure("text", 2.5, 1, 2)
    authors = (("mixture", "a persona unknown", "-"), ("product", "their log pool", "--"))
    for author, says, line in authors:
        for colour, fit in zip(COLOURS, ("linear", "log"), strict=False):
            values = np.maximum(found[f"{author}/{fit}"], LEAST)
            means, spread = values.mean(0), 2 * values.std(0, ddof=1) / np.sqrt(len(values))
            label = f"{'mixture' if fit == 'linear' else 'log pool'} fitted to {says}"
            axes[0].errorbar(
                CONTEXT_LENGTHS,
                means,
                yerr=np.minimum(spread, 0.9 * means),
                fmt="o" + line,
                color=colour,
                label=label,
                mfc="white" if author == "product" else colour,
            )
    axes[0].set(yscale="log", xlabel="tokens of context", ylabel="misfit $KL(P\\,||\\,fit)$ (nats)")
    axes[0].axhspan(LEAST / 3, 3 * LEAST, color="0.9", lw=0, zorder=0)
    axes[0].text(8, 3.6 * LEAST, "zero to rounding", ha="right", va="bottom", fontsize=7, color="0.4")
    axes[0].set(ylim=(LEAST / 3, 1))
    legend_above(axes[0], columns=2, handlelength=2.4)
    for colour, (name, label) in zip(COLOURS, BASELINES.items(), strict=False):
        ratio = found[name] / found[f"{name}/predicted"][:, None]
        spread = 2 * ratio.std(0, ddof=1) / np.sqrt(len(ratio))
        axes[1].errorbar(BUDGETS, ratio.mean(0), yerr=spread, fmt="o", color=colour, label=label)
    axes[1].axhline(1, color="black", lw=0.8)
    axes[1].set(
        xscale="log",
        xlabel=r"budget $\kappa$ (nats)",
        ylabel=r"fall of $P(A)$ / ($\sqrt{2\kappa}\,||\mathrm{Proj}\,g_A||$)",
    )
    axes[1].invert_xaxis()
    legend_above(axes[1], "baseline")
    small_print(
        drawn,
        f"""{results.at(Depths(3, 16))} random languages, {results.at(Depths(8, 50))} contexts each; points: means,
        bars: two standard errors over languages; line at 1: prediction for small budgets; misfits below 1e-9 are
        drawn there""",
    )
    return drawn
