"""Compiled induction: recall of every method, and the score of one of several copies."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.circuit_fingerprints import induction as sims
from corollary.storage.results import Results
from corollary.theory.circuit_fingerprints import copies
from corollary.theory.circuit_fingerprints import induction as theory

METHODS = {"fingerprint": "fingerprint", "last": "last position", "eap": "EAP", "eap-ig": "EAP-IG", "acdc": "ACDC"}


def induction(results: Results) -> Figure:
    """Recall with keys corrupted; and a copy's score beside what closing it costs."""
    drawn, axes = figure("text", 2.6, 1, 2)
    models = results.at(Depths([(2, 2)], [(1, 3), (2, 2), (3, 2)]))
    places = np.arange(len(models))
    for number, (method, label) in enumerate(METHODS.items()):
        recall = [sims.quality(method, R1, R2, "k")[1] for R1, R2 in models]
        axes[0].bar(places + 0.16 * (number - 2), recall, 0.15, color=COLOURS[number % len(COLOURS)], label=label)
    for place, (R1, R2) in zip(places, models, strict=True):
        for form in (theory.FOUND, theory.FOUND_LAST):
            axes[0].hlines(form(R1=R1, R2=R2), place - 0.42, place + 0.42, color="0.3", lw=0.8, ls=":")
    names = [f"$R_1={R1}$, $R_2={R2}$" for R1, R2 in models]
    axes[0].set_xticks(places, names)
    axes[0].set(xlabel="previous-token and induction heads", ylabel="recall, keys corrupted")
    legend_above(axes[0], columns=3)
    counts = np.arange(1, 7)
    axes[1].plot(counts, [theory.SCORE(R1=3, R2=int(R)) for R in counts], "o-", ms=3, color=COLOURS[0], label="score")
    lost = [copies.ABLATED(R=int(R), V=8, c=2.0) for R in counts]
    axes[1].plot(counts, lost, "s-", ms=3, color=COLOURS[1], label="probability lost without it")
    axes[1].set(xlabel="copies of the induction head", ylabel="of one copy")
    legend_above(axes[1])
    small_print(
        drawn,
        """left: compiled induction, attention at 8; dotted: closed forms of the read where heads attend, and at the
        last position; precision is 1 everywhere. right: closed forms,
         three previous-token heads, a logit of 2 a copy""",
    )
    return drawn
