"""Crediting predictors as dense float64 tables over the tree of texts, and the exact law of their rollouts.

A text of length d over V tokens is the integer that its tokens spell in base V, first token first; its children are the
V integers after V times itself. A predictor that ends early writes an end token for ever after.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

MOST_TEXTS = 1 << 24
"""128 MiB an array of texts in float64."""


class Tree(NamedTuple):
    """A predictor to depth L. Entry d of each is float64 [V**d texts, V tokens].

    uncredited: probability of (token, no credit) with the document. text: of the token, with it. counterfactual: of the
    token, without it.
    """

    uncredited: tuple[Float[Array, "texts tokens"], ...]
    text: tuple[Float[Array, "texts tokens"], ...]
    counterfactual: tuple[Float[Array, "texts tokens"], ...]


class RolloutLaw(NamedTuple):
    """The law of a rollout of L steps, each float64 [V**L texts].

    uncredited: mass of the text without credit, document present. text, counterfactual: law of the text with and
    without the document. survival: product along the text of the steps' probabilities not to credit.
    """

    uncredited: Float[Array, " texts"]
    text: Float[Array, " texts"]
    counterfactual: Float[Array, " texts"]
    survival: Float[Array, " texts"]


def check_size(L: int, V: int) -> None:
    """Raises ValueError when V**L texts are too many to enumerate."""
    if L < 1 or V**L > MOST_TEXTS:
        raise ValueError(f"L = {L}: must be an integer >= 1 with {V}**L <= {MOST_TEXTS} texts to enumerate")


def tokens_of(depth: int, V: int) -> Int[Array, "texts depth"]:
    """Every text of a length, spelled out."""
    powers = V ** jnp.arange(depth - 1, -1, -1, dtype=jnp.int64)
    return jnp.arange(V**depth, dtype=jnp.int64)[:, None] // powers % V


@jax.jit
def rollout_law(tree: Tree) -> RolloutLaw:
    """The exact law of a rollout from the empty text."""
    law = nothing_written()
    for tables in zip(*tree, strict=True):
        law = extended(law, *tables)
    return law


def nothing_written() -> RolloutLaw:
    """The law of the empty text."""
    one = jnp.ones(1, jnp.float64)
    return RolloutLaw(one, one, one, one)


def extended(
    law: RolloutLaw,
    uncredited: Float[Array, "texts tokens"],
    text: Float[Array, "texts tokens"],
    counterfactual: Float[Array, "texts tokens"],
) -> RolloutLaw:
    """The law of texts one token longer, from one depth of a tree's tables."""
    stays = jnp.broadcast_to(uncredited.sum(1, keepdims=True), uncredited.shape)
    steps = (uncredited, text, counterfactual, stays)
    return RolloutLaw(*((mass[:, None] * step).reshape(-1) for mass, step in zip(law, steps, strict=True)))


def conditional_law(law: RolloutLaw) -> Float[Array, " texts"]:
    """The text's law given no credit; NaN when the rollout always credits."""
    return law.uncredited / law.uncredited.sum()
