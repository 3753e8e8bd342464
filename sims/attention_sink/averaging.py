"""Trigger-conditional averaging: sequences in which some tokens ask for the mean of what came before.

Content tokens 0 .. content - 1, then TRIGGER, then BOS. The output wanted at a trigger is the mean of the target
vectors of the content tokens before it, position 0 excluded, and 0 where there is none; everywhere else it is 0.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from corollary.sims.numerics.gaussian import normal
from corollary.training.settings import Config, Setting

OUTPUTS = 8

SETTINGS: dict[str, Setting] = {
    "length": Setting(24, "tokens of a sequence, the first included", within=(4, 65536)),
    "content": Setting(16, "content tokens", within=(1, 1e6)),
    "trigger": Setting(0.25, "probability of a trigger", within=(0.0, 1.0)),
    "bos": Setting(True, "whether position 0 holds a token of its own"),
    "sequences": Setting(8000, "training sequences", within=(1, 1e8)),
}


def vocabulary(config: Config) -> int:
    return int(config["content"]) + 2


def sequences(key: Array, count: int, config: Config) -> Int[Array, "count length"]:
    """Independent tokens, after a BOS where there is one. The key is consumed."""
    triggers, contents = jax.random.split(key)
    shape = (count, config["length"])
    asks = jax.random.bernoulli(triggers, config["trigger"], shape)
    tokens = jnp.where(asks, config["content"], jax.random.randint(contents, shape, 0, config["content"]))
    return tokens.at[:, 0].set(config["content"] + 1) if config["bos"] else tokens


def is_trigger(tokens: Int[Array, "*batch"], config: Config) -> Bool[Array, "*batch"]:
    return tokens == config["content"]


def target_table(key: Array, config: Config) -> Float[Array, "content outputs"]:
    """A target vector for each content token, N(0, I). The key is consumed."""
    return normal(key, (config["content"], OUTPUTS), jnp.float32)


def wanted(
    tokens: Int[Array, "count length"], table: Float[Array, "content outputs"], config: Config
) -> Float[Array, "count length outputs"]:
    """The output wanted at every position."""
    counts = ((tokens < config["content"]).at[:, 0].set(False)).astype(table.dtype)
    vectors = table[jnp.minimum(tokens, config["content"] - 1)] * counts[..., None]
    before = jnp.cumsum(counts, axis=1)
    means = jnp.cumsum(vectors, axis=1) / jnp.maximum(before, 1)[..., None]
    return jnp.where(is_trigger(tokens, config)[..., None], means, 0.0)
