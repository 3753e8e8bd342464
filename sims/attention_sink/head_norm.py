"""Head-wise RMSNorm of attention outputs."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.attention_sink.post_norm import rms_normalised


def head_normed(outputs: Float[Array, "*batch heads width"], gain: Float[Array, " width"]) -> Array:
    """Each head's output over its own root mean square, times a gain that heads share."""
    return rms_normalised(outputs) * gain


def jointly_normed(outputs: Float[Array, "*batch heads width"], gain: Float[Array, " width"]) -> Array:
    """The norm over all heads together, for comparison."""
    joined = rms_normalised(outputs.reshape(*outputs.shape[:-2], -1))
    return joined.reshape(outputs.shape) * gain


def power_over_gain(normed: Float[Array, "*batch heads width"], gain: Float[Array, " width"]) -> Array:
    """Sum over a head's channels of (output / gain)^2, [*batch, heads]."""
    return jnp.sum((normed / gain) ** 2, axis=-1)
