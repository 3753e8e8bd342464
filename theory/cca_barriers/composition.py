"""When counterfactual credit attribution survives a rollout: the path bound, its exact two-sided form, and a repair.

Notation as in `predictor`: Pi(w) is a path's survival, Z = E Pi, Q the law of the texts without the document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from corollary.theory.cca_barriers.laws import minimal_delta, minimal_ratio
from corollary.theory.cca_barriers.predictor import CreditingPredictor, Rollout, Step, rollout, survival


def rollout_ratio(laws: Rollout) -> Fraction | None:
    """The least e^eps' at which the rollout is (eps', 0)-CCA; None when there is none; 1 when it always credits."""
    if laws.uncredited_mass == 0:
        return Fraction(1)
    return minimal_ratio(laws.conditional, laws.counterfactual)


def rollout_delta(laws: Rollout, E: Any) -> Any:
    """The least delta at which the rollout is (ln E, delta)-CCA; 0 when it always credits."""
    if laws.uncredited_mass == 0:
        return Fraction(0)
    return minimal_delta(laws.conditional, laws.counterfactual, E)


def path_bound(laws: Rollout, E: Any = Fraction(1)) -> Any:
    """The lower bound max_w Pi(w) / (Z E^|w|) on e^eps' of the rollout of a ln(E)-CCA predictor, over its uncredited
    texts (arXiv 2605.01425, Thm 4.3). |w| counts the end token. Raises ValueError when the rollout always credits."""
    Z = laws.uncredited_mass
    if Z == 0:
        raise ValueError("Z = 0: the path bound says nothing of a rollout that always credits")
    return max(laws.survival[w] / (Z * E ** len(w)) for w, mass in laws.uncredited.items() if mass != 0)


def survival_ratio(laws: Rollout) -> Fraction | None:
    """max over texts w of max(Pi(w)/Z, Z/Pi(w)): e^eps' itself when the predictor is 0-CCA (reconstructed). None where
    a text's survival is 0."""
    Z, ratio = laws.uncredited_mass, Fraction(1)
    for w, mass in laws.counterfactual.items():
        if mass == 0:
            continue
        if laws.survival[w] == 0:
            return None
        ratio = max(ratio, laws.survival[w] / Z, Z / laws.survival[w])
    return ratio


def composes(laws: Rollout) -> bool:
    """Whether every text survives with the same probability: exactly when a 0-CCA predictor's rollout is 0-CCA
    (reconstructed)."""
    return len({laws.survival[w] for w, mass in laws.counterfactual.items() if mass != 0}) <= 1


def padded(predictor: CreditingPredictor, floor: Callable[[str], Any]) -> CreditingPredictor:
    """The predictor that credits an uncredited step at text x with probability 1 - floor(x) / s(x) more, so that each
    step survives with probability floor(x) and the texts' law is what it was (reconstructed). Its calls raise
    ValueError where s(x) < floor(x)."""

    def repaired(document: bool, x: str) -> Step:
        step = predictor(document, x)
        if not document:
            return step
        s, least = survival(step), floor(x)
        if s < least:
            raise ValueError(f"floor({x!r}) = {least}: must be at most the step's survival {s}")
        return with_extra_credit(step, 1 - least / s if s != 0 else Fraction(0))

    return repaired


def with_extra_credit(step: Step, chance: Any) -> Mapping[tuple[str, bool], Any]:
    """The step, an uncredited outcome of which is credited after all with a probability `chance`."""
    law: dict[tuple[str, bool], Any] = {}
    for (token, credited), mass in step.items():
        moved = Fraction(0) if credited else mass * chance
        law[(token, credited)] = law.get((token, credited), Fraction(0)) + mass - moved
        law[(token, True)] = law.get((token, True), Fraction(0)) + moved
    return {pair: mass for pair, mass in law.items() if mass != 0}


def least_survival(predictor: CreditingPredictor, horizon: int) -> Fraction:
    """The smallest survival of a step on any text that the predictor can reach; found by enumeration."""
    laws = rollout(predictor, horizon)
    reached = [w[:j] for w, mass in laws.text.items() if mass != 0 for j in range(len(w) - 1)]
    return min(survival(predictor(True, x)) for x in dict.fromkeys(reached))
