"""What a vector does to a trained toy transformer: to the token after the one where differences are read, and to whole
replies, labelled by exact rules in place of a judge."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from corollary.models.parameters import Parameters
from corollary.sims.cylindrical_steering.effects import competing
from corollary.sims.toys.digits import CONCEPT, EOS, Tokens, answers, score
from corollary.sims.toys.digits_model import decode, logits
from corollary.training.settings import Config

LONGEST = 3.0
"""Steering lengths end there, in units of |DiffMean|."""

LENGTHS = tuple(LONGEST * step / 25 for step in range(1, 26))
"""Of decoded replies, in units of |DiffMean|: the published grid."""

FINE = 120
"""Steps of the grid on which a single token's log-odds are followed."""


def next_token(
    weights: Parameters, text: Tokens, vector: Float[Array, "rows width"], config: Config, depth: int
) -> Float[Array, "rows tokens"]:
    """Logits after each text, [rows, t], with a vector of its own added to its last token after `depth` blocks."""
    last = (jnp.arange(text.shape[1]) == text.shape[1] - 1)[:, None]

    def add(hidden: Array) -> Array:
        return hidden + jnp.where(last, vector[:, None], 0).astype(hidden.dtype)

    return logits(weights, text, config, add, depth)[:, -1].astype(jnp.float64)


def concept_odds(told: Float[Array, "rows tokens"]) -> Float[Array, " rows"]:
    """Log-odds of the concept token against all others."""
    return jax.vmap(lambda row: competing(row, CONCEPT))(told)


def follow(
    weights: Parameters, text: Tokens, direction: Float[Array, "rows width"], size: Array, config: Config, depth: int
) -> Float[Array, "lengths rows"]:
    """Log-odds of the concept as the next token at FINE + 1 lengths from 0 to LONGEST times `size`."""
    lengths = size * LONGEST * jnp.arange(FINE + 1) / FINE
    return jax.lax.map(
        lambda length: concept_odds(next_token(weights, text, length * direction, config, depth)), lengths
    )


def first_length(odds: Float[Array, "lengths rows"]) -> Float[Array, " rows"]:
    """The first length with odds above 1, in units of `size`, and inf where there is none."""
    active = odds >= 0
    return jnp.where(active.any(axis=0), LONGEST * jnp.argmax(active, axis=0) / FINE, jnp.inf)


def replies_at(
    weights: Parameters, prompts: Tokens, direction: Float[Array, " width"], size: Array, config: Config, depth: int
) -> tuple[Bool[Array, "lengths rows"], Bool[Array, "lengths rows"]]:
    """(concept present, corrupted) in greedy replies at each of LENGTHS times `size`, the vector added to every token.

    present: the concept occurs. corrupted: the concept left out, the reply is not the right digits and no more.
    """
    wanted = answers(prompts, config["second_task"])

    def at(length: Array) -> tuple[Array, Array]:
        vector = length * direction
        replied = decode(weights, prompts, config, lambda hidden: hidden + vector.astype(hidden.dtype), depth)
        before_end = jnp.cumsum(replied == EOS, axis=1) == 0
        told = score(replied, wanted)
        digits = (before_end & (replied != CONCEPT)).sum(axis=1)
        corrupted = (told["accuracy"] < 1) | (digits != wanted.shape[1])
        return (before_end & (replied == CONCEPT)).any(axis=1), corrupted

    return jax.lax.map(at, size * jnp.asarray(LENGTHS, jnp.float64))
