"""That credit does not compose: arXiv 2605.01425, Theorems 4.2 and 4.3, and their exact forms."""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import composition as sims
    from corollary.sims.cca_barriers import models as sims_models
    from corollary.sims.cca_barriers import trees
    from corollary.theory import cca_barriers as theory
    from corollary.theory.cca_barriers import composition as theory_composition
    from corollary.theory.cca_barriers import laws as theory_laws
    from corollary.theory.cca_barriers import models as theory_models
    from corollary.theory.cca_barriers import predictor as theory_predictor
    from corollary.theory.cca_barriers import symbols


STEPS = 3


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

    def found(delta: Any = theory_composition.rollout_delta) -> list[Any]:
        rows = []
        for p in chances:
            law = theory_predictor.rollout(theory_models.counterexample(p), 3)
            rows.append(
                [
                    theory_predictor.token_level_ratio(theory_models.counterexample(p), 3),
                    law.uncredited_mass,
                    [delta(law, E) for E in ratios],
                ]
            )
        return rows

    def one_sided(law: Any, E: Fraction) -> Fraction:
        return theory_laws.forward_delta(law.conditional, law.counterfactual, E)

    def values(Z: Any, delta: Any) -> list[Any]:
        return [[Fraction(1), Z(p), [delta(p, E) for E in ratios]] for p in chances]

    return co.Witness(
        computes=found,
        states=values(lambda p: p / 2, lambda p, E: 1 - p),
        wrong={
            "one direction of closeness": lambda: found(one_sided),
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

    return co.Identity(
        left=theory.DERIVATIONS["counterexample"](),
        right=1 - symbols.p,
        domain=symbols.DOMAIN,
        wrong={
            "falls with eps": sp.Max(0, 1 - symbols.p * sp.exp(symbols.eps)),
            "half": (1 - symbols.p) / 2,
            "p itself": symbols.p,
        },
    )


@PAPER.claim(
    "counterexample-rollouts",
    where="Theorem 4.2",
    says="Sampled rollouts of the counterexample: aa credited p/2, ab uncredited p/2, ba credited 1 - p.",
)
def counterexample_rollouts() -> co.Mean:

    def outcomes(aa: Any, ab: Any, ba: Any) -> dict[str, Any]:
        return {"aa credited": co.ClosedForm(aa), "ab uncredited": co.ClosedForm(ab), "ba credited": co.ClosedForm(ba)}

    return co.Mean(
        predicts=outcomes(symbols.p / 2, symbols.p / 2, 1 - symbols.p),
        measures=sims.counterexample_rollouts,
        at=co.Depths(quick=co.grid(p=[0.25]), standard=co.grid(p=[0.1, 0.25, 0.5, 0.9])),
        within=co.Depths(quick=0.05, standard=0.03, full=0.005),
        wrong={
            "no credit at a": outcomes(symbols.p / 2, 1 - symbols.p / 2, 1 - symbols.p),
            "a never credits": outcomes(0 * symbols.p, symbols.p, 1 - symbols.p),
            "branches exchanged": outcomes((1 - symbols.p) / 2, (1 - symbols.p) / 2, symbols.p),
        },
    )


@PAPER.claim(
    "credit-as-printed",
    where="Section 4, after Theorem 4.3",
    corrected_by="counterexample",
    says="The counterexample's rollout credits the document with probability p/2.",
)
def credit_as_printed() -> co.Witness:

    p = Fraction(1, 4)
    return co.Witness(
        computes=lambda: 1 - theory_predictor.rollout(theory_models.counterexample(p), 3).uncredited_mass, states=p / 2
    )


@PAPER.claim(
    "closeness-as-printed",
    where="Definition of closeness",
    corrected_by="counterexample",
    says="With Q on both sides of the second inequality, the counterexample at p = 1/4 still violates (ln 4, 0).",
)
def closeness_as_printed() -> co.Witness:

    def violates() -> bool:
        law, E = theory_predictor.rollout(theory_models.counterexample(Fraction(1, 4)), 3), Fraction(4)
        P, Q = law.conditional, law.counterfactual
        return max(theory_laws.forward_delta(P, Q, E), theory_laws.forward_delta(Q, Q, E)) > 0

    return co.Witness(computes=violates, states=True)


def random_tree(key: Any) -> Any:
    """Unconstrained parameters of a random binary tree of `STEPS` steps and of its token-level eps."""

    tree_key, eps_key = jax.random.split(key)
    return {**sims_models.draw_binary(tree_key, STEPS), "log_eps": jax.random.normal(eps_key) - 1}


def _rolled(params: Any) -> Any:
    """(eps at the tokens, the exact rollout) of random parameters."""

    eps = jnp.exp(params["log_eps"])
    return eps, sims.composed(sims_models.binary_tree(params, eps))


@PAPER.claim(
    "path-bound",
    where="Theorem 4.3",
    says="eps' of the rollout is at least ln(Pi(w)/Z) - |w| eps for every uncredited text w: 240 random predictors.",
)
def path_bound() -> co.Witness:

    source = Random(0)
    cases = [
        (E, theory_predictor.rollout(_exact_tree(source, E), STEPS + 1))
        for E in (Fraction(1), Fraction(21, 20), Fraction(27, 20))
        for _ in range(80)
    ]

    def violations(bound: Any) -> int:
        return sum(bound(law, E) > theory_composition.rollout_ratio(law) for E, law in cases)

    return co.Witness(
        computes=lambda: violations(theory_composition.path_bound),
        states=0,
        wrong={
            "eps of the steps forgotten": lambda: violations(lambda law, E: theory_composition.path_bound(law)),
            "twice ln(Pi/Z)": lambda: violations(lambda law, E: theory_composition.path_bound(law, E) ** 2),
        },
    )


def _exact_tree(source: Any, E: Fraction) -> Any:
    """A random predictor of `STEPS` bits that is ln(E)-CCA token by token, in rationals."""

    nodes = {}
    for depth in range(STEPS):
        for text in range(2**depth):
            q, kept = Fraction(source.randint(1, 15), 16), Fraction(source.randint(1, 16), 16)
            low, high = max(q / E, 1 - E * (1 - q)), min(E * q, 1 - (1 - q) / E)
            nodes[format(text, f"0{depth}b") if depth else ""] = q, low + (high - low) * source.randint(0, 1), kept

    def predictor(document: bool, x: str) -> Any:
        if len(x) == STEPS:
            return {(theory_predictor.END, False): Fraction(1)}
        q, r, kept = nodes[x]
        if not document:
            return {("1", False): q, ("0", False): 1 - q}
        return {("1", False): kept * r, ("0", False): kept * (1 - r), ("0", True): 1 - kept}

    return predictor


@PAPER.claim(
    "path-bound-sharp",
    where="Theorem 4.3",
    status="reconstructed",
    depth="standard",
    says="One step's eps can be saved, eps' >= ln(Pi(w)/Z) - (|w| - 1) eps: the last token does not move "
    "Pi. No more can.",
)
def path_bound_sharp() -> co.Bound:

    def slack(steps: int) -> co.Bound:
        def value(params: Any) -> Any:
            eps, rolled = _rolled(params)
            return rolled.eps - (rolled.highest - steps * eps)

        return value

    return co.Bound(slack=slack(STEPS - 1), draw=random_tree, tight=0.01, wrong={"two steps saved": slack(STEPS - 2)})


@PAPER.claim(
    "two-sided-bound",
    where="Theorem 4.3, two-sided",
    status="reconstructed",
    depth="standard",
    says="eps' differs from max |ln(Pi/Z)| by at most L eps, above and below.",
)
def two_sided_bound() -> co.Bound:

    def slack(above: int, below: int) -> co.Bound:
        def value(params: Any) -> Any:
            eps, rolled = _rolled(params)
            moved = jnp.maximum(rolled.highest, -rolled.lowest)
            return jnp.minimum(moved + above * eps - rolled.eps, rolled.eps - moved + below * eps)

        return value

    return co.Bound(
        slack=slack(STEPS, STEPS),
        draw=random_tree,
        tight=0.05,
        wrong={"L - 1 steps above": slack(STEPS - 1, STEPS), "L - 2 steps below": slack(STEPS, STEPS - 2)},
    )


@PAPER.claim(
    "exact-exponent",
    where="Theorem 4.3, two-sided",
    status="reconstructed",
    says="For a token-level 0-CCA predictor eps' of the rollout is exactly max over texts of |ln(Pi / E Pi)|.",
)
def exact_exponent() -> co.Identity:

    depth = 4

    def draw(generator: Any) -> dict[str, Any]:
        return {name: generator.integers(1, 64, 2**depth - 1) / 64 for name in ("q", "s")}

    @jax.jit
    def exact(q: Any, s: Any) -> Any:
        law = jnp.stack([1 - q, q], 1)
        tables = s[:, None] * law, s[:, None] * law + (1 - s)[:, None] * jnp.array([1.0, 0.0]), law
        return sims.composed(
            trees.Tree(*(tuple(t[2**d - 1 : 2 ** (d + 1) - 1] for d in range(depth)) for t in tables))
        ).eps

    def simulated(q: Any, s: Any) -> float:
        return float(exact(jnp.asarray(q), jnp.asarray(s)))

    def laws(q: Any, s: Any) -> Any:
        def predictor(document: bool, x: str) -> Any:
            if len(x) == depth:
                return {(theory_predictor.END, False): Fraction(1)}
            node = 2 ** len(x) - 1 + int(x or "0", 2)
            one, kept = Fraction(q[node]), Fraction(s[node]) if document else Fraction(1)
            return {("1", False): one * kept, ("0", False): (1 - one) * kept, ("0", True): 1 - kept}

        return theory_predictor.rollout(predictor, depth + 1)

    def survivals(q: Any, s: Any) -> Any:
        law = laws(q, s)
        return np.array([float(pi) for pi in law.survival.values()]), float(law.uncredited_mass)

    def without_Z(q: Any, s: Any) -> float:
        return float(np.abs(np.log(survivals(q, s)[0])).max())

    def plain_mean(q: Any, s: Any) -> float:
        pi = survivals(q, s)[0]
        return float(np.abs(np.log(pi / pi.mean())).max())

    return co.Identity(
        left=simulated,
        right=lambda q, s: math.log(theory_composition.survival_ratio(laws(q, s)) or 0),
        draw=draw,
        wrong={
            "the positive part alone": lambda q, s: math.log(theory_composition.path_bound(laws(q, s))),
            "without Z": without_Z,
            "Z averaged over texts, not under Q": plain_mean,
        },
    )


@PAPER.claim(
    "two-branches",
    where="Theorem 4.3",
    status="reconstructed",
    says="The one-sided path bound is tight on one two-branch predictor and far off on another: 16/13 against 13/4.",
)
def two_branches() -> co.Witness:

    def found() -> list[Any]:
        laws = [
            theory_predictor.rollout(theory_models.two_branch(p, Fraction(1, 2), Fraction(1, 8)), 3)
            for p in (Fraction(1, 4), Fraction(3, 4))
        ]
        return [
            [law.uncredited_mass, theory_composition.rollout_ratio(law), theory_composition.path_bound(law)]
            for law in laws
        ]

    tight = [Fraction(7, 32), Fraction(16, 7), Fraction(16, 7)]
    return co.Witness(
        computes=found,
        states=[tight, [Fraction(13, 32), Fraction(13, 4), Fraction(16, 13)]],
        wrong={
            "the path bound is exact": [tight, [Fraction(13, 32), Fraction(16, 13), Fraction(16, 13)]],
            "the bound without 1/Z": [
                [Fraction(7, 32), Fraction(1, 2), Fraction(1, 2)],
                [Fraction(13, 32), Fraction(1, 2), Fraction(1, 2)],
            ],
        },
    )


@PAPER.claim(
    "alternative-as-printed",
    where="Theorem 4.3, alternative (1)",
    corrected_by="always-credited-rollout",
    says="Either the predictor credits with probability 1, or some uncredited text bounds eps'.",
)
def alternative_as_printed() -> co.Witness:

    def either() -> bool:
        predictor = theory_models.always_eventually(Fraction(1, 3))
        always = all(theory_predictor.survival(predictor(True, x)) == 0 for x in ("", "a", "b"))
        return always or any(mass != 0 for mass in theory_predictor.rollout(predictor, 3).uncredited.values())

    return co.Witness(computes=either, states=True)


@PAPER.claim(
    "always-credited-rollout",
    where="Theorem 4.3, alternative (1)",
    status="corrected",
    says="A rollout that always credits is exempt, though its predictor's first step never credits.",
)
def always_credited_rollout() -> co.Witness:

    def found() -> list[Any]:
        predictor = theory_models.always_eventually(Fraction(1, 3))
        law = theory_predictor.rollout(predictor, 3)
        return [
            theory_predictor.survival(predictor(True, "")),
            law.uncredited_mass,
            theory_composition.rollout_ratio(law),
        ]

    return co.Witness(
        computes=found,
        states=[1, 0, 1],
        wrong={"the predictor always credits": [0, 0, 1], "the rollout is not exempt": [1, 0, None]},
    )
