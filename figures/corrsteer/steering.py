"""What steering by a correlated feature adds, and what checks of it let pass."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.sims.corrsteer import pooling as sims
from corollary.sims.corrsteer import released
from corollary.storage.results import Results
from corollary.theory.corrsteer import changes, pooling, pruning

RATES = ((0.05, 0.01), (0.3, 0.1), (0.02, 1e-9))
TOKENS = (1, 4, 16, 64)


def steering(results: Results) -> Figure:
    """False passes by flips; pooled correlations by tokens; McNemar's statistic of the released counts."""
    drawn, (false, pooled, tests) = figure("text", 2.6, columns=3)
    flips = np.geomspace(0.1, 60, 40)
    false.semilogx(flips, [pruning.passes_in_the_limit(x) for x in flips], color=COLOURS[0], label="many samples")
    few = flips[flips <= 20]
    false.semilogx(few, [pruning.passes(20, x / 20) for x in few], "--", color=COLOURS[1], label="20 samples")
    false.axhline(0.05, color="0.5", ls=":", lw=0.9)
    false.set(xlabel="answers that change", ylabel="P(passes)", title="an inert feature", ylim=(0, 0.52))
    false.legend(fontsize=6, loc="center right")
    T = np.arange(1, 65)
    for colour, (lam1, lam0) in zip(COLOURS, RATES, strict=False):
        at = {"lam1": lam1, "lam0": lam0, "pi": 0.5}
        said = f"{lam1:g} / {lam0:g}" if lam0 > 1e-6 else f"{lam1:g} / 0"
        pooled.semilogx(T, [pooling.MAX(T=int(t), **at) for t in T], color=colour, label=said)
        pooled.semilogx(T, [pooling.MEAN(T=int(t), **at) for t in T], "--", color=colour)
        for t in TOKENS:
            found = sims.enumerated(T=t, **at)
            pooled.plot([t, t], [found["max"], found["mean"]], "o", color=colour, ms=2.5)
    pooled.set(xlabel="tokens", ylabel="correlation", title="largest (line), mean (dashed)", ylim=(0, 1.05))
    pooled.legend(title="rates", fontsize=6, title_fontsize=6)
    names = list(released.CHANGED)
    z = [changes.MCNEMAR(plus=plus, minus=minus) for minus, plus in released.CHANGED.values()]
    tests.barh(names[::-1], z[::-1], color=[COLOURS[1] if value < 2 else COLOURS[0] for value in z[::-1]])
    tests.axvspan(-2, 2, color="0.85", zorder=0)
    tests.tick_params(axis="y", labelsize=6)
    tests.set(xlabel="McNemar statistic", title="released counts")
    small_print(drawn, "points: by enumeration; right: one feature a layer, Gemma 2 2B, grey: within two deviations")
    return drawn
