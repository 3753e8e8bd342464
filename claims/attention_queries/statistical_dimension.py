"""Claims about the statistical dimension of the nuclear norm's descent cone."""

from __future__ import annotations

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import sympy as sp

    from corollary.sims.attention_queries import measures
    from corollary.theory.attention_queries import statistical_dimension as theory
    from corollary.theory.attention_queries import symbols


@PAPER.claim(
    "tail-integrals",
    where="quarter circle",
    status="reconstructed",
    says="The quarter circle's second moment beyond t is [2 (1 + t^2) acos(t/2) - t c (26 + t^2) / 12] / pi, "
    "c^2 = 4 - t^2.",
)
def tail_integrals() -> co.Identity:
    t = symbols.t
    other = (2 * (1 + t**2) * sp.acos(t / 2) - t * theory.CHORD * (25 + t**2) / 12) / sp.pi
    return co.Identity(
        left=theory.tail_integrals(),
        right=theory.TAIL_SQUARE,
        domain={"t": co.reals(0.01, 1.99)},
        wrong={
            "(25 + t^2)": other,
            "first moment": theory.TAIL,
            "a semicircle's, half as dense": theory.TAIL_SQUARE / 2,
        },
    )


@PAPER.claim(
    "stationarity",
    where="arXiv 1303.6672, Prop. 4.7",
    status="reconstructed",
    says="psi's threshold solves rho t = (1 - rho) times the quarter circle's first moment beyond t.",
)
def stationarity() -> co.Identity:
    rho, t = symbols.rho, symbols.t
    theory.statistical_dimension().verify()
    return co.Identity(
        left=sp.diff(theory.SQUARED_DISTANCE.expression, t) / (2 * (1 - rho)),
        right=theory.STATIONARITY,
        domain={"t": co.reals(0.01, 1.99), "rho": co.reals(0.01, 0.99)},
        wrong={
            "rho and 1 - rho swapped": (1 - rho) * t - rho * theory.TAIL,
            "the second moment": rho * t - (1 - rho) * theory.TAIL_SQUARE,
            "rho t^2": rho * t**2 - (1 - rho) * theory.TAIL,
        },
    )


@PAPER.claim(
    "statistical-dimension",
    where="arXiv 1303.6672, Prop. 4.7",
    status="reconstructed",
    depth="standard",
    says="Gaussian noise is at squared distance d^2 psi(r/d) from the nuclear norm's descent directions (d -> oo).",
)
def statistical_dimension() -> co.Mean:
    rho, t = symbols.rho, symbols.t

    def at(d: int, ranks: list[int], off: tuple[float, ...] = (1.0,)) -> list[co.Point]:
        return [
            {"d": d, "r": r, "rho": r / d, "t": share * float(theory.threshold(r / d))} for r in ranks for share in off
        ]

    def distance(core: sp.Expr, tail: sp.Expr) -> co.ClosedForm:
        return co.ClosedForm(rho + (1 - rho) * (rho * core + (1 - rho) * tail))

    return co.Mean(
        predicts=theory.SQUARED_DISTANCE,
        measures=measures.squared_distance,
        within=co.Depths(standard=0.03, full=0.01),
        at=co.Depths(standard=at(32, [3, 16], (0.6, 1.25)), full=at(128, [8, 16, 32, 64])),
        budget=co.Depths(standard=128, full=6400),
        wrong={
            "3 r (2 d), the limit of small rank": co.ClosedForm(6 * rho),
            "the degrees of freedom": co.ClosedForm(rho * (2 - rho)),
            "a semicircle's tail, half as dense": distance(1 + t**2, theory.TAIL_SQUARE / 2),
            "without the core's threshold": distance(sp.Integer(1), theory.TAIL_SQUARE),
        },
    )
