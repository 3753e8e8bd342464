"""Derivations of what happens to credit when tokens become texts: results R1-R5 and R10 of the exact theory.

Each function returns a `Derivation`; its first line is what exact enumeration of the predictor's tree gives, so that
nothing is typed in that the tree could tell.
"""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, exactly, limit, series
from corollary.theory.cca_barriers import models
from corollary.theory.cca_barriers.laws import backward_delta, forward_delta
from corollary.theory.cca_barriers.predictor import END, rollout
from corollary.theory.cca_barriers.symbols import DOMAIN, MEANINGS, L, c, eps, k, n, p, theta

HALF = sp.Rational(1, 2)


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


def growth() -> Derivation:
    """The exact eps' of the rollout whose texts do not depend on the document at all."""
    Z = sp.Sum(sp.binomial(n, k) * (1 - c) ** k / 2**n, (k, 0, n))
    rarest = n * sp.log(1 - c)
    exponent = n * sp.log((2 - c) / (2 * (1 - c)))
    steps = (
        Step("sum over texts", Z, "k of the n bits are ones, each survives with probability 1 - c"),
        Step(
            "binomial theorem",
            (1 - c / 2) ** n,
            "fair bits: each step survives with probability 1 - c/2 on average",
            exactly(
                lambda line: all(sp.expand((Z - line.inlined()).subs(n, m).doit()) == 0 for m in range(1, 9)),
                "polynomial identity for n = 1..8",
            ),
        ),
        Step(
            "extreme texts",
            sp.Max(sp.Abs(rarest - n * sp.log(1 - c / 2)), sp.Abs(n * sp.log(1 - c / 2))),
            "ln(Pi/Z) is monotone in k, so its largest size is at all ones or at all zeros",
            exactly(_is_largest_over_texts, "all k, n <= 12, rational c"),
        ),
        Step("all ones", exponent, "(2 - c)^2 >= 4 (1 - c): the text of ones moves most"),
    )
    return Derivation(
        "growth",
        "The rollout of a (0,0)-CCA predictor is eps'-CCA with eps' linear in the length.",
        "reconstructed",
        steps,
        form(exponent),
        domain=DOMAIN,
    )


def growth_path_bound() -> Derivation:
    """What the one-sided path bound says of the same rollout."""
    steps = (
        Step("text of zeros", -sp.log((1 - c / 2) ** n), "Pi = 1 is the largest survival; Z = (1 - c/2)^n"),
        Step("simplify", n * sp.log(2 / (2 - c)), "logarithm of a power"),
    )
    return Derivation(
        "growth-path-bound",
        "The path bound on the same rollout is n ln(2 / (2 - c)).",
        "arXiv 2605.01425, Thm 4.3",
        steps,
        form(n * sp.log(2 / (2 - c))),
        domain=DOMAIN,
    )


def growth_small_rate() -> Derivation:
    """The two rates agree to first order in c only."""
    gap = sp.log((2 - c) / (2 * (1 - c))) - sp.log(2 / (2 - c))
    steps = (
        Step("gap per token", gap, "exact rate minus the path bound's"),
        Step("second order", c**2 / 4, "series at c = 0: the first orders c/2 cancel", series(c, 3)),
    )
    return Derivation(
        "growth-small-rate",
        "The path bound loses c^2 / 4 per token at small credit rates.",
        "reconstructed",
        steps,
        form(c**2 / 4),
        domain=DOMAIN,
    )


def growth_certain_credit() -> Derivation:
    """At credit rate 1 no eps' suffices."""
    steps = (
        Step("rate", 1 / sp.log((2 - c) / (2 * (1 - c))), "the inverse of eps' per token"),
        Step("limit", sp.Integer(0), "c -> 1: eps' per token is unbounded", limit(c, 1)),
    )
    return Derivation(
        "growth-certain-credit",
        "The exact rate is unbounded as c -> 1, the path bound's is ln 2.",
        "reconstructed",
        steps,
        domain=DOMAIN,
    )


def independent_credit() -> Derivation:
    """The credit that pure 0-CCA forces on independent tokens."""
    least = (1 - sp.Abs(1 - 2 * theta)) / 2
    credit = 1 - (2 * least) ** L
    steps = (
        Step(
            "sequence level",
            1 - sp.Min(2 * theta, 2 * (1 - theta)) ** L,
            "R* = min over texts of P/Q = prod of the least token ratios",
        ),
        Step("token level", credit, "survival 2 min(theta, 1 - theta) at each step, whatever the text: it composes"),
    )
    return Derivation(
        "independent-credit",
        "Sequence-level and token-level 0-CCA force the same credit on iid tokens.",
        "reconstructed",
        steps,
        form(1 - sp.Min(2 * theta, 2 - 2 * theta) ** L),
        domain=DOMAIN,
    )


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


def form(expression: sp.Expr) -> ClosedForm:
    return ClosedForm(expression, meanings=MEANINGS)


def _is_largest_over_texts(exponent: ClosedForm) -> bool:
    """No number of ones k gives a larger |ln(Pi/Z)| than the exponent says."""
    for rate in (Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)):
        for steps in range(1, 13):
            ratios = [(1 - rate) ** ones / (1 - rate / 2) ** steps for ones in range(steps + 1)]
            largest = max(max(ratio, 1 / ratio) for ratio in ratios)
            stated = exponent.inlined().subs({n: steps, c: sp.Rational(rate.numerator, rate.denominator)})
            if abs(sp.N(stated - sp.log(sp.Rational(largest.numerator, largest.denominator)), 40)) > 1e-35:
                return False
    return True
