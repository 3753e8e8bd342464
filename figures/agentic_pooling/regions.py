"""Where unanimity lies, how much it can give, and how rare it is."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.tri import Triangulation

from corollary.figures.style import COLOURS, figure
from corollary.point import Depths
from corollary.sims.agentic_pooling import curves
from corollary.sims.agentic_pooling.regions import unanimity, uniform_unanimity
from corollary.storage.results import Results
from corollary.theory.agentic_pooling import symmetric, volumes

FIRST = (0.7785, 0.2205, 0.001)
CORNERS = np.array([[0.5, np.sqrt(0.75)], [0.0, 0.0], [1.0, 0.0]])
"""Where the outcomes sit: the shared mode on top, the first agent's second outcome on the left."""


def atlas(results: Results) -> Figure:
    """Partners of one belief, in the simplex and with its edges opened up, and the best partner of every belief."""
    found = results.computed(curves.region, first=FIRST, resolution=results.at(Depths(60, 240, 480)))
    best = results.computed(curves.partners, resolution=results.at(Depths(24, 72, 120)))
    drawn, axes = figure("text", 2.6, 1, 3)
    _map(axes[0], found["points"], found["least_gain"], (0.0,), opened=False)
    shown = _map(axes[1], found["points"], found["least_gain"], (0.0,), opened=True)
    _map(axes[2], best["points"], best["least_gain"], (0.05, 0.1, 0.2), opened=True)
    champion = int(np.argmax(found["least_gain"]))
    for axis, opened in ((axes[0], False), (axes[1], True)):
        places = _place(np.array([FIRST, found["points"][champion], found["pool"][champion]]), opened)
        for place, marker, label in zip(places, "ods", ("$P_1$", "best $P_2$", "their pool"), strict=True):
            axis.plot(*place, marker, color="black", mfc="white", ms=4.5, mew=0.9, label=label)
    axes[0].legend(loc="upper left", bbox_to_anchor=(-0.15, 1.05), handletextpad=0.1)
    axes[0].set_title("partners $P_2$ of one $P_1$")
    axes[1].set_title(r"edges opened ($\sqrt{P}$)")
    axes[2].set_title("the best partner of every $P_1$")
    drawn.colorbar(shown, ax=axes, label="least gain (nats)", shrink=0.8, pad=0.01)
    return drawn


def symmetric_pair(results: Results) -> Figure:
    """G(a, d) against a, theory as lines, pools as points, below its supremum W(1/e)."""
    drawn, axis = figure("column", 2.5)
    fine, coarse = np.linspace(0.005, 0.6, 300), np.linspace(0.02, 0.58, 15)
    for colour, d in zip(COLOURS, (1e-2, 1e-3, 1e-4, 1e-6), strict=False):
        axis.plot(fine, [symmetric.GAIN(a=a, d=d) for a in fine], color=colour, label=f"$d = 10^{{{np.log10(d):.0f}}}$")
        gains = results.computed(curves.symmetric_gains, a=coarse.tolist(), d=d)["gain"]
        axis.plot(coarse, gains, "o", color=colour)
    axis.plot(fine, fine * np.log((1 - fine) / fine), "k:", lw=0.8, label="$d \\to 0$")
    axis.axhline(symmetric.ceiling(1), color="black", lw=0.6, ls="--")
    axis.text(0.6, symmetric.ceiling(1) + 0.01, "$W(1/e)$", ha="right", va="bottom")
    axis.axhline(0, color="black", lw=0.4)
    axis.set(xlabel="second outcome's probability $a$", ylabel="gain of both, $G(a, d)$ (nats)", ylim=(-0.25, 0.34))
    axis.legend(loc="lower left")
    return drawn


