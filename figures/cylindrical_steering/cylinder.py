"""The cylinder: steering vectors grow out of the axis, and the phase decides when, and whether, the concept appears."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from corollary.figures.style import COLOURS, WIDTHS, small_print
from corollary.point import Depths
from corollary.sims.cylindrical_steering import axis_gated as sims_axis_gated
from corollary.storage.results import Results
from corollary.theory.cylindrical_steering import axis_gated

MODEL = {"T": 2.0, "g": 0.35, "rho": 0.0}
THETA, LONGEST = 0.6, 6.5
RADIUS, TOP = LONGEST * np.sin(THETA), LONGEST * np.cos(THETA)
FACILITATED, DELAYED, SUPPRESSED = COLOURS[0], COLOURS[4], "#9a9a9a"


def cylinder(results: Results) -> Figure:
    """Left: steering vectors of all phases, active where thick; the wall is where the normal part collapses the output.
    Right: the same from above, the length that activates against the phase."""
    phases = np.linspace(-np.pi, np.pi, results.at(Depths(24, 36)), endpoint=False)
    found = results.computed(sims_axis_gated.strengths, phases=phases.tolist(), theta=THETA, **MODEL)["length"]
    drawn = Figure(figsize=(WIDTHS["text"], 4.0), layout="constrained")
    halves: Any = drawn.subfigures(1, 2, width_ratios=(1.35, 1.0))
    left, right = halves
    space = left.add_axes((-0.12, -0.08, 1.12, 1.1), projection="3d")
    _draw_space(space, phases, found)
    _draw_plane(right.add_subplot(projection="polar"), phases, found)
    drawn.legend(handles=_handles(), loc="outside upper center", ncols=4, columnspacing=1.4)
    small_print(
        drawn,
        f"""gate of threshold T = {MODEL["T"]:g}, competitor g = {MODEL["g"]:g}, no penalty; angle to the axis {THETA:g}
        rad; lines: closed forms; circles: simulated, {len(phases)} phases; a delayed vector that grows on collapses
        the output at the wall""",
    )
    return drawn


def _handles() -> list[Any]:
    """The legend of both halves."""
    sectors = {"facilitated": FACILITATED, "delayed": DELAYED, "never active": SUPPRESSED}
    mark: Any = {"color": "black", "ms": 2.6, "mfc": "white", "mew": 0.8}
    return [
        *(Patch(facecolor=colour, alpha=0.5, label=name) for name, colour in sectors.items()),
        Line2D([], [], color=FACILITATED, lw=2.4, label="active along its length"),
        Line2D([], [], color="black", label=r"least active length $\lambda^*$"),
        Line2D([], [], marker="o", ls="none", label="the same, simulated", **mark),
        Line2D([], [], color="black", lw=0.8, ls=":", label=r"length $T / \cos\theta$"),
    ]


def _edge() -> float:
    """The widest phase that any length activates."""
    return float(np.pi * (1 - axis_gated.NEVER_SHARE(theta=THETA, **MODEL)))


def _sector(phase: np.ndarray | float) -> Any:
    size = np.abs(phase)
    return np.where(size <= np.pi / 2, 0, np.where(size <= _edge(), 1, 2))


def _colour(phase: float) -> str:
    return (FACILITATED, DELAYED, SUPPRESSED)[int(_sector(phase))]


def _place(phase: Any, length: Any) -> tuple[Any, Any, Any]:
    across = length * np.sin(THETA)
    return across * np.cos(phase), across * np.sin(phase), length * np.cos(THETA) * np.ones_like(phase)


def _draw_space(axes: Any, phases: np.ndarray, found: np.ndarray) -> None:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    edge = _edge()
    for low, high in ((-np.pi / 2, np.pi / 2), (np.pi / 2, edge), (edge, 2 * np.pi - edge), (-edge, -np.pi / 2)):
        colour = _colour((low + high) / 2 if low != edge else np.pi)
        turn = np.linspace(low, high, 2 + int((high - low) / 0.1))
        ring = np.stack([RADIUS * np.cos(turn), RADIUS * np.sin(turn), 0 * turn], axis=1)
        lifted = ring + np.array([0, 0, TOP])
        wall = [[ring[i], ring[i + 1], lifted[i + 1], lifted[i]] for i in range(len(turn) - 1)]
        floor = [np.vstack([np.zeros(3), ring])]
        for faces, alpha in ((wall, 0.12), (floor, 0.38)):
            axes.add_collection3d(Poly3DCollection(faces, facecolor=colour, alpha=alpha, linewidth=0))
    rim = np.linspace(-np.pi, np.pi, 200)
    for level in (0.0, TOP):
        axes.plot(RADIUS * np.cos(rim), RADIUS * np.sin(rim), level, color="black", lw=0.5)
    for phase, start in zip(phases, found, strict=True):
        colour, stop = _colour(phase), LONGEST
        if np.cos(phase) < 0 and np.isfinite(start):
            stop = min(LONGEST, axis_gated.RELEASE_STRENGTH(theta=THETA, phi=float(phase), **MODEL))
        pieces = [(0.0, min(start, LONGEST), 0.5, 0.8), (start, stop, 1.9, 1.0), (stop, LONGEST, 0.5, 0.8)]
        for low, high, width, alpha in pieces:
            if np.isfinite(low) and low < high:
                axes.plot(*_place(np.array([phase, phase]), np.array([low, high])), color=colour, lw=width, alpha=alpha)
        if np.isfinite(start) and start < LONGEST:
            axes.plot(*_place(np.array([phase]), np.array([start])), "o", color="black", ms=1.8)
    front = np.linspace(-_edge() + 1e-6, _edge() - 1e-6, 300)
    lengths = np.array([axis_gated.MINIMAL_STRENGTH(theta=THETA, phi=phase, **MODEL) for phase in front])
    axes.plot(*_place(front, lengths), color="black", lw=1.1)
    axes.quiver(0, 0, 0, 0, 0, TOP * 1.32, color="black", lw=1.2, arrow_length_ratio=0.05)
    axes.quiver(0, 0, 0, RADIUS * 1.3, 0, 0, color=FACILITATED, lw=1.2, arrow_length_ratio=0.08)
    axes.text(0, 0, TOP * 1.35, "axis $a_d$", ha="center")
    axes.text(RADIUS * 1.36, 0, 0, "sensitive\ndirection", ha="center", va="top", color=FACILITATED)
    axes.set_box_aspect((1, 1, TOP / (2 * RADIUS) * 1.02), zoom=1.12)
    axes.view_init(elev=24, azim=-58)
    axes.set(xlim=(-RADIUS, RADIUS), ylim=(-RADIUS, RADIUS), zlim=(0, TOP))
    axes.set_axis_off()


def _draw_plane(axes: Any, phases: np.ndarray, found: np.ndarray) -> None:
    edge, wide = _edge(), 5.4
    bounds = (
        (-np.pi / 2, np.pi / 2, FACILITATED),
        (np.pi / 2, edge, DELAYED),
        (-edge, -np.pi / 2, DELAYED),
        (edge, 2 * np.pi - edge, SUPPRESSED),
    )
    for low, high, colour in bounds:
        axes.bar((low + high) / 2, wide, width=high - low, color=colour, alpha=0.33, linewidth=0)
    fine = np.linspace(-edge + 1e-6, edge - 1e-6, 400)
    axes.plot(fine, [axis_gated.MINIMAL_STRENGTH(theta=THETA, phi=phase, **MODEL) for phase in fine], color="black")
    axes.plot(phases, np.where(np.isfinite(found), found, np.nan), "o", color="black", ms=2.6, mfc="white", mew=0.8)
    turn = np.linspace(-np.pi, np.pi, 200)
    axes.plot(turn, np.full(200, axis_gated.CROSSING(theta=THETA, T=MODEL["T"])), color="black", lw=0.6, ls=":")
    axes.set_ylim(0, wide)
    axes.set_yticks([2, 4])
    axes.set_rlabel_position(157)
    axes.set_xticks(np.radians([0, 90, 180, 270]), ["$\\varphi = 0$", "90°", "180°", "270°"])
    axes.tick_params(pad=0)
    axes.grid(linewidth=0.3)
    axes.set_title(r"least active length $\lambda^*$ by phase $\varphi$", pad=10)
