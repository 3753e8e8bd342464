"""The blocks of a small pre-norm causal decoder as pure functions, stacked along a first axis and scanned over, so that
forty-eight of them compile as fast as two. No biases. Everything acts from the right.

Beside the shared decoder (models/decoder) because blocks can be skipped by traced factors and products replaced; a test
holds it equal to the decoder."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Blocks = Mapping[str, Float[Array, "layers ..."]]
"""QKV [layers, d, 3 d], heads side by side in each part; O [layers, d, d]; W1 [layers, d, m], W2 [layers, m, d]; and
gain1, gain2 [layers, d], of the norms before attention and MLP, where there are any."""

Product = Callable[[Float[Array, "rows a"], Float[Array, "a b"]], Float[Array, "rows b"]]


def through(
    x: Float[Array, "b t d"],
    blocks: Blocks,
    heads: int,
    *,
    norm: Callable[..., Array],
    rectify: Callable[[Array], Array] = jax.nn.gelu,
    product: Product = jnp.matmul,
    kept: Float[Array, " layers"] | None = None,
    attended: Float[Array, " layers"] | None = None,
) -> Float[Array, "b t d"]:
    """The residual stream after all blocks.

    norm(x, gain or None): applied before each half of a block. product: of rows with weights. kept, attended: what
    every block, and the attention of every block, adds to the stream is multiplied by; 0 skips it.
    """
    count = blocks["O"].shape[0]
    ones = jnp.ones(count, x.dtype)
    causal = jnp.tril(jnp.ones((x.shape[1], x.shape[1]), bool))

    def times(rows: Float[Array, "b t a"], w: Float[Array, "a c"]) -> Float[Array, "b t c"]:
        return product(rows.reshape(-1, rows.shape[-1]), w).reshape(*rows.shape[:-1], w.shape[1])

    def block(x: Float[Array, "b t d"], layer: tuple[Blocks, Array, Array]) -> tuple[Float[Array, "b t d"], None]:
        weights, keep, attend = layer
        read = times(norm(x, weights.get("gain1")), weights["QKV"])
        query, key, value = jnp.moveaxis(read.reshape(*x.shape[:2], 3, heads, -1), 2, 0)
        scores = jnp.einsum("bthk,bshk->bhts", query, key) / math.sqrt(x.shape[-1] // heads)
        pattern = jax.nn.softmax(jnp.where(causal, scores, -jnp.inf), axis=-1)
        mixed = jnp.einsum("bhts,bshk->bthk", pattern, value).reshape(x.shape)
        x = x + keep * attend * times(mixed, weights["O"])
        hidden = rectify(times(norm(x, weights.get("gain2")), weights["W1"]))
        return x + keep * times(hidden, weights["W2"]), None

    layers = (dict(blocks), ones if kept is None else kept, ones if attended is None else attended)
    return jax.lax.scan(block, x, layers)[0]


def normalised(
    x: Float[Array, "*batch d"], gain: Float[Array, " d"] | None = None, centred: bool = False, eps: float = 1e-5
) -> Float[Array, "*batch d"]:
    """x over its root mean square, times the gain. centred: less its mean first, which makes it a layer norm."""
    x = x - x.mean(-1, keepdims=True) if centred else x
    x = x * jax.lax.rsqrt(jnp.mean(x * x, axis=-1, keepdims=True) + eps)
    return x if gain is None else gain * x
