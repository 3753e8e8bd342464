"""Next-token predictors that credit one document, and the exact law of their rollouts (arXiv 2605.01425, Section 2).

| letter | here | meaning |
|---|---|---|
| M~(S, x) | `predictor(document, text)` | law of (token, credited?) after a text, with or without the document |
| w, $ | text, `END` | what is generated after the prompt, up to and including the end token |
| s(x) | `survival(step)` | probability that the step at x does not credit, with the document |
| Pi(w) | `Rollout.survival[w]` | product of s over all steps of w |
| Z | `Rollout.uncredited_mass` | probability that the rollout never credits |
| P(w given unc), Q(w) | `conditional`, `counterfactual` | text law given no credit; text law without the document |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from corollary.theory.cca_barriers.laws import Law, Number, checked, minimal_ratio

END = "$"
MOST_TEXTS = 1 << 16
"""Beyond so many texts exact enumeration takes minutes; the float64 path goes further."""

StepLaw = Mapping[tuple[str, bool], Number]
"""(token, credited?) -> probability."""
CreditingPredictor = Callable[[bool, str], StepLaw]
"""(document present?, text so far) -> StepLaw; tokens are single characters."""


@dataclass(frozen=True)
class Rollout:
    """The law of a rollout, by text w.

    uncredited, text: mass of w uncredited, and of w at all, with the document. counterfactual: Q(w), without it.
    survival: Pi(w).
    """

    uncredited: dict[str, Number]
    text: dict[str, Number]
    counterfactual: dict[str, Number]
    survival: dict[str, Number]

    @property
    def uncredited_mass(self) -> Number:
        """Z, the probability that the rollout does not credit."""
        return sum(self.uncredited.values(), Fraction(0))

    @property
    def conditional(self) -> Law:
        """P(w | not credited). Raises ValueError when the rollout always credits."""
        Z = self.uncredited_mass
        if Z == 0:
            raise ValueError("Z = 0: a rollout that always credits has no law given no credit (it is trivially CCA)")
        return {w: mass / Z for w, mass in self.uncredited.items() if mass != 0}


def rollout(predictor: CreditingPredictor, horizon: int, prompt: str = "") -> Rollout:
    """The exact law of everything generated after `prompt`, at most `horizon` steps, the end token's included.

    Raises ValueError when a step is no distribution, credits an absent document, or when the texts do not all end
    within the horizon or are too many to enumerate.
    """
    laws = Rollout({}, {}, {}, {})
    frontier: list[tuple[str, Number, Number, Number, Number]] = [
        ("", Fraction(1), Fraction(1), Fraction(1), Fraction(1))
    ]
    for _ in range(horizon):
        grown = []
        for w, u, p, q, pi in frontier:
            present = checked(predictor(True, prompt + w), f"predictor(True, {prompt + w!r})")
            absent = checked(predictor(False, prompt + w), f"predictor(False, {prompt + w!r})")
            if any(credited and mass != 0 for (_, credited), mass in absent.items()):
                raise ValueError(f"predictor(False, {prompt + w!r}) credits an absent document: must be uncredited")
            s = survival(present)
            for y in dict.fromkeys(token for token, _ in [*present, *absent]):
                stays, goes = present.get((y, False), 0), present.get((y, True), 0)
                grown.append((w + y, u * stays, p * (stays + goes), q * absent.get((y, False), 0), pi * s))
            if len(grown) + len(laws.text) > MOST_TEXTS:
                raise ValueError(f"horizon = {horizon}: more than {MOST_TEXTS} texts, too many to enumerate exactly")
        frontier = []
        for w, u, p, q, pi in grown:
            if p == 0 and q == 0:
                continue
            if w.endswith(END):
                laws.uncredited[w], laws.text[w], laws.counterfactual[w], laws.survival[w] = u, p, q, pi
            else:
                frontier.append((w, u, p, q, pi))
    if frontier:
        raise ValueError(f"horizon = {horizon}: the text {frontier[0][0]!r} has not ended, a longer one is needed")
    return laws


def survival(step: StepLaw) -> Number:
    """The probability that a step does not credit."""
    return sum((mass for (_, credited), mass in step.items() if not credited), Fraction(0))


def uncredited_law(step: StepLaw) -> Law:
    """The token's law given that the step does not credit. Raises ValueError when it always credits."""
    s = survival(step)
    if s == 0:
        raise ValueError("the step credits with probability 1: there is no law given no credit")
    return {token: mass / s for (token, credited), mass in step.items() if not credited and mass != 0}


def token_law(step: StepLaw) -> Law:
    """The token's law, credited or not."""
    law: dict[str, Number] = {}
    for (token, _), mass in step.items():
        law[token] = law.get(token, Fraction(0)) + mass
    return {token: mass for token, mass in law.items() if mass != 0}


def token_level_ratio(predictor: CreditingPredictor, horizon: int, prompt: str = "") -> Fraction | None:
    """The least e^eps at which the predictor is (eps, 0)-CCA at every text it can reach within the horizon; None when
    there is none. A step that credits with probability 1 is CCA as it stands."""
    ratio, frontier = Fraction(1), [prompt]
    for _ in range(horizon):
        grown = []
        for x in frontier:
            present, absent = predictor(True, x), predictor(False, x)
            if survival(present) != 0:
                here = minimal_ratio(uncredited_law(present), token_law(absent))
                if here is None:
                    return None
                ratio = max(ratio, here)
            reachable = dict.fromkeys([*token_law(present), *token_law(absent)])
            grown += [x + y for y in reachable if y != END]
        frontier = grown
    return ratio
