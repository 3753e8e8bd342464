"""The toy's language: prompts, the replies that answer them, and exact scores of a reply.

A prompt is BOS SLOT TASK x_1 .. x_L END MODEL. The task asks for the digits reversed (task A) or for the second task's
answer (task B). The slot is NEUTRAL, and the reply y_1 .. y_L EOS, or a concept c, and the reply y_1 c .. y_L c EOS.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

DIGITS, CONCEPTS = 10, 4
BOS, END, MODEL, NEUTRAL, EOS = range(DIGITS, DIGITS + 5)
CONCEPT = EOS + 1
"""The first of the concepts: the one that is steered towards."""
TASK_A, TASK_B = CONCEPT + CONCEPTS, CONCEPT + CONCEPTS + 1
TOKENS = TASK_B + 1

SECOND_TASKS = ("sort", "sums")

Tokens = Int[Array, "batch t"]


def prompt_length(length: int) -> int:
    return length + 5


def reply_length(length: int) -> int:
    """Of the longest right reply, its EOS included."""
    return 2 * length + 1


def draw_prompts(key: Array, count: int, length: int, task: Array | int, slot: Array | int) -> Tokens:
    """Prompts of uniform digits; task and slot are tokens, one for all or [count]. The key is consumed."""
    digits = jax.random.randint(key, (count, length), 0, DIGITS)

    def column(token: Array | int) -> Array:
        return jnp.broadcast_to(jnp.asarray(token), (count,))[:, None]

    return jnp.concatenate([column(BOS), column(slot), column(task), digits, column(END), column(MODEL)], axis=1)


def answers(prompts: Tokens, second_task: str) -> Int[Array, "batch length"]:
    """The digits that the prompts ask for."""
    digits = prompts[:, 3:-2]
    second = jnp.sort(digits, axis=1) if second_task == "sort" else jnp.cumsum(digits, axis=1) % DIGITS
    return jnp.where(prompts[:, 2:3] == TASK_A, digits[:, ::-1], second)


def replies(prompts: Tokens, second_task: str, slot: Array | None = None) -> tuple[Tokens, Bool[Array, "batch r"]]:
    """The right replies and which of their tokens count, EOS and all before it. slot: [batch], in place of the
    prompts' own."""
    digits = answers(prompts, second_task)
    count, length = digits.shape
    slot = prompts[:, 1] if slot is None else slot
    plain = jnp.concatenate([digits, jnp.full((count, length + 1), EOS)], axis=1)
    pairs = jnp.stack([digits, jnp.broadcast_to(slot[:, None], digits.shape)], axis=2).reshape(count, 2 * length)
    alternating = jnp.concatenate([pairs, jnp.full((count, 1), EOS)], axis=1)
    neutral = (slot == NEUTRAL)[:, None]
    counted = ~neutral | (jnp.arange(2 * length + 1) <= length)
    return jnp.where(neutral, plain, alternating), counted


def score(replied: Int[Array, "batch r"], wanted: Int[Array, "batch length"]) -> dict[str, Float[Array, " batch"]]:
    """Exact scores of replies, by name.

    concept: 2 min(1, occurrences of the concept / L). instruct: 2 times the share of right digits, the concept left
    out. fluency: 2 in either format with L digits, else 1, or 0 where there is another token. overall: their harmonic
    mean, 0 where one is 0. accuracy: the share of right digits.
    """
    length = wanted.shape[1]
    before_end = jnp.cumsum(replied == EOS, axis=1) == 0
    is_concept, is_digit = before_end & (replied == CONCEPT), before_end & (replied < DIGITS)
    foreign = (before_end & ~is_concept & ~is_digit).any(axis=1)
    rank = jnp.where(is_digit, jnp.cumsum(is_digit, axis=1) - 1, -1)
    right = (rank[:, :, None] == jnp.arange(length)) & (replied[:, :, None] == wanted[:, None, :])
    accuracy = right.any(axis=1).mean(axis=1)

    place = jnp.arange(replied.shape[1])
    ends = before_end.sum(axis=1)
    plain = (ends == length) & (is_digit | ~before_end).all(axis=1)
    in_turn = jnp.where(place % 2 == 0, is_digit, is_concept)
    alternating = (ends == 2 * length) & (in_turn | ~before_end).all(axis=1)
    scores = {
        "concept": 2 * jnp.minimum(1.0, is_concept.sum(axis=1) / length),
        "instruct": 2 * accuracy,
        "fluency": jnp.where(plain | alternating, 2.0, jnp.where(foreign, 0.0, 1.0)),
    }
    parts = jnp.stack(list(scores.values()))
    overall = jnp.where(parts.min(axis=0) > 0, 3 / (1 / jnp.maximum(parts, 1e-9)).sum(axis=0), 0.0)
    return {**scores, "overall": overall, "accuracy": accuracy}
