"""The path bound, its exact two-sided form, and float64 tables against rationals, on random trees (arXiv 2605.01425,
Theorem 4.3)."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import composition as rollouts
    from corollary.sims.cca_barriers import models as random_models
    from corollary.sims.cca_barriers import trees as sims
    from corollary.theory.cca_barriers import composition as theory
    from corollary.theory.cca_barriers import models, predictor

STEPS = 3
Slack = Callable[[dict[str, Any]], Any]
"""Unconstrained parameters -> the slack of a bound, a scalar."""


@PAPER.claim(
    "path-bound",
    where="Theorem 4.3",
    says="eps' of the rollout is at least ln(Pi(w)/Z) - |w| eps for every uncredited text w: 240 random predictors.",
)
def path_bound() -> co.Witness:
    source = Random(0)
    cases = [
        (E, predictor.rollout(models.random_predictor(source, E, STEPS), STEPS + 1))
        for E in (Fraction(1), Fraction(21, 20), Fraction(27, 20))
        for _ in range(80)
    ]

    def violations(bound: Callable[..., Fraction]) -> int:
        return sum(bound(law, E) > (theory.rollout_ratio(law) or math.inf) for E, law in cases)

    return co.Witness(
        computes=lambda: violations(theory.path_bound),
        states=0,
        wrong={
            "eps of the steps forgotten": lambda: violations(lambda law, E: theory.path_bound(law)),
            "twice ln(Pi/Z)": lambda: violations(lambda law, E: theory.path_bound(law, E) ** 2),
        },
    )


def random_tree(key: jax.Array) -> dict[str, jax.Array]:
    """Unconstrained parameters of a random binary tree of `STEPS` steps and of its token-level eps."""
    tree_key, eps_key = jax.random.split(key)
    return {**random_models.draw_binary(tree_key, STEPS), "log_eps": jax.random.normal(eps_key) - 1}


def _rolled(params: dict[str, Any]) -> tuple[jax.Array, rollouts.Composed]:
    """(eps at the tokens, the exact rollout) of random parameters."""
    eps = jnp.exp(params["log_eps"])
    return eps, rollouts.composed(random_models.binary_tree(params, eps))


@PAPER.claim(
    "path-bound-sharp",
    where="Theorem 4.3",
    status="reconstructed",
    depth="standard",
    says="One step's eps can be saved, eps' >= ln(Pi(w)/Z) - (|w| - 1) eps: the last token does not move "
    "Pi. No more can.",
)
def path_bound_sharp() -> co.Bound:
    def slack(steps: int) -> Slack:
        def value(params: dict[str, Any]) -> jax.Array:
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
    def slack(above: int, below: int) -> Slack:
        def value(params: dict[str, Any]) -> jax.Array:
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


def dense(model: predictor.CreditingPredictor, L: int) -> sims.Tree:
    """The float64 tables of an exact predictor of L bits."""
    texts = [[format(text, f"0{depth}b") if depth else "" for text in range(2**depth)] for depth in range(L)]

    def table(document: bool, kept: tuple[bool, ...]) -> tuple[jax.Array, ...]:
        steps = [[model(document, x) for x in level] for level in texts]
        return tuple(
            jnp.array([[float(sum(step.get((y, credited), 0) for credited in kept)) for y in "01"] for step in level])
            for level in steps
        )

    return sims.Tree(table(True, (False,)), table(True, (False, True)), table(False, (False,)))


def draw_predictor(generator: np.random.Generator) -> co.Point:
    """A random predictor's seed, and the E = e^eps of its tokens."""
    return {"seed": int(generator.integers(1 << 30)), "E": float(generator.choice([1.0, 1.0625, 1.375]))}


def exact_model(seed: int, E: float, L: int) -> predictor.CreditingPredictor:
    """The random predictor of L bits that `draw_predictor` drew."""
    return models.random_predictor(Random(seed), Fraction(E), L)


@PAPER.claim(
    "dense-rollout",
    where="Theorem 4.3",
    status="reconstructed",
    says="Rollouts in float64 tables agree with rationals for random predictors of 4 bits: eps', Z, and the ends of "
    "ln(Pi/Z).",
)
def dense_rollout() -> co.Identity:
    L = 4
    rolled = jax.jit(rollouts.composed)

    def computed(seed: int, E: float) -> list[float]:
        return [float(value) for value in rolled(dense(exact_model(seed, E, L), L))]

    def plain_mean(law: predictor.Rollout) -> Fraction:
        return sum(law.survival.values(), Fraction(0)) / len(law.survival)

    def exact(weighs: Callable[[predictor.Rollout], Fraction]) -> Callable[..., list[float]]:
        def values(seed: int, E: float) -> list[float]:
            law = predictor.rollout(exact_model(seed, E, L), L + 1)
            moved = [math.log(law.survival[w] / weighs(law)) for w in law.text]
            ratio = theory.rollout_ratio(law)
            return [math.log(ratio or 0), float(law.uncredited_mass), max(moved), min(moved)]

        return values

    return co.Identity(
        left=computed,
        right=exact(lambda law: law.uncredited_mass),
        draw=draw_predictor,
        wrong={
            "Z forgotten": exact(lambda law: Fraction(1)),
            "Z averaged over texts, not under P": exact(
                lambda law: sum(law.survival.values(), Fraction(0)) / len(law.survival)
            ),
        },
    )


@PAPER.claim(
    "exact-exponent",
    where="Theorem 4.3, two-sided",
    status="reconstructed",
    says="For a token-level 0-CCA predictor eps' of the rollout is exactly max over texts of |ln(Pi / E Pi)|: random "
    "predictors of 4 bits.",
)
def exact_exponent() -> co.Identity:
    L = 4
    rolled = jax.jit(rollouts.composed)

    def simulated(seed: int) -> float:
        return float(rolled(dense(exact_model(seed, 1.0, L), L)).eps)

    def stating(value: Callable[[predictor.Rollout], float]) -> Callable[[int], float]:
        return lambda seed: value(predictor.rollout(exact_model(seed, 1.0, L), L + 1))

    def extreme(law: predictor.Rollout, Z: float) -> float:
        return float(np.abs(np.log([float(pi) / Z for pi in law.survival.values()])).max())

    def plain_mean(law: predictor.Rollout) -> float:
        return extreme(law, float(sum(law.survival.values()) / len(law.survival)))

    return co.Identity(
        left=simulated,
        right=stating(lambda law: math.log(theory.survival_ratio(law) or 0)),
        draw=draw_predictor,
        wrong={
            "the positive part alone": stating(lambda law: math.log(theory.path_bound(law))),
            "without Z": stating(lambda law: extreme(law, 1.0)),
            "Z averaged over texts, not under Q": stating(plain_mean),
        },
    )
