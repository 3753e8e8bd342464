"""Free energies: at which sample size generalising is cheaper, what a mode costs exactly, and what is not singular."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import corollary as co
from corollary.claims.grokking.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.grokking import free_energies, sfm_design, sfm_measures
    from corollary.theory.calculus import lambert
    from corollary.theory.grokking import sfm_bayes, sfm_crossover, sfm_description, sfm_symbols


def _draw(rng: Any) -> dict[str, Any]:
    return {"p": int(rng.choice([5, 11, 31, 97])), "beta": rng.uniform(0.3, 2.0), "eps": rng.uniform(0.01, 0.5)}


@PAPER.claim(
    "crossover-direction",
    says="By the paper's free energies generalising is cheaper exactly between n_- = -a W_0(-1/a), about 1, "
    "and n_+ = -a W_-1(-1/a), a = beta (p^2 - p) / eps: beyond the printed n* memorising takes over "
    "again.",
    where="eqs 9-10",
    status="corrected",
)
def crossover_direction() -> co.Identity:

    sfm_crossover.crossings_derivation().verify()

    @cache
    def scanned(p: int, beta: float, eps: float) -> Any:
        """Where they change places, and which is cheaper before, between and after: 1 for generalising."""
        first, last = np.asarray(free_energies.crossings(p, beta, eps), float)
        sides = [free_energies.cheaper(n, p, beta, eps) for n in (np.sqrt(first), 10.0, 10 * last)]
        return np.array([first, last, *sides])

    def roots(p: int, beta: float, eps: float, sides: tuple[int, ...] = (0, 1, 0)) -> Any:
        return np.array([*sfm_crossover.crossings(p, beta, eps), *sides])

    return co.Identity(
        left=scanned,
        right=roots,
        draw=_draw,
        digits=8,
        wrong={
            "the branches exchanged": lambda p, beta, eps: roots(p, beta, eps)[[1, 0, 2, 3, 4]],
            "generalising beyond n*": lambda p, beta, eps: roots(p, beta, eps, (0, 0, 1)),
            "p^2 for p^2 - p": lambda p, beta, eps: roots(p, beta * p / (p - 1), eps),
            "twice the loss": lambda p, beta, eps: roots(p, beta, 2 * eps),
        },
    )


@PAPER.claim(
    "paper-crossover-direction",
    says="Beyond the sample size n* of eq 10 the logarithm dominates and generalising is cheaper.",
    where="eq 10",
    corrected_by="crossover-direction",
)
def paper_crossover_direction() -> co.Witness:

    def found() -> dict[str, bool]:
        """F_mem > F_gen at p = 97, beta = 1, eps = 1/20, n* about 2.76 million, to 50 digits."""

        eps, p = sp.Rational(1, 20), 97
        return {f"n = 10^{d}": bool(((p**2 - p) * sp.log(10**d) - 10**d * eps).evalf(50) > 0) for d in (7, 8)}

    return co.Witness(computes=found, states={"n = 10^7": True, "n = 10^8": True})


@PAPER.claim(
    "interpolator-crossover",
    says="Against an interpolator with n coefficients generalising is cheaper from (n - p) beta ln n = n eps "
    "on, which is n = p for a vanishing loss: linear in p, as the window of the phase diagram.",
    where="reconstructed",
    status="reconstructed",
)
def interpolator_crossover() -> co.Identity:

    def draw(rng: Any) -> dict[str, Any]:
        return {"p": int(rng.choice([11, 31, 97])), "beta": rng.uniform(0.5, 2.0), "eps": 10 ** rng.uniform(-9, -0.5)}

    stated_crossing = sfm_crossover.interpolator_crossing
    return co.Identity(
        left=cache(free_energies.interpolator_crossing),
        right=stated_crossing,
        draw=draw,
        digits=8,
        wrong={
            "at p whatever the loss": lambda p, beta, eps: p,
            "at p^2": lambda p, beta, eps: p * p,
            "without the logarithm": lambda p, beta, eps: p / (1 - eps / beta / np.log(p * p)),
            "at twice the loss": lambda p, beta, eps: stated_crossing(p, beta, 2 * eps),
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

    sfm_crossover.detection().verify()
    found = sfm_crossover.detection_size
    return co.Identity(
        left=cache(free_energies.detection_size),
        right=found,
        digits=8,
        draw=lambda rng: {"size": 1 / rng.uniform(10, 1000), "beta": rng.uniform(0.3, 2.0)},
        wrong={
            "the other branch": lambda size, beta: -(2 * beta / size) * lambert.branch(-size / (2 * beta), 0),
            "beta for 2 beta": lambda size, beta: found(size, beta / 2),
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

    def inside(loss_gap: float, coefficient_gap: float, ends: Any = lambda low, high: (low, high)) -> Any:
        found = sfm_crossover.two_basins(loss_gap, coefficient_gap)
        if found is None:
            return np.zeros(len(sizes))
        low, high = ends(*found)
        return ((sizes > low) & (sizes < high)).astype(float)

    def draw(rng: Any) -> dict[str, float]:
        return {"loss_gap": 10 ** rng.uniform(-4, 1), "coefficient_gap": rng.uniform(0.5, 50)}

    return co.Identity(
        left=lambda loss_gap, coefficient_gap: free_energies.simple_is_cheaper(sizes, loss_gap, coefficient_gap),
        right=inside,
        draw=draw,
        wrong={
            "from the larger root on": lambda loss_gap, coefficient_gap: inside(
                loss_gap, coefficient_gap, lambda low, high: (high, math.inf)
            ),
            "at every n": lambda loss_gap, coefficient_gap: np.ones(len(sizes)),
            "up to the larger root": lambda loss_gap, coefficient_gap: inside(
                loss_gap, coefficient_gap, lambda low, high: (0.0, high)
            ),
        },
    )


@PAPER.claim(
    "bayes-factor",
    says="The evidence for a mode of variance s2 over that for none is (1 + n s2)^(-1/2) exp[(n w^2 / 2) n s2 "
    "/ (1 + n s2)] at the estimate w.",
    where="reconstructed",
    status="reconstructed",
)
def bayes_factor() -> co.Identity:

    sfm_bayes.bayes_factor().verify()

    def factor(**changed: Any) -> Any:
        return lambda n, w_hat, s2: sfm_bayes.LOG_BAYES_FACTOR(
            **{"n": n, "w_hat": w_hat, "s2": s2, **{k: f(n, w_hat, s2) for k, f in changed.items()}}
        )

    return co.Identity(
        left=cache(free_energies.log_bayes_factor),
        right=factor(),
        digits=8,
        draw=lambda rng: {"n": 10 ** rng.uniform(0, 6), "w_hat": rng.normal(), "s2": rng.uniform(0.3, 3)},
        wrong={
            "s2^2": factor(s2=lambda n, w, s2: s2**2),
            "2 n": factor(n=lambda n, w, s2: 2 * n),
            "w / 2": factor(w_hat=lambda n, w, s2: w / 2),
        },
    )


@PAPER.claim(
    "active-mode-cost",
    says="A mode that is there adds (1/2) ln n + (1/2) ln s2 - ln pi - 1/2 + w0^2 / (2 s2) to the free energy "
    "up to O(1/n): lambda is half the number of truly active modes.",
    where="reconstructed",
    status="reconstructed",
)
def active_mode_cost() -> co.Mean:

    sfm_bayes.active_cost().verify()
    points = [
        {"n": size, "w0": w0, "s2": s2, "prior": share}
        for size, w0, s2, share in ((1e5, 0.7, 1.0, 0.1), (1e6, -0.4, 2.5, 0.3), (1e7, 1.3, 0.6, 0.02))
    ]
    expression = sfm_bayes.ACTIVE_COST.expression
    return co.Mean(
        predicts=sfm_bayes.ACTIVE_COST,
        measures=sfm_measures.mode_free_energy,
        at=points,
        within=1e-4,
        scale=lambda: 1.0,
        wrong={
            "ln n": sfm_bayes.ACTIVE_COST.replace(-1, expression + sp.log(sfm_symbols.n) / 2),
            "without -ln pi": sfm_bayes.ACTIVE_COST.replace(-1, expression + sp.log(sfm_bayes.prior)),
            "without -1/2": sfm_bayes.ACTIVE_COST.replace(-1, expression + sp.Rational(1, 2)),
        },
    )


@PAPER.claim(
    "active-mode-slope",
    says="From n to 10 n a mode that is there costs (1/2) ln 10 more, and one that is not there costs at most "
    "-ln(1 - pi) at any n.",
    where="reconstructed",
    status="reconstructed",
)
def active_mode_slope() -> co.Mean:

    points = [{"n": size, "w0": 0.7, "s2": 1.0, "prior": 0.1} for size in (1e4, 1e5, 1e6)]
    return co.Mean(
        predicts=lambda: 0.5,
        measures=sfm_measures.log_growth,
        at=points,
        within=5e-5,
        scale=lambda: 1.0,
        wrong={
            "1 a mode": lambda: 1.0,
            "1/4 a mode": lambda: 0.25,
            "1/2 less one multiplicity": lambda n: 0.5 - (np.log(np.log(10 * n)) - np.log(np.log(n))) / np.log(10),
        },
    )


@PAPER.claim(
    "null-mode-cost",
    says="A mode that is not there costs -ln(1 - pi) as n grows, approached from below.",
    where="reconstructed",
    status="reconstructed",
)
def null_mode_cost() -> co.Identity:

    return co.Identity(
        left=sfm_bayes.null_cost(),
        right=sfm_bayes.NULL_COST,
        wrong={
            "-ln pi": -sp.log(sfm_bayes.prior),
            "0": sp.Integer(0) * sfm_bayes.prior,
            "(1/2) ln n": sp.log(sfm_symbols.n) / 2 - sp.log(1 - sfm_bayes.prior),
        },
    )


@PAPER.claim(
    "inclusion-threshold",
    says="A mode is likelier active than not from w^2 = (1 + 1/(n s2)) [ln(1 + n s2) + 2 ln((1 - pi)/pi)] / n "
    "on, which tends to ln n / n: beta = 1/2, the value at which eq 4 is n L + lambda ln n.",
    where="reconstructed",
    status="reconstructed",
)
def inclusion_threshold() -> co.Identity:

    sfm_bayes.inclusion().verify()
    found = sfm_bayes.inclusion_threshold
    return co.Identity(
        left=cache(free_energies.crossing_estimate),
        right=found,
        digits=8,
        draw=lambda rng: {"n": 10 ** rng.uniform(1.5, 6), "s2": rng.uniform(0.3, 3), "prior": rng.uniform(0.02, 0.5)},
        wrong={
            "2 ln n / n": lambda n, s2, prior: 2 * math.log(n) / n,
            "without the prior odds": lambda n, s2, prior: found(n, s2, 0.5) if prior < 0.45 else 0.0,
            "for 2 n": lambda n, s2, prior: found(2 * n, s2, prior),
        },
    )


@PAPER.claim(
    "information-rank",
    says="The machine is linear: its information has rank min(n, p^2) at every weight, dense or sparse, so "
    "that no learning coefficient changes; what changes is which modes a sparsity prior selects.",
    where="reconstructed",
    status="corrected",
)
def information_rank() -> co.Identity:

    return co.Identity(
        left=cache(sfm_design.information_rank),
        right=lambda p, n: min(n, p * p),
        draw=_draw_information,
        wrong={
            "the active modes": lambda active: active,
            "p at the sparse weight": lambda p, n, active: min(n, p) if active == p else min(n, p * p),
            "p^2 whatever n": lambda p: p * p,
        },
    )


def _draw_information(rng: Any) -> dict[str, int]:
    p = int(rng.choice([3, 5]))
    return {
        "seed": int(rng.integers(1 << 30)),
        "p": p,
        "n": int(rng.integers(p + 1, p * p + 1)),
        "active": int(rng.choice([p, p * p])),
    }


@PAPER.claim(
    "paper-singularity",
    says="The learning coefficient falls from p^2/2 at memorising weights to p/2 at generalising ones.",
    where="eq 7 and section on the SFM",
    corrected_by="information-rank",
)
def paper_singularity() -> co.Identity:

    return co.Identity(
        left=cache(lambda seed, p, active: sfm_design.information_rank(seed, p, p * p, active)),
        right=lambda p, active: active,
        draw=_draw_information,
    )


@PAPER.claim(
    "support-count",
    says="There are binom(p^2, k) supports of k modes, so that an exact two-part code spends log2 binom(p^2, "
    "k) bits on where they are.",
    where="reconstructed; eq 8",
    status="corrected",
)
def support_count() -> co.Witness:

    sizes = ((3, 1), (3, 2), (3, 3), (3, 4))

    def table(rule: Any) -> dict[str, int]:
        return {f"p = {p}, k = {k}": rule(p, k) for p, k in sizes}

    return co.Witness(
        computes=lambda: table(lambda p, k: free_energies.count_supports(p * p, k)),
        states=table(sfm_description.supports),
        wrong={
            "eq 8's (p^2)^k": table(sfm_description.paper_supports),
            "ordered, without repetition": table(lambda p, k: sfm_description.supports(p, k) * (1, 1, 2, 6, 24)[k]),
        },
    )


@PAPER.claim(
    "paper-address-bits",
    says="The addresses of k modes take k log2 p^2 bits.",
    where="eq 8",
    corrected_by="support-count",
)
def paper_address_bits() -> co.Witness:

    sizes = range(1, 5)
    return co.Witness(
        computes=lambda: [free_energies.count_supports(9, k) for k in sizes],
        states=[sfm_description.paper_supports(3, k) for k in sizes],
    )


@PAPER.claim(
    "description-ratio",
    says="In an exact code the dense weights are p (C) / (C + log2 binom(p^2, p) / p) times as long as p of "
    "them, 77.6 times at p = 97 and 32 bits, not p times: length is not proportional to the support.",
    where="reconstructed; eq 9",
    status="reconstructed",
)
def description_ratio() -> co.Identity:

    sfm_description.address_bits().verify()
    dense_over_sparse = sfm_description.memorising_ratio

    @cache
    def coded(p: int, C: float) -> float:
        return free_energies.coded_bits(p * p, p * p, C) / free_energies.coded_bits(p * p, p, C)

    return co.Identity(
        left=coded,
        right=dense_over_sparse,
        digits=9,
        draw=lambda rng: {"p": int(rng.choice([5, 11, 23, 97])), "C": rng.uniform(8, 64)},
        wrong={
            "p": lambda p: p,
            "addresses left out": lambda p, C: p * p * C / (p * C + 1),
            "half as many bits a value": lambda p, C: dense_over_sparse(p, C / 2),
        },
    )