def largest_gain(results: Results) -> Figure:
    """The best least gain found, against the floor under all probabilities, and the suprema W(m / e)."""
    drawn, axis = figure("column", 2.5)
    floors = np.geomspace(1e-2, 1e-10, results.at(Depths(3, 9, 17)))
    groups = results.at(Depths(((3, 2), (4, 3)), ((3, 2), (4, 3), (6, 3))))
    for colour, (outcomes, agents) in zip(COLOURS, groups, strict=False):
        gains = results.computed(
            curves.best_gains,
            outcomes=outcomes,
            agents=agents,
            floors=floors.tolist(),
            starts=results.at(Depths(32, 256, 1024)),
        )["gain"]
        axis.plot(floors, gains, "o", color=colour, label=f"$K = {outcomes}$, $n = {agents}$")
        axis.axhline(symmetric.largest_gain(outcomes, agents), color=colour, lw=0.8, ls="--")
    small = np.geomspace(1e-10, 1e-3, 60)
    axis.plot(small, [symmetric.ceiling(1) - symmetric.FLOOR_LOSS(d=d) for d in small], color=COLOURS[0])
    axis.set(xscale="log", xlabel="floor under all probabilities", ylabel="largest least gain (nats)", ylim=(0, None))
    axis.invert_xaxis()
    axis.legend(loc="lower right", title="dashed: $W(m/e)$")
    return drawn


def rarity(results: Results) -> Figure:
    """The probability that random agents are unanimous, against their concentration, outcomes and number."""
    drawn, axes = figure("text", 2.3, 1, 3, sharey=True)
    peaked = results.at(Depths((0.5,), (0.2, 0.3, 0.5), (0.1, 0.2, 0.3, 0.5, 1.0, 2.0)))
    chunks = results.at(Depths(13, 60, 2000))
    agents = [{"outcomes": 3, "agents": n, "concentration": 0.3} for n in results.at(Depths((2,), (2, 3, 4)))]
    panels = [
        ("concentration $c$", peaked, unanimity, [{"outcomes": 3, "agents": 2, "concentration": c} for c in peaked]),
        (
            "outcomes $K$ ($c = 1$)",
            results.at(Depths((3, 4), (3, 4, 5, 6, 8))),
            uniform_unanimity,
            [{"outcomes": k, "agents": 2} for k in results.at(Depths((3, 4), (3, 4, 5, 6, 8)))],
        ),
        ("agents $n$ ($c = 0.3$)", [point["agents"] for point in agents], unanimity, agents),
    ]
    for axis, (label, sizes, measure, points) in zip(axes, panels, strict=True):
        means, radii = results.means(measure, points, chunks)
        low = np.minimum(radii[:, 0], 0.9 * means[:, 0])
        axis.errorbar(sizes, means[:, 0], yerr=[low, radii[:, 0]], fmt="o", label="pooled at random")
        log2 = results.at(Depths(12, 15, 17)) + (3 if measure is uniform_unanimity else 0)
        axis.plot(sizes, [_quadrature(point, log2) for point in points], "-", color=COLOURS[1], label="quadrature")
        axis.set(xlabel=label, yscale="log")
    axes[0].set_ylabel("probability of unanimity")
    axes[0].legend()
    return drawn


def _quadrature(point: dict[str, Any], log2_points: int) -> float:
    return volumes.unanimity(point["outcomes"], point["agents"], point.get("concentration", 1.0), log2_points)


def _place(points: np.ndarray, opened: bool) -> np.ndarray:
    """Distributions [points, 3] in the plane; opened: by their square roots."""
    masses = np.sqrt(points) if opened else points
    return masses / masses.sum(1, keepdims=True) @ CORNERS


def _map(axis: Any, points: np.ndarray, gains: np.ndarray, levels: tuple[float, ...], opened: bool) -> Any:
    """Least gains over the triangle, with contours at the levels; that at 0 bounds unanimity."""
    x, y = _place(points, opened).T
    triangles = Triangulation(x, y)
    shown = axis.tripcolor(triangles, gains, cmap="PuOr_r", vmin=-0.28, vmax=0.28, shading="gouraud", rasterized=True)
    axis.tricontour(triangles, gains, levels=levels, colors="black", linewidths=0.7)
    axis.plot(*np.vstack([CORNERS, CORNERS[:1]]).T, color="black", lw=0.6)
    for corner, name, shift in zip(
        CORNERS, ("mode", "$o_1$", "$o_2$"), ((0.13, 0.0), (-0.05, -0.06), (0.05, -0.06)), strict=True
    ):
        axis.text(*(corner + shift), name, ha="center", va="center")
    axis.set_aspect("equal")
    axis.axis("off")
    return shown
