"""A ring of tokens and its loops as noise drowns it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.sims.instruments.persistence import noisy_ring
from corollary.storage.results import Results
from corollary.theory.instruments.persistence import polygon_loop


def loops(results: Results) -> Figure:
    """Tokens in the plane of their strongest frequency, and the bars of their loops, as noise drowns the ring."""
    p = results.at(Depths(23, 97))
    noises = (0.02, 0.15, 1.0)
    drawn, axes = figure("text", 4.3, 2, 3, height_ratios=(2.2, 1))
    for column, noise in enumerate(noises):
        ring = results.computed(noisy_ring, p=p, noise=noise, seed=results.seed)
        plane = ring["plane"]
        top, bottom = axes[:, column]
        points = top.scatter(*plane.T, c=np.arange(p) * int(ring["frequency"]) % p, cmap="twilight", s=9)
        top.set_aspect("equal")
        top.set(xlabel="first direction", xlim=(-2.3, 2.3), ylim=(-2.3, 2.3))
        top.set_title(
            f"noise {noise:g}\ncircular correlation {float(ring['circular_correlation']):.2f}\n"
            f"homomorphism error {float(ring['homomorphism_error']):.2f}"
        )
        for row, (birth, death) in enumerate(ring["bars"][:7]):
            bottom.plot([birth, death], [row, row], color=COLOURS[0], lw=2, solid_capstyle="butt")
        for name, edge in polygon_loop(p).items():
            bottom.axvline(edge, color=COLOURS[6], lw=0.6, ls="--")
            side = "left" if name == "birth" else "right"
            bottom.text(edge, 7.8, f" {name} ", va="bottom", ha=side, fontsize=7)
        bottom.set(xlabel="edge length (rms radius 1)", xlim=(0, 2.1), ylim=(8, -0.7), yticks=[])
    axes[0, 0].set_ylabel("second direction")
    axes[1, 0].set_ylabel("longest loops")
    drawn.colorbar(points, ax=axes[0], label=f"token times frequency, mod {p}", shrink=0.9)
    small_print(
        drawn,
        f"""{p} tokens on a ring in their strongest frequency, Gaussian noise added, one draw each; bars: births and
        deaths of loops in the plane; dashed: closed form for the noiseless polygon""",
    )
    return drawn
