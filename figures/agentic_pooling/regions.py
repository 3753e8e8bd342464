"""Where unanimity lies, and how rare it is."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import TriMesh
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation

from corollary.figures.style import COLOURS, figure, small_print
from corollary.point import Depths
from corollary.sims.agentic_pooling import regions as sims
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import regions as theory

FIRST = (0.7785, 0.2205, 0.001)
CORNERS = np.array([[0.5, np.sqrt(0.75)], [0.0, 0.0], [1.0, 0.0]])
"""Where the outcomes sit: the shared mode on top, the first agent's second outcome on the left."""


def atlas(results: Results) -> Figure:
    """Partners of one belief, in the simplex and with its edges opened up, and the best partner of every belief."""
    found = results.computed(sims.atlas, first=FIRST, resolution=results.at(Depths(60, 240, 480)))
    best = results.computed(sims.best_partner, resolution=results.at(Depths(24, 72, 120)))
    drawn, axes = figure("text", 2.3, 1, 3)
    _map(axes[0], found["points"], found["least_gain"], (0.0,), opened=False)
    shown = _map(axes[1], found["points"], found["least_gain"], (0.0,), opened=True)
    _map(axes[2], best["points"], best["least_gain"], (0.05, 0.1, 0.2), opened=True)
    champion = int(np.argmax(found["least_gain"]))
    for axis, opened in ((axes[0], False), (axes[1], True)):
        places = _place(np.array([FIRST, found["points"][champion], found["pool"][champion]]), opened)
        for place, marker, label in zip(places, "ods", ("$P_1$", "best $P_2$", "their pool"), strict=True):
            axis.plot(*place, marker, color="black", mfc="white", ms=4.5, mew=0.9, label=label)
    axes[0].legend(loc="upper left", bbox_to_anchor=(-0.04, 1.02), handletextpad=0.1, borderaxespad=0)
    axes[0].set_title("partners $P_2$ of one $P_1$")
    axes[1].set_title(r"edges opened ($\sqrt{P}$)")
    axes[2].set_title("the best partner of every $P_1$")
    drawn.colorbar(shown, ax=axes, label="least gain of the two (nats)", shrink=0.9, pad=0.01)
    small_print(
        drawn,
        f"""three outcomes, two agents of equal weight, P1 = {FIRST}; every pair on a grid is pooled; black: gain 0,
        inside it both gain; right: 0.05, 0.1, 0.2; nothing is drawn at random""",
    )
    return drawn


def rarity(results: Results) -> Figure:
    """The probability that random agents are unanimous, against their concentration, outcomes and number."""
    drawn, axes = figure("text", 2.3, 1, 3, sharey=True)
    concentrations = results.at(Depths((0.5,), (0.2, 0.3, 0.5), (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)))
    outcomes = results.at(Depths((3, 4), (3, 4, 5, 6, 8)))
    agents = results.at(Depths((2,), (2, 3, 4)))
    chunks = results.at(Depths(13, 60, 2000))
    panels = (
        ("concentration $c$", sims.unanimity, concentrations, [(3, 2, c) for c in concentrations]),
        ("outcomes $K$", sims.peaked_unanimity, outcomes, [(k, 2, 1.0) for k in outcomes]),
        ("agents $n$", sims.unanimity, agents, [(3, n, 0.3) for n in agents]),
    )
    for axis, (label, measure, sizes, groups) in zip(axes, panels, strict=True):
        points = [{"outcomes": k, "agents": n, "concentration": c} for k, n, c in groups]
        means, radii = results.means(measure, points, chunks)
        low = np.minimum(radii[:, 0], 0.9 * means[:, 0])
        axis.errorbar(sizes, means[:, 0], yerr=[low, radii[:, 0]], fmt="o", label="pooled at random")
        axis.plot(sizes, [theory.unanimity(*group) for group in groups], "-", color=COLOURS[1], label="quadrature")
        axis.set(xlabel=label, yscale="log", xticks=sizes)
    axes[0].set_ylabel("probability of unanimity")
    drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    small_print(
        drawn,
        """Dirichlet agents; left: K = 3, n = 2; middle: n = 2, c = 1, all peaked on one outcome; right: K = 3, c =
        0.3; bars: 95% intervals""",
    )
    return drawn


def _place(points: np.ndarray, opened: bool) -> np.ndarray:
    """Distributions [points, 3] in the plane; opened: by their square roots."""
    masses = np.sqrt(points) if opened else points
    return masses / masses.sum(1, keepdims=True) @ CORNERS


def _map(axis: Axes, points: np.ndarray, gains: np.ndarray, levels: tuple[float, ...], opened: bool) -> TriMesh:
    """Least gains over the triangle, with contours at the levels; that at 0 bounds unanimity."""
    x, y = _place(points, opened).T
    triangles = Triangulation(x, y)
    shown = axis.tripcolor(triangles, gains, cmap="PuOr_r", vmin=-0.28, vmax=0.28, shading="gouraud", rasterized=True)
    axis.tricontour(triangles, gains, levels=levels, colors="black", linewidths=0.7)
    axis.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color="black", lw=0.6)
    for corner, name, shift in zip(
        CORNERS, ("mode", "$o_1$", "$o_2$"), ((0.13, 0.0), (-0.05, -0.06), (0.05, -0.06)), strict=True
    ):
        axis.text(corner[0] + shift[0], corner[1] + shift[1], name, ha="center", va="center")
    axis.set(aspect="equal", xlim=(-0.08, 1.08), ylim=(-0.1, 0.92))
    axis.axis("off")
    return shown
