"""That credit does not compose: arXiv 2605.01425, Theorems 4.2 and 4.3, and their exact forms."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import sympy as sp

    from corollary.sims.cca_barriers import composition as sims
    from corollary.theory.cca_barriers import composition as theory
    from corollary.theory.cca_barriers import laws, models, predictor, symbols


@PAPER.claim(
    "counterexample",
    where="Theorem 4.2",
    status="corrected",
    says="The two-token predictor is (0,0)-CCA at every token; its rollout's least delta is 1 - p for "
    "every eps, so one model with p < 1 - delta defeats all eps at once.",
)
def counterexample() -> co.Witness:
    chances = [Fraction(1, 20), Fraction(1, 4), Fraction(1, 2), Fraction(9, 10)]
    ratios = [Fraction(1), Fraction(3, 2), Fraction(2), Fraction(4), Fraction(100)]

    def computed(delta: Callable[[predictor.Rollout, Fraction], Fraction]) -> list[Any]:
        rows = []
        for p in chances:
            model = models.counterexample(p)
            law = predictor.rollout(model, 3)
            rows.append([predictor.token_level_ratio(model, 3), law.uncredited_mass, [delta(law, E) for E in ratios]])
        return rows

    def one_sided(law: predictor.Rollout, E: Fraction) -> Fraction:
        return laws.forward_delta(law.conditional, law.counterfactual, E)

    def values(Z: Callable[..., Fraction], delta: Callable[..., Fraction]) -> list[Any]:
        return [[Fraction(1), Z(p), [delta(p, E) for E in ratios]] for p in chances]

    return co.Witness(
        computes=lambda: computed(theory.rollout_delta),
        states=values(lambda p: p / 2, lambda p, E: 1 - p),
        wrong={
            "one direction of closeness": lambda: computed(one_sided),
            "delta = max(0, 1 - p e^eps)": values(lambda p: p / 2, lambda p, E: max(Fraction(0), 1 - p * E)),
            "Z = 1 - p/2": values(lambda p: 1 - p / 2, lambda p, E: 1 - p),
        },
    )


@PAPER.claim(
    "counterexample-delta",
    where="Theorem 4.2",
    status="corrected",
    says="The counterexample's least delta, derived for every p and eps.",
)
def counterexample_delta() -> co.Identity:
    p, eps = symbols.p, symbols.eps
    return co.Identity(
        left=theory.counterexample(),
        right=1 - p,
        domain=symbols.DOMAIN,
        wrong={"falls with eps": sp.Max(0, 1 - p * sp.exp(eps)), "half": (1 - p) / 2, "p itself": p},
    )


@PAPER.claim(
    "counterexample-rollouts",
    where="Theorem 4.2",
    says="Sampled rollouts of the counterexample: aa credited p/2, ab uncredited p/2, ba credited 1 - p.",
)
def counterexample_rollouts() -> co.Mean:
    p = symbols.p

    def outcomes(aa: Any, ab: Any, ba: Any) -> dict[str, co.ClosedForm]:
        return {"aa credited": co.ClosedForm(aa), "ab uncredited": co.ClosedForm(ab), "ba credited": co.ClosedForm(ba)}

    return co.Mean(
        predicts=outcomes(p / 2, p / 2, 1 - p),
        measures=sims.counterexample_rollouts,
        at=co.Depths(quick=co.grid(p=[0.25]), standard=co.grid(p=[0.1, 0.25, 0.5, 0.9])),
        support=(0, 1),
        within=co.Depths(quick=0.05, standard=0.03, full=0.005),
        wrong={
            "no credit at a": outcomes(p / 2, 1 - p / 2, 1 - p),
            "a never credits": outcomes(0 * p, p, 1 - p),
            "branches exchanged": outcomes((1 - p) / 2, (1 - p) / 2, p),
        },
    )


@PAPER.claim(
    "credit-as-printed",
    where="Section 4, after Theorem 4.3",
    corrected_by="counterexample",
    kinder="A misprint: p/2 is the probability of no credit, which is what Theorem 4.3 takes; Theorem 4.2 does not "
    "rest on it.",
    says="The counterexample's rollout credits the document with probability p/2.",
)
def credit_as_printed() -> co.Witness:
    p = Fraction(1, 4)
    return co.Witness(computes=lambda: 1 - predictor.rollout(models.counterexample(p), 3).uncredited_mass, states=p / 2)


@PAPER.claim(
    "closeness-as-printed",
    where="Definition of closeness",
    corrected_by="counterexample",
    kinder="A misprint for Q(E) <= e^eps P(E) + delta; the paper's choice p < e^-eps (1 - delta) already breaks the "
    "first inequality.",
    says="With Q on both sides of the second inequality, the counterexample at p = 1/4 still violates (ln 4, 0).",
)
def closeness_as_printed() -> co.Witness:
    def violates() -> bool:
        law, E = predictor.rollout(models.counterexample(Fraction(1, 4)), 3), Fraction(4)
        P, Q = law.conditional, law.counterfactual
        return max(laws.forward_delta(P, Q, E), laws.forward_delta(Q, Q, E)) > 0

    return co.Witness(computes=violates, states=True)


@PAPER.claim(
    "two-branches",
    where="Theorem 4.3",
    status="reconstructed",
    says="The one-sided path bound is tight on one two-branch predictor and far off on another: 16/13 against 13/4.",
)
def two_branches() -> co.Witness:
    def computed() -> list[Any]:
        rollouts = [
            predictor.rollout(models.two_branch(p, Fraction(1, 2), Fraction(1, 8)), 3)
            for p in (Fraction(1, 4), Fraction(3, 4))
        ]
        return [[law.uncredited_mass, theory.rollout_ratio(law), theory.path_bound(law)] for law in rollouts]

    tight, half = [Fraction(7, 32), Fraction(16, 7), Fraction(16, 7)], Fraction(1, 2)
    return co.Witness(
        computes=computed,
        states=[tight, [Fraction(13, 32), Fraction(13, 4), Fraction(16, 13)]],
        wrong={
            "the path bound is exact": [tight, [Fraction(13, 32), Fraction(16, 13), Fraction(16, 13)]],
            "the bound without 1/Z": [[Fraction(7, 32), half, half], [Fraction(13, 32), half, half]],
        },
    )


@PAPER.claim(
    "alternative-as-printed",
    where="Theorem 4.3, alternative (1)",
    corrected_by="always-credited-rollout",
    kinder="A slip of one word: with the rollout in the predictor's place it stands, and the bound itself is not "
    "touched.",
    says="Either the predictor credits with probability 1, or some uncredited text bounds eps'.",
)
def alternative_as_printed() -> co.Witness:
    def either() -> bool:
        model = models.always_eventually(Fraction(1, 3))
        always = all(predictor.survival(model(True, x)) == 0 for x in ("", "a", "b"))
        return always or any(mass != 0 for mass in predictor.rollout(model, 3).uncredited.values())

    return co.Witness(computes=either, states=True)


@PAPER.claim(
    "always-credited-rollout",
    where="Theorem 4.3, alternative (1)",
    status="corrected",
    says="A rollout that always credits is exempt, though its predictor's first step never credits.",
)
def always_credited_rollout() -> co.Witness:
    def computed() -> list[Any]:
        model = models.always_eventually(Fraction(1, 3))
        law = predictor.rollout(model, 3)
        return [predictor.survival(model(True, "")), law.uncredited_mass, theory.rollout_ratio(law)]

    return co.Witness(
        computes=computed,
        states=[1, 0, 1],
        wrong={"the predictor always credits": [0, 0, 1], "the rollout is not exempt": [1, 0, None]},
    )
