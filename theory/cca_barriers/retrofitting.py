"""Derivations for the hard family: what must be credited, what delta > 0 changes, and how many queries it all takes."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, exactly, reals, solved, substituted
from corollary.theory.cca_barriers.composing import form
from corollary.theory.cca_barriers.queries import best_search
from corollary.theory.cca_barriers.symbols import DOMAIN, N, R, alpha, beta, delta, eps, gamma, j, k, l, n, q, q0, rho

SHARE = {**DOMAIN, "delta": reals(0, sp.Rational(1, 20)), "q0": reals(sp.Rational(1, 4), 1)}
"""Where delta < gamma q0, so that some credit is needed."""


def optimal_credit() -> Derivation:
    """The least credit on a prefix of the secret, at delta = 0."""
    rare = q0 * sp.exp(-eps) * (1 - gamma)
    steps = (
        Step("rarest output", sp.exp(eps) * rare / q0, "R <= e^eps min p/q, attained at the output z0"),
        Step("cancel", 1 - gamma, "the exponentials cancel"),
        Step(
            "room for the mass",
            1 - gamma,
            "sum min(p, e^eps q (1 - gamma)) >= 1 - gamma, since cosh(eps) >= 1",
            exactly(_has_room, "1,500 rational points"),
        ),
        Step("credit", gamma, "1 - R*", derived(lambda survival: 1 - survival)),
    )
    return Derivation(
        "optimal-credit",
        "The optimal retrofit of M_z credits prefixes of z with probability gamma.",
        "arXiv 2605.01425, Lemma 5.6",
        steps,
        form(gamma),
        domain=DOMAIN,
    )


def relaxed_credit() -> Derivation:
    """The least credit on a prefix of the secret when delta > 0 is allowed."""
    survival = q0 * (1 - gamma) / (q0 - delta)
    weight = delta / (gamma * q0) * (1 - gamma) / (1 - delta / q0)
    steps = (
        Step("excess of z0", q0 * R - (1 - gamma) * q0 - delta * R, "what q R exceeds e^eps p by, against delta R"),
        Step("solve", survival, "the largest R", solved(R)),
        Step(
            "attained",
            (1 - gamma) + weight * gamma,
            "mix the delta = 0 optimum with crediting nothing: excesses are "
            "linear, and that weight spends exactly delta R",
        ),
        Step("credit", gamma - weight * gamma, "1 - R*", derived(lambda kept: 1 - kept)),
        Step("in shares of q0", (gamma - delta / q0) / (1 - delta / q0), "common denominator"),
    )
    return Derivation(
        "relaxed-credit",
        "delta > 0 lowers the credit to (gamma - delta/q0) / (1 - delta/q0).",
        "reconstructed",
        steps,
        form((gamma - delta / q0) / (1 - delta / q0)),
        domain=SHARE,
    )


def separating_delta() -> Derivation:
    """The delta from which on approximate credit no longer shows the path to the secret."""
    relaxed = (gamma - delta / q0) / (1 - delta / q0)
    threshold = q0 * (gamma - 2 * alpha) / (1 - 2 * alpha)
    steps = (
        Step("margin", relaxed - 2 * alpha, "credit on a prefix, less alpha, against alpha elsewhere"),
        Step("solve", threshold, "where the margin closes", solved(delta)),
    )
    return Derivation(
        "separating-delta",
        "The delta at which approximate credit stops separating prefixes.",
        "reconstructed",
        steps,
        form(threshold),
        domain=DOMAIN,
    )


def data_influence() -> Derivation:
    """The distance that the document makes to a whole output."""
    biased = (1 - sp.exp(-eps) * (1 - gamma)) / 2
    whole = biased / 2 ** (l - k)
    steps = (
        Step("the bit after z", (sp.Rational(1, 2) + biased) - sp.Rational(1, 2), "its bias alone needs the document"),
        Step("bias", biased, "collect"),
        Step(
            "reach z",
            whole,
            "l - k fair bits must first spell the rest of z",
            derived(lambda after: after * sp.Rational(1, 2) ** (l - k)),
        ),
    )
    return Derivation(
        "data-influence",
        "The document moves the output by 2^-(l-k) (1 - e^-eps (1 - gamma)) / 2.",
        "arXiv 2605.01425, Remark 5.6.1 (corrected)",
        steps,
        form(whole),
        domain={**DOMAIN, "k": lambda source, shape: source.randint(1, 3)},
    )


def find_success() -> Derivation:
    """The best chance to name a uniform secret after q full-distribution queries."""
    missed = sp.Product((N - j - 1) / (N - j), (j, 0, q))
    steps = (
        Step("miss every time", missed, "q queries and a final guess, each at one of the candidates left"),
        Step(
            "telescope",
            (N - q - 1) / N,
            "the product telescopes",
            exactly(
                lambda line: all(sp.cancel((missed - line.inlined()).subs(q, m).doit()) == 0 for m in range(1, 9)),
                "cancelled for q = 1..8",
            ),
        ),
        Step(
            "succeed",
            (q + 1) / N,
            "complement; no adaptive search does better",
            exactly(
                lambda line: all(
                    line.inlined().subs({N: 8, q: m}) == sp.Rational(*best_search(8, m).as_integer_ratio())
                    for m in range(8)
                ),
                "dynamic programming, N = 8",
            ),
        ),
    )
    return Derivation(
        "find-success",
        "q queries name the secret with probability at most (q + 1) / N.",
        "arXiv 2605.01425, Lemma 5.8; exact value reconstructed",
        steps,
        form((q + 1) / N),
        domain=DOMAIN,
    )


def exhaustive_mean() -> Derivation:
    """Mean queries of a search that goes on until it knows."""
    total = sp.Sum(j, (j, 1, N - 1)) / N + (N - 1) / N
    mean = (N - 1) * (N + 2) / (2 * N)
    steps = (
        Step("average", total, "candidate j takes j queries, the last one is inferred"),
        Step(
            "sum",
            mean,
            "arithmetic series",
            exactly(lambda line: sp.simplify(total.doit() - line.inlined()) == 0, "symbolic"),
        ),
    )
    return Derivation(
        "exhaustive-mean",
        "Exhaustive search takes (N - 1)(N + 2) / (2 N) queries on average.",
        "reconstructed",
        steps,
        form(mean),
        domain={"N": lambda source, shape: source.randint(2, 64)},
    )


def hoeffding_samples() -> Derivation:
    """Credit samples an estimate needs."""
    margin, samples = sp.symbols("tau n", positive=True)
    needed = sp.log(2 / beta) / (2 * margin**2)
    sharp = 2 * sp.log(12 * l) / (gamma - 2 * alpha) ** 2
    steps = (
        Step(
            "two-sided tail",
            sp.log(2) - 2 * samples * margin**2 - sp.log(beta),
            "Hoeffding: ln of 2 exp(-2 n tau^2), set to ln beta",
        ),
        Step("solve", needed, "the samples that suffice", solved(samples)),
        Step(
            "margin and share",
            sharp,
            "tau = (gamma - 2 alpha)/2, and failure 1/(6 l) for each of 2 l estimates",
            substituted({margin: (gamma - 2 * alpha) / 2, beta: 1 / (6 * l)}),
        ),
        Step("total", 2 * l * sharp, "two prompts a bit", derived(lambda each: 2 * l * each)),
    )
    return Derivation(
        "hoeffding-samples",
        "4 l ln(12 l) / (gamma - 2 alpha)^2 credit samples recover the secret.",
        "arXiv 2605.01425, Lemma 5.9, with half the samples of its Lemma B.1",
        steps,
        form(2 * l * sharp),
        domain=DOMAIN,
    )


def paper_samples() -> Derivation:
    """What the paper's sample size gives."""
    margin = sp.Symbol("tau", positive=True)
    steps = (
        Step("two-sided tail", 2 * sp.exp(-2 * n * margin**2), "Hoeffding"),
        Step(
            "the paper's n",
            beta**2 / 2,
            "n = tau^-2 ln(2/beta), twice what is needed",
            substituted({n: sp.log(2 / beta) / margin**2}),
        ),
    )
    return Derivation(
        "paper-samples",
        "With tau^-2 ln(2/beta) samples an estimate fails with chance beta^2/2.",
        "arXiv 2605.01425, Lemma B.1 (loose)",
        steps,
        form(beta**2 / 2),
        domain=DOMAIN,
    )


