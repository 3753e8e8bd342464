"""A frozen write in front of a norm turns a change of magnitude into one of direction."""

from __future__ import annotations

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    from corollary.sims.direction_magnitude import conversion as sims
    from corollary.theory.direction_magnitude import conversion as theory

POINTS = [
    {"d": 4, "r": 2.5, "along": -0.6, "across": 0.9},
    {"d": 7, "r": 1.0, "along": 0.0, "across": 1.7},
    {"d": 30, "r": 1.3, "along": 2.0, "across": 0.4},
]


@PAPER.claim(
    "tilt",
    says="A step along h turns z = h + w by sin(phi) / |z|, phi the angle of h and z; one across h by (1 - sin(phi)^2 "
    "/ (d - 1)) / |z|^2 in mean square.",
    where="reconstructed",
    status="reconstructed",
)
def tilt() -> co.Value:
    def size(r: float, along: float, across: float) -> float:
        return ((r + along) ** 2 + across**2) ** 0.5

    return co.Value(
        predicts={"tilt": theory.TILT, "across": theory.TILT_ACROSS},
        computes=sims.tilts,
        at=POINTS,
        within=1e-12,
        wrong={
            "1 / |z|, without the sine": lambda d, r, along, across: [
                1 / size(r, along, across),
                theory.TILT_ACROSS(d=d, r=r, along=along, across=across),
            ],
            "nothing, as without a write": lambda d, r, along, across: [1e-9, 1 / size(r, along, across) ** 2],
            "every step across turns it fully": lambda d, r, along, across: [
                theory.TILT(r=r, along=along, across=across),
                1 / size(r, along, across) ** 2,
            ],
        },
    )


@PAPER.claim(
    "conversion-ratio",
    says="For a readout that prefers no direction around z, rotations cost 1 / sin(phi)^2 - 1 / (d - 1) times what "
    "radial steps cost, at small displacements.",
    where="reconstructed",
    status="reconstructed",
)
def conversion_ratio() -> co.Value:
    return co.Value(
        predicts=theory.RATIO_OF_WRITE,
        computes=sims.damage_ratio,
        at=POINTS,
        within=1e-5,
        wrong={
            "1": lambda: 1.0,
            "1 / sin(phi)^2": lambda r, along, across: ((r + along) ** 2 + across**2) / across**2,
            "(1 + k) / k, as for an orthogonal write": lambda d, r, across: 1 + (r / across) ** 2 - 1 / (d - 1),
        },
    )
