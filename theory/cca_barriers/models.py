"""The crediting predictors that the paper's statements and their corrections are shown on, in exact arithmetic.

Each function returns a `CreditingPredictor`; probabilities may be Fractions or SymPy expressions.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random

from corollary.theory.cca_barriers.credit import mechanism
from corollary.theory.cca_barriers.laws import Number
from corollary.theory.cca_barriers.predictor import END, CreditingPredictor, StepLaw

HALF = Fraction(1, 2)


def counterexample(p: Number) -> CreditingPredictor:
    """Token-level (0,0)-CCA, yet its rollout is not (eps, delta)-CCA for any delta < 1 - p (arXiv 2605.01425,
    Thm 4.2)."""

    def predictor(document: bool, x: str) -> StepLaw:
        if x == "":
            return {("a", False): p, ("b", False): 1 - p}
        if x == "a":
            return {("a", True): HALF, ("b", False): HALF} if document else {("b", False): Fraction(1)}
        if x == "b":
            return {("a", document): Fraction(1)}
        return {(END, False): Fraction(1)}

    return predictor


def two_branch(p: Number, survives_a: Number, survives_b: Number) -> CreditingPredictor:
    """Token-level 0-CCA with survivals of its own on each of two branches: the rollout's eps' is any number one likes
    (reconstructed)."""
    survives = {"a": survives_a, "b": survives_b}
    other = {"a": "b", "b": "a"}

    def predictor(document: bool, x: str) -> StepLaw:
        if x == "":
            return {("a", False): p, ("b", False): 1 - p}
        if x in survives:
            step = {(other[x], False): survives[x], (x, True): 1 - survives[x]}
            return step if document else {(other[x], False): Fraction(1)}
        return {(END, False): Fraction(1)}

    return predictor


def growth(c: Number, L: int) -> CreditingPredictor:
    """L uniform bits, whatever the document; with it, a step after a 1 credits with probability c (reconstructed)."""

    def predictor(document: bool, x: str) -> StepLaw:
        if len(x) >= L:
            return {(END, False): Fraction(1)}
        rate = c if document and x.endswith("1") else Fraction(0)
        return {(y, credited): HALF * (rate if credited else 1 - rate) for y in "01" for credited in (False, True)}

    return predictor


def constant_rate(rate: Number, L: int) -> CreditingPredictor:
    """L bits whose law depends on the text and on the document; every step credits with the same probability
    (reconstructed)."""

    def predictor(document: bool, x: str) -> StepLaw:
        if len(x) >= L:
            return {(END, False): Fraction(1)}
        one = Fraction(1 + x.count("1"), 2 + len(x))
        if not document:
            return {("1", False): one, ("0", False): 1 - one}
        return {("1", False): (1 - rate) * one, ("0", False): (1 - rate) * (1 - one), ("0", True): rate}

    return predictor


def always_eventually(p: Number) -> CreditingPredictor:
    """Its first step never credits, its second always does: the rollout credits with probability 1, the predictor does
    not (reconstructed)."""

    def predictor(document: bool, x: str) -> StepLaw:
        if x == "":
            return {("a", False): p, ("b", False): 1 - p}
        if len(x) == 1:
            return {("a", document): Fraction(1)}
        return {(END, False): Fraction(1)}

    return predictor


def stopping(stops: Number, survives: Number, cap: int, end_survives: Callable[[int], Number]) -> CreditingPredictor:
    """Words of fair bits that end with probability `stops` a step, at the latest at step `cap`; the texts do not depend
    on the document. A bit goes uncredited with probability `survives`, the end token at step j with `end_survives(j)`
    (reconstructed)."""

    def predictor(document: bool, x: str) -> StepLaw:
        ends = stops if len(x) < cap - 1 else Fraction(1)
        chances = {"0": (1 - ends) * HALF, "1": (1 - ends) * HALF, END: ends}
        step = {}
        for y, chance in chances.items():
            kept = (end_survives(len(x) + 1) if y == END else survives) if document else Fraction(1)
            step[(y, False)], step[(y, True)] = chance * kept, chance * (1 - kept)
        return {pair: mass for pair, mass in step.items() if mass != 0}

    return predictor


def independent(theta: Number, L: int) -> CreditingPredictor:
    """L bits, Bernoulli(theta) with the document and fair without, credited as little as 0-CCA allows at each step
    (reconstructed)."""
    least = min(theta, 1 - theta)

    def predictor(document: bool, x: str) -> StepLaw:
        if len(x) >= L:
            return {(END, False): Fraction(1)}
        if not document:
            return {("0", False): HALF, ("1", False): HALF}
        return {("0", False): least, ("1", False): least, ("0", True): 1 - theta - least, ("1", True): theta - least}

    return predictor


def copying(weight: Number, L: int) -> CreditingPredictor:
    """L tokens over {0, 1, 2}, each with probability `weight` what the document says about the token before it and else
    from a Markov chain, credited as little as 0-CCA allows at each step (reconstructed)."""
    chain = {"": (3, 2, 1), "0": (1, 2, 3), "1": (2, 2, 2), "2": (4, 1, 1)}
    says = {"": "1", "0": "1", "1": "2", "2": "0"}

    def predictor(document: bool, x: str) -> StepLaw:
        if len(x) >= L:
            return {(END, False): Fraction(1)}
        own = {y: Fraction(share, 6) for y, share in zip("012", chain[x[-1:]], strict=True)}
        if not document:
            return {(y, False): mass for y, mass in own.items()}
        mixed = {y: (1 - weight) * mass + (weight if y == says[x[-1:]] else 0) for y, mass in own.items()}
        return mechanism(mixed, own, Fraction(1))

    return predictor


def random_predictor(source: Random, E: Fraction, L: int) -> CreditingPredictor:
    """A random predictor of L bits that is ln(E)-CCA token by token: next tokens depend on the whole text and on the
    document, and each step keeps its uncredited law at one end of what E allows, which E = 1 leaves no choice
    (reconstructed). Survivals are in sixteenths, never 0."""
    nodes = {}
    for depth in range(L):
        for text in range(2**depth):
            q, kept = Fraction(source.randint(1, 15), 16), Fraction(source.randint(1, 16), 16)
            low, high = max(q / E, 1 - E * (1 - q)), min(E * q, 1 - (1 - q) / E)
            nodes[format(text, f"0{depth}b") if depth else ""] = q, low + (high - low) * source.randint(0, 1), kept

    def predictor(document: bool, x: str) -> StepLaw:
        if len(x) == L:
            return {(END, False): Fraction(1)}
        q, r, kept = nodes[x]
        if not document:
            return {("1", False): q, ("0", False): 1 - q}
        return {("1", False): kept * r, ("0", False): kept * (1 - r), ("0", True): 1 - kept}

    return predictor
