"""One steered layer against all of them."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    from corollary.sims.psr_steering import layers as sims
    from corollary.theory.psr_steering import layers as theory

POINTS = [
    {"L": 6, "e": 1.0, "v": 0.64, "c": 0.3},
    {"L": 3, "e": 0.4, "v": 1.0, "c": 0.7},
    {"L": 6, "e": 0.2, "v": 1.0, "c": -0.15},
]


def _times_power(form: Any) -> Any:
    return lambda L, e, v, c: form(L=L, e=e, v=v, c=c) * L * (v + e**2)


@PAPER.claim(
    "one-layer",
    says="One direction with its own coefficient a token leaves 1 - max(v (1 + (L - 1) c) + L e^2, v (1 - c)) / (L "
    "(v + e^2)) of gated layers, constants v / (v + e^2) at one layer or at all; L = 3, 6, c from -.15 to .7; 1%.",
    where="one layer against all",
    status="reconstructed",
)
def one_layer() -> co.Mean:
    forms = {
        "one": _times_power(theory.SINGLE),
        "constants": _times_power(theory.CONSTANTS),
        "power": lambda L, e, v: L * (v + e**2),
    }
    return co.Mean(
        predicts=forms,
        measures=sims.left,
        at=co.Depths(quick=POINTS[::2], standard=POINTS),
        within=0.01,
        wrong={
            "gates that do not go together": {
                **forms,
                "one": lambda L, e, v: _times_power(theory.SINGLE)(L=L, e=e, v=v, c=0.0),
            },
            "the mean's direction whatever c": {
                **forms,
                "one": lambda L, e, v, c: L * (v + e**2) - v * (1 + (L - 1) * c) - L * e**2,
            },
            "a constant at each layer explains more": {**forms, "constants": lambda L, v: v},
        },
    )
