"""The coordinates of z against width, step by step."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.steering_scaling.width_sweep import EXPONENTS
from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.storage.results import Results
from corollary.theory.calculus.exponents import table
from corollary.theory.steering_scaling import parameterisations


def coordinate_check(results: Results) -> Figure:
    """Mean |coordinate| of z after steps 1 to 5 against width: flat lines are parameterisations that transfer."""
    from corollary.sims.steering_scaling import coordinate_check as sims

    names = ("paper", "sgd", "unscaled rates", "fixed factor")
    widths = [2**k for k in range(5, results.at(Depths(6, 10, 13)) + 1)]
    drawn, axes = figure("text", 2.1, 1, len(names), sharey=True)
    for axis, name in zip(axes, names, strict=True):
        one = parameterisations.PARAMETERISATIONS[name]
        sizes = results.computed(
            sims.coordinate_check,
            exponents={key: float(getattr(one, key)) for key in EXPONENTS},
            optimizer=one.optimizer,
            widths=widths,
            networks=results.at(Depths(4, 8)),
            seed=results.seed,
        )
        for step in range(5):
            axis.plot(
                widths,
                sizes["z"][:, step],
                "o-",
                color=COLOURS[0],
                alpha=0.3 + 0.14 * step,
                label=f"step {step + 1}" if step in (0, 4) else None,
                lw=0.9,
            )
        final = table(one, 6)[-1]["z"]
        axis.plot(
            widths,
            sizes["z"][-1, -1] * (np.array(widths) / widths[-1]) ** float(final),
            "k:",
            lw=0.9,
            label=f"$n^{{{final}}}$",
        )
        axis.set(yscale="log", xlabel="width $n$", title=name)
        axis.set_xscale("log", base=2)
        axis.legend(loc="best")
    axes[0].set_ylabel("mean $|z_i|$")
    small_print(
        drawn,
        f"""z: what steering adds; means of {results.at(Depths(4, 8))} networks; dotted: the derived exponent after many
        steps, a limit of large n, through the last point; simulation: points""",
    )
    return drawn
