"""Credit in a model of one's own: survival of tokens, its logarithm over continuations, and the retrofits of enumerated
texts by their length."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.sims.cca_barriers.checkpoint import EPS


def checkpoint(applied: Any) -> Figure:
    """Of an application's arrays."""
    arrays = applied.arrays
    drawn, (tokens, texts, lengths) = figure("text", 2.7, columns=3)
    for colour, eps, survival in zip(COLOURS, EPS, arrays["survival"], strict=False):
        ordered = np.sort(survival.ravel())
        tokens.plot(np.maximum(ordered, 1e-12), np.linspace(0, 1, len(ordered)), color=colour, label=f"eps {eps:g}")
        total = np.log(np.maximum(survival, 1e-300)).cumsum(-1)
        steps = np.arange(1, total.shape[-1] + 1)
        low, middle, high = np.quantile(total.reshape(-1, len(steps)), [0.05, 0.5, 0.95], axis=0)
        texts.plot(steps, middle, color=colour)
        texts.fill_between(steps, low, high, color=colour, alpha=0.2, lw=0)
    tokens.set(xscale="log", xlabel="P(no credit) of a token", ylabel="share of tokens", ylim=(0, 1))
    legend_above(tokens, fontsize=6)
    texts.set(xlabel="tokens", ylabel="ln P(no credit) of the text")
    at = np.arange(1, arrays["credit_0"].shape[1] + 1)
    for colour, name, said in (
        (COLOURS[0], "credit_0", "credit, whole text"),
        (COLOURS[1], "stepwise_credit", "credit, token by token"),
        (COLOURS[2], "stepwise_eps", "eps' of the latter"),
    ):
        lengths.plot(at, arrays[name].mean(0), "o-", ms=3, color=colour, label=said)
    lengths.set(xlabel="tokens, enumerated", ylim=(0, None))
    lengths.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_above(lengths, columns=1, fontsize=6)
    count = arrays["survival"].shape[1]
    small_print(drawn, f"{count} documents; middle: medians, 90% of continuations; right: few tokens, eps 0")
    return drawn
