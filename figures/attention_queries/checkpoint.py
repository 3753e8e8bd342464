"""A head of one's own model, stolen: its outputs beside the hidden head's, and the spectrum of its scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, legend_above, small_print


def checkpoint(applied: Any) -> Figure:
    """Outputs on unseen sequences, stolen against hidden; both spectra."""
    arrays, config = applied.arrays, applied.config
    drawn, (left, right) = figure("text", 2.6, 1, 2)
    ends = np.array([arrays["hidden"].min(), arrays["hidden"].max()])
    left.plot(ends, ends, color="0.7", lw=1)
    left.plot(arrays["hidden"], arrays["stolen"], ".", ms=4, color=COLOURS[0])
    left.set(xlabel="output of the hidden head", ylabel="of the stolen head")
    index = 1 + np.arange(len(arrays["spectrum"]))
    floor = 1e-18 * arrays["true_spectrum"][0]
    right.loglog(
        index, np.maximum(arrays["true_spectrum"], floor), "o", ms=3, mfc="none", color=COLOURS[1], label="hidden"
    )
    right.loglog(index, np.maximum(arrays["spectrum"], floor), lw=1, color=COLOURS[0], label="stolen")
    right.set(xlabel="index", ylabel="singular value")
    legend_above(right, "of the score matrix")
    small_print(
        drawn,
        f"layer {config['layer']}, head {config['head']}, {int(arrays['queries']):,} queries of at most two "
        "tokens; 256 "
        "random test sequences of 8 tokens; below rounding the stolen spectrum is noise",
    )
    return drawn
