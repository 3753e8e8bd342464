"""At which sample size generalising is cheaper: by the paper's free energies, and by corrected ones."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.grokking import sfm_crossover as sims
    from corollary.theory.calculus import lambert
    from corollary.theory.grokking import sfm_crossover as theory
    from corollary.theory.grokking import sfm_symbols as symbols


@PAPER.claim(
    "crossover-direction",
    says="By the paper's free energies generalising is cheaper exactly between n_- = -a W_0(-1/a), about 1, "
    "and n_+ = -a W_-1(-1/a), a = beta (p^2 - p) / eps: beyond the printed n* memorising takes over "
    "again.",
    where="eqs 9-10",
    status="corrected",
)
def crossover_direction() -> co.Value:
    theory.crossings_derivation().verify()

    Forms = dict[str, co.ClosedForm]

    def constant(value: int) -> co.ClosedForm:
        return co.ClosedForm(sp.Integer(value))

    def stated(first: co.ClosedForm, last: co.ClosedForm, sides: tuple[int, ...] = (0, 1, 0)) -> Forms:
        names = ("before", "between", "beyond")
        return {"first": first, "last": last, **dict(zip(names, map(constant, sides), strict=True))}

    def scaled(form: co.ClosedForm, a: sp.Expr) -> co.ClosedForm:
        return form.replace(0, a)

    first, last = theory.FIRST_CROSSING, theory.PAPER_CROSSOVER
    a, p, beta, eps = theory.SCALE.expression, symbols.p, symbols.beta, symbols.eps
    return co.Value(
        predicts=stated(first, last),
        computes=sims.crossings,
        at=[
            {"p": 5, "beta": 0.3, "eps": 0.5},
            {"p": 11, "beta": 1.7, "eps": 0.03},
            {"p": 31, "beta": 0.8, "eps": 0.2},
            {"p": 97, "beta": 1.0, "eps": 0.05},
        ],
        within=1e-8,
        scale=stated(first, last, (1, 1, 1)),
        wrong={
            "the branches exchanged": stated(last, first),
            "generalising beyond n*": stated(first, last, (0, 0, 1)),
            "p^2 for p^2 - p": stated(first, scaled(last, beta * p**2 / eps)),
            "twice the loss": stated(first, scaled(last, a / 2)),
            "the first without its loss": stated(scaled(first, a * eps), last),
        },
    )


@PAPER.claim(
    "paper-crossover-direction",
    says="Beyond the sample size n* of eq 10 the logarithm dominates and generalising is cheaper.",
    where="eq 10",
    corrected_by="crossover-direction",
    kinder="n* itself is right, the sample size where the two costs meet again; generalising is the cheaper below "
    "it, from about one sample on.",
)
def paper_crossover_direction() -> co.Witness:
    def cheaper() -> dict[str, bool]:
        """By the gap at p = 97, beta = 1, eps = 1/20, where n* is about 2.76 million, to 50 digits."""
        at = {symbols.p: 97, symbols.beta: 1, symbols.eps: sp.Rational(1, 20)}
        gap = theory.GAP.expression.subs(at)
        return {f"n = 10^{d}": bool(gap.subs(theory.m, 10**d).evalf(50) < 0) for d in (7, 8)}

    return co.Witness(computes=cheaper, states={"n = 10^7": True, "n = 10^8": True})


@PAPER.claim(
    "interpolator-crossover",
    says="Against an interpolator with n coefficients generalising is cheaper from (n - p) beta ln n = n eps "
    "on, which is n = p for a vanishing loss: linear in p, as the window of the phase diagram.",
    where="reconstructed",
    status="reconstructed",
)
def interpolator_crossover() -> co.Identity:
    def draw(rng: np.random.Generator) -> co.Point:
        return {"p": int(rng.choice([11, 31, 97])), "beta": rng.uniform(0.5, 2.0), "eps": 10 ** rng.uniform(-9, -0.5)}

    crossing = theory.interpolator_crossing
    return co.Identity(
        left=cache(sims.interpolator_crossing),
        right=crossing,
        draw=draw,
        digits=8,
        wrong={
            "at p whatever the loss": lambda p, beta, eps: p,
            "at p^2": lambda p, beta, eps: p * p,
            "without the logarithm": lambda p, beta, eps: p / (1 - eps / beta / np.log(p * p)),
            "at twice the loss": lambda p, beta, eps: crossing(p, beta, 2 * eps),
        },
    )


@PAPER.claim(
    "mode-detection",
    says="Eq 6 keeps a mode of squared modulus w2 < 2 beta / e for good from n = -(2 beta / w2) W_-1(-w2 / (2 "
    "beta)) on: the crossover that does run in the claimed direction.",
    where="reconstructed",
    status="reconstructed",
)
def mode_detection() -> co.Identity:
    theory.detection().verify()
    return co.Identity(
        left=cache(sims.detection_size),
        right=theory.DETECTION,
        digits=8,
        draw=lambda rng: {"size": 1 / rng.uniform(10, 1000), "beta": rng.uniform(0.3, 2.0)},
        wrong={
            "the other branch": lambda size, beta: -(2 * beta / size) * lambert.branch(-size / (2 * beta), 0),
            "beta for 2 beta": lambda size, beta: theory.detection_size(size, beta / 2),
            "where the line and its slope meet": lambda size, beta: 2 * beta / size,
        },
    )


@PAPER.claim(
    "two-basins",
    says="Of two basins n L + lambda ln n the one of smaller lambda and larger loss is cheaper between the "
    "two roots of n dL = dlambda ln n, and nowhere if dlambda < e dL.",
    where="known",
    status="corrected",
)
def two_basins() -> co.Identity:
    sizes = np.exp(np.linspace(1e-3, 25, 4001))
    Ends = Callable[[float, float], tuple[float, float]]

    def inside(ends: Ends = lambda low, high: (low, high)) -> Callable[[float, float], np.ndarray]:
        def at(loss_gap: float, coefficient_gap: float) -> np.ndarray:
            roots = theory.two_basins(loss_gap, coefficient_gap)
            low, high = (math.inf, 0.0) if roots is None else ends(*roots)
            return ((sizes > low) & (sizes < high)).astype(float)

        return at

    def draw(rng: np.random.Generator) -> co.Point:
        return {"loss_gap": 10 ** rng.uniform(-4, 1), "coefficient_gap": rng.uniform(0.5, 50)}

    return co.Identity(
        left=lambda loss_gap, coefficient_gap: sims.simple_is_cheaper(sizes, loss_gap, coefficient_gap),
        right=inside(),
        draw=draw,
        wrong={
            "from the larger root on": inside(lambda low, high: (high, math.inf)),
            "at every n": lambda: np.ones(len(sizes)),
            "up to the larger root": inside(lambda low, high: (0.0, high)),
        },
    )
