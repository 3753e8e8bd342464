"""Claims about W of rank r: random probes and designed ones."""

from typing import Any

from corollary.claims.attention_queries.paper import PAPER


@PAPER.claim(
    "degrees-of-freedom",
    "Identity",
    where="classical; as a query count",
    status="reconstructed",
    says="r columns and r rows of a d x d matrix hold r (2 d - r) numbers: the parameters of a matrix of rank r.",
)
def degrees_of_freedom(stated):
    from corollary import Identity
    from corollary.theory.attention_queries import counts as theory
    from corollary.theory.attention_queries.symbols import d, r

    return Identity(
        **stated,
        left=theory.degrees_of_freedom(),
        right=theory.DEGREES_OF_FREEDOM,
        wrong={
            "2 d r": 2 * d * r,
            "r d": r * d,
            "r (2 d - r - 1)": r * (2 * d - r - 1),
        },
    )


@PAPER.claim(
    "completion",
    "Identity",
    where="classical; as a learner",
    status="reconstructed",
    says="A matrix of rank r follows from its first r rows and columns: G = E C^-1 D.",
)
def completion(stated):
    from corollary import ClosedForm, Identity
    from corollary.theory.attention_queries import counts as theory

    return Identity(
        **stated,
        left=theory.completion(),
        right=theory.REST,
        wrong={
            "without the core's inverse": ClosedForm(theory.L2 * theory.R1 * theory.L1 * theory.R2),
            "the core inside": ClosedForm(theory.L2 * theory.L1 * theory.R1 * theory.R2),
        },
    )


@PAPER.claim(
    "designed-count",
    "Recovery",
    where="designed probes",
    status="reconstructed",
    says="W of known rank r is recovered with d + r (2 d - r) queries, the number of free parameters.",
)
def designed_count(stated):
    from corollary import Depths, Recovery
    from corollary.sims.attention_queries import trials

    at = [{"d": 12, "r": 1}, {"d": 16, "r": 2}]
    return Recovery(
        **stated,
        attempt=trials.designed,
        at=Depths(quick=at[1:], standard=at, full=[*at, {"d": 24, "r": 8}]),
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
    "Recovery",
    where="designed probes",
    status="reconstructed",
    depth="standard",
    says="When the rank is not known, one row and one column more are asked.",
)
def unknown_rank(stated):
    from corollary import Recovery
    from corollary.sims.attention_queries import trials

    at = [{"d": 8, "r": 2}, {"d": 12, "r": 3}]
    return Recovery(
        **stated,
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
    "Phenomenon",
    where="designed probes under noise",
    status="reconstructed",
    says="Under noise, five rows and columns more than the rank make the error at least twice smaller.",
)
def oversampling(stated):
    from corollary import Phenomenon
    from corollary.sims.attention_queries import phenomena

    return Phenomenon(
        **stated,
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
    "Phenomenon",
    where="Gaussian probes under noise",
    status="reconstructed",
    depth="standard",
    says="Directions with |a . v| = ||v|| make the least-squares error at 4 degrees of freedom at least 1.25 "
    "times smaller.",
)
def level_directions(stated):
    from corollary import Control, Phenomenon
    from corollary.sims.attention_queries import phenomena

    point = {"d": 12, "r": 1, "factor": 4}
    return Phenomenon(
        **stated,
        observe=phenomena.level_gain,
        shows=lambda seen: seen["gain"] > 1.25,
        effect="gain",
        point=point,
        prevalence=0.5,
        seeds=100,
        batch=20,
        wrong={
            "Gaussian ones are as good": lambda seen: seen["gain"] < 1.05,
            "as much at 40 degrees of freedom": Control(point | {"factor": 40}),
        },
    )


@PAPER.claim(
    "manifold-rate",
    "Exponent",
    where="noisy probes of rank r",
    status="reconstructed",
    depth="standard",
    says="Least squares on the rank-r manifold: the squared error falls as 1 / m.",
)
def manifold_rate(stated):
    from corollary import Exponent
    from corollary.sims.attention_queries import phenomena

    return Exponent(
        **stated,
        along="m",
        predicts=-1,
        at=[{"m": m} for m in (256, 512, 1024, 2048)],
        within=0.25,
        computes=lambda m: phenomena.manifold_error(8, 1, m, 1e-4, 64),
        wrong={"1 / sqrt(m)": -0.5, "no gain": 0, "1 / m^2": -2},
    )


