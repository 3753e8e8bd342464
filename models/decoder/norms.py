"""Norms of the residual stream and of heads. Moments are taken in float32 at least, whatever the stream's dtype."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.sites import Interior


def normalised(
    x: Float[Array, "*batch width"],
    weights: Mapping[str, Array],
    config: DecoderConfig,
    interior: Interior,
    name: str,
    shown: bool = True,
) -> Float[Array, "*batch width"]:
    """The norm of the config, with sites `name` (its output) and `name.scale` (what it divides by, [*batch, 1]).
    shown: whether its output is a site under that name."""
    if config.norm == "none":
        return interior(name, x) if shown else x
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    if config.norm == "layer":
        wide = wide - wide.mean(-1, keepdims=True)
    scale = jnp.sqrt(jnp.mean(wide * wide, axis=-1, keepdims=True) + config.norm_eps)
    wide = wide / interior(f"{name}.scale", scale)
    if config.norm_offset:
        out = (wide * (1 + weights["gain"].astype(wide.dtype))).astype(x.dtype)
    elif config.norm == "rms":  # rounded before the gain, as the reference implementations of Llama and Qwen do
        out = weights["gain"].astype(x.dtype) * wide.astype(x.dtype)
    else:
        out = wide * weights["gain"].astype(wide.dtype)
        out = (out + weights["bias"].astype(wide.dtype) if "bias" in weights else out).astype(x.dtype)
    return interior(name, out) if shown else out


def head_normalised(z: Float[Array, "*batch heads k"], gain: Float[Array, " k"], eps: float) -> Array:
    """Each head's output over its root mean square, times a gain that the heads share (arXiv 2605.06611)."""
    wide = z.astype(jnp.promote_types(z.dtype, jnp.float32))
    wide = wide / jnp.sqrt(jnp.mean(wide * wide, axis=-1, keepdims=True) + eps)
    return (wide * gain.astype(wide.dtype)).astype(z.dtype)
