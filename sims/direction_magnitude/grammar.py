"""A toy language with subject-verb agreement, and minimal pairs in it.

A sentence: BOS THE ADJ* N (PREP THE N)* V [THE N] [ADV] DOT, at most 16 tokens; DOT pads. Subjects and objects are
Zipf, nouns in between uniform; the subject's class (lemma mod 6) prefers 3 of the adjectives and 4 of the verbs. The
verb has the subject's number with probability `agreement`: below 1, a trained model is unsure by a few nats, as a
language model is, and can be confused at all.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

PREPOSITIONS, ADJECTIVES, ADVERBS, NOUNS, VERBS, CLASSES = 4, 18, 6, 36, 24, 6
BOS, THE, DOT = 0, 1, 2
FIRST_PREPOSITION = 3
FIRST_ADJECTIVE = FIRST_PREPOSITION + PREPOSITIONS
FIRST_ADVERB = FIRST_ADJECTIVE + ADJECTIVES
FIRST_NOUN = FIRST_ADVERB + ADVERBS
FIRST_VERB = FIRST_NOUN + 2 * NOUNS
VOCABULARY = FIRST_VERB + 2 * VERBS
LENGTH = 16

ADJECTIVE_COUNTS, ATTRACTOR_COUNTS = (0.5, 0.35, 0.15), (0.4, 0.4, 0.2)
OBJECT, ADVERB, CLASS_ADJECTIVE, CLASS_VERB = 0.6, 0.4, 0.7, 0.8


def sentences(key: Array, count: int, agreement: float) -> dict[str, Array]:
    """tokens int [count, 16]; verb [count], the verb's column; real [count, 16], False behind the DOT. The key is
    consumed."""
    return jax.vmap(lambda one: _sentence(one, agreement))(jax.random.split(key, count))


def other_member(tokens: Int[Array, "count 16"], verb: Int[Array, " count"]) -> Int[Array, "count 16"]:
    """The same sentences with the verb's number flipped."""
    rows = jnp.arange(len(tokens), dtype=jnp.int32)
    word = tokens[rows, verb] - FIRST_VERB
    return tokens.at[rows, verb].set(FIRST_VERB + (word ^ 1))


def token_losses(logits: Float[Array, "b t v"], tokens: Int[Array, "b t1"]) -> Float[Array, "b t"]:
    """Cross-entropy of each next token; logits of all columns but the last."""
    told = jax.nn.log_softmax(logits)
    return -jnp.take_along_axis(told, tokens[:, 1:, None], axis=2)[..., 0]


def mean_loss(losses: Float[Array, "b t"], real: Bool[Array, "b t1"]) -> Float[Array, ""]:
    """Over the tokens that belong to sentences."""
    shown = real[:, 1:]
    return jnp.sum(losses * shown) / jnp.sum(shown)


def _sentence(key: Array, agreement: float) -> dict[str, Array]:
    u = jax.random.uniform(key, (24,), jnp.float32)
    zipf = np.cumsum(1 / np.arange(1, NOUNS + 1)) / np.sum(1 / np.arange(1, NOUNS + 1))
    subject, number = _among(u[0], zipf), _of(u[1], 2)
    kind = subject % CLASSES
    adjectives, attractors = _among(u[2], np.cumsum(ADJECTIVE_COUNTS)), _among(u[3], np.cumsum(ATTRACTOR_COUNTS))
    shown = jnp.array(True)
    slots: list[tuple[int | Array, Array]] = [(BOS, shown), (THE, shown)]
    for place, (which, chosen) in enumerate(((u[4], u[5]), (u[6], u[7]))):
        own = kind + CLASSES * _of(chosen, ADJECTIVES // CLASSES)
        word = jnp.where(which < CLASS_ADJECTIVE, own, _of(chosen, ADJECTIVES))
        slots.append((FIRST_ADJECTIVE + word, adjectives > place))
    slots.append((_noun(subject, number), shown))
    for place, (p, n, s) in enumerate(((u[8], u[9], u[10]), (u[11], u[12], u[13]))):
        there = attractors > place
        slots += [
            (FIRST_PREPOSITION + _of(p, PREPOSITIONS), there),
            (THE, there),
            (_noun(_of(n, NOUNS), _of(s, 2)), there),
        ]
    own = kind + CLASSES * _of(u[15], VERBS // CLASSES)
    lemma = jnp.where(u[14] < CLASS_VERB, own, _of(u[15], VERBS))
    agreeing = jnp.where(u[16] < agreement, number, 1 - number)
    verb = len(slots)
    slots.append((FIRST_VERB + 2 * lemma + agreeing, shown))
    has_object = u[17] < OBJECT
    slots += [(THE, has_object), (_noun(_among(u[18], zipf), _of(u[19], 2)), has_object)]
    slots += [(FIRST_ADVERB + _of(u[20], ADVERBS), u[21] < ADVERB), (DOT, shown)]
    words = jnp.stack([jnp.asarray(word, jnp.int32) for word, _ in slots])
    there = jnp.stack([present for _, present in slots])
    columns = jnp.cumsum(there) - 1
    tokens = jnp.full(LENGTH, DOT, jnp.int32).at[jnp.where(there, columns, LENGTH)].set(words, mode="drop")
    return {
        "tokens": tokens,
        "verb": columns[verb].astype(jnp.int32),
        "real": jnp.arange(LENGTH, dtype=jnp.int32) <= columns[-1],
    }


def _noun(lemma: Array, number: Array) -> Array:
    return FIRST_NOUN + 2 * lemma + number


def _of(uniform: Array, count: int) -> Array:
    return jnp.minimum((uniform * count).astype(jnp.int32), count - 1)


def _among(uniform: Array, cumulative: np.ndarray) -> Array:
    return jnp.minimum(jnp.sum(uniform >= jnp.asarray(cumulative, jnp.float32)), len(cumulative) - 1).astype(jnp.int32)
