"""Damage of rotations and radial steps against the displacement, and their ratio behind a write."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, plain_ticks, small_print
from corollary.point import Depths
from corollary.sims.direction_magnitude import conversion as sims_conversion
from corollary.sims.direction_magnitude import damage as sims
from corollary.storage.results import Results
from corollary.theory.direction_magnitude import conversion as theory_conversion
from corollary.theory.direction_magnitude import damage as theory

DRAW, WIDTH = 0, 24


def damage(results: Results) -> Figure:
    """A small network's mean loss under both perturbations, second order as lines; the ratio behind a frozen write."""
    drawn, axes = figure("text", 2.5, columns=2)
    relative = np.array(results.at(Depths((0.03, 0.2), (0.03, 0.06, 0.1, 0.2, 0.4, 0.8), (0.03, 0.06, 0.1, 0.2, 0.4))))
    deltas = relative * sims.STATE_NORM
    points = [{"draw": DRAW, "delta": float(delta)} for delta in deltas]
    means, radii = results.means(sims.network_angular, points, results.at(Depths(2, 8, 40)))
    known = sims.derivatives(DRAW)
    fine = np.geomspace(deltas[0], deltas[-1], 80)
    lines: dict[str, list[float]] = {
        "rotations": [theory.ANGULAR(**known, delta=float(delta)) for delta in fine],
        "radial steps": [theory.RADIAL(**known, delta=float(delta)) for delta in fine],
    }
    marks: dict[str, Any] = {
        "rotations": means[:, 0],
        "radial steps": [sims.network_radial(DRAW, float(delta)) for delta in deltas],
    }
    bars = {"rotations": radii[:, 0], "radial steps": None}
    for colour, (name, line) in zip(COLOURS, lines.items(), strict=False):
        axes[0].plot(fine / sims.STATE_NORM, np.abs(line), color=colour)
        axes[0].errorbar(relative, np.abs(marks[name]), bars[name], fmt="o", ms=3, color=colour, label=name)
    axes[0].set(xscale="log", yscale="log", xlabel=r"displacement $\delta/|h|$", ylabel="|mean rise of the loss|")
    plain_ticks(axes[0].xaxis, relative.tolist())
    axes[0].legend()
    across = np.geomspace(0.1, 10, 100)
    fine_ratio = [theory_conversion.RATIO_OF_WRITE(d=WIDTH, r=1.0, along=0.0, across=float(one)) for one in across]
    axes[1].plot(across, fine_ratio, color=COLOURS[2], label=r"$1/\sin^2\varphi - 1/(d-1)$")
    some = np.array([0.1, 0.3, 1, 3, 10])
    measured = [sims_conversion.damage_ratio(WIDTH, 1.0, 0.0, float(one)) for one in some]
    axes[1].plot(some, measured, "o", ms=3, color=COLOURS[2], label="simulated")
    axes[1].axhline(1, color="black", lw=0.5, ls=":")
    axes[1].set(xscale="log", yscale="log", xlabel="write $|w|/|h|$, orthogonal", ylabel="angular over radial damage")
    axes[1].legend()
    small_print(
        drawn,
        f"""left: loss of a label behind one write and a LayerNorm, width {sims.WIDTH}; lines: second order, points:
        simulated, bars 95% intervals; right: isotropic readout, d = {WIDTH}""",
    )
    return drawn
