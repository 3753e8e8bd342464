"""What rollouts of dense trees do: the exact eps' and the survivals behind it, jit-able, and sampled rollouts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from corollary.measure import static
from corollary.point import Point
from corollary.sims.cca_barriers import models
from corollary.sims.cca_barriers.closeness import excess, minimal_delta, minimal_eps
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
def counterexample_rollouts(key: jax.Array, point: Point) -> Float[Array, "rollouts outcomes"]:
    """Rollouts of the counterexample, as indicators of (aa credited, ab uncredited, ba credited). point: p. The key is
    consumed."""
    text, credited = sample_rollouts(key, models.counterexample(point["p"]), ROLLOUTS)
    end = 2
    aa, ab, ba = 0 * 9 + 0 * 3 + end, 0 * 9 + 1 * 3 + end, 1 * 9 + 0 * 3 + end
    outcomes = ((text == aa) & credited, (text == ab) & ~credited, (text == ba) & credited)
    return jnp.stack(outcomes, 1).astype(jnp.float64)


def counterexample_frontier(p: float, eps: Sequence[float]) -> dict[str, np.ndarray]:
    """ "delta", "one_sided": float64 [eps], the least delta of the counterexample's rollout, and what the first
    direction alone would say."""
    law = rollout_law(models.counterexample(p))
    P, Q = conditional_law(law), law.counterfactual
    return {
        "delta": np.array([minimal_delta(P, Q, one) for one in eps]),
        "one_sided": np.array([excess(P, Q, one) for one in eps]),
    }