@PAPER.claim(
    "tail-integrals",
    "Identity",
    where="quarter circle",
    status="reconstructed",
    says="The quarter circle's second moment beyond t is [2 (1 + t^2) acos(t/2) - t c (26 + t^2) / 12] / pi, "
    "c^2 = 4 - t^2.",
)
def tail_integrals(stated):
    import sympy as sp

    from corollary import Identity
    from corollary.formulas.derivation import reals
    from corollary.theory.attention_queries import statistical_dimension as theory
    from corollary.theory.attention_queries.symbols import t

    return Identity(
        **stated,
        left=theory.tail_integrals(),
        right=theory.TAIL_SQUARE,
        domain={"t": reals(0.01, 1.99)},
        wrong={
            "(25 + t^2)": (2 * (1 + t**2) * sp.acos(t / 2) - t * theory.CHORD * (25 + t**2) / 12) / sp.pi,
            "first moment": theory.TAIL,
            "a semicircle's, half as dense": theory.TAIL_SQUARE / 2,
        },
    )


@PAPER.claim(
    "stationarity",
    "Identity",
    where="arXiv 1303.6672, Prop. 4.7",
    status="reconstructed",
    says="psi's threshold solves rho t = (1 - rho) times the quarter circle's first moment beyond t.",
)
def stationarity(stated):
    import sympy as sp

    from corollary import Identity
    from corollary.formulas.derivation import reals
    from corollary.theory.attention_queries import statistical_dimension as theory
    from corollary.theory.attention_queries.symbols import rho, t

    theory.statistical_dimension().verify()
    slope = sp.diff(theory.SQUARED_DISTANCE.expression, t) / (2 * (1 - rho))
    return Identity(
        **stated,
        left=slope,
        right=theory.STATIONARITY,
        domain={"t": reals(0.01, 1.99), "rho": reals(0.01, 0.99)},
        wrong={
            "rho and 1 - rho swapped": (1 - rho) * t - rho * theory.TAIL,
            "the second moment": rho * t - (1 - rho) * theory.TAIL_SQUARE,
            "rho t^2": rho * t**2 - (1 - rho) * theory.TAIL,
        },
    )


@PAPER.claim(
    "statistical-dimension",
    "Mean",
    where="arXiv 1303.6672, Prop. 4.7",
    status="reconstructed",
    depth="standard",
    says="Gaussian noise is at squared distance d^2 psi(r/d) from the nuclear norm's descent directions (d -> oo).",
)
def statistical_dimension(stated):
    from corollary import ClosedForm, Depths, Mean
    from corollary.sims.attention_queries import measures
    from corollary.theory.attention_queries import statistical_dimension as theory
    from corollary.theory.attention_queries.symbols import rho, t

    def at(d: int, ranks: list[int], off: tuple[float, ...] = (1.0,)) -> list[dict[str, Any]]:
        return [
            {"d": d, "r": r, "rho": r / d, "t": share * float(theory.threshold(r / d))} for r in ranks for share in off
        ]

    return Mean(
        **stated,
        predicts=theory.SQUARED_DISTANCE,
        measures=measures.squared_distance,
        within=Depths(standard=0.03, full=0.01),
        at=Depths(standard=at(32, [3, 16], (0.6, 1.25)), full=at(128, [8, 16, 32, 64])),
        budget=Depths(standard=128, full=6400),
        wrong={
            "3 r (2 d), the limit of small rank": ClosedForm(6 * rho),
            "the degrees of freedom": ClosedForm(rho * (2 - rho)),
            "a semicircle's tail, half as dense": ClosedForm(
                rho + (1 - rho) * (rho * (1 + t**2) + (1 - rho) * theory.TAIL_SQUARE / 2)
            ),
            "without the core's threshold": ClosedForm(rho + (1 - rho) * (rho + (1 - rho) * theory.TAIL_SQUARE)),
        },
    )


