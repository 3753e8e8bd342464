"""Steering a model of one's own: scores over the strength of the vector, and how training went."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.steering_scaling.checkpoint import MODES, STRENGTHS

SCORES = ("concept", "instruction", "fluency", "overall")


def checkpoint(applied: Any) -> Figure:
    """Scores of both ways of adding the vector over its strength; losses of training."""
    arrays, config = applied.arrays, applied.config
    drawn, axes = figure("text", 2.6, 1, 3)
    for place, mode in enumerate(MODES):
        means = arrays[f"{mode}/scores"].mean(1)
        for index, name in enumerate(SCORES):
            width = 1.8 if name == "overall" else 0.9
            axes[place].plot(STRENGTHS, means[:, index], "o-", ms=3, lw=width, color=COLOURS[index], label=name)
        axes[place].set(xlabel="strength", ylabel="score, of 2" if not place else "", ylim=(-0.05, 2.05))
        axes[place].set_title(mode, fontsize=8)
        axes[2].plot(arrays[f"{mode}/losses"], lw=1, color=COLOURS[place], label=mode)
    axes[0].legend(fontsize=6)
    axes[2].set(xlabel="step", ylabel="loss (nats a token)")
    legend_above(axes[2])
    small_print(
        drawn,
        f"vector after layer {config['layer']}, trained at strength 1; means over {arrays['prosv/scores'].shape[1]} "
        f"prompts, greedy replies of at most {config['tokens']} tokens; judge: {config['judge_file'] or 'by rule'}",
    )
    return drawn
