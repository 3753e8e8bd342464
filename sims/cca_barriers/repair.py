"""The repair that makes credit compose: credit a little more wherever survival exceeds its floor (reconstructed for
arXiv 2605.01425)."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.cca_barriers.trees import Tree


def padded(tree: Tree, floors: Float[Array, " depth"]) -> Tree:
    """The tree in which uncredited steps are credited more, until each step of depth d survives with probability
    floors[d]. A step that survives less is left alone."""
    repaired = []
    for floor, uncredited in zip(floors, tree.uncredited, strict=True):
        stays = uncredited.sum(1, keepdims=True)
        repaired.append(uncredited * jnp.where(stays > floor, floor / stays, 1.0))
    return tree._replace(uncredited=tuple(repaired))