@PAPER.claim(
    "nuclear-transition",
    "Recovery",
    where="Theorem 5.1; place of the transition reconstructed",
    depth="standard",
    says="Nuclear-norm minimisation fails below 0.85 m_* and succeeds from 1.5 m_* on, m_* = d^2 psi(r/d).",
)
def nuclear_transition(stated):
    from corollary import Recovery
    from corollary.sims.attention_queries import trials
    from corollary.theory.attention_queries import transition

    at = []
    for d, r, above in ((12, 1, 1.5), (16, 2, 1.35)):
        threshold = transition(d, r)
        at += [{"d": d, "r": r, "budget": d + int(share * threshold)} for share in (0.85, above)]

    def step(place):
        return lambda d, r, budget: float(budget - d > place(d, r))

    return Recovery(
        **stated,
        attempt=trials.nuclear,
        at=at,
        within=0.45,
        attempts=200,
        probability=step(transition),
        wrong={
            "transition at the degrees of freedom": step(lambda d, r: r * (2 * d - r)),
            "transition at 3 r (2 d)": step(lambda d, r: 6 * r * d),
            "d^2: no gain from low rank": step(lambda d, r: d**2 - 1),
        },
    )


@PAPER.claim(
    "dense-transition",
    "Recovery",
    where="arXiv 1303.6672, Thm II",
    status="reconstructed",
    depth="standard",
    says="From dense Gaussian measurements nuclear-norm minimisation recovers half of the time somewhere "
    "between 0.9 m_* and 1.1 m_*, m_* = d^2 psi(r/d).",
)
def dense_transition(stated):
    from corollary import Recovery
    from corollary.sims.attention_queries import trials
    from corollary.theory.attention_queries import transition

    d, r = 16, 2
    at = [{"d": d, "r": r, "budget": int(share * transition(d, r))} for share in (0.9, 1.1)]

    def step(place):
        return lambda d, r, budget: float(budget > place(d, r))

    return Recovery(
        **stated,
        attempt=trials.dense,
        at=at,
        within=0.45,
        attempts=200,
        probability=step(transition),
        wrong={
            "at the degrees of freedom": step(lambda d, r: r * (2 * d - r)),
            "at 3 r (2 d), the limit of small rank": step(lambda d, r: 6 * r * d),
            "at 1.2 m_*, as from rank-one probes": step(lambda d, r: 1.2 * transition(d, r)),
            "at 0.8 m_*": step(lambda d, r: 0.8 * transition(d, r)),
        },
    )


@PAPER.claim(
    "nuclear-count",
    "Recovery",
    where="Theorem 5.1; constant reconstructed",
    depth="standard",
    says="O(r d) random probes suffice: d + 3.6 r (2 d - r), at every width.",
)
def nuclear_count(stated):
    from corollary import Depths, Recovery
    from corollary.sims.attention_queries import trials

    at = [{"d": 8, "r": 1}, {"d": 12, "r": 1}, {"d": 16, "r": 1}]
    return Recovery(
        **stated,
        attempt=trials.nuclear,
        at=Depths(standard=at, full=[*at, {"d": 24, "r": 1}, {"d": 24, "r": 2}]),
        needs=lambda d, r: d + round(3.6 * r * (2 * d - r)),
        succeeds=0.5,
        attempts=200,
        wrong={"d + r (2 d - r)": lambda d, r: d + r * (2 * d - r), "d + r d": lambda d, r: d + r * d},
    )


@PAPER.claim(
    "alternation-count",
    "Recovery",
    where="alternating least squares",
    status="reconstructed",
    depth="standard",
    says="Alternating least squares recovers with 1.8 r (2 d - r) probes, fewer than the nuclear norm can do with.",
)
def alternation_count(stated):
    from corollary import Depths, Recovery
    from corollary.sims.attention_queries import trials

    at = [{"d": 12, "r": 1}, {"d": 16, "r": 2}]
    return Recovery(
        **stated,
        attempt=trials.alternating,
        at=Depths(standard=at[1:], full=at),
        needs=lambda d, r: d + round(1.8 * r * (2 * d - r)),
        succeeds=0.5,
        attempts=400,
        wrong={"as many as parameters": lambda d, r: d + r * (2 * d - r), "d + r d": lambda d, r: d + r * d},
    )
