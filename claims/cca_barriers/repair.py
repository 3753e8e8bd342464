"""When credit composes after all, and how to make it: conditions and repairs, reconstructed for arXiv 2605.01425."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER
from corollary.claims.cca_barriers.trees import STEPS, Slack, dense, draw_predictor, exact_model, random_tree

with co.lazily():
    import jax
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import composition as rollouts
    from corollary.sims.cca_barriers import models as random_models
    from corollary.sims.cca_barriers import repair as sims
    from corollary.sims.cca_barriers import trees
    from corollary.theory.cca_barriers import composition, credit, models, predictor, symbols
    from corollary.theory.cca_barriers import repair as theory


@PAPER.claim(
    "composition-criterion",
    where="open question on composition",
    status="reconstructed",
    says="A token-level 0-CCA predictor composes exactly when every text survives with the same probability.",
)
def composition_criterion() -> co.Witness:
    def tree(survives: dict[str, Fraction]) -> predictor.CreditingPredictor:
        def model(document: bool, x: str) -> dict[tuple[str, bool], Fraction]:
            if len(x) == 2:
                return {(predictor.END, False): Fraction(1)}
            kept = survives[x] if document else Fraction(1)
            return {("0", False): kept / 3, ("1", False): 2 * kept / 3, ("1", True): 1 - kept}

        return model

    def depth_only(model: predictor.CreditingPredictor, texts: list[str]) -> bool:
        return len({predictor.survival(model(True, x)) for x in texts if len(x) == 1}) == 1

    source = Random(0)
    survivals = [{x: Fraction(source.randint(1, 2), 2) for x in ("", "0", "1")} for _ in range(24)]
    stops = models.stopping(Fraction(1, 3), Fraction(1, 2), 3, lambda j: Fraction(1, 2))

    def verdicts(criterion: Callable[[predictor.CreditingPredictor, predictor.Rollout], bool]) -> list[bool]:
        built = [*(tree(one) for one in survivals), models.constant_rate(Fraction(1, 4), 4), stops]
        return [criterion(model, predictor.rollout(model, 5)) for model in built]

    def is_cca(model: predictor.CreditingPredictor, law: predictor.Rollout) -> bool:
        return composition.rollout_ratio(law) == 1

    return co.Witness(
        computes=lambda: verdicts(lambda model, law: theory.composes(law)),
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
    def computed() -> list[Any]:
        law = predictor.rollout(models.constant_rate(Fraction(1, 4), 4), 5)
        return [law.uncredited_mass, composition.rollout_ratio(law), law.text == law.counterfactual]

    return co.Witness(
        computes=computed,
        states=[Fraction(81, 256), 1, False],
        wrong={"credits add up": [Fraction(0), 1, False], "texts do not matter": [Fraction(81, 256), 1, True]},
    )


@PAPER.claim(
    "padding",
    where="repair",
    status="reconstructed",
    says="Crediting an uncredited step with probability 1 - s_min/s(x) more makes the rollout of a 0-CCA predictor "
    "0-CCA, with the texts' law unchanged and Z = s_min^L: 40 random predictors of 3 or 4 bits.",
)
def padding() -> co.Witness:
    source = Random(0)
    sizes = [3 + number % 2 for number in range(40)]
    originals = [(L, models.random_predictor(source, Fraction(1), L)) for L in sizes]
    floors = [theory.least_survival(model, L + 1) for L, model in originals]

    def computed(floor: Callable[[Fraction, Fraction], Fraction]) -> list[Any]:
        def row(L: int, model: predictor.CreditingPredictor, least: Fraction) -> list[Any]:
            def kept(x: str) -> Fraction:
                return floor(predictor.survival(model(True, x)), least) if len(x) < L else Fraction(1)

            law = predictor.rollout(theory.padded(model, kept), L + 1)
            same = law.text == predictor.rollout(model, L + 1).text
            return [law.uncredited_mass, composition.rollout_ratio(law), same]

        return [row(L, model, least) for (L, model), least in zip(originals, floors, strict=True)]

    def stating(fewer: int) -> list[Any]:
        return [[least ** (L - fewer), Fraction(1), True] for L, least in zip(sizes, floors, strict=True)]

    return co.Witness(
        computes=lambda: computed(lambda s, least: least),
        states=stating(0),
        wrong={
            "survival multiplied by s(x) again": lambda: computed(lambda s, least: s * least),
            "not repaired": lambda: computed(lambda s, least: s),
            "one step fewer": stating(1),
        },
    )


@PAPER.claim(
    "padding-price",
    where="repair",
    status="reconstructed",
    says="The repair of a rollout of L steps credits with probability 1 - s_min^L.",
)
def padding_price() -> co.Identity:
    s, L = sp.Symbol("s_min", positive=True), sp.Symbol("L", integer=True, positive=True)
    return co.Identity(
        left=theory.padding_price(),
        right=1 - s**L,
        domain={"s_min": symbols.DOMAIN["p"], **symbols.DOMAIN},
        wrong={"credits add up": L * (1 - s), "one step": 1 - s},
    )


@PAPER.claim(
    "padded-rollout",
    where="repair",
    status="reconstructed",
    says="Padded float64 tables agree with rationals for random eps-CCA predictors of 4 bits, one floor per depth: "
    "eps', and Z, the product of the floors.",
)
def padded_rollout() -> co.Identity:
    L = 4

    @jax.jit
    def rolled(tree: trees.Tree) -> rollouts.Composed:
        floors = jnp.stack([table.sum(1).min() for table in tree.uncredited])
        return rollouts.composed(sims.padded(tree, floors))

    def tables(seed: int, E: float) -> list[float]:
        values = rolled(dense(exact_model(seed, E, L), L))
        return [float(values.eps), float(values.uncredited)]

    def exact(survives: Callable[[list[Fraction]], Fraction]) -> Callable[..., list[float]]:
        def values(seed: int, E: float) -> list[float]:
            model = exact_model(seed, E, L)
            levels = [[format(x, f"0{d}b") if d else "" for x in range(2**d)] for d in range(L)]
            floors = [survives([predictor.survival(model(True, x)) for x in level]) for level in levels]
            repaired = theory.padded(model, lambda x: floors[len(x)] if len(x) < L else Fraction(1))
            law = predictor.rollout(repaired, L + 1)
            return [math.log(composition.rollout_ratio(law) or 0), float(math.prod(floors))]

        return values

    def unpadded(seed: int, E: float) -> list[float]:
        law = predictor.rollout(exact_model(seed, E, L), L + 1)
        return [math.log(composition.rollout_ratio(law) or 0), float(law.uncredited_mass)]

    return co.Identity(
        left=tables,
        right=exact(min),
        draw=draw_predictor,
        wrong={"half the floor": exact(lambda kept: min(kept) / 2), "not repaired": unpadded},
    )


@PAPER.claim(
    "padding-bound",
    where="repair",
    status="reconstructed",
    depth="standard",
    says="A padded rollout of L steps of an eps-CCA predictor is (L eps)-CCA, and no less in general.",
)
def padding_bound() -> co.Bound:
    def slack(steps: int, repaired: bool = True) -> Slack:
        def value(params: dict[str, Any]) -> jax.Array:
            eps = jnp.exp(params["log_eps"])
            tree = random_models.binary_tree(params, eps)
            floors = jnp.stack([table.sum(1).min() for table in tree.uncredited])
            return steps * eps - rollouts.composed(sims.padded(tree, floors) if repaired else tree).eps

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
    def draw(key: jax.Array) -> dict[str, jax.Array]:
        tree_key, rate_key = jax.random.split(key)
        low, width = jax.random.normal(rate_key, (2,), jnp.float64)
        return {**random_tree(tree_key), "low": low, "width": width}

    def slack(rates: int, steps: int) -> Slack:
        def value(params: dict[str, Any]) -> jax.Array:
            eps, low = jnp.exp(params["log_eps"]), jax.nn.sigmoid(params["low"])
            high = low + (1 - low) * jax.nn.sigmoid(params["width"])
            rolled = rollouts.composed(random_models.binary_tree(params, eps, low, high))
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

    def computed(end: Callable[[int], Fraction]) -> list[Any]:
        model = models.stopping(Fraction(1, 3), half, cap, end)
        law = predictor.rollout(model, cap)
        ratios = [law.conditional[w] / law.counterfactual[w] for w in law.text]
        ends = predictor.uncredited_law(model(True, ""))["$"], predictor.token_law(model(False, ""))["$"]
        return [law.uncredited_mass, min(ratios), max(ratios), *ends]

    return co.Witness(
        computes=lambda: [computed(lambda j: half), computed(lambda j: half ** (cap - j + 1))],
        states=[
            [Fraction(7, 27), Fraction(27, 112), Fraction(27, 14), Fraction(1, 3), Fraction(1, 3)],
            [Fraction(1, 16), Fraction(1), Fraction(1), Fraction(1, 17), Fraction(1, 3)],
        ],
        wrong={
            "s_min at the end token too": lambda: [computed(lambda j: half)] * 2,
            "an exponent one short": lambda: [computed(lambda j: half), computed(lambda j: half ** (cap - j))],
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

    def computed() -> list[Any]:
        law = predictor.rollout(models.copying(weight, L), L + 1)
        whole = credit.largest_survival(law.text, law.counterfactual, Fraction(1))
        return [law.uncredited_mass, whole, composition.rollout_ratio(law)]

    kept = (1 - weight) ** L
    return co.Witness(
        computes=computed,
        states=[kept, kept, 1],
        wrong={"credits add up": [1 - weight * L, kept, 1], "whole texts need less credit": [kept, kept / weight, 1]},
    )
