"""A small causal transformer that writes a text after a document: embeddings, RMS-normalised blocks, read-out."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

HEADS = 4
BLOCKS = 2
Params = dict[str, Any]


def init_params(key: jax.Array, width: int, tokens: int, length: int, outputs: int) -> Params:
    """float32 parameters; the key is consumed. tokens: input vocabulary; length: of the longest input; outputs: tokens
    that can be written."""
    keys = iter(jax.random.split(key, 3 + 4 * BLOCKS))

    def normal(shape: tuple[int, ...], fan_in: int) -> Array:
        return jax.random.normal(next(keys), shape, jnp.float32) / fan_in**0.5

    blocks = [{"qkv": normal((3, width, width), width), "out": normal((width, width), width),
               "up": normal((width, 4 * width), width), "down": normal((4 * width, width), 4 * width)}
              for _ in range(BLOCKS)]
    return {"token": normal((tokens, width), 1), "position": normal((length, width), 4), "blocks": blocks,
            "read": normal((width, outputs), width)}


def logits(params: Params, tokens: Int[Array, "batch length"]) -> Float[Array, "batch length outputs"]:
    """Next-token logits after every position."""
    x = params["token"][tokens] + params["position"][: tokens.shape[1]]
    for block in params["blocks"]:
        x = x + _attention(block, _normalised(x))
        x = x + jax.nn.gelu(_normalised(x) @ block["up"]) @ block["down"]
    return _normalised(x) @ params["read"]


def _attention(block: Params, x: Float[Array, "batch length width"]) -> Float[Array, "batch length width"]:
    batch, length, width = x.shape
    heads = jnp.einsum("bnw,swv->sbnv", x, block["qkv"]).reshape(3, batch, length, HEADS, width // HEADS)
    queries, keys, values = heads
    scores = jnp.einsum("bihv,bjhv->bhij", queries, keys) / (width // HEADS) ** 0.5
    causal = jnp.tril(jnp.ones((length, length), bool))
    pattern = jax.nn.softmax(jnp.where(causal, scores, -jnp.inf), axis=-1)
    return jnp.einsum("bhij,bjhv->bihv", pattern, values).reshape(batch, length, width) @ block["out"]


def _normalised(x: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
    return x * jax.lax.rsqrt(jnp.square(x).mean(-1, keepdims=True) + 1e-6)
