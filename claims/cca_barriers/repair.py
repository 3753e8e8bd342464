"""When credit composes after all, and how to make it: conditions and repairs, reconstructed for arXiv 2605.01425."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.composition import STEPS, random_tree
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import jax
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import composition as sims_composition
    from corollary.sims.cca_barriers import models as sims_models
    from corollary.sims.cca_barriers import trees
    from corollary.theory.cca_barriers import augmentation
    from corollary.theory.cca_barriers import composition as theory_composition
    from corollary.theory.cca_barriers import models as theory_models
    from corollary.theory.cca_barriers import predictor as theory_predictor


@PAPER.claim(
    "composition-criterion",
    where="open question on composition",
    status="reconstructed",
    says="A token-level 0-CCA predictor composes exactly when every text survives with the same probability.",
)
def composition_criterion() -> co.Witness:

    def tree(survives: dict[str, Fraction]) -> co.Witness:
        def predictor(document: bool, x: str) -> Any:
            if len(x) == 2:
                return {(theory_predictor.END, False): Fraction(1)}
            kept = survives[x] if document else Fraction(1)
            return {("0", False): kept / 3, ("1", False): 2 * kept / 3, ("1", True): 1 - kept}

        return predictor

    def depth_only(predictor: Any, texts: list[str]) -> bool:
        return len({theory_predictor.survival(predictor(True, x)) for x in texts if len(x) == 1}) == 1

    source = Random(0)
    survivals = [{x: Fraction(source.randint(1, 2), 2) for x in ("", "0", "1")} for _ in range(24)]
    stops = theory_models.stopping(Fraction(1, 3), Fraction(1, 2), 3, lambda j: Fraction(1, 2))

    def verdicts(criterion: Any) -> list[bool]:
        predictors = [*(tree(one) for one in survivals), theory_models.constant_rate(Fraction(1, 4), 4), stops]
        return [criterion(predictor, theory_predictor.rollout(predictor, 5)) for predictor in predictors]

    def is_cca(predictor: Any, law: Any) -> bool:
        return theory_composition.rollout_ratio(law) == 1

    return co.Witness(
        computes=lambda: verdicts(lambda predictor, law: theory_composition.composes(law)),
        states=verdicts(is_cca),
        wrong={
            "survival depends on depth alone": lambda: verdicts(lambda one, law: depth_only(one, ["0", "1"])),
            "always": lambda: verdicts(lambda one, law: True),
            "never": lambda: verdicts(lambda one, law: False),
        },
    )


@PAPER.claim(
    "constant-credit-rate",
    where="open question on composition",
    status="reconstructed",
    says="A constant credit rate of 1/4 composes over 4 steps, documents and texts dependent: Z = 81/256, eps' = 0.",
)
def constant_credit_rate() -> co.Witness:

    def found() -> list[Any]:
        law = theory_predictor.rollout(theory_models.constant_rate(Fraction(1, 4), 4), 5)
        return [law.uncredited_mass, theory_composition.rollout_ratio(law), law.text == law.counterfactual]

    return co.Witness(
        computes=found,
        states=[Fraction(81, 256), 1, False],
        wrong={"credits add up": [Fraction(0), 1, False], "texts do not matter": [Fraction(81, 256), 1, True]},
    )


@PAPER.claim(
    "padding",
    where="repair",
    status="reconstructed",
    says="Crediting an uncredited step with probability 1 - s_min/s(x) more makes the rollout 0-CCA, with "
    "the texts' law unchanged and Z = s_min^L.",
)
def padding() -> co.Witness:

    half, L = Fraction(1, 2), 4
    original = theory_models.growth(half, L)

    def found(floor: Any) -> list[Any]:
        law = theory_predictor.rollout(
            theory_composition.padded(original, lambda x: floor(x) if len(x) < L else Fraction(1)), L + 1
        )
        return [
            law.uncredited_mass,
            theory_composition.rollout_ratio(law),
            law.text == theory_predictor.rollout(original, L + 1).text,
        ]

    return co.Witness(
        computes=lambda: found(lambda x: half),
        states=[half**L, Fraction(1), True],
        wrong={
            "survival multiplied by s(x) again": lambda: found(
                lambda x: theory_predictor.survival(original(True, x)) ** 2
            ),
            "not repaired": lambda: found(lambda x: theory_predictor.survival(original(True, x))),
            "one step fewer": [half ** (L - 1), Fraction(1), True],
        },
    )


@PAPER.claim(
    "padding-bound",
    where="repair",
    status="reconstructed",
    depth="standard",
    says="A padded rollout of L steps of an eps-CCA predictor is (L eps)-CCA, and no less in general.",
)
def padding_bound() -> co.Bound:

    def slack(steps: int, repaired: bool = True) -> co.Bound:
        def value(params: Any) -> Any:
            eps = jnp.exp(params["log_eps"])
            tree = sims_models.binary_tree(params, eps)
            floors = jnp.stack([table.sum(1).min() for table in tree.uncredited])
            return steps * eps - sims_composition.composed(trees.padded(tree, floors) if repaired else tree).eps

        return value

    return co.Bound(
        slack=slack(STEPS),
        draw=random_tree,
        tight=0.05,
        wrong={"L - 1 steps": slack(STEPS - 1), "unpadded": slack(STEPS, False)},
    )


@PAPER.claim(
    "rate-spread",
    where="sufficient condition",
    status="reconstructed",
    depth="standard",
    says="Step credit rates within [c_lo, c_hi] keep eps' below (L - 1) ln((1 - c_lo)/(1 - c_hi)) + L eps:"
    " the first step's rate is shared by all texts.",
)
def rate_spread() -> co.Bound:

    def draw(key: Any) -> co.Bound:
        tree_key, rate_key = jax.random.split(key)
        low, width = jax.random.normal(rate_key, (2,), jnp.float64)
        return {**random_tree(tree_key), "low": low, "width": width}

    def slack(rates: int, steps: int) -> Any:
        def value(params: Any) -> Any:
            eps, low = jnp.exp(params["log_eps"]), jax.nn.sigmoid(params["low"])
            high = low + (1 - low) * jax.nn.sigmoid(params["width"])
            rolled = sims_composition.composed(sims_models.binary_tree(params, eps, low, high))
            return rates * jnp.log(high / low) + steps * eps - rolled.eps

        return value

    return co.Bound(
        slack=slack(STEPS - 1, STEPS),
        draw=draw,
        tight=0.1,
        wrong={"one rate fewer": slack(STEPS - 2, STEPS), "eps of the steps forgotten": slack(STEPS - 1, 0)},
    )


@PAPER.claim(
    "variable-length",
    where="repair",
    status="reconstructed",
    says="Where texts end early, constant step survival does not compose; letting the end token survive "
    "with s_min^(Lmax - |w| + 1) does, though no longer token by token.",
)
def variable_length() -> co.Witness:

    half, cap = Fraction(1, 2), 4

    def found(end: Any) -> list[Any]:
        predictor = theory_models.stopping(Fraction(1, 3), half, cap, end)
        law = theory_predictor.rollout(predictor, cap)
        ratios = [law.conditional[w] / law.counterfactual[w] for w in law.text]
        ends = (
            theory_predictor.uncredited_law(predictor(True, ""))["$"],
            theory_predictor.token_law(predictor(False, ""))["$"],
        )
        return [law.uncredited_mass, min(ratios), max(ratios), *ends]

    return co.Witness(
        computes=lambda: [found(lambda j: half), found(lambda j: half ** (cap - j + 1))],
        states=[
            [Fraction(7, 27), Fraction(27, 112), Fraction(27, 14), Fraction(1, 3), Fraction(1, 3)],
            [Fraction(1, 16), Fraction(1), Fraction(1), Fraction(1, 17), Fraction(1, 3)],
        ],
        wrong={
            "s_min at the end token too": lambda: [found(lambda j: half)] * 2,
            "an exponent one short": lambda: [found(lambda j: half), found(lambda j: half ** (cap - j))],
        },
    )


@PAPER.claim(
    "retrieval-composes",
    where="toy of Section 5's setting",
    status="reconstructed",
    says="Text that copies from a document with probability w a step survives each step with 1 - w, "
    "whatever the text: its stepwise retrofit composes, with credit 1 - (1 - w)^L, the least "
    "possible.",
)
def retrieval_composes() -> co.Witness:

    weight, L = Fraction(7, 20), 4

    def found() -> list[Any]:
        law = theory_predictor.rollout(theory_models.copying(weight, L), L + 1)
        whole = augmentation.largest_survival(law.text, law.counterfactual, Fraction(1))
        return [law.uncredited_mass, whole, theory_composition.rollout_ratio(law)]

    kept = (1 - weight) ** L
    return co.Witness(
        computes=found,
        states=[kept, kept, 1],
        wrong={"credits add up": [1 - weight * L, kept, 1], "whole texts need less credit": [kept, kept / weight, 1]},
    )
