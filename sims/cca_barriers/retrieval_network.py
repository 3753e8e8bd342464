"""A small causal transformer that writes a text after a document: embeddings, RMS-normalised blocks, read-out."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from corollary.models.stacked import normalised, through

HEADS = 4
BLOCKS = 2
Params = dict[str, Any]

_norm = partial(normalised, eps=1e-6)


def init_params(key: Array, width: int, tokens: int, length: int, outputs: int) -> Params:
    """float32 parameters; the key is consumed. tokens: input vocabulary; length: of the longest input; outputs: tokens
    that can be written. Returns token [tokens, width], position [length, width], read [width, outputs], and blocks as
    `through` takes them."""
    shapes = {
        "token": ((tokens, width), 1),
        "position": ((length, width), 4),
        "read": ((width, outputs), width),
        "QKV": ((BLOCKS, 3, width, width), width),
        "O": ((BLOCKS, width, width), width),
        "W1": ((BLOCKS, width, 4 * width), width),
        "W2": ((BLOCKS, 4 * width, width), 4 * width),
    }
    sizes = np.cumsum([np.prod(shape) for shape, _ in shapes.values()])
    drawn = jnp.split(jax.random.normal(key, (sizes[-1],), jnp.float32), sizes[:-1])
    params = {
        name: flat.reshape(shape) / fan_in**0.5
        for flat, (name, (shape, fan_in)) in zip(drawn, shapes.items(), strict=True)
    }
    params["QKV"] = jnp.moveaxis(params["QKV"], 1, 2).reshape(BLOCKS, width, 3 * width)
    blocks = {name: params.pop(name) for name in ("QKV", "O", "W1", "W2")}
    return {**params, "blocks": blocks}


def logits(params: Params, tokens: Int[Array, "batch length"]) -> Float[Array, "batch length outputs"]:
    """Next-token logits after every position."""
    x = params["token"][tokens] + params["position"][: tokens.shape[1]]
    return _norm(through(x, params["blocks"], HEADS, norm=_norm)) @ params["read"]
