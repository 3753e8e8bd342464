"""Retrofitting credit onto a black box: how many queries a call it takes, and that fewer do not do (Theorem 5.5)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import numpy as np
    import sympy as sp

    from corollary.sims.cca_barriers import retrofit as sims
    from corollary.sims.cca_barriers import search
    from corollary.theory.cca_barriers import quantities, symbols
    from corollary.theory.cca_barriers import retrofit as theory


WHOLE = 0.25
"""An absolute margin inside which whole numbers are equal."""


@PAPER.claim(
    "retrofit-bound",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="The search-based retrofitter needs (gamma - 2 alpha) 2^(l-1) queries a call: derived.",
)
def retrofit_bound() -> co.Identity:
    l, gamma, alpha = symbols.l, symbols.gamma, symbols.alpha
    sharp = (gamma - 2 * alpha) * 2 ** (l - 1)
    return co.Identity(
        left=theory.retrofit_bound(),
        right=sharp,
        domain=symbols.DOMAIN,
        wrong={
            "all 2^l secrets": 2 * sharp,
            "alpha once": (gamma - alpha) * 2 ** (l - 1),
            "margin squared": sharp * (gamma - 2 * alpha),
        },
    )


def _points(bits: tuple[int, ...]) -> list[co.Point]:
    """Twenty random settings; g and a are gamma in 40ths and alpha in 80ths."""
    generator = np.random.default_rng(0)
    points = []
    for number in range(20):
        l, g = bits[number % len(bits)], int(generator.integers(2, 40))
        k, a = int(generator.integers(1, min(l, 3) + 1)), int(generator.integers(0, g))
        points.append({"l": l, "k": k, "g": g, "a": a})
    return points


def _needed(l: int, k: int, g: int, a: int) -> int:
    return theory.retrofit_queries(l, k, Fraction(g, 40), Fraction(a, 80))


def _share_rounded_up(l: int, k: int, g: int, a: int) -> int:
    return max(0, math.ceil(Fraction(g - a, 40) * 2 ** (l - k)))


@PAPER.claim(
    "retrofit-queries",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="The fewest queries of an alpha-approximate retrofitter, by a linear program over all "
    "deterministic strategies for secrets of up to 3 bits: ceil((gamma - 2 alpha) 2^(l-1)) at prompts"
    " of length 1.",
)
def retrofit_queries() -> co.Value:
    return co.Value(
        predicts=_needed,
        computes=lambda l, k, g, a: sims.minimum_queries(l, k, g / 40, a / 80),
        at=_points((1, 2, 3)),
        within=WHOLE,
        scale=lambda: 1.0,
        wrong={
            "all 2^l secrets": lambda l, k, g, a: 2 * _needed(l, k, g, a),
            "alpha once": lambda l, k, g, a: _needed(l, k, g, a // 2),
            "one query more": lambda l, k, g, a: 1 + _needed(l, k, g, a),
        },
    )


@PAPER.claim(
    "retrofit-queries-longer",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="Over strategies averaged by symmetry, up to 8 bits: at longer prompts (gamma - 2 alpha) 2^(l-k) "
    "does not suffice, the exact number is a quadratic's root.",
)
def retrofit_queries_longer() -> co.Value:
    return co.Value(
        predicts=_needed,
        computes=lambda l, k, g, a: sims.symmetric_minimum_queries(l, k, g / 40, a / 80),
        at=_points((4, 6, 7, 8)),
        within=WHOLE,
        scale=lambda: 1.0,
        wrong={
            "(gamma - 2 alpha) 2^(l-k) rounded up": _share_rounded_up,
            "as at length 1": lambda l, g, a: _needed(l, 1, g, a),
        },
    )


@PAPER.claim(
    "retrofit-thresholds",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="In rationals: l = 6, gamma = 3/4, alpha = 1/8 takes 16 queries, 15 reach credit 19/32 of 5/8; l "
    "= 4, k = 2 takes 3, not 2.",
)
def retrofit_thresholds() -> co.Witness:
    gamma, alpha = Fraction(3, 4), Fraction(1, 8)

    def computed() -> list[Any]:
        return [
            theory.retrofit_queries(6, 1, gamma, alpha),
            theory.credit_inside(6, 1, 15, alpha),
            theory.credit_inside(6, 1, 16, alpha),
            theory.retrofit_queries(4, 2, gamma, alpha),
            theory.credit_inside(4, 2, 2, alpha),
        ]

    exact = [16, Fraction(19, 32), Fraction(5, 8), 3, Fraction(23, 40)]
    return co.Witness(
        computes=computed,
        states=exact,
        wrong={"2 at l = 4, k = 2": [*exact[:3], 2, Fraction(5, 8)], "all 2^l secrets": [32, *exact[1:]]},
    )


@PAPER.claim(
    "worst-length",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="Prompts of length 1 are the worst, and from alpha = gamma/2 on approximation is free: by linear "
    "programming at every length.",
)
def worst_length() -> co.Witness:
    cases = [(l, g / 20, a / 20) for l in (3, 6) for g in (5, 12, 19) for a in (0, 2, 4)]
    rows = [[sims.symmetric_minimum_queries(l, k, gamma, alpha) for k in range(1, l + 1)] for l, gamma, alpha in cases]
    free = [not any(row) for row in rows]

    def longest(worst: int) -> list[bool]:
        return [all(max(row) == row[worst - 1] for row in rows), *free]

    def stating(share: float) -> list[bool]:
        return [True, *(alpha >= share * gamma for _, gamma, alpha in cases)]

    return co.Witness(
        computes=lambda: longest(1),
        states=stating(0.5),
        wrong={
            "length 2 is the worst": lambda: longest(2),
            "free from alpha = gamma on": stating(1.0),
            "free from alpha = gamma/4 on": stating(0.25),
        },
    )


@PAPER.claim(
    "retrofit-strategy",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="A retrofitter with that many queries reaches credit gamma - alpha on prefixes and alpha "
    "elsewhere, up to l = 16.",
)
def retrofit_strategy() -> co.Mean:
    def point(l: int, gamma: str, alpha: str) -> co.Point:
        q = theory.retrofit_queries(l, 1, Fraction(gamma), Fraction(alpha))
        return {"l": l, "k": 1, "q": q, "gamma": float(gamma), "alpha": float(alpha), "thinned": 1}

    few = [point(6, "0.8", "0.1")]
    more = [*few, point(16, "0.9", "0.3")]

    def sides(inside: Callable[..., float], outside: Callable[..., float]) -> dict[str, Callable[..., float]]:
        return {"on prefixes": inside, "elsewhere": outside}

    return co.Mean(
        predicts=sides(lambda gamma, alpha: gamma - alpha, lambda alpha: alpha),
        measures=search.retrofit_credits,
        support=(0, 1),
        at=co.Depths(few, more),
        scale=sides(lambda: 1.0, lambda: 1.0),
        within=co.Depths(quick=0.02, standard=0.015, full=0.005),
        wrong={
            "exact credit": sides(lambda gamma: gamma, lambda: 0.0),
            "off by alpha above": sides(lambda gamma, alpha: gamma + alpha, lambda alpha: alpha),
            "roles exchanged": sides(lambda alpha: alpha, lambda gamma, alpha: gamma - alpha),
        },
    )


@PAPER.claim(
    "retrofit-shortfall",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="One query fewer and the best strategy stays below gamma - alpha: .594 of .625 at l = 6, .575 at "
    "l = 4, k = 2.",
)
def retrofit_shortfall() -> co.Mean:
    def point(l: int, k: int, q: int) -> co.Point:
        return {"l": l, "k": k, "q": q, "gamma": 0.75, "alpha": 0.125, "thinned": 0}

    def sides(inside: Callable[..., float]) -> dict[str, Callable[..., float]]:
        return {"on prefixes": inside, "elsewhere": lambda alpha: alpha}

    def unscaled(l: int, k: int, q: int, alpha: float) -> float:
        return alpha + q / 2 ** (l - k) * (1 - alpha)

    return co.Mean(
        predicts=sides(theory.credit_inside),
        measures=search.retrofit_credits,
        support=(0, 1),
        at=[point(6, 1, 15), point(4, 2, 2)],
        scale={"on prefixes": lambda: 1.0, "elsewhere": lambda: 1.0},
        within=co.Depths(quick=0.015, full=0.005),
        wrong={
            "gamma - alpha is reached": sides(lambda gamma, alpha: gamma - alpha),
            "tentative credit alpha": sides(unscaled),
            "all 2^l secrets": sides(lambda l, q, alpha: theory.credit_inside(l + 1, 1, q, alpha)),
        },
    )


@PAPER.claim(
    "scaling-secrets",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="Queries a call grow linearly with the number of secrets: no logarithm is lost.",
)
def scaling_secrets() -> co.Exponent:
    return co.Exponent(
        along="N",
        predicts=1,
        at=co.Depths(quick=co.grid(N=[32, 64, 128, 256]), standard=co.grid(N=[64, 128, 256, 512, 1024, 2048])),
        computes=lambda N: sims.symmetric_minimum_queries(round(math.log2(N)), 1, 0.75, 0.125),
        within=0.01,
        wrong={"the square root": 0.5, "independent of the secrets": 0, "the paper's bound, locally": 0.8},
    )


@PAPER.claim(
    "scaling-margin",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="Queries a call grow linearly with the margin gamma - 2 alpha, where the reduction proves a square.",
)
def scaling_margin() -> co.Exponent:
    return co.Exponent(
        along="margin",
        predicts=1,
        at=co.grid(margin=[0.05, 0.1, 0.2, 0.4, 0.8]),
        computes=lambda margin: sims.symmetric_minimum_queries(10, 1, 0.1 + margin, 0.05),
        within=0.02,
        wrong={"the paper's square": 2, "independent of the margin": 0},
    )


@PAPER.claim(
    "theorem-5.5",
    where="Theorem 5.5",
    says="The fewest queries that suffice, by linear programming, are 6 l ln(12 l)/(gamma - 2 alpha) times the bound "
    "(2^l/3)/N_B that the reduction proves, at least 14.9 times.",
)
def theorem_5_5() -> co.Value:
    l, gamma, alpha = symbols.l, symbols.gamma, symbols.alpha
    factor = 6 * l * sp.log(12 * l) / (gamma - 2 * alpha)
    # Margins gamma - 2 alpha of 3/4, 1/2 and 3/8: the fewest queries are whole numbers without rounding.
    margins = [{"gamma": 0.875, "alpha": 0.0625}, {"gamma": 0.75, "alpha": 0.125}, {"gamma": 0.625, "alpha": 0.125}]

    def computed(l: int, gamma: float, alpha: float) -> float:
        fewest = sims.symmetric_minimum_queries(l, 1, gamma, alpha)
        return fewest / quantities.QUANTITIES["paper_retrofit_bound"](l=l, gamma=gamma, alpha=alpha)

    return co.Value(
        predicts=symbols.form(factor),
        computes=computed,
        at=[{"l": bits, **margin} for bits in (4, 7, 10) for margin in margins],
        wrong={
            "the margin squared": symbols.form(factor / (gamma - 2 * alpha)),
            "no logarithm": symbols.form(6 * l / (gamma - 2 * alpha)),
            "all 2^l secrets": symbols.form(2 * factor),
            "alpha once": symbols.form(factor * (gamma - 2 * alpha) / (gamma - alpha)),
        },
    )
