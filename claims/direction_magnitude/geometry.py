"""The angle that moves a state by a given displacement."""

from __future__ import annotations

from math import asin, sin, sqrt

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    from corollary.sims.direction_magnitude import geometry as sims
    from corollary.theory.direction_magnitude import geometry as theory

POINTS = [{"r": 5.0, "delta": 1.0}, {"r": 2.5, "delta": 0.8}, {"r": 0.7, "delta": 1.3}]


@PAPER.claim(
    "chord-angle",
    says="Rotating a state of norm r by 2 asin(delta / (2 r)) moves it by delta; it then lies delta sqrt(1 - delta^2 "
    "/ (4 r^2)) across its old direction, and delta^2 / (2 r) behind along it.",
    where="perturbations",
)
def chord_angle() -> co.Value:
    return co.Value(
        predicts={"angle": theory.ANGLE, "across": theory.SIDE, "behind": theory.DROP},
        computes=sims.angle_of_chord,
        at=POINTS,
        within=1e-12,
        wrong={
            "an arc of delta": lambda r, delta: [delta / r, r * sin(delta / r), theory.DROP(r=r, delta=delta)],
            "the sine is delta / r": lambda r, delta: [asin(min(1.0, delta / r)), delta, theory.DROP(r=r, delta=delta)],
            "nothing lost along the state": lambda r, delta: [
                theory.ANGLE(r=r, delta=delta),
                theory.SIDE(r=r, delta=delta),
                1e-9,
            ],
        },
    )


@PAPER.claim(
    "displacement",
    says="For random states in 8 to 1024 dimensions, rotations and radial steps of both signs all move by delta, and "
    "rotations keep the norm.",
    where="perturbations",
)
def displacement() -> co.Value:
    def arc(d: int, r: float, delta: float) -> list[float]:
        return [2 * r * sin(delta / (2 * r))] * 2 + [delta] * 2 + [r] * 2

    points = co.grid(d=[8, 64], r=[5.0], delta=[0.1, 2.5])
    return co.Value(
        predicts=lambda r, delta: [delta] * 4 + [r] * 2,
        computes=sims.displacements,
        at=co.Depths(quick=points, standard=[*points, {"d": 1024, "r": 31.0, "delta": 9.0}]),
        within=1e-12,
        wrong={
            "an arc of that length": arc,
            "the state's norm grows, as a step along the tangent would have it": lambda r, delta: (
                [delta] * 4 + [sqrt(r**2 + delta**2)] * 2
            ),
        },
    )


@PAPER.claim(
    "arc-shortfall",
    says="An arc of length delta moves a state short of delta, by about delta^3 / (24 r^2): one percent at delta = r "
    "/ 2.",
    where="perturbations",
    status="reconstructed",
)
def arc_shortfall() -> co.Value:
    return co.Value(
        predicts={"shortfall": theory.SHORTFALL},
        computes=sims.angle_of_chord,
        at=[{"r": 5.0, "delta": 2.5}, {"r": 2.0, "delta": 3.1}],
        within=1e-9,
        wrong={
            "none": lambda: 1e-12,
            "half of it": lambda r, delta: theory.SHORTFALL(r=r, delta=delta) / 2,
            "to leading order only": lambda r, delta: delta**3 / (24 * r**2),
        },
    )


@PAPER.claim(
    "radial-reverses",
    says="A radial step keeps a state's direction only where delta < r: beyond, the inward step turns it round.",
    where="perturbations",
    status="reconstructed",
)
def radial_reverses() -> co.Value:
    return co.Value(
        predicts=lambda r, delta: [1.0, 1.0 if delta < r else -1.0],
        computes=sims.directions_kept,
        at=[{"r": 2.0, "delta": 1.9}, {"r": 2.0, "delta": 2.1}, {"r": 1.0, "delta": 3.0}],
        within=1e-12,
        wrong={
            "it never turns": lambda: [1.0, 1.0],
            "it turns beyond 2 r": lambda r, delta: [1.0, 1.0 if delta < 2 * r else -1.0],
        },
    )
