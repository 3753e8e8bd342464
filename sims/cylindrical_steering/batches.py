"""What a judge is shown when batched replies are cut off their prompts.

Prompts of a batch are padded on the left to its longest; a reply follows. The published decoding cuts each row at its
own prompt's length, the pads left out of account.
"""

from __future__ import annotations

from fractions import Fraction

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from corollary.measure import static

PAD, FILLER, CONCEPT, REPLY = range(4)
REPLY_LENGTH = 6
BATCHES = 4096


def padded_row(length: int, longest: int, place: Array) -> Int[Array, " t"]:
    """Pads, a prompt of fillers with the concept at `place`, and a reply without it."""
    prompt = jnp.full(length, FILLER).at[place].set(CONCEPT)
    return jnp.concatenate([jnp.full(longest - length, PAD), prompt, jnp.full(REPLY_LENGTH, REPLY)])


def judged(row: Int[Array, " t"], cut: int) -> Int[Array, " rest"]:
    """The text after the cut, as the judge reads it."""
    return row[cut:]


@static("n", "w")
def false_presence(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """Whether a reply without the concept is judged to have it, cut at the prompt's own length and at the padded one;
    the prompt names the concept at a uniform place. point: n, w (ints, n <= w), the prompt's length and the batch's."""
    n, w = point["n"], point["w"]

    def one(place: Array) -> Array:
        row = padded_row(n, w, place)
        return jnp.stack([jnp.any(judged(row, cut) == CONCEPT) for cut in (n, w)])

    return jax.vmap(one)(jax.random.randint(key, (BATCHES,), 0, n)).astype(jnp.float64)


def judged_tokens(n: int, w: int) -> dict[str, tuple[int, int]]:
    """(prompt tokens, reply tokens) in the judged text, by the length at which it is cut."""
    row = padded_row(n, w, jnp.int32(0))
    counts = {}
    for name, cut in (("own", n), ("padded", w)):
        text = judged(row, cut)
        prompt = (text == FILLER) | (text == CONCEPT)
        counts[name] = int(prompt.sum()), int((text == REPLY).sum())
    return counts


def steering_lengths(size: Fraction) -> list[Fraction]:
    """The published steering lengths for a DiffMean of that size: 25 up to 3 times it, without 0."""
    return [size * Fraction(3 * step, 25) for step in range(1, 26)]
