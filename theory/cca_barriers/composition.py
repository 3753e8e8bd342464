"""That counterfactual credit attribution does not survive a rollout: the path bound and its exact two-sided form.

Notation as in `predictor`: Pi(w) is a path's survival, Z = E Pi, Q the law of the texts without the document. The first
line of a derivation is what exact enumeration of the predictor's tree gives.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from corollary.formulas.derivation import Derivation, Step
from corollary.theory.cca_barriers import models
from corollary.theory.cca_barriers.laws import Number, backward_delta, forward_delta, minimal_delta, minimal_ratio
from corollary.theory.cca_barriers.predictor import END, Rollout, rollout
from corollary.theory.cca_barriers.symbols import DOMAIN, eps, form, p


def rollout_ratio(laws: Rollout) -> Fraction | None:
    """The least e^eps' at which the rollout is (eps', 0)-CCA; None when there is none; 1 when it always credits."""
    if laws.uncredited_mass == 0:
        return Fraction(1)
    return minimal_ratio(laws.conditional, laws.counterfactual)


def rollout_delta(laws: Rollout, E: Number) -> Number:
    """The least delta at which the rollout is (ln E, delta)-CCA; 0 when it always credits."""
    if laws.uncredited_mass == 0:
        return Fraction(0)
    return minimal_delta(laws.conditional, laws.counterfactual, E)


def path_bound(laws: Rollout, E: Number = Fraction(1)) -> Number:
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


def counterexample() -> Derivation:
    """The least delta of the counterexample's rollout."""
    laws = rollout(models.counterexample(p), 3)
    P = {w: sp.simplify(mass) for w, mass in laws.conditional.items()}
    forward, backward = (side(P, laws.counterfactual, sp.exp(eps)) for side in (forward_delta, backward_delta))
    steps = (
        Step("enumerate", sp.Max(forward, backward), "all texts of the tree; both directions of closeness"),
        Step(
            "the text ba",
            1 - p,
            "it has probability 0 uncredited, so its whole mass 1 - p is excess, whatever eps; "
            "the other direction's excess 1 - p e^eps is no larger",
        ),
    )
    return Derivation(
        "counterexample",
        "The least delta of the rollout is 1 - p for every eps >= 0.",
        "arXiv 2605.01425, Thm 4.2; sharpened, reconstructed",
        steps,
        form(1 - p),
        domain=DOMAIN,
    )


def path_identity() -> Derivation:
    """How far a text's probability moves when the rollout is known not to credit, for a 0-CCA predictor."""
    s, s_a, s_b, q_a, q_aa, q_ba = sp.symbols("s s_a s_b q_a q_aa q_ba", positive=True)
    Q = {"a": q_a, "b": 1 - q_a}
    below = {"a": (s_a, {"a": q_aa, "b": 1 - q_aa}), "b": (s_b, {"a": q_ba, "b": 1 - q_ba})}

    def tree(document: bool, x: str) -> dict[tuple[str, bool], sp.Expr]:
        if len(x) == 2:
            return {(END, False): sp.Integer(1)}
        stays, law = below[x] if x else (s, Q)
        stays = stays if document else sp.Integer(1)
        step = {(y, False): stays * mass for y, mass in law.items()}
        return {**step, ("a", True): 1 - stays} if document else step

    laws = rollout(tree, 3)
    expected = sum(laws.counterfactual[w] * laws.survival[w] for w in laws.counterfactual)
    w = "aa" + END
    ratio = laws.survival[w] / expected
    steps = (
        Step("enumerate", laws.conditional[w] / laws.counterfactual[w], "Bayes' rule on the two-step tree, text aa"),
        Step("chain rule", ratio, "each uncredited step has the law without the document: the ratio is Pi(aa)/E_Q Pi"),
    )
    return Derivation(
        "path-identity",
        "P(w given no credit) / Q(w) = Pi(w) / E_Q Pi for token-level 0-CCA.",
        "arXiv 2605.01425, Thm 4.3; two-sided, reconstructed",
        steps,
        form(sp.simplify(ratio)),
        domain=dict.fromkeys(("s", "s_a", "s_b", "q_a", "q_aa", "q_ba"), DOMAIN["p"]),
    )
