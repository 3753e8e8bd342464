"""Decoders of the reliability language, steered: accuracy gained by number of samples, against random features and the
mean difference; and which bit the last layer's feature follows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.corrsteer.trained import AGREEMENTS, CONTROLS, RUN, SAMPLES
from corollary.storage.results import Results

SMALL = {"steps": 2, "width": 8, "heads": 2, "mlp_width": 8, "batch": 4, "features": 12, "sparse_steps": 2, "tests": 40}


def reliability(results: Results) -> Figure:
    """Means over decoders, with their standard errors."""
    seeds = range(results.at(Depths(1, 1, 8)))
    settings = results.at(Depths(SMALL, {}))
    plain = results.training(RUN, seeds, **settings).measurements
    styled = results.training(RUN, seeds, **settings, styled=1).measurements
    drawn, (gain, effects, follows) = figure("text", 2.7, columns=3)
    for axes, name in ((gain, "gain"), (effects, "side effects")):
        selected = [plain[f"{name}, agreement 0.5, {n} samples"] for n in SAMPLES]
        _drawn(axes, SAMPLES, selected, COLOURS[0], "selected")
        random = np.mean([plain[f"{name}, random {n}"] for n in range(CONTROLS)], axis=0)
        for colour, values, said in (
            (COLOURS[1], plain[f"{name}, caa"], "mean difference"),
            (COLOURS[2], plain[f"{name}, twice"], "selected, twice"),
            (COLOURS[3], random, "random active"),
        ):
            axes.axhline(np.mean(values), color=colour, ls="--", lw=1, label=said)
        axes.set_xscale("log")
    gain.set(xlabel="samples", ylabel="accuracy gained")
    effects.set(xlabel="samples", ylabel="side-effect ratio", ylim=(0, 1))
    legend_above(gain, columns=2, fontsize=6)
    at = np.arange(len(AGREEMENTS))
    for colour, (said, name) in zip(COLOURS, (("right answers", "success"), ("the bit", "nuisance")), strict=False):
        values = [styled[f"{name}, layer 2, agreement {agreement:g}"] for agreement in AGREEMENTS]
        _drawn(follows, at, values, colour, said)
    chosen = [styled[f"correlation, layer 2, agreement {agreement:g}"] for agreement in AGREEMENTS]
    _drawn(follows, at, chosen, "0.5", "while selecting")
    follows.set_xticks(at, [f"{agreement:g}" for agreement in AGREEMENTS])
    follows.set(xlabel="agreement of the bit", ylabel="correlation of the feature", xlim=(-0.3, 1.3))
    legend_above(follows, columns=2, fontsize=6)
    of = f"means over {len(seeds)} decoders" if len(seeds) > 1 else "one decoder of each language"
    said = f"strength 1, a feature a layer; {of}; right: last layer, styled values"
    small_print(drawn, said)
    return drawn


def _drawn(axes: Axes, x: Sequence[float] | np.ndarray, values: list[np.ndarray], colour: str, label: str) -> None:
    mean = [np.mean(one) for one in values]
    error = [np.std(one, ddof=1) / np.sqrt(len(one)) if len(one) > 1 else 0.0 for one in values]
    axes.errorbar(x, mean, error, color=colour, marker="o", ms=3, lw=1.2, label=label)
