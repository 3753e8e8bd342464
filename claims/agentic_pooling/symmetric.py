"""The symmetric pair on three outcomes: what both can gain, and what a floor under all probabilities costs."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import sympy as sp

    from corollary.sims.agentic_pooling import symmetric as sims
    from corollary.theory.agentic_pooling import symmetric as theory


@PAPER.claim(
    "symmetric-gain",
    says="Both agents of the symmetric pair gain G(a, d) from their log pool.",
    where="reconstructed",
    status="reconstructed",
)
def symmetric_gain() -> co.Value:
    gain = theory.GAIN
    return co.Value(
        predicts={"first": gain, "second": gain},
        computes=sims.gains,
        at=co.grid(a=[0.05, 0.2, 0.4], d=[1e-6, 1e-3, 0.03]),
        wrong={
            "the arithmetic mean for the pool's mass": _both(gain.replace(1, (theory.a + theory.d) / 2)),
            "an unnormalised pool": _both(gain.replace(2, sp.Integer(1))),
            "the limit d -> 0": _both(lambda a: a * math.log((1 - a) / a)),
        },
    )


def _both(form: object) -> dict[str, object]:
    return {"first": form, "second": form}


@PAPER.claim(
    "symmetric-supremum",
    says="The symmetric pair's gain has the supremum W(1/e) = 0.27846, Lambert's W, approached as d -> 0.",
    where="reconstructed",
    status="reconstructed",
)
def symmetric_supremum() -> co.Identity:
    value = sp.LambertW(sp.exp(-1))
    return co.Identity(
        left=theory.supremum(),
        right=value,
        wrong={
            "W(1)": sp.LambertW(1),
            "1/e": sp.exp(-1),
            "W(2/e)": sp.LambertW(2 * sp.exp(-1)),
            "the best value of a": value / (1 + value),
        },
    )


@PAPER.claim(
    "floor-loss",
    says="With no probability below d the best symmetric gain stays sqrt(a* d) / (1 - a*) (log(1/d) - log a* + 2 "
    "log(1 - a*)) below its supremum, to leading order.",
    where="reconstructed",
    status="reconstructed",
)
def floor_loss() -> co.Value:
    loss, d, peak = theory.FLOOR_LOSS, theory.d, theory.PEAK
    root = sp.sqrt(peak * d) / (1 - peak)
    return co.Value(
        predicts=loss,
        computes=sims.floor_loss,
        at=co.grid(d=[1e-12, 1e-10, 1e-9]),
        within=1.5e-3,
        wrong={
            "sqrt(d) without the logarithm": loss.replace(-1, root),
            "the logarithm of d alone": loss.replace(-1, root * sp.log(1 / d)),
            "linear in d": loss.replace(-1, loss.expression * sp.sqrt(d)),
        },
    )


@PAPER.claim(
    "critical-floor",
    says="The symmetric pair gains exactly while d is below the zero of G(a, .) in (0, a), for a between 0.09 and "
    "0.499.",
    where="reconstructed",
    status="reconstructed",
)
def critical_floor() -> co.Identity:
    return co.Identity(
        left=lambda a: sims.critical_floor(a),
        right=theory.critical_floor,
        digits=7,
        draw=lambda rng: {"a": rng.uniform(0.09, 0.499)},
        wrong={
            "twice that": lambda a: 2 * theory.critical_floor(a),
            "a**3": lambda a: a**3,
            "the floor that a smaller second mass has": lambda a: theory.critical_floor(0.9 * a),
        },
    )
