"""A small transformer trained on in-context classification, tempered where demonstrations are mislabelled."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.icl_temperature.tempered import TINY_TRANSFORMER, as_good, count, pooled, seeds
from corollary.figures.style import COLOURS, figure, legend_above, plain_ticks, small_print
from corollary.point import Depths
from corollary.storage.results import Results


def noisy_demonstrations(results: Results) -> Figure:
    """Accuracy gained by temperature when demonstrations are mislabelled, and the best temperature by their share."""
    from corollary.sims.icl_temperature.training_classification import RUN, SHIFTS, TEMPERATURES

    settings = results.at(Depths(quick={**TINY_TRANSFORMER, "n": 40}, standard={}))
    run = results.training(RUN, seeds(results), **settings)
    shares = {"clean": 0.0, "flipped_0.1": 0.1, "flipped_0.2": 0.2, "flipped_0.3": 0.3, "flipped_0.4": 0.4}
    drawn, (left, right) = figure("text", 2.6, columns=2)
    for colour, (shift, share) in zip(COLOURS, shares.items(), strict=False):
        gains, errors = pooled(run, list(SHIFTS).index(shift))
        left.errorbar(TEMPERATURES, 100 * gains, 200 * errors, fmt="o-", lw=0.8, color=colour, label=f"{share:.0%}")
        best = np.exp(np.log(run.measurements[f"{shift}/optimal_temperature"]).mean())
        low, high = as_good(TEMPERATURES, gains, errors)
        right.errorbar(share, best, [[max(best - low, 0)], [max(high - best, 0)]], fmt="o", color=colour)
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
    plain_ticks(right.yaxis, (1, 1.5, 2, 3, 4))
    small_print(
        drawn,
        f"""small transformer, binary classification in context, {run.config["n"]} demonstrations;
        {count(seeds(results))}; bars, left: two standard errors over test prompts; right: of a parabola, bars:
        temperatures within two standard errors of the best; simulation alone""",
    )
    return drawn
