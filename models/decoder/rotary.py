"""Rotary position embedding (arXiv 2104.09864), of all or a part of each head, and Llama 3's scaling by bands."""

from __future__ import annotations

import math

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from corollary.models.decoder.config import DecoderConfig


def frequencies(config: DecoderConfig) -> Float[np.ndarray, " half"]:
    """Radians a position, of each pair of directions that turns. In float32, as every reference implementation has it,
    unless the model computes in float64."""
    turning = round(config.head_width * config.rotary_fraction)
    kind = _precision(config)
    plain = kind(1) / kind(config.rotary_base) ** (np.arange(0, turning, 2, dtype=kind) / kind(turning))
    scaling = config.rotary_scaling
    if scaling is None:
        return plain
    wavelengths = 2 * math.pi / plain
    ramp = (scaling.original / wavelengths - scaling.low) / (scaling.high - scaling.low)
    kept = np.clip(ramp, 0, 1)
    return (kept * plain + (1 - kept) * plain / scaling.factor).astype(kind)


def angles(config: DecoderConfig, positions: Int[Array, "b t"]) -> tuple[Float[Array, "b t 1 half"], ...]:
    """Cosine and sine of the angle of every position and pair, for all heads."""
    turned = positions[..., None, None].astype(_precision(config)) * frequencies(config)
    return jnp.cos(turned).astype(config.dtype), jnp.sin(turned).astype(config.dtype)


def rotated(x: Float[Array, "b t heads k"], turn: tuple[Array, ...]) -> Float[Array, "b t heads k"]:
    """Direction i turned with direction i + half; directions beyond twice the pairs stay."""
    cosine, sine = turn
    half = cosine.shape[-1]
    first, second, rest = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
    return jnp.concatenate([first * cosine - second * sine, second * cosine + first * sine, rest], axis=-1)


def _precision(config: DecoderConfig) -> type[np.floating]:
    return np.float64 if jnp.dtype(config.dtype) == jnp.float64 else np.float32
