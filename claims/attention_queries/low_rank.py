"""Claims about W of rank r: random probes and designed ones."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import sympy as sp

    from corollary.sims.attention_queries import measures, phenomena, trials
    from corollary.theory import attention_queries as theory
    from corollary.theory.attention_queries import counts, symbols
    from corollary.theory.attention_queries import statistical_dimension as theory_statistical_dimension


@PAPER.claim(
    "degrees-of-freedom",
    where="classical; as a query count",
    status="reconstructed",
    says="r columns and r rows of a d x d matrix hold r (2 d - r) numbers: the parameters of a matrix of rank r.",
)
def degrees_of_freedom() -> co.Identity:

    return co.Identity(
        left=counts.degrees_of_freedom(),
        right=counts.DEGREES_OF_FREEDOM,
        wrong={
            "2 d r": 2 * symbols.d * symbols.r,
            "r d": symbols.r * symbols.d,
            "r (2 d - r - 1)": symbols.r * (2 * symbols.d - symbols.r - 1),
        },
    )


@PAPER.claim(
    "completion",
    where="classical; as a learner",
    status="reconstructed",
    says="A matrix of rank r follows from its first r rows and columns: G = E C^-1 D.",
)
def completion() -> co.Identity:

    return co.Identity(
        left=counts.completion(),
        right=counts.REST,
        wrong={
            "without the core's inverse": co.ClosedForm(counts.L2 * counts.R1 * counts.L1 * counts.R2),
            "the core inside": co.ClosedForm(counts.L2 * counts.L1 * counts.R1 * counts.R2),
        },
    )


@PAPER.claim(
    "designed-count",
    where="designed probes",
    status="reconstructed",
    says="W of known rank r is recovered with d + r (2 d - r) queries, the number of free parameters.",
)
def designed_count() -> co.Recovery:

    at = [{"d": 12, "r": 1}, {"d": 16, "r": 2}]
    return co.Recovery(
        attempt=trials.designed,
        at=co.Depths(quick=at[1:], standard=at, full=[*at, {"d": 24, "r": 8}]),
        needs=lambda d, r: d + r * (2 * d - r),
        succeeds=0.8,
        fails=0.2,
        wrong={
            "d + 2 d r": lambda d, r: d + 2 * d * r,
            "d + d r": lambda d, r: d + d * r,
            "d^2 + d": lambda d, r: d**2 + d,
        },
    )


@PAPER.claim(
    "unknown-rank",
    where="designed probes",
    status="reconstructed",
    depth="standard",
    says="When the rank is not known, one row and one column more are asked.",
)
def unknown_rank() -> co.Recovery:

    at = [{"d": 8, "r": 2}, {"d": 12, "r": 3}]
    return co.Recovery(
        attempt=trials.designed_any_rank,
        at=at,
        needs=lambda d, r: d + (r + 1) * (2 * d - r - 1),
        succeeds=0.8,
        fails=0.2,
        wrong={
            "as when it is known": lambda d, r: d + r * (2 * d - r),
            "two more": lambda d, r: d + (r + 2) * (2 * d - r - 2),
        },
    )


@PAPER.claim(
    "oversampling",
    where="designed probes under noise",
    status="reconstructed",
    says="Under noise, five rows and columns more than the rank make the error at least twice smaller.",
)
def oversampling() -> co.Phenomenon:

    return co.Phenomenon(
        observe=phenomena.designed_under_noise,
        shows=lambda seen: seen["gain"] > 2,
        effect="gain",
        point={"d": 32, "r": 3, "tau": 1e-5, "extra": 5},
        prevalence=0.5,
        seeds=300,
        batch=20,
        wrong={
            "as many probes as parameters do better": lambda seen: seen["gain"] < 1,
            "a hundredfold gain": lambda seen: seen["gain"] > 100,
        },
    )


@PAPER.claim(
    "level-directions",
    where="Gaussian probes under noise",
    status="reconstructed",
    depth="standard",
    says="Directions with |a . v| = ||v|| make the least-squares error at 4 degrees of freedom at least 1.25 "
    "times smaller.",
)
def level_directions() -> co.Phenomenon:

    point = {"d": 12, "r": 1, "factor": 4}
    return co.Phenomenon(
        observe=phenomena.level_gain,
        shows=lambda seen: seen["gain"] > 1.25,
        effect="gain",
        point=point,
        prevalence=0.5,
        seeds=100,
        batch=20,
        wrong={
            "Gaussian ones are as good": lambda seen: seen["gain"] < 1.05,
            "as much at 40 degrees of freedom": co.Control(point | {"factor": 40}),
        },
    )


@PAPER.claim(
    "manifold-rate",
    where="noisy probes of rank r",
    status="reconstructed",
    depth="standard",
    says="Least squares on the rank-r manifold: the squared error falls as 1 / m.",
)
def manifold_rate() -> co.Exponent:

    return co.Exponent(
        along="m",
        predicts=-1,
        at=[{"m": m} for m in (256, 512, 1024, 2048)],
        within=0.25,
        computes=lambda m: phenomena.manifold_error(8, 1, m, 1e-4, 64),
        wrong={"1 / sqrt(m)": -0.5, "no gain": 0, "1 / m^2": -2},
    )


@PAPER.claim(
    "tail-integrals",
    where="quarter circle",
    status="reconstructed",
    says="The quarter circle's second moment beyond t is [2 (1 + t^2) acos(t/2) - t c (26 + t^2) / 12] / pi, "
    "c^2 = 4 - t^2.",
)
def tail_integrals() -> co.Identity:

    return co.Identity(
        left=theory_statistical_dimension.tail_integrals(),
        right=theory_statistical_dimension.TAIL_SQUARE,
        domain={"t": co.reals(0.01, 1.99)},
        wrong={
            "(25 + t^2)": (
                2 * (1 + symbols.t**2) * sp.acos(symbols.t / 2)
                - symbols.t * theory_statistical_dimension.CHORD * (25 + symbols.t**2) / 12
            )
            / sp.pi,
            "first moment": theory_statistical_dimension.TAIL,
            "a semicircle's, half as dense": theory_statistical_dimension.TAIL_SQUARE / 2,
        },
    )


@PAPER.claim(
    "stationarity",
    where="arXiv 1303.6672, Prop. 4.7",
    status="reconstructed",
    says="psi's threshold solves rho t = (1 - rho) times the quarter circle's first moment beyond t.",
)
def stationarity() -> co.Identity:

    theory_statistical_dimension.statistical_dimension().verify()
    slope = sp.diff(theory_statistical_dimension.SQUARED_DISTANCE.expression, symbols.t) / (2 * (1 - symbols.rho))
    return co.Identity(
        left=slope,
        right=theory_statistical_dimension.STATIONARITY,
        domain={"t": co.reals(0.01, 1.99), "rho": co.reals(0.01, 0.99)},
        wrong={
            "rho and 1 - rho swapped": (1 - symbols.rho) * symbols.t - symbols.rho * theory_statistical_dimension.TAIL,
            "the second moment": symbols.rho * symbols.t - (1 - symbols.rho) * theory_statistical_dimension.TAIL_SQUARE,
            "rho t^2": symbols.rho * symbols.t**2 - (1 - symbols.rho) * theory_statistical_dimension.TAIL,
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

    def at(d: int, ranks: list[int], off: tuple[float, ...] = (1.0,)) -> list[dict[str, Any]]:
        return [
            {"d": d, "r": r, "rho": r / d, "t": share * float(theory_statistical_dimension.threshold(r / d))}
            for r in ranks
            for share in off
        ]

    return co.Mean(
        predicts=theory_statistical_dimension.SQUARED_DISTANCE,
        measures=measures.squared_distance,
        within=co.Depths(standard=0.03, full=0.01),
        at=co.Depths(standard=at(32, [3, 16], (0.6, 1.25)), full=at(128, [8, 16, 32, 64])),
        budget=co.Depths(standard=128, full=6400),
        wrong={
            "3 r (2 d), the limit of small rank": co.ClosedForm(6 * symbols.rho),
            "the degrees of freedom": co.ClosedForm(symbols.rho * (2 - symbols.rho)),
            "a semicircle's tail, half as dense": co.ClosedForm(
                symbols.rho
                + (1 - symbols.rho)
                * (symbols.rho * (1 + symbols.t**2) + (1 - symbols.rho) * theory_statistical_dimension.TAIL_SQUARE / 2)
            ),
            "without the core's threshold": co.ClosedForm(
                symbols.rho
                + (1 - symbols.rho) * (symbols.rho + (1 - symbols.rho) * theory_statistical_dimension.TAIL_SQUARE)
            ),
        },
    )


@PAPER.claim(
    "nuclear-transition",
    where="Theorem 5.1; place of the transition reconstructed",
    depth="standard",
    says="Nuclear-norm minimisation fails below 0.85 m_* and succeeds from 1.5 m_* on, m_* = d^2 psi(r/d).",
)
def nuclear_transition() -> co.Recovery:

    at = []
    for d, r, above in ((12, 1, 1.5), (16, 2, 1.35)):
        threshold = theory.transition(d, r)
        at += [{"d": d, "r": r, "budget": d + int(share * threshold)} for share in (0.85, above)]

    def step(place):
        return lambda d, r, budget: float(budget - d > place(d, r))

    return co.Recovery(
        attempt=trials.nuclear,
        at=at,
        within=0.45,
        attempts=200,
        probability=step(theory.transition),
        wrong={
            "transition at the degrees of freedom": step(lambda d, r: r * (2 * d - r)),
            "transition at 3 r (2 d)": step(lambda d, r: 6 * r * d),
            "d^2: no gain from low rank": step(lambda d, r: d**2 - 1),
        },
    )


@PAPER.claim(
    "dense-transition",
    where="arXiv 1303.6672, Thm II",
    status="reconstructed",
    depth="standard",
    says="From dense Gaussian measurements nuclear-norm minimisation recovers half of the time somewhere "
    "between 0.9 m_* and 1.1 m_*, m_* = d^2 psi(r/d).",
)
def dense_transition() -> co.Recovery:

    d, r = 16, 2
    at = [{"d": d, "r": r, "budget": int(share * theory.transition(d, r))} for share in (0.9, 1.1)]

    def step(place):
        return lambda d, r, budget: float(budget > place(d, r))

    return co.Recovery(
        attempt=trials.dense,
        at=at,
        within=0.45,
        attempts=200,
        probability=step(theory.transition),
        wrong={
            "at the degrees of freedom": step(lambda d, r: r * (2 * d - r)),
            "at 3 r (2 d), the limit of small rank": step(lambda d, r: 6 * r * d),
            "at 1.2 m_*, as from rank-one probes": step(lambda d, r: 1.2 * theory.transition(d, r)),
            "at 0.8 m_*": step(lambda d, r: 0.8 * theory.transition(d, r)),
        },
    )


@PAPER.claim(
    "nuclear-count",
    where="Theorem 5.1; constant reconstructed",
    depth="standard",
    says="O(r d) random probes suffice: d + 3.6 r (2 d - r), at every width.",
)
def nuclear_count() -> co.Recovery:

    at = [{"d": 8, "r": 1}, {"d": 12, "r": 1}, {"d": 16, "r": 1}]
    return co.Recovery(
        attempt=trials.nuclear,
        at=co.Depths(standard=at, full=[*at, {"d": 24, "r": 1}, {"d": 24, "r": 2}]),
        needs=lambda d, r: d + round(3.6 * r * (2 * d - r)),
        succeeds=0.5,
        attempts=200,
        wrong={"d + r (2 d - r)": lambda d, r: d + r * (2 * d - r), "d + r d": lambda d, r: d + r * d},
    )


@PAPER.claim(
    "alternation-count",
    where="alternating least squares",
    status="reconstructed",
    depth="standard",
    says="Alternating least squares recovers with 1.8 r (2 d - r) probes, fewer than the nuclear norm can do with.",
)
def alternation_count() -> co.Recovery:

    at = [{"d": 12, "r": 1}, {"d": 16, "r": 2}]
    return co.Recovery(
        attempt=trials.alternating,
        at=co.Depths(standard=at[1:], full=at),
        needs=lambda d, r: d + round(1.8 * r * (2 * d - r)),
        succeeds=0.5,
        attempts=400,
        wrong={"as many as parameters": lambda d, r: d + r * (2 * d - r), "d + r d": lambda d, r: d + r * d},
    )
