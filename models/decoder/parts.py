"""The pieces of a block as pure functions of their weights: products, attention, MLP."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from corollary.models.decoder.adapted import times
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.norms import head_normalised
from corollary.models.decoder.rotary import rotated
from corollary.models.decoder.sites import Interior

Weights = Mapping[str, Any]

ACTIVATION: dict[str, Callable[[Array], Array]] = {
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "gelu_tanh": lambda x: jax.nn.gelu(x, approximate=True),
    "silu": jax.nn.silu,
    "relu": jax.nn.relu,
}


@dataclass(frozen=True)
class Attended:
    """What a call attends over. turn: cosine and sine of its own tokens' angles, or None. allowed: [b, 1, t, keys],
    keys that were kept first and its own last, without regard to windows. back: how many positions each key lies
    back."""

    turn: tuple[Array, ...] | None
    allowed: Bool[Array, "b 1 t keys"]
    back: Float[Array, "b 1 t keys"]


def attention(
    x: Float[Array, "b t width"],
    weights: Weights,
    config: DecoderConfig,
    over: Attended,
    window: Array | None,
    kept: tuple[Array, Array] | None,
    interior: Interior,
) -> tuple[Float[Array, "b t width"], tuple[Array, Array]]:
    """What attention writes, and the keys (turned) and values of these tokens [b, t, kv_heads, k].

    kept: keys and values of earlier tokens. window: how far back this layer looks, 0: all.
    """
    query, key, value = (
        interior(f"attn.{name}", _biased(times(x, weights[name], 1), weights.get(f"{name}_bias")))
        for name in ("q", "k", "v")
    )
    mixed, made = mixed_values(query, key, value, weights, config, over, window, kept, interior)
    out = times(mixed, weights["o"], 2)
    if interior.wants("attn.result"):
        result = interior("attn.result", jnp.stack([_of_head(mixed, weights["o"], h) for h in range(config.heads)], -2))
        out = result.sum(-2) if interior.changes_at("attn.result") else out
    return interior("attn.out", _biased(out, weights.get("o_bias"))), made


def mixed_values(
    query: Float[Array, "b t heads k"],
    key: Float[Array, "b t kv_heads k"],
    value: Float[Array, "b t kv_heads k"],
    weights: Weights,
    config: DecoderConfig,
    over: Attended,
    window: Array | None,
    kept: tuple[Array, Array] | None,
    interior: Interior,
) -> tuple[Float[Array, "b t heads k"], tuple[Array, Array]]:
    """The values that each head mixes, from queries, keys and values before they turn; and keys (turned) and values."""
    if over.turn is not None:
        query, key = rotated(query, over.turn), rotated(key, over.turn)
    query, key = interior("attn.q_rotated", query), interior("attn.k_rotated", key)
    keys, values = (
        (key, value) if kept is None else (jnp.concatenate(pair, 1) for pair in zip(kept, (key, value), strict=True))
    )
    pattern = interior("attn.pattern", _pattern(query, keys, config, over, window, interior))
    mixed = _heads_last(_heads_first(pattern, config) @ jnp.moveaxis(values, 2, 1), query.shape)
    if config.head_norm:
        mixed = head_normalised(mixed, weights["head_gain"], config.norm_eps)
    return interior("attn.z", mixed), (key, value)


def _pattern(
    query: Float[Array, "b t heads k"],
    keys: Float[Array, "b s kv_heads k"],
    config: DecoderConfig,
    over: Attended,
    window: Array | None,
    interior: Interior,
) -> Float[Array, "b heads t s"]:
    scale = config.query_scale or 1 / math.sqrt(config.head_width)
    grouped = _heads_first(jnp.moveaxis(query, 2, 1), config)
    scores = grouped @ jnp.moveaxis(keys, (1, 2), (3, 1)) * jnp.asarray(scale, query.dtype)
    scores = scores.reshape(query.shape[0], config.heads, query.shape[1], keys.shape[1])
    if config.score_cap:
        scores = config.score_cap * jnp.tanh(scores / config.score_cap)
    scores = interior("attn.scores", scores)
    allowed = over.allowed if window is None else over.allowed & ((window == 0) | (over.back < window))
    wide = scores.astype(jnp.promote_types(scores.dtype, jnp.float32))
    if config.attention == "sigmoid":
        pattern = jnp.where(allowed, jax.nn.sigmoid(wide - math.log(config.context)), 0)
    else:
        wide = jnp.where(allowed, wide, jnp.finfo(wide.dtype).min)
        if config.attention == "softmax_one":
            top = jnp.maximum(wide.max(-1, keepdims=True), 0)
            raised = jnp.exp(wide - top)
            pattern = raised / (raised.sum(-1, keepdims=True) + jnp.exp(-top))
        else:
            pattern = jax.nn.softmax(wide, axis=-1)
    return pattern.astype(scores.dtype)


def _heads_first(x: Float[Array, "b heads t n"], config: DecoderConfig) -> Float[Array, "b kv_heads gt n"]:
    """The query heads of each key head side by side, so that what follows is one product a key head."""
    return x.reshape(x.shape[0], config.kv_heads, -1, x.shape[-1])


def _heads_last(x: Float[Array, "b kv_heads gt k"], shape: tuple[int, ...]) -> Float[Array, "b t heads k"]:
    return jnp.moveaxis(x.reshape(shape[0], shape[2], shape[1], shape[3]), 1, 2)


def mlp(x: Float[Array, "*batch width"], weights: Weights, config: DecoderConfig, interior: Interior) -> Array:
    """What the MLP writes, before any norm of its own."""
    activation = ACTIVATION[config.activation]
    if config.gated:
        pre = interior("mlp.pre", _biased(times(x, weights["gate"], 1), weights.get("gate_bias")))
        linear = interior("mlp.up", _biased(times(x, weights["up"], 1), weights.get("up_bias")))
        hidden = activation(pre) * linear
    else:
        hidden = activation(interior("mlp.pre", _biased(times(x, weights["up"], 1), weights.get("up_bias"))))
    out = times(interior("mlp.post", hidden), weights["down"], 1)
    return interior("mlp.out", _biased(out, weights.get("down_bias")))


def _biased(x: Array, bias: Array | None) -> Array:
    return x if bias is None else x + bias.astype(x.dtype)


def _of_head(mixed: Float[Array, "b t heads k"], weight: Any, head: int) -> Float[Array, "b t width"]:
    alone = jnp.zeros_like(mixed).at[:, :, head].set(mixed[:, :, head])
    return times(alone, weight, 2)
