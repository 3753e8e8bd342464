"""Moving weight and lowering an event, by formula and in personas."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.sims.agentic_pooling import curves
from corollary.sims.agentic_pooling.composition import BUDGETS
from corollary.sims.agentic_pooling.personas import CONTEXT_LENGTHS
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import suppression as theory

BASELINES = {"pure": "$H$ alone", "manifest": "$H$ and $W$", "all": "all three personas"}


def moved_weights(results: Results) -> Figure:
    """Both sides of the weight-shift theorem for the cheapest raise of a component, with and without a twin of it."""
    found = results.computed(curves.payments, seeds=results.at(Depths(6, 60, 400)))
    drawn, axes = figure("text", 2.4, 1, 2)
    for colour, kind, label in zip(COLOURS, (0, 1), ("no twin", "a twin"), strict=False):
        floor = found["demanded"][kind] - found["budget_term"][kind] - found["relieved"][kind]
        axes[0].plot(floor, found["forced"][kind], "o", color=colour, label=label, alpha=0.7)
        axes[1].hist(found["second_share"][kind], np.linspace(0, 1, 21), color=colour, alpha=0.6, label=label)
    left, right = axes[0].get_xlim()
    floor = np.linspace(left, right, 101)
    axes[0].plot(floor, np.maximum(floor, 0), color="black", lw=0.8, label="theorem: on or above")
    axes[0].set(
        xlabel=r"least forced: $\delta ||v_H||^2 - sd(dL) ||v_H||$ - relieved", ylabel="forced onto anti-aligned"
    )
    axes[0].legend()
    axes[1].set(xlabel="share of the payment borne by component 2", ylabel="random groups")
    axes[1].legend()
    return drawn


def suppression(results: Results) -> Figure:
    """The fall of an event's probability at finite budgets, before and after one more direction is manifested."""
    budgets = np.geomspace(3e-1, 1e-5, results.at(Depths(5, 12)))
    found = results.computed(curves.suppression_slopes, budgets=budgets.tolist())
    pool, event = np.full(4, 0.25), np.arange(4) == 0
    target = theory.event_profile(pool, event)
    old, new = np.array([-1.0, 1, -1, 1]), np.array([3.0, -1, -1, -1])
    b, c = theory.novelty(pool, target, old[None], new)
    drawn, axis = figure("column", 2.5)
    lines = (("before", b, "$S_0$"), ("after", b + theory.SHATTERING_GAIN(b=b, c=c, eps=1.0), "$S_0$ and $w$"))
    for colour, (name, height, label) in zip(COLOURS, lines, strict=False):
        axis.plot(budgets, found[name], "o", color=colour, label=label)
        axis.axhline(height, color=colour)
    axis.axhline(b + c, color=COLOURS[1], ls=":", lw=0.8, label="$S_0$ and $w$, were the gain $c$")
    axis.set(
        xscale="log",
        xlabel=r"budget $\kappa = KL(P\,||\,P')$ (nats)",
        ylim=(0, 0.68),
        ylabel=r"fall of $P(A)$ / $\sqrt{2\kappa}$",
    )
    axis.invert_xaxis()
    axis.legend(loc="lower right")
    return drawn


def personas(results: Results) -> Figure:
    """Misfit of a nameless author as a mixture and as a log pool of personas, and the suppression along their profiles.

    Whether manifesting helps depends on the baseline: once all personas are in it, nothing is left to add.
    """
    seeds = results.at(Depths(3, 16))
    misfits = results.computed(curves.persona_misfits, seeds=seeds, contexts=results.at(Depths(8, 50)))
    slopes = results.computed(curves.persona_steering, seeds=seeds, contexts=results.at(Depths(8, 100)))
    drawn, axes = figure("text", 2.5, 1, 2)
    authors = (("mixture", "a persona unknown", "-"), ("product", "their log pool", "--"))
    for author, says, line in authors:
        for colour, fit in zip(COLOURS, ("linear", "log"), strict=False):
            values = np.maximum(misfits[f"{author}/{fit}"], 1e-9)
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
    axes[0].legend(loc="center right", fontsize=6)
    for colour, (name, label) in zip(COLOURS, BASELINES.items(), strict=False):
        ratio = slopes[name] / slopes[f"{name}/predicted"][:, None]
        spread = 2 * ratio.std(0, ddof=1) / np.sqrt(len(ratio))
        axes[1].errorbar(BUDGETS, ratio.mean(0), yerr=spread, fmt="o", color=colour, label=label)
    axes[1].axhline(1, color="black", lw=0.8)
    axes[1].set(
        xscale="log",
        xlabel=r"budget $\kappa$ (nats)",
        ylabel=r"fall of $P(A)$ / ($\sqrt{2\kappa}\,||\mathrm{Proj}\,g_A||$)",
    )
    axes[1].invert_xaxis()
    axes[1].legend(title="baseline")
    return drawn
