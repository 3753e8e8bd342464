"""The models that hide a secret: as trees, and the credit that they need."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from corollary.figures.style import COLOURS, figure, legend_above, small_print
from corollary.point import Depths
from corollary.sims.cca_barriers.hard_family import by_prompt_length
from corollary.storage.results import Results
from corollary.theory.cca_barriers import QUANTITIES
from corollary.theory.cca_barriers.hard_family import hard_model
from corollary.theory.cca_barriers.hard_family import optimal_credit as least


def generation_tree(results: Results, z: str = "10", eps: float = 0.7, gamma: float = 0.6) -> Figure:
    """The hard model M_z as two trees, with and without its document; the bit after the secret is the difference."""
    model = hard_model(z, Fraction(math.exp(eps)), Fraction(gamma))
    drawn, axes = figure("text", 2.2, columns=2)
    for ax, document, title in zip(axes, (True, False), ("with the document", "without it"), strict=True):
        _draw_tree(ax, model, document, z)
        ax.set_title(title)
    handles = [
        Line2D([], [], color=COLOURS[6], lw=1.2, label="either bit with probability 1/2"),
        Line2D([], [], color=COLOURS[1], lw=1.2, ls="--", label=f"the bit after the secret {z}, with its probability"),
    ]
    drawn.legend(handles=handles, loc="outside upper center", ncols=2)
    small_print(drawn, f"eps = {eps}, credit gamma = {gamma}; closed forms alone; width of an edge: its probability")
    return drawn


def _draw_tree(ax: Any, model: Any, document: bool, z: str) -> None:
    def place(x: str) -> tuple[float, float]:
        return (int(x, 2) + 0.5) / 2 ** len(x) if x else 0.5, -len(x)

    for depth in range(len(z) + 1):
        for text in range(2**depth):
            x = format(text, f"0{depth}b") if depth else ""
            for bit in "01":
                chance, at_secret = float(model(document, x)[(bit, False)]), x == z
                (x0, y0), (x1, y1) = place(x), place(x + bit)
                ax.plot(
                    [x0, x1],
                    [y0, y1],
                    color=COLOURS[1] if at_secret else COLOURS[6],
                    lw=2.4 * chance,
                    ls="--" if at_secret else "-",
                )
                if at_secret:
                    ax.annotate(
                        f"{chance:.2f}",
                        ((x0 + x1) / 2, (y0 + y1) / 2),
                        (-5 if bit == "0" else 5, 2),
                        textcoords="offset points",
                        fontsize=7,
                        color=COLOURS[1],
                        ha="right" if bit == "0" else "left",
                        bbox={"fc": "white", "ec": "none", "pad": 0.8},
                    )
    for text in range(2 ** (len(z) + 1)):
        x = format(text, f"0{len(z) + 1}b")
        ax.annotate(x, place(x), (0, -2), textcoords="offset points", ha="center", va="top", fontsize=7)
    ax.set_axis_off()


def optimal_credit(results: Results) -> Figure:
    """Least credit on prefixes of the secret by prompt length and delta; beside it the document's influence."""
    l, eps, gamma = results.at(Depths(quick=4, standard=7)), 0.5, 0.6
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    computed = results.computed(by_prompt_length, l=l, eps=eps, gamma=gamma, shares=shares)
    drawn, (left, right) = figure("text", 2.4, columns=2)
    prompts, deltas = np.arange(l + 1), np.geomspace(2.0 ** -(l + 3), 0.5, 80)
    table = [[least(l, int(k), gamma, delta) for k in prompts] for delta in deltas]
    image = left.pcolormesh(
        prompts, deltas, table, cmap="viridis", shading="nearest", vmin=0, vmax=gamma, rasterized=True
    )
    drawn.colorbar(image, ax=left, label="least credit")
    left.set(xlabel="prompt length $k$", ylabel=r"slack $\delta$", yscale="log")
    for colour, share, credit in zip(COLOURS, shares[::2], computed["credit"].T[::2], strict=False):
        exact = np.array([least(l, int(k), gamma, share * gamma / 2 ** (l + 1)) for k in prompts])
        right.plot(
            prompts,
            np.where(exact > 0, exact, np.nan),
            color=colour,
            label=rf"credit, $\delta = {share:g}\,\gamma 2^{{-{l + 1}}}$",
        )
        right.plot(prompts, np.where(credit > 1e-6, credit, np.nan), "o", color=colour)
    moved = [QUANTITIES["data_influence"](l=l, k=int(k), gamma=gamma, eps=eps) for k in prompts]
    right.plot(prompts, moved, "--", color="black", label="influence (TV)")
    right.plot(prompts, computed["influence"], "s", color="black")
    right.set(xlabel="prompt length $k$", ylabel="probability", yscale="log", ylim=(2.0 ** -(l + 3), 1))
    legend_above(right, columns=2)
    small_print(
        drawn,
        f"""secrets of l = {l} bits, eps = {eps}, gamma = {gamma}; lines and colours: closed forms; points: linear
        programs and enumeration""",
    )
    return drawn
