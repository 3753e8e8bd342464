"""How fast composition fails when texts do not depend on the document at all, and what 0-CCA costs on iid tokens."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp
    from scipy import stats

    from corollary.sims.cca_barriers import growth as sims
    from corollary.sims.cca_barriers import linear_programs
    from corollary.theory import cca_barriers as paper_theory
    from corollary.theory.cca_barriers import composition, laws, models, predictor, symbols
    from corollary.theory.cca_barriers import growth as theory

HALF = Fraction(1, 2)


@PAPER.claim(
    "growth",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="A (0,0)-CCA predictor whose texts ignore the document has a rollout with eps' = n "
    "ln((2-c)/(2(1-c))), n = L - 1.",
)
def growth() -> co.Identity:
    c, n = symbols.c, symbols.n
    return co.Identity(
        left=theory.growth(),
        right=n * sp.log((2 - c) / (2 * (1 - c))),
        domain=symbols.DOMAIN,
        wrong={
            "the path bound": n * sp.log(2 / (2 - c)),
            "every step counts": (n + 1) * sp.log((2 - c) / (2 * (1 - c))),
            "certain survival lost": n * sp.log(1 / (1 - c)),
        },
    )


@PAPER.claim(
    "growth-rollout",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="The enumerated float64 rollout has exactly the derived eps'.",
)
def growth_rollout() -> co.Value:
    n, L = symbols.n, symbols.L
    bound = paper_theory.closed_form("growth-path-bound").expression
    return co.Value(
        predicts=symbols.form(theory.EXPONENT.subs(n, L - 1)),
        computes=sims.growth_eps,
        at=co.grid(c=[0.07, 0.5, 0.93], L=[2, 5, 12]),
        wrong={
            "the path bound": symbols.form(bound.subs(n, L - 1)),
            "L steps can credit": symbols.form(theory.EXPONENT.subs(n, L)),
            "no growth, as for differential privacy": lambda: 0.0,
        },
    )


@PAPER.claim(
    "growth-delta",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="The same rollout's least delta is a binomial sum over the number of ones, both directions.",
)
def growth_delta() -> co.Value:
    def forward(c: float, L: int, eps: float) -> float:
        n, tilted = L - 1, (1 - c) / (2 - c)
        ones = np.arange(n + 1)
        gaps = stats.binom.pmf(ones, n, tilted) - np.exp(eps) * stats.binom.pmf(ones, n, 0.5)
        return float(np.maximum(gaps, 0.0).sum())

    return co.Value(
        predicts=theory.growth_delta,
        computes=sims.growth_delta,
        at=co.grid(c=[0.15, 0.5, 0.9], L=[3, 6, 9], eps=[0.0, 0.31]),
        scale=lambda: 1.0,
        wrong={
            "one direction of closeness": forward,
            "eps forgotten": lambda c, L: theory.growth_delta(c, L, 0.0),
            "L steps can credit": lambda c, L, eps: theory.growth_delta(c, L + 1, eps),
        },
    )


@PAPER.claim(
    "growth-exact",
    where="Theorem 4.2, sharpened",
    status="reconstructed",
    says="At c = 1/2, in rationals: e^eps' = (3/2)^(L-1), and the least delta at e^eps = 1, 3/2, 2 up to L = 6.",
)
def growth_exact() -> co.Witness:
    ratios = [Fraction(1), Fraction(3, 2), Fraction(2)]
    deltas: dict[int, list[Any]] = {
        2: [Fraction(1, 6), 0, 0],
        3: [Fraction(7, 36), Fraction(1, 12), Fraction(1, 36)],
        4: [Fraction(13, 54), Fraction(1, 9), Fraction(11, 216)],
        6: [Fraction(47, 162), Fraction(5, 27), Fraction(377, 3888)],
    }

    def computed(extra: int = 0) -> dict[int, list[Any]]:
        rolled = {L: predictor.rollout(models.growth(HALF, L + extra), L + extra + 1) for L in deltas}
        return {
            L: [composition.rollout_ratio(law), *(composition.rollout_delta(law, E) for E in ratios)]
            for L, law in rolled.items()
        }

    def stating(base: Fraction) -> dict[int, list[Any]]:
        return {L: [base ** (L - 1), *row] for L, row in deltas.items()}

    return co.Witness(
        computes=computed,
        states=stating(Fraction(3, 2)),
        wrong={"the path bound's 4/3 a token": stating(Fraction(4, 3)), "one step more": lambda: computed(1)},
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
        computes=lambda n: sims.growth_eps(0.5, n + 1),
        within=0.01,
        wrong={"no growth, as for differential privacy": 0, "a random walk's": 0.5, "quadratic": 2},
    )


@PAPER.claim(
    "privacy-composes",
    where="Section 2",
    status="reconstructed",
    says="Never crediting the same texts, which is differential privacy, keeps eps' = 0 at every length.",
)
def privacy_composes() -> co.Witness:
    rollouts = [predictor.rollout(models.growth(HALF, L), L + 1) for L in range(2, 7)]
    return co.Witness(
        computes=lambda: [laws.minimal_ratio(law.text, law.counterfactual) for law in rollouts],
        states=[Fraction(1)] * 5,
        wrong={"as with credit": lambda: [composition.rollout_ratio(law) for law in rollouts]},
    )


@PAPER.claim(
    "path-bound-loss",
    where="Theorem 4.3",
    status="reconstructed",
    says="At small credit rates the path bound falls short of eps' by c^2/4 a token.",
)
def path_bound_loss() -> co.Identity:
    c = symbols.c
    return co.Identity(
        left=theory.growth_small_rate(),
        right=c**2 / 4,
        domain=symbols.DOMAIN,
        wrong={"first order": c / 2, "half of it": c**2 / 8},
    )


@PAPER.claim(
    "independent-credit",
    where="sequence-level against token-level credit",
    status="reconstructed",
    says="0-CCA forces credit 1 - (2 min(theta, 1 - theta))^L on iid tokens, per text or per token.",
)
def independent_credit() -> co.Identity:
    least, L = sp.Min(symbols.theta, 1 - symbols.theta), symbols.L
    return co.Identity(
        left=theory.independent_credit(),
        right=1 - (2 * least) ** L,
        domain=symbols.DOMAIN,
        wrong={"credits add up": L * (1 - 2 * least), "one token's credit": 1 - 2 * least, "no factor 2": 1 - least**L},
    )


@PAPER.claim(
    "independent-rollout",
    where="sequence-level against token-level credit",
    status="reconstructed",
    says="Stepwise credit on iid tokens, enumerated, equals the least credit of the whole text, by linear programming.",
)
def independent_rollout() -> co.Value:
    form = paper_theory.closed_form("independent-credit")

    def both(theta: float, L: int) -> dict[str, float]:
        ones = np.array([text.bit_count() for text in range(2**L)])
        p, q = theta**ones * (1 - theta) ** (L - ones), np.full(2**L, 0.5**L)
        whole = linear_programs.least_credit(p, q, 0.0)
        return {"by tokens": float(sims.independent_credit(theta, L)), "by texts": whole}

    def stating(by_tokens: Callable[..., float], by_texts: Callable[..., float]) -> dict[str, Callable[..., float]]:
        return {"by tokens": by_tokens, "by texts": by_texts}

    def added_up(theta: float, L: int) -> float:
        return L * (1 - 2 * min(theta, 1 - theta))

    return co.Value(
        predicts=stating(form, form),
        computes=both,
        at=co.grid(theta=[0.12, 0.45, 0.5, 0.71], L=[1, 4, 7]),
        within=1e-7,
        scale=stating(lambda: 1.0, lambda: 1.0),
        wrong={
            "credits add up": stating(added_up, added_up),
            "texts need less than tokens": stating(form, lambda theta, L: form(theta=theta, L=L - 1)),
        },
    )
