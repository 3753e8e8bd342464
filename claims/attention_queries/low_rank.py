"""Claims about W of rank r learned from random probes."""

from __future__ import annotations

from collections.abc import Callable

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    from corollary.sims.attention_queries import low_rank as sims
    from corollary.theory import attention_queries as theory
    from corollary.theory.attention_queries import noise, symbols

Count = Callable[..., float]


def _step(place: Count) -> Count:
    """The success probability of what recovers from more than `place` probes, with `budget` queries."""
    return lambda d, r, budget: float(budget - d > place(d, r))


@PAPER.claim(
    "nuclear-transition",
    where="Theorem 5.1; place of the transition reconstructed",
    depth="standard",
    says="Nuclear-norm minimisation fails on 0.85 m_* random probes (d = 12, r = 1) or 0.9 m_* (d = 16, r = 2), and "
    "succeeds on 1.5 or 1.3 m_*, m_* = d^2 psi(r/d).",
)
def nuclear_transition() -> co.Recovery:
    windows = ((12, 1, (0.85, 1.5)), (16, 2, (0.9, 1.3)))
    at = [{"d": d, "r": r, "budget": d + int(s * theory.transition(d, r))} for d, r, shares in windows for s in shares]
    return co.Recovery(
        attempt=sims.nuclear,
        at=at,
        within=0.2,
        attempts=600,
        probability=_step(theory.transition),
        wrong={
            "transition at the degrees of freedom": _step(lambda d, r: r * (2 * d - r)),
            "transition at 3 r (2 d)": _step(lambda d, r: 6 * r * d),
            "d^2: no gain from low rank": _step(lambda d, r: d**2 - 1),
        },
    )


@PAPER.claim(
    "dense-transition",
    where="arXiv 1303.6672, Thm II",
    status="reconstructed",
    depth="standard",
    says="From dense Gaussian measurements of W of rank 2 at d = 16, nuclear-norm minimisation fails at 0.9 m_* and "
    "succeeds at 1.1 m_*, m_* = d^2 psi(r/d).",
)
def dense_transition() -> co.Recovery:
    d, r = 16, 2

    def step(place: Count) -> Count:
        return lambda d, r, budget: float(budget > place(d, r))

    return co.Recovery(
        attempt=sims.dense,
        at=[{"d": d, "r": r, "budget": int(share * theory.transition(d, r))} for share in (0.9, 1.1)],
        within=0.2,
        attempts=800,
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
    says="O(r d) random probes suffice: d + 3.6 r (2 d - r) queries at rank 1 and 2, from width 8 to 16.",
)
def nuclear_count() -> co.Recovery:
    at = [{"d": 8, "r": 1}, {"d": 11, "r": 1}, {"d": 16, "r": 1}, {"d": 16, "r": 2}]
    return co.Recovery(
        attempt=sims.nuclear,
        at=co.Depths(standard=at, full=[*at, {"d": 24, "r": 1}, {"d": 24, "r": 2}]),
        needs=lambda d, r: d + round(3.6 * r * (2 * d - r)),
        succeeds=0.8,
        attempts=400,
        wrong={"d + r (2 d - r)": lambda d, r: d + r * (2 * d - r), "d + r d": lambda d, r: d + r * d},
    )


@PAPER.claim(
    "alternation-count",
    where="alternating least squares",
    status="reconstructed",
    depth="standard",
    says="Alternating least squares recovers from 1.8 r (2 d - r) random probes, at rank 1 and 2, widths 12 and 16.",
)
def alternation_count() -> co.Recovery:
    return co.Recovery(
        attempt=sims.alternating,
        at=[{"d": 12, "r": 1}, {"d": 16, "r": 2}],
        needs=lambda d, r: d + round(1.8 * r * (2 * d - r)),
        succeeds=0.8,
        attempts=400,
        wrong={"as many as parameters": lambda d, r: d + r * (2 * d - r), "d + r d": lambda d, r: d + r * d},
    )


@PAPER.claim(
    "alternation-first",
    where="alternating least squares",
    status="reconstructed",
    depth="standard",
    says="From the same 1.5 r (2 d - r) random probes of W of rank 2 at d = 16, alternating least squares recovers and "
    "nuclear-norm minimisation does not.",
)
def alternation_first() -> co.Phenomenon:
    point = {"d": 16, "r": 2, "factor": 1.5}
    return co.Phenomenon(
        measures=sims.both_minimisers,
        shows=lambda row: row["alternation"] < sims.RECOVERED < row["nuclear_norm"],
        effect="nuclear_norm",
        point=point,
        prevalence=0.7,
        seeds=200,
        batch=20,
        wrong={
            "as many probes as parameters": co.Control(point | {"factor": 1.0}),
            "3 r (2 d - r) probes, enough for both": co.Control(point | {"factor": 3.0}),
        },
    )


@PAPER.claim(
    "level-directions",
    where="Gaussian probes under noise",
    status="reconstructed",
    depth="standard",
    says="Directions with |a . v| = ||v|| usually make the least-squares error at 4 degrees of freedom at least 1.25 "
    "times smaller (d = 12, r = 1).",
)
def level_directions() -> co.Phenomenon:
    point = {"d": 12, "r": 1, "factor": 4}
    return co.Phenomenon(
        measures=sims.level_gain,
        shows=lambda row: row["gain"] > 1.25,
        effect="gain",
        point=point,
        prevalence=0.5,
        seeds=100,
        batch=20,
        wrong={"as much at 40 degrees of freedom": co.Control(point | {"factor": 40})},
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
        within=0.1,
        computes=lambda m: sims.mean_squared_error(8, 1, m, 1e-4, 1.0, 64),
        wrong={"1 / sqrt(m)": -0.5, "no gain": 0, "1 / m^2": -2},
    )


@PAPER.claim(
    "manifold-variance",
    where="noisy probes of rank r",
    status="reconstructed",
    depth="standard",
    says="For weak logits and many level probes, least squares on the rank-r manifold has E ||W_hat - W||_F^2 = "
    "16 tau^2 r (2 d - r) / (m d s^2), s the scale of the probes and ||v||^2 = d.",
)
def manifold_variance() -> co.Value:
    sy, form = symbols, noise.WEAK_FIT
    same = {"tau": 1e-6, "trials": 128, "m": 4096}
    return co.Value(
        predicts=form,
        computes=sims.mean_squared_error,
        at=[same | {"d": 7, "r": 3, "scale": 0.05}, same | {"d": 6, "r": 2, "scale": 0.03}],
        within=0.08,
        wrong={
            "all d^2 entries free": co.ClosedForm(16 * sy.tau**2 * sy.d / (sy.m * sy.scale**2)),
            "2 d r": co.ClosedForm(32 * sy.tau**2 * sy.r / (sy.m * sy.scale**2)),
            "1 / m^2": form.replace(-1, form.expression / sy.m),
        },
    )