def retrofit_bound() -> Derivation:
    """The sharp number of queries a call at prompts of length 1."""
    half, slack = 2 ** (l - 1), gamma - 2 * alpha
    c0 = sp.Symbol("c0", positive=True)
    off = c0 * (1 - rho) - alpha
    tentative = alpha / (1 - rho)
    steps = (
        Step("credit elsewhere", off, "credit tentatively with chance c0; a search outside withdraws it sometimes"),
        Step("at most alpha", tentative, "the largest c0", solved(c0)),
        Step(
            "credit on the path",
            tentative + (1 - tentative) * rho - (gamma - alpha),
            "tentative credit, or the secret found inside, against gamma - alpha",
            derived(lambda tried: tried + (1 - tried) * rho - (gamma - alpha)),
        ),
        Step("share of prompts", slack, "the share that must be searched", solved(rho)),
        Step(
            "queries",
            half * slack,
            "of the 2^(l-1) secrets below a prompt of length 1",
            derived(lambda share: half * share),
        ),
    )
    return Derivation(
        "retrofit-bound",
        "A retrofit to within alpha takes (gamma - 2 alpha) 2^(l-1) queries a call.",
        "arXiv 2605.01425, Thm 5.5; sharpened, reconstructed",
        steps,
        form(half * slack),
        domain=DOMAIN,
    )


