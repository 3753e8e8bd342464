"""What constants, affine and ReLU probes leave of gated differences."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from corollary.figures.style import COLOURS, figure, small_print
from corollary.sims.psr_steering import gate as sims
from corollary.storage.results import Results
from corollary.theory.psr_steering import gate, scale

NAMES = {"constant": "constant", "affine": "affine probe", "probe": "ReLU probe"}
TINT = dict(zip(NAMES, COLOURS, strict=False))


def errors(results: Results) -> Figure:
    """Relative error at a strength; and what is left at strength 1 of soft and of hard gates, by how open they are."""
    drawn, (strength, soft, hard) = figure("text", 2.5, columns=3)
    s = np.linspace(0, 3, 61)
    left = {"constant": gate.CONSTANT(m=0, s=1), "affine": gate.AFFINE(m=0, s=1), "probe": 0.0}
    for name, error in left.items():
        strength.plot(s, [scale.SCALED(s=x, R2=1 - error) ** 0.5 for x in s], color=TINT[name], label=NAMES[name])
    strength.axhline(1, color="black", ls=":", lw=0.9)
    strength.set(
        xlabel="strength / least-squares strength", ylabel="relative error", title="any prediction: as bad as none at 2"
    )
    _soft(soft)
    _hard(hard)
    strength.legend(loc="upper left")
    small_print(drawn, "left: ReLU gate, half open; dotted: doing nothing. lines: closed forms, points: fits on a grid")
    return drawn


def _soft(axes: Axes) -> None:
    m = np.linspace(-3, 2, 41)
    for name, form in {"constant": gate.CONSTANT, "affine": gate.AFFINE}.items():
        axes.plot(m, [form(m=x, s=1) for x in m], color=TINT[name])
    axes.plot(m, np.zeros_like(m), color=TINT["probe"])
    for x in (-2.0, -1.0, 0.0, 1.0):
        for name, error in sims.fitted_errors(x, 1.0).items():
            axes.plot(x, error, "o", color=TINT[name], ms=3)
    axes.set(
        xlabel="mean / s.d. of the pre-activation", ylabel="relative squared error", title="ReLU gate", ylim=(-0.05, 1)
    )


def _hard(axes: Axes) -> None:
    tau = np.linspace(-1.5, 2.5, 33)
    for name, form in {
        "constant": lambda x: gate.HARD_CONSTANT(tau=x),
        "affine": lambda x: gate.HARD_AFFINE(tau=x),
        "probe": lambda x: gate.hard_probe(x)[2],
    }.items():
        axes.plot(tau, [form(x) for x in tau], color=TINT[name])
    for x in (-1.0, 0.0, 1.0, 2.0):
        for name in NAMES:
            axes.plot(x, sims.hard_errors(x)[name], "o", color=TINT[name], ms=3)
    axes.set(xlabel="threshold / s.d.", title="on/off gate", ylim=(-0.05, 1))
