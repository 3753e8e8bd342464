"""When credit composes after all: every text survives alike; and the repair that makes it so (reconstructed for
arXiv 2605.01425)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import sympy as sp

from corollary.formulas.derivation import Derivation, Step, derived
from corollary.theory.cca_barriers.laws import Number
from corollary.theory.cca_barriers.predictor import CreditingPredictor, Rollout, StepLaw, rollout, survival
from corollary.theory.cca_barriers.symbols import DOMAIN, form, k


def composes(laws: Rollout) -> bool:
    """Whether every text survives with the same probability: exactly when a 0-CCA predictor's rollout is 0-CCA
    (reconstructed)."""
    return len({laws.survival[w] for w, mass in laws.counterfactual.items() if mass != 0}) <= 1


def padded(predictor: CreditingPredictor, floor: Callable[[str], Number]) -> CreditingPredictor:
    """The predictor that credits an uncredited step at text x with probability 1 - floor(x) / s(x) more, so that each
    step survives with probability floor(x) and the texts' law is what it was (reconstructed). Its calls raise
    ValueError where s(x) < floor(x)."""

    def repaired(document: bool, x: str) -> StepLaw:
        step = predictor(document, x)
        if not document:
            return step
        s, least = survival(step), floor(x)
        if s < least:
            raise ValueError(f"floor({x!r}) = {least}: must be at most the step's survival {s}")
        return with_extra_credit(step, 1 - least / s if s != 0 else Fraction(0))

    return repaired


def with_extra_credit(step: StepLaw, chance: Number) -> StepLaw:
    """The step, an uncredited outcome of which is credited after all with a probability `chance`."""
    law: dict[tuple[str, bool], Number] = {}
    for (token, credited), mass in step.items():
        moved = Fraction(0) if credited else mass * chance
        law[(token, credited)] = law.get((token, credited), Fraction(0)) + mass - moved
        law[(token, True)] = law.get((token, True), Fraction(0)) + moved
    return {pair: mass for pair, mass in law.items() if mass != 0}


def least_survival(predictor: CreditingPredictor, horizon: int) -> Fraction:
    """The smallest survival of a step on any text that the predictor can reach, by enumeration."""
    laws = rollout(predictor, horizon)
    reached = [w[:j] for w, mass in laws.text.items() if mass != 0 for j in range(len(w) - 1)]
    return min(survival(predictor(True, x)) for x in dict.fromkeys(reached))


def padding_price() -> Derivation:
    """The credit that the padding repair costs on the text-independent rollout."""
    step, kept = sp.Symbol("s_min", positive=True), sp.Symbol("L", integer=True, positive=True)
    steps = (
        Step("survive every step", sp.Product(step, (k, 1, kept)), "each step survives with probability s_min exactly"),
        Step("multiply", step**kept, "L steps"),
        Step("price", 1 - step**kept, "credit is what does not survive", derived(lambda survives: 1 - survives)),
    )
    return Derivation(
        "padding-price",
        "A padded rollout of L steps credits with probability 1 - s_min^L.",
        "reconstructed",
        steps,
        form(1 - step**kept),
        domain={"s_min": DOMAIN["p"], **DOMAIN},
    )
