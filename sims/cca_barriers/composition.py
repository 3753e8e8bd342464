"""What rollouts of dense trees do: the exact eps' and the survivals behind it, jit-able, and sampled rollouts."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from corollary.measure import static
from corollary.sims.cca_barriers import models
from corollary.sims.cca_barriers.closeness import minimal_delta, minimal_eps
from corollary.sims.cca_barriers.trees import Tree, conditional_law, rollout_law

ROLLOUTS = 1 << 14
"""Rollouts a chunk."""


class Composed(NamedTuple):
    """A rollout's credit and privacy. eps: least eps' at delta = 0. uncredited: Z. highest, lowest: ln of the largest
    and the smallest Pi/Z."""

    eps: Float[Array, ""]
    uncredited: Float[Array, ""]
    highest: Float[Array, ""]
    lowest: Float[Array, ""]


def composed(tree: Tree) -> Composed:
    """The exact rollout of a tree."""
    law = rollout_law(tree)
    Z = law.uncredited.sum()
    moved = jnp.log(law.survival) - jnp.log(Z)
    return Composed(minimal_eps(law.uncredited / Z, law.counterfactual), Z, moved.max(), moved.min())


@partial(jax.jit, static_argnames="L")
def growth_eps(c: Float[Array, ""] | float, L: int) -> Float[Array, ""]:
    """The exact eps' of the text-independent rollout of L steps."""
    return composed(models.growth(c, L)).eps


@partial(jax.jit, static_argnames="L")
def growth_delta(c: Float[Array, ""] | float, L: int, eps: Float[Array, ""] | float) -> Float[Array, ""]:
    """The least delta of the same rollout at eps."""
    law = rollout_law(models.growth(c, L))
    return minimal_delta(conditional_law(law), law.counterfactual, eps)


@partial(jax.jit, static_argnames="L")
def independent_credit(theta: Float[Array, ""] | float, L: int) -> Float[Array, ""]:
    """The credit of a rollout of L iid tokens, each credited as little as 0-CCA allows."""
    return 1 - rollout_law(models.independent(theta, L)).uncredited.sum()


def sample_rollouts(key: jax.Array, tree: Tree, count: int) -> tuple[Int[Array, " count"], Bool[Array, " count"]]:
    """(text, credited?) of independent rollouts with the document; the key is consumed."""
    text, credited = jnp.zeros(count, jnp.int64), jnp.zeros(count, bool)
    for depth, (uncredited, marginal) in enumerate(zip(tree.uncredited, tree.text, strict=True)):
        token_key, credit_key = jax.random.split(jax.random.fold_in(key, depth))
        token = jax.random.categorical(token_key, jnp.log(marginal[text]))
        stays = uncredited[text, token] / marginal[text, token]
        credited |= jax.random.uniform(credit_key, (count,), jnp.float64) >= stays
        text = text * marginal.shape[1] + token
    return text, credited


@static()
def counterexample_rollouts(key: jax.Array, point: dict[str, Any]) -> Float[Array, "rollouts outcomes"]:
    """Rollouts of the counterexample, as indicators of (aa credited, ab uncredited, ba credited). point: p. The key is
    consumed."""
    text, credited = sample_rollouts(key, models.counterexample(point["p"]), ROLLOUTS)
    end = 2
    aa, ab, ba = 0 * 9 + 0 * 3 + end, 0 * 9 + 1 * 3 + end, 1 * 9 + 0 * 3 + end
    outcomes = ((text == aa) & credited, (text == ab) & ~credited, (text == ba) & credited)
    return jnp.stack(outcomes, 1).astype(jnp.float64)
