"""Mean damage of rotations and of radial steps, to second order."""

from __future__ import annotations

from collections.abc import Callable

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    from corollary.sims.direction_magnitude import damage as sims
    from corollary.theory.direction_magnitude import damage as theory

QUADRATICS = [
    {"d": 5, "r": 1.4, "slope": 0.8, "curvature": 1.1, "trace": 3.0, "delta": 0.9},
    {"d": 17, "r": 2.0, "slope": -1.0, "curvature": -0.6, "trace": 9.0, "delta": 2.7},
]


@PAPER.claim(
    "quadratic-angular",
    says="For a quadratic damage, rotations by a chord of delta in uniform directions cost -(delta^2 / (2 r)) f_r + "
    "(delta^4 / (8 r^2)) f_rr + (delta^2 / (2 (d - 1))) (1 - delta^2 / (4 r^2)) tr H_across on average, exactly.",
    where="reconstructed",
    status="reconstructed",
)
def quadratic_angular() -> co.Mean:
    form = theory.ANGULAR

    def without_drop(**point: float) -> float:
        return form(**{**point, "slope": 0.0})

    def all_of_it(**point: float) -> float:
        return form(**{**point, "trace": point["trace"] + point["curvature"], "d": point["d"] + 1})

    return co.Mean(
        predicts=form,
        measures=sims.quadratic_angular,
        at=QUADRATICS,
        within=co.Depths(quick=0.02, standard=0.005),
        wrong={
            "without the chord's inward drop": without_drop,
            "tr H / d for the trace across over d - 1": all_of_it,
            "to leading order": lambda d, r, slope, trace, delta: theory.LEADING(
                d=d, r=r, slope=slope, trace=trace, delta=delta
            ),
            "an arc: slope and curvature across alone": lambda d, trace, delta: delta**2 * trace / (2 * (d - 1)),
        },
    )


@PAPER.claim(
    "quadratic-radial",
    says="Steps by delta along the state, both signs averaged, cost delta^2 / 2 f_rr for a quadratic damage.",
    where="reconstructed",
    status="reconstructed",
)
def quadratic_radial() -> co.Value:
    return co.Value(
        predicts=theory.RADIAL,
        computes=sims.quadratic_radial,
        at=QUADRATICS,
        within=1e-10,
        wrong={
            "one sign only": lambda slope, curvature, delta: slope * delta + curvature * delta**2 / 2,
            "without the half": lambda curvature, delta: delta**2 * curvature,
            "the trace's share": lambda d, curvature, trace, delta: delta**2 * (trace + curvature) / (2 * d),
        },
    )


DELTAS = (0.14, 0.28)


def _predicted(change: Callable[..., dict] = lambda **known: known) -> Callable[[int, float], float]:
    return lambda draw, delta: theory.ANGULAR(**change(**sims.derivatives(draw)), delta=delta)


@PAPER.claim(
    "network-angular",
    says="The same form holds for the loss of a network that reads h + tanh(LN(h) A) B through a LayerNorm, with "
    "slope and Hessian by differentiation, at 3 and 6% of |h|.",
    where="reconstructed",
    status="reconstructed",
)
def network_angular() -> co.Mean:
    def all_of_it(**known: float) -> dict:
        return {**known, "trace": (known["trace"] + known["curvature"]) * (known["d"] - 1) / known["d"]}

    # Of these draws, slope and curvature along the state are a tenth of the effect at least.
    points = co.grid(draw=[0, 3], delta=DELTAS)
    return co.Mean(
        predicts=_predicted(),
        measures=sims.network_angular,
        at=co.Depths(quick=points[:2], standard=points),
        within=0.03,
        wrong={
            "without the chord's inward drop": _predicted(lambda **known: {**known, "slope": 0.0}),
            "tr H / d for the trace across over d - 1": _predicted(all_of_it),
            "twice": lambda draw, delta: 2 * _predicted()(draw, delta),
            "linear in delta": lambda draw, delta: _predicted()(draw, 0.2) * delta / 0.2,
        },
    )


@PAPER.claim(
    "network-radial",
    says="Radial steps cost that network delta^2 / 2 f_rr: not nothing, for the write in front of the norm breaks its "
    "invariance.",
    where="reconstructed",
    status="reconstructed",
)
def network_radial() -> co.Value:
    def predicted(draw: int, delta: float) -> float:
        return theory.RADIAL(curvature=sims.derivatives(draw)["curvature"], delta=delta)

    return co.Value(
        predicts=predicted,
        computes=sims.network_radial,
        at=co.grid(draw=[0, 3], delta=DELTAS),
        within=0.03,
        wrong={
            "nothing, as behind a norm layer": lambda: 1e-12,
            "without the half": lambda draw, delta: 2 * predicted(draw, delta),
            "linear in delta": lambda draw, delta: predicted(draw, delta) / delta,
        },
    )


@PAPER.claim(
    "radial-vanishes",
    says="Where a norm layer with eps = 0 reads the state directly, as behind the last block, radial steps below r "
    "cost nothing and rotations do: the ratio is infinite there.",
    where="reconstructed",
    status="reconstructed",
)
def radial_vanishes() -> co.Value:
    def angular(draw: int, delta: float) -> float:
        return abs(sims.last_damages(draw, delta)["angular"])

    return co.Value(
        predicts=lambda: 0.0,
        computes=lambda draw, delta: sims.last_damages(draw, delta)["radial"],
        at=co.grid(draw=[0, 1], delta=[0.5, 4.0]),
        within=1e-11,
        scale=angular,
        wrong={
            "as much as rotations": angular,
            "beyond r too": co.Recomputed(lambda draw, delta: sims.last_damages(draw, delta + 4.5)["radial"]),
            "with a write in front of the norm": co.Recomputed(sims.network_radial),
        },
    )
