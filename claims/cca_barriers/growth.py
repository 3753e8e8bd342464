"""How fast composition fails when texts do not depend on the document at all, and what 0-CCA costs on iid tokens."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.cca_barriers import composition as sims_composition
    from corollary.sims.cca_barriers import linear_programs
    from corollary.theory import cca_barriers as theory
    from corollary.theory.cca_barriers import composition as theory_composition
    from corollary.theory.cca_barriers import laws as theory_laws
    from corollary.theory.cca_barriers import models, predictor, quantities, symbols


LENGTHS = (2, 5, 9, 12)


@PAPER.claim(
    "growth",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="A (0,0)-CCA predictor whose texts ignore the document has a rollout with eps' = n "
    "ln((2-c)/(2(1-c))), n = L - 1.",
)
def growth() -> co.Identity:

    return co.Identity(
        left=theory.DERIVATIONS["growth"](),
        right=symbols.n * sp.log((2 - symbols.c) / (2 * (1 - symbols.c))),
        domain=symbols.DOMAIN,
        wrong={
            "the path bound": symbols.n * sp.log(2 / (2 - symbols.c)),
            "every step counts": (symbols.n + 1) * sp.log((2 - symbols.c) / (2 * (1 - symbols.c))),
            "certain survival lost": symbols.n * sp.log(1 / (1 - symbols.c)),
        },
    )


@PAPER.claim(
    "growth-rollout",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="The enumerated float64 rollout has exactly the derived eps'.",
)
def growth_rollout() -> co.Identity:

    exact, bound = theory.closed_form("growth"), theory.closed_form("growth-path-bound")

    def draw(generator: Any) -> dict[str, Any]:
        return {"c": float(generator.uniform(0.05, 0.95)), "L": int(generator.choice(LENGTHS))}

    return co.Identity(
        left=sims_composition.growth_eps,
        right=lambda c, L: exact(c=c, n=L - 1),
        draw=draw,
        wrong={
            "the path bound": lambda c, L: bound(c=c, n=L - 1),
            "L steps can credit": lambda c, L: exact(c=c, n=L),
            "no growth, as for differential privacy": lambda c, L: 0.0,
        },
    )


@PAPER.claim(
    "growth-delta",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="The same rollout's least delta is a binomial sum over the number of ones, both directions.",
)
def growth_delta() -> co.Identity:

    def draw(generator: Any) -> dict[str, Any]:
        c, eps = generator.uniform(0.1, 0.9), generator.uniform(0, 0.4)
        return {"c": float(c), "L": int(generator.choice([3, 6, 9])), "eps": float(eps)}

    def forward(c: float, L: int, eps: float) -> float:
        n, tilted = L - 1, (1 - c) / (2 - c)
        return sum(
            max(0.0, math.comb(n, k) * (tilted**k * (1 - tilted) ** (n - k) - math.exp(eps) * 0.5**n))
            for k in range(n + 1)
        )

    return co.Identity(
        left=sims_composition.growth_delta,
        right=quantities.growth_delta,
        draw=draw,
        wrong={
            "one direction of closeness": forward,
            "eps forgotten": lambda c, L: quantities.growth_delta(c, L, 0.0),
            "L steps can credit": lambda c, L, eps: quantities.growth_delta(c, L + 1, eps),
        },
    )


@PAPER.claim(
    "growth-exact",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="At c = 1/2, in rationals: e^eps' = (3/2)^(L-1), and the least delta at e^eps = 1, 3/2, 2 up to L = 6.",
)
def growth_exact() -> co.Witness:

    def found(extra: int = 0) -> dict[int, list[Any]]:
        laws = {L: predictor.rollout(models.growth(Fraction(1, 2), L + extra), L + extra + 1) for L in (2, 3, 4, 6)}
        return {
            L: [theory_composition.rollout_ratio(law)] + [theory_composition.rollout_delta(law, E) for E in ratios]
            for L, law in laws.items()
        }

    ratios = [Fraction(1), Fraction(3, 2), Fraction(2)]
    deltas: dict[int, list[Any]] = {
        2: [Fraction(1, 6), 0, 0],
        3: [Fraction(7, 36), Fraction(1, 12), Fraction(1, 36)],
        4: [Fraction(13, 54), Fraction(1, 9), Fraction(11, 216)],
        6: [Fraction(47, 162), Fraction(5, 27), Fraction(377, 3888)],
    }

    def stating(base: Fraction) -> dict[int, list[Any]]:
        return {L: [base ** (L - 1), *row] for L, row in deltas.items()}

    return co.Witness(
        computes=found,
        states=stating(Fraction(3, 2)),
        wrong={"the path bound's 4/3 a token": stating(Fraction(4, 3)), "one step more": lambda: found(1)},
    )


@PAPER.claim(
    "growth-linear",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="eps' of the rollout grows linearly with the number of crediting steps, up to texts of 20 tokens.",
)
def growth_linear() -> co.Exponent:

    return co.Exponent(
        along="n",
        predicts=1,
        at=co.Depths(quick=co.grid(n=[2, 4, 6, 9]), standard=co.grid(n=[4, 6, 9, 13, 19])),
        computes=lambda n: sims_composition.growth_eps(0.5, n + 1),
        wrong={"no growth, as for differential privacy": 0, "a random walk's": 0.5, "quadratic": 2},
    )


@PAPER.claim(
    "privacy-composes",
    where="Section 2",
    status="reconstructed",
    says="Never crediting the same texts, which is differential privacy, keeps eps' = 0 at every length.",
)
def privacy_composes() -> co.Witness:

    rollouts = [predictor.rollout(models.growth(Fraction(1, 2), L), L + 1) for L in range(2, 7)]
    return co.Witness(
        computes=lambda: [theory_laws.minimal_ratio(law.text, law.counterfactual) for law in rollouts],
        states=[Fraction(1)] * 5,
        wrong={"as with credit": lambda: [theory_composition.rollout_ratio(law) for law in rollouts]},
    )


@PAPER.claim(
    "path-bound-loss",
    where="Theorem 4.3",
    status="reconstructed",
    says="At small credit rates the path bound falls short of eps' by c^2/4 a token.",
)
def path_bound_loss() -> co.Identity:

    return co.Identity(
        left=theory.DERIVATIONS["growth-small-rate"](),
        right=symbols.c**2 / 4,
        domain=symbols.DOMAIN,
        wrong={"first order": symbols.c / 2, "half of it": symbols.c**2 / 8},
    )


@PAPER.claim(
    "independent-credit",
    where="sequence-level against token-level credit",
    status="reconstructed",
    says="0-CCA forces credit 1 - (2 min(theta, 1 - theta))^L on iid tokens, per text or per token.",
)
def independent_credit() -> co.Identity:

    least = sp.Min(symbols.theta, 1 - symbols.theta)
    return co.Identity(
        left=theory.DERIVATIONS["independent-credit"](),
        right=1 - (2 * least) ** symbols.L,
        domain=symbols.DOMAIN,
        wrong={
            "credits add up": symbols.L * (1 - 2 * least),
            "one token's credit": 1 - 2 * least,
            "no factor 2": 1 - least**symbols.L,
        },
    )


@PAPER.claim(
    "independent-rollout",
    where="sequence-level against token-level credit",
    status="reconstructed",
    says="Stepwise credit on iid tokens, enumerated, equals the least credit of the whole text, by linear programming.",
)
def independent_rollout() -> co.Identity:

    form = theory.closed_form("independent-credit")

    def draw(generator: Any) -> dict[str, Any]:
        return {"theta": float(generator.uniform(0.05, 0.95)), "L": int(generator.choice([2, 4, 6]))}

    def both(theta: float, L: int) -> list[float]:
        ones = np.array([text.bit_count() for text in range(2**L)])
        p, q = theta**ones * (1 - theta) ** (L - ones), np.full(2**L, 0.5**L)
        return [float(sims_composition.independent_credit(theta, L)), linear_programs.least_credit(p, q, 0.0)]

    return co.Identity(
        left=both,
        right=lambda theta, L: [form(theta=theta, L=L)] * 2,
        draw=draw,
        digits=8,
        wrong={
            "credits add up": lambda theta, L: [L * (1 - 2 * min(theta, 1 - theta))] * 2,
            "texts need less than tokens": lambda theta, L: [form(theta=theta, L=L), form(theta=theta, L=L - 1)],
        },
    )


@PAPER.claim(
    "padding-price",
    where="repair",
    status="reconstructed",
    says="The repair of the text-independent rollout credits with probability 1 - s_min^L.",
)
def padding_price() -> co.Identity:

    s, L = sp.Symbol("s_min", positive=True), sp.Symbol("L", integer=True, positive=True)
    return co.Identity(
        left=theory.DERIVATIONS["padding-price"](),
        right=1 - s**L,
        domain={"s_min": symbols.DOMAIN["p"], **symbols.DOMAIN},
        wrong={"credits add up": L * (1 - s), "one step": 1 - s},
    )
