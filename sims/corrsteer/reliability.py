"""The reliability language: cues say how likely a speaker is to be right, and the answer to a key is right or wrong
accordingly.

Tokens: BOS 0; cues 1, 2; nuisance bits 3, 4; the answer's mark 5; 32 keys; 16 values in each of two styles. A text:
BOS, six cues, nuisance bit, key, mark; then the value. A cue is 1 with probability .7 if the hidden bit is, else .3.
The value is that of one map of keys if the hidden bit is 1, of another if it is 0, with probability .95, else any;
right is the first map's. Styled values carry the nuisance bit.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

CUES, KEYS, VALUES = 6, 32, 16
FIRST_CUE, FIRST_BIT, MARK, FIRST_KEY = 1, 3, 5, 6
FIRST_VALUE = FIRST_KEY + KEYS
VOCABULARY = FIRST_VALUE + 2 * VALUES
TRUSTED, SHOWN = 0.7, 0.95
LENGTH = CUES + 4


class Maps(NamedTuple):
    """right, wrong: value of each key, [keys]; they differ at every key."""

    right: Int[Array, " keys"]
    wrong: Int[Array, " keys"]


class Texts(NamedTuple):
    """tokens [b, 10]; hidden, nuisance: bits [b]; right: the value that is, [b]; given: the value that follows, [b]."""

    tokens: Int[Array, "b t"]
    hidden: Bool[Array, " b"]
    nuisance: Bool[Array, " b"]
    right: Int[Array, " b"]
    given: Int[Array, " b"]


def maps(key: Array) -> Maps:
    """Random ones. The key is consumed."""
    first, second = jax.random.split(key)
    right = jax.random.randint(first, (KEYS,), 0, VALUES, jnp.int32)
    return Maps(right, (right + jax.random.randint(second, (KEYS,), 1, VALUES, jnp.int32)) % VALUES)


def texts(key: Array, rule: Maps, count: int, agreement: Float[Array, ""] | float = 0.5) -> Texts:
    """Independent ones. agreement: P(the nuisance bit is the hidden one). The key is consumed."""
    keys = jax.random.split(key, 6)
    hidden = jax.random.uniform(keys[0], (count,), jnp.float32) < 0.5
    rates = jnp.where(hidden, jnp.float32(TRUSTED), jnp.float32(1 - TRUSTED))
    cues = jax.random.uniform(keys[1], (count, CUES), jnp.float32) < rates[:, None]
    agrees = jax.random.uniform(keys[2], (count,), jnp.float32) < agreement
    nuisance = jnp.where(agrees, hidden, ~hidden)
    asked = jax.random.randint(keys[3], (count,), 0, KEYS, jnp.int32)
    shown = jax.random.uniform(keys[4], (count,), jnp.float32) < SHOWN
    other = jax.random.randint(keys[5], (count,), 0, VALUES, jnp.int32)
    given = jnp.where(shown, jnp.where(hidden, rule.right[asked], rule.wrong[asked]), other)
    columns = [jnp.zeros((count, 1), jnp.int32), FIRST_CUE + cues, FIRST_BIT + nuisance[:, None]]
    columns += [FIRST_KEY + asked[:, None], jnp.full((count, 1), MARK)]
    tokens = jnp.concatenate([column.astype(jnp.int32) for column in columns], axis=1)
    return Texts(tokens, hidden, nuisance, rule.right[asked], given)


def target(drawn: Texts, styled: bool) -> Int[Array, " b"]:
    """The token that follows."""
    return FIRST_VALUE + drawn.given + (VALUES * drawn.nuisance if styled else 0)


def is_right(token: Int[Array, " b"], drawn: Texts) -> Bool[Array, " b"]:
    """Whether an answer is the right value, in either style."""
    return (token >= FIRST_VALUE) & ((token - FIRST_VALUE) % VALUES == drawn.right)
