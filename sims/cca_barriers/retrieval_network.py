"""A small causal transformer that writes a text after a document: embeddings, RMS-normalised blocks, read-out."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

HEADS = 4
BLOCKS = 2
Params = dict[str, Any]


def init_params(key: jax.Array, width: int, tokens: int, length: int, outputs: int) -> Params:
    """float32 parameters; the key is consumed. tokens: input vocabulary; length: of the longest input; outputs: tokens
    that can be written. Blocks are stacked along a first axis."""
    shapes = {
        "token": ((tokens, width), 1),
        "position": ((length, width), 4),
        "read": ((width, outputs), width),
        "qkv": ((BLOCKS, 3, width, width), width),
        "out": ((BLOCKS, width, width), width),
        "up": ((BLOCKS, width, 4 * width), width),
        "down": ((BLOCKS, 4 * width, width), 4 * width),
    }
    sizes = np.cumsum([np.prod(shape) for shape, _ in shapes.values()])
    drawn = jnp.split(jax.random.normal(key, (sizes[-1],), jnp.float32), sizes[:-1])
    params = {
        name: flat.reshape(shape) / fan_in**0.5
        for flat, (name, (shape, fan_in)) in zip(drawn, shapes.items(), strict=True)
    }
    blocks = {name: params.pop(name) for name in ("qkv", "out", "up", "down")}
    return {**params, "blocks": blocks}


def logits(params: Params, tokens: Int[Array, "batch length"]) -> Float[Array, "batch length outputs"]:
    """Next-token logits after every position."""

    def block(x: Float[Array, "batch length width"], weights: Params) -> Any:
        x = x + _attention(weights, _normalised(x))
        return x + jax.nn.gelu(_normalised(x) @ weights["up"]) @ weights["down"], None

    x = params["token"][tokens] + params["position"][: tokens.shape[1]]
    x, _ = jax.lax.scan(block, x, params["blocks"])
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
