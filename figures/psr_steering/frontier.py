"""Trait against coherence by the gate's leak, and how many tokens a direction needs."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.storage.results import Results
from corollary.theory.psr_steering import direction, frontier, gate

MARGIN, THRESHOLD, WIDTH, NOISE = 3.0, 4.0, 64, 0.5


def trade_off(results: Results) -> Figure:
    """P(trait) at a coherence; squared sines of three estimates of a direction, half-open gate."""
    drawn, (trait, tokens) = figure("text", 2.5, columns=2)
    C = np.linspace(0.4, 0.99, 60)
    for colour, delta in zip(COLOURS, (1.0, 0.5, 0.25, 0.1), strict=False):
        said = f"leak {delta:g}" + (" (constant)" if delta == 1 else "")
        trait.plot(C, [frontier.TRAIT(C=x, delta=delta, m=MARGIN, t=THRESHOLD) for x in C], color=colour, label=said)
    trait.set(xlabel="coherence", ylabel="P(trait)")
    legend_above(trait, columns=2)
    n = np.geomspace(30, 30_000, 40)
    moments = {"first": gate.FIRST(m=0, s=1), "second": gate.SECOND(m=0, s=1)}
    for colour, (said, form, of) in zip(
        COLOURS,
        (
            ("mean difference", direction.MEAN_DIFFERENCE, "first"),
            ("singular vector", direction.SINGULAR, "second"),
            ("known gates", direction.WEIGHTED, "second"),
        ),
        strict=False,
    ):
        tokens.loglog(n, [form(n=x, d=WIDTH, sigma=NOISE, **{of: moments[of]}) for x in n], color=colour, label=said)
    tokens.set(xlabel="tokens", ylabel=r"$\sin^2$ to the direction")
    tokens.legend()
    small_print(
        drawn,
        f"left: margin {MARGIN:g}, threshold {THRESHOLD:g}; right: half-open gate, d = {WIDTH}, noise {NOISE}; "
        "closed forms",
    )
    return drawn