def retrofit_quadratic() -> Derivation:
    """The share of secrets to search at longer prompts."""
    K = sp.Symbol("K", integer=True, positive=True)
    condition = rho + alpha * (1 - rho) / (1 - rho / K) - (gamma - alpha)
    linear = 1 - alpha + (gamma - alpha) / K
    quadratic = rho**2 / K - rho * linear + gamma - 2 * alpha
    steps = (
        Step(
            "condition",
            condition,
            "largest credit inside, when credit outside is alpha; K = 2^k - 1 times as many leaves are outside",
        ),
        Step(
            "clear denominators",
            -quadratic,
            "times 1 - rho/K",
            derived(lambda short: sp.simplify(short * (1 - rho / K))),
        ),
        Step(
            "smaller root",
            K * (linear - sp.sqrt(linear**2 - 4 * (gamma - 2 * alpha) / K)) / 2,
            "quadratic formula",
            exactly(lambda root: sp.simplify(sp.expand(quadratic.subs(rho, root.inlined()))) == 0, "symbolic"),
        ),
    )
    return Derivation(
        "retrofit-quadratic",
        "At longer prompts the share to search is the smaller root of a quadratic.",
        "reconstructed",
        steps,
        form(steps[-1].expression),
        domain=DOMAIN,
    )


def _has_room(survival: ClosedForm) -> bool:
    """sum min(p, e^eps q R) >= R at the R given, on a grid of rational (e^eps, gamma, q0)."""
    masses = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 16), Fraction(1, 512)]
    for E in [1 + Fraction(i, 5) for i in range(20)]:
        for g in [Fraction(i, 20) for i in range(1, 20)]:
            kept = Fraction(str(survival.inlined().subs(gamma, sp.Rational(g.numerator, g.denominator))))
            for mass in masses:
                rare, frequent, others = mass * (1 - g) / E, mass * (2 - (1 - g) / E), 1 - 2 * mass
                cap = E * mass * kept
                if min(rare, cap) + min(frequent, cap) + others * min(Fraction(1), E * kept) < kept:
                    return False
    return True
