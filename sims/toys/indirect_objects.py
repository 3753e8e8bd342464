"""Indirect objects in a small language: two names, one of which comes again; the answer is the other one.

BOS, k fillers, N1 and N2 went filler comma, 2 - k fillers, S gave filler to: 13 tokens of 34, S one of the two names,
k uniform in 0..2.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.models.circuits.task import Task

NAMES, FILLERS, LENGTH = 20, 8, 13
BOS, FIRST_NAME, FIRST_FILLER = 0, 1, 1 + NAMES
AND, WENT, COMMA, GAVE, TO = range(1 + NAMES + FILLERS, 6 + NAMES + FILLERS)
VOCABULARY = 6 + NAMES + FILLERS
_PHRASE, _END = [0, 1, 2, 3, 4, 5], [6, 7, 8, 9]
ORDERS = np.array([[*range(10, 10 + k), *_PHRASE, *range(10 + k, 12), *_END] for k in range(3)])
"""Of each k: where the words of `_words` go."""


def prompts(key: Array, count: int) -> Task:
    """Good: the name that does not come again; bad: the one that does. The key is consumed."""
    names_key, subject_key, filler_key, k_key = jax.random.split(key, 4)
    first, shift = jax.random.randint(names_key, (2, count), jnp.array([[0], [1]]), jnp.array([[NAMES], [NAMES]]))
    names = FIRST_NAME + jnp.stack([first, (first + shift) % NAMES])
    subject = jax.random.randint(subject_key, (count,), 0, 2)
    rows = jnp.arange(count)
    bad, good = names[subject, rows], names[1 - subject, rows]
    fillers = FIRST_FILLER + jax.random.randint(filler_key, (4, count), 0, FILLERS)

    def word(token: int) -> Array:
        return jnp.full((count,), token)

    phrase = [names[0], word(AND), names[1], word(WENT), fillers[0], word(COMMA)]
    words = jnp.stack([*phrase, bad, word(GAVE), fillers[1], word(TO), fillers[2], fillers[3]], axis=1)
    order = jnp.asarray(ORDERS)[jax.random.randint(k_key, (count,), 0, 3)]
    tokens = jnp.concatenate([word(BOS)[:, None], jnp.take_along_axis(words, order, 1)], axis=1)
    return Task(tokens, good, bad)
