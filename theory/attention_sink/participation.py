"""E sum a_j^2 of a softmax over t independent N(0, beta^2) logits: exact, for many keys, and frozen (reconstructed)."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import (
    Derivation,
    Step,
    derived,
    differentiated,
    exactly,
    integers,
    solved,
    stated,
    substituted,
)
from corollary.theory.attention_sink.symbols import MEANINGS, beta, normal_mean, t
from corollary.theory.calculus.random_energy import softmax_moments

LEADING = ClosedForm(sp.exp(beta**2) / t, meanings=MEANINGS)
"""For many keys at a given temperature."""

EXPANDED = ClosedForm(
    sp.exp(beta**2) / t * (1 - (2 * sp.exp(beta**2) - 1) * (sp.exp(beta**2) - 1) / t), meanings=MEANINGS
)
"""The same to next order."""

FROZEN = ClosedForm(1 - sp.sqrt(2 * sp.log(t)) / beta, meanings=MEANINGS)
"""Beyond beta = sqrt(2 ln t), for t to infinity."""

_log = sp.log(t)
LEVEL = ClosedForm(sp.sqrt(2 * _log) - sp.log(4 * sp.pi * _log) / (2 * sp.sqrt(2 * _log)), meanings=MEANINGS)
"""Where one of t standard normals is expected to lie above, to next order."""

FROZEN_LEVEL = ClosedForm(1 - LEVEL.expression / beta, meanings=MEANINGS)
"""As `FROZEN`, with the largest logits where they are at a finite t."""

share = sp.Symbol("share", positive=True)
HEAVY = ClosedForm(1 - share, meanings={"share": "exponent of the weights' tail, in (0, 1)"})
"""E sum a_j^2 of weights in proportion to a Poisson process of intensity share w^(-share - 1)."""


def participation(t: int, beta: float) -> float:
    """The exact value, by a one-dimensional integral: relative error below 1e-10 for beta <= 20.

    Raises ValueError unless t >= 1 and beta >= 0.
    """
    return softmax_moments(t, beta**2)[0]


def stein() -> Derivation:
    """The free energy's slope."""
    s, rest = sp.Symbol("s", real=True), sp.Symbol("rest", positive=True)
    Y, slope = sp.symbols("Y slope", positive=True)
    weight = sp.exp(s) / (sp.exp(s) + rest)
    return Derivation(
        "participation-slope",
        "E sum a_j^2 = 1 - F'(beta) / beta, F the mean log partition function",
        "reconstructed",
        (
            Step("weight", weight, "of one logit s, beside the others"),
            Step("its slope", weight * (1 - weight), "differentiate", check=differentiated(s)),
            Step(
                "summed",
                slope - beta * (1 - Y),
                "beta F' = sum E[a_j s_j] = beta^2 sum E[da_j / ds_j] by Stein's lemma, and sum a_j = 1",
                check=stated,
            ),
            Step("solved", 1 - slope / beta, "for Y = E sum a_j^2", check=solved(Y)),
        ),
        ClosedForm(1 - slope / beta),
    )


def expanded() -> Derivation:
    """Many keys: the delta method on sum e^(2s) / (sum e^s)^2."""
    x, y, step = sp.symbols("x y step", real=True)
    m1, m2, m3 = sp.symbols("m1 m2 m3", positive=True)
    z = sp.Symbol("z", real=True)
    cross, square = (m3 - m1 * m2) / t, (m2 - m1**2) / t
    averaged = (m2 - 2 * m1 * cross / m1**2 + 3 * m2 * square / m1**2) / (t * m1**2)

    def mean(order: int) -> sp.Expr:
        return sp.simplify(normal_mean(sp.exp(order * beta * z), z))

    def second_order(form: sp.Expr) -> sp.Expr:
        taylor = sp.expand(sp.series(form, step, 0, 3).removeO().subs(step, 1))
        return sum(
            term.subs({x: 0, y: 0}) + term.coeff(x, 1).coeff(y, 1) * cross + term.coeff(x, 0).coeff(y, 2) * square
            for term in sp.Add.make_args(taylor)
        )

    return Derivation(
        "participation-expanded",
        "E sum a_j^2 = (e^h / t) [1 - (2 e^h - 1)(e^h - 1) / t] to next order, h = beta^2",
        "reconstructed",
        (
            Step(
                "ratio",
                (m2 + step * x) / (m1 + step * y) ** 2 / t,
                "of sums over t keys; x and y are what the means of e^(2s) and e^s deviate by, from m2 and m1",
            ),
            Step(
                "averaged",
                averaged,
                "to second order in the deviations, E[xy] = (m3 - m1 m2) / t, E[y^2] = (m2 - m1^2) / t",
                check=derived(second_order),
            ),
            Step(
                "of normal logits",
                EXPANDED.expression,
                "m_q = E e^(q s), integrated",
                check=substituted({m1: mean(1), m2: mean(2), m3: mean(3)}),
            ),
        ),
        EXPANDED,
    )


