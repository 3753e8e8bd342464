"""A model of one's own answering questions with wrongly answered demonstrations, over attention temperatures."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, plain_ticks, small_print
from corollary.sims.icl_temperature.checkpoint import conditions_of, standard_error, temperatures_of, tempered


def checkpoint(applied: Any) -> Figure:
    """Exact match over the number of demonstrations and over the share of wrong ones, at temperature 1 and tuned, and
    over the temperature at each share."""
    config, conditions, temperatures = (applied.config, conditions_of(applied.config), temperatures_of(applied.config))
    found = tempered(applied.arrays["matches"], temperatures)
    number, noise = config["number"], config["noise"]
    by_number: list[tuple[float, int]] = sorted(
        (float(one[0]), row) for row, one in enumerate(conditions) if one[1] == noise
    )
    by_share: list[tuple[float, int]] = sorted((one[1], row) for row, one in enumerate(conditions) if one[0] == number)
    drawn, axes = figure("text", 2.8, 1, 3, sharey=True)
    for ax, along in zip(axes, (by_number, by_share), strict=False):
        places, rows = [one[0] for one in along], [one[1] for one in along]
        for colour, name, label in ((COLOURS[0], "at_1", r"$\tau = 1$"), (COLOURS[1], "tuned", r"tuned $\tau$")):
            values = found[name][rows]
            ax.errorbar(
                places, values.mean(axis=1), standard_error(values), fmt="o-", ms=3, lw=0.8, color=colour, label=label
            )
        plain_ticks(ax.xaxis, places)
        legend_above(ax)
    axes[0].set(xlabel=f"demonstrations, {noise:.0%} wrong", ylabel="exact match")
    axes[1].set(xlabel=f"share wrong, of {number}")
    for colour, (share, row) in zip(cycle(COLOURS), by_share, strict=False):
        axes[2].plot(
            temperatures, found["curves"][row].mean(axis=0), "o-", ms=2, lw=0.8, color=colour, label=f"{share:.0%}"
        )
    axes[2].axvline(1, color="0.6", lw=0.6, zorder=0)
    axes[2].set(xlabel=r"temperature $\tau$ of every layer", xscale="log")
    plain_ticks(axes[2].xaxis, [one for one in (0.25, 0.5, 1, 2, 4) if temperatures[0] <= one <= temperatures[-1]])
    legend_above(axes[2], f"share wrong, of {number}", columns=3)
    matches = applied.arrays["matches"]
    small_print(
        drawn,
        f"""{matches.shape[2]} questions, {matches.shape[1]} draws of random demonstrations; bars: standard errors over
        draws; tuned: temperature chosen on one half of the questions, scored on the other; greedy answers of at most
        {config["tokens"]} tokens""",
    )
    return drawn
