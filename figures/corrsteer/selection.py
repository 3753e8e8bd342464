"""What selection by correlation can tell: the largest correlation that means nothing, the samples that a feature needs,
and features that fire on one sample."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.sims.corrsteer import rare as sims
from corollary.storage.results import Results
from corollary.theory.corrsteer import null, power, rare

FEATURES = (1000, 16384, 1_000_000)
RHOS = (0.1, 0.2, 0.3)
SAMPLES = 1167


def selection(results: Results) -> Figure:
    """Closed forms; the singleton's crossing also by counting."""
    drawn, (largest, needed, single) = figure("text", 2.6, columns=3)
    n = np.geomspace(20, 4000, 40)
    for colour, count in zip(COLOURS, FEATURES, strict=False):
        largest.semilogx(n, [null.largest(x, count) for x in n], color=colour, label=f"{count:,} features")
    largest.plot(121, 0.333, "k*", ms=7, label="largest of XSTest")
    largest.set(xlabel="samples", ylabel="median of the largest", title="correlations of nothing")
    largest.legend(fontsize=6)
    F = np.geomspace(50, 1e6, 30)
    for colour, rho in zip(COLOURS, RHOS, strict=False):
        needed.loglog(F, [power.needed(rho, int(x)) for x in F], color=colour, label=rf"$\rho$ = {rho:g}")
    needed.set(xlabel="features", ylabel="samples", title="first every second time")
    needed.legend(fontsize=6)
    k = np.geomspace(1, SAMPLES / 2, 40)
    single.loglog(k, [rare.SINGLETON(n=SAMPLES, k=x) for x in k], color="black", label="fires on one")
    single.loglog(k[k >= 2], [rare.EQUAL(n=SAMPLES, k=x, m=2) for x in k[k >= 2]], color="0.6", label="fires on two")
    for colour, rho in zip(COLOURS, RHOS, strict=False):
        single.axhline(rho, color=colour, lw=0.9, ls=":")
        at = sims.overtaken(SAMPLES, rho)
        single.plot(at, rho, "o", color=colour, ms=4)
    single.set(xlabel="successes", ylabel="correlation", title=f"of {SAMPLES:,} samples")
    single.legend(fontsize=6)
    small_print(drawn, "closed forms; points at right: the first count at which a singleton falls below, by computing")
    return drawn