def level() -> Derivation:
    """Where the largest of t logits lie."""
    u, log_t = sp.Symbol("u", positive=True), sp.Symbol("log_t", positive=True)
    found = LEVEL.expression.subs(sp.log(t), log_t)
    missed = u**2 + 2 * sp.log(u) - 2 * log_t + sp.log(2 * sp.pi)
    return Derivation(
        "largest-logit",
        "Weights e^(beta z) near the largest of t normals have the tail exponent u / beta, u their level",
        "reconstructed",
        (
            Step("condition", missed, "minus twice the log of t e^(-u^2 / 2) / (u sqrt(2 pi)), which is to be 1"),
            Step(
                "level",
                sp.Integer(0),
                "at u = sqrt(2 ln t) - ln(4 pi ln t) / (2 sqrt(2 ln t)), t to infinity",
                check=derived(lambda form: sp.limit(form.subs(u, found), log_t, sp.oo)),
            ),
            Step(
                "tail exponent",
                u / beta,
                "ln w = beta z, and the density of z falls by e^(-u dz) there",
                check=derived(lambda form: sp.diff(form - 2 * sp.log(u), u) / 2 / beta),
                follows="condition",
            ),
            Step(
                "participation",
                FROZEN_LEVEL.expression,
                "1 - c for weights of tail exponent c",
                check=derived(lambda form: 1 - form.subs(u, LEVEL.expression)),
            ),
        ),
        FROZEN_LEVEL,
        domain={"t": integers(3, 999)},
    )


def frozen() -> Derivation:
    """Few logits carry the weight: the ratio of a heavy-tailed sum."""
    x, w = sp.symbols("x w", positive=True)
    intensity = share * w ** (-share - 1)

    def over_weights(value: sp.Expr) -> sp.Expr:
        return sp.integrate(sp.powsimp(value), (w, 0, sp.oo), conds="none")

    pair = share * sp.gamma(2 - share) * x ** (share - 1)
    exponent = sp.gamma(1 - share) * x**share

    def normalised(form: sp.Expr) -> sp.Expr:
        u = sp.Symbol("u", positive=True)
        return sp.gammasimp(form / sp.diff(exponent, x) * sp.integrate(sp.exp(-u), (u, 0, sp.oo)))

    return Derivation(
        "participation-frozen",
        "Weights of tail exponent c leave E sum a_j^2 = 1 - c; softmax has c = sqrt(2 ln t) / beta",
        "reconstructed",
        (
            Step(
                "one weight",
                x * w**2 * sp.exp(-x * w) * intensity,
                "1 / S^2 = int x e^(-x S) dx, and the point w singled out of a Poisson process (Mecke)",
            ),
            Step("its integral", pair, "over w", check=derived(over_weights)),
            Step(
                "the others",
                exponent,
                "-log E e^(-x S) = int (1 - e^(-x w)) intensity dw, by parts",
                check=exactly(
                    lambda form: sp.simplify(over_weights(x * w**-share * sp.exp(-x * w)) - form.expression) == 0,
                    "symbolic",
                ),
            ),
            Step(
                "participation",
                HEAVY.expression,
                "int pair e^(-exponent) dx with u = exponent, whose derivative is proportional to pair",
                check=derived(lambda form: normalised(form)),
                follows="its integral",
            ),
        ),
        HEAVY,
        domain={"share": lambda source, shape: source.uniform(0.05, 0.95)},
    )
