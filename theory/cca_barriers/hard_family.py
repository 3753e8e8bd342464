"""The models M_z that hide a secret z, and what an optimal retrofit must credit on them (arXiv 2605.01425, Section 5).

M_z writes l + 1 fair bits and stops; only with the document, and only after the prompt z, its bit is biased towards 1
by (1 - e^-eps (1 - gamma)) / 2. E = e^eps.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, exactly, integers, reals, solved
from corollary.theory.cca_barriers.laws import Law, Number, checked_ratio, total_variation
from corollary.theory.cca_barriers.predictor import END, CreditingPredictor, StepLaw, rollout, token_law
from corollary.theory.cca_barriers.symbols import DOMAIN, R, alpha, delta, eps, form, gamma, k, l, q0

HALF = Fraction(1, 2)
SHARE = {**DOMAIN, "delta": reals(0, sp.Rational(1, 20)), "q0": reals(sp.Rational(1, 4), 1)}
"""Where delta < gamma q0, so that some credit is needed."""
INFLUENCE = (1 - sp.exp(-eps) * (1 - gamma)) / 2 / 2 ** (l - k)
"""The total variation distance that the document makes to a whole output."""


def bias(E: Number, gamma: Number) -> Number:
    """The excess over 1/2 of the biased bit: (1 - (1 - gamma) / E) / 2."""
    return (1 - (1 - gamma) / E) / 2


def hard_model(z: str, E: Number, gamma: Number) -> CreditingPredictor:
    """M_z, crediting nothing. Raises ValueError unless z is bits, E >= 1 and gamma in (0, 1)."""
    if not z or set(z) - set("01"):
        raise ValueError(f"z = {z!r}: must be a non-empty string of bits")
    checked_ratio(E)
    if not 0 < gamma < 1:
        raise ValueError(f"gamma = {gamma}: must be a probability in (0, 1)")

    def predictor(document: bool, x: str) -> StepLaw:
        if len(x) > len(z) or END in x:
            return {(END, False): Fraction(1)}
        one = HALF + (bias(E, gamma) if document and x == z else 0)
        return {("0", False): 1 - one, ("1", False): one}

    return predictor


def output_laws(z: str, E: Number, gamma: Number, prompt: str = "") -> tuple[Law, Law]:
    """(with, without the document): the laws of what M_z writes after a prompt, {text: Fraction}."""
    laws = rollout(hard_model(z, E, gamma), len(z) + 2 - len(prompt), prompt)
    return laws.text, laws.counterfactual


def influence(z: str, E: Number, gamma: Number, prompt: str = "") -> Number:
    """The total variation distance that the document makes to what M_z writes after a prompt, by enumeration."""
    return total_variation(*output_laws(z, E, gamma, prompt))


def next_token_influence(z: str, E: Number, gamma: Number, prompt: str) -> Number:
    """The total variation distance that the document makes to the next token after a prompt."""
    model = hard_model(z, E, gamma)
    return total_variation(token_law(model(True, prompt)), token_law(model(False, prompt)))


def optimal_credit(l: int, k: int, gamma: Number, delta: Number = 0) -> Number:
    """The least credit of an (eps, delta)-CCA augmentation of M_z at a prefix of z of length k: gamma at delta = 0
    (arXiv 2605.01425, Lemma 5.6), (gamma - delta/q0) / (1 - delta/q0) below delta = gamma q0 and 0 from there on, with
    q0 = 2^-(l-k+1) (reconstructed). It depends on eps nowhere. Off the prefixes it is 0.

    Raises ValueError unless 0 <= k <= l and delta >= 0.
    """
    if not 0 <= k <= l:
        raise ValueError(f"k = {k}: must be an integer in 0..l = {l}")
    if delta < 0:
        raise ValueError(f"delta = {delta}: must be a number >= 0")
    # From 2^2000 on no delta that a float can hold is less than gamma q0.
    share = delta * 2 ** min(l - k + 1, 2000)
    return (gamma - share) / (1 - share) if share < gamma else 0 * gamma


def separating_delta(l: int, k: int, gamma: Number, alpha: Number) -> Number:
    """The delta from which on an alpha-approximate credit oracle no longer tells prefixes of z of length k from other
    prompts (reconstructed)."""
    return (gamma - 2 * alpha) / (1 - 2 * alpha) / 2 ** (l - k + 1)


def credit_on_prefixes() -> Derivation:
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


def hiding_delta() -> Derivation:
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
    steps = (
        Step("the bit after z", (sp.Rational(1, 2) + biased) - sp.Rational(1, 2), "its bias alone needs the document"),
        Step("bias", biased, "collect"),
        Step(
            "reach z",
            INFLUENCE,
            "l - k fair bits must first spell the rest of z",
            derived(lambda after: after * sp.Rational(1, 2) ** (l - k)),
        ),
    )
    return Derivation(
        "data-influence",
        "The document moves the output by 2^-(l-k) (1 - e^-eps (1 - gamma)) / 2.",
        "arXiv 2605.01425, Remark 5.6.1 (corrected)",
        steps,
        form(INFLUENCE),
        domain={**DOMAIN, "k": integers(1, 3)},
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
