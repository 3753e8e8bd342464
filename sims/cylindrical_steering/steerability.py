"""Three numbers that are all called steerability, computed from labels along growing steering lengths.

Labels: 1 normal text without the concept, 2 concept present, 3 corrupted.
"""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

PRESENT = 2


def presence_slope(labels: Int[Array, "samples steps"]) -> Float[Array, ""]:
    """Per concept: least-squares slope of the share of samples with the concept on the step's number 1, 2, ..."""
    share = jnp.mean(labels == PRESENT, axis=0, dtype=jnp.float64)
    step = jnp.arange(1, labels.shape[-1] + 1, dtype=jnp.float64)
    centred = step - step.mean()
    return centred @ share / (centred @ centred)


def remaining_length(labels: Int[Array, "*batch steps"], lengths: Float[Array, " steps"]) -> Float[Array, "*batch"]:
    """Per sample: largest length less the first with the concept; 0 if there is none."""
    present = labels == PRESENT
    return jnp.where(present.any(-1), lengths[-1] - lengths[jnp.argmax(present, axis=-1)], 0.0)


def bracketed_length(labels: Int[Array, "*batch steps"], lengths: Float[Array, " steps"]) -> Float[Array, "*batch"]:
    """Per sample: largest length less the last without the concept before the first with it, or less 0 when the first
    step has it; 0 if none has."""
    present = labels == PRESENT
    before = jnp.concatenate([jnp.zeros(1, lengths.dtype), lengths[:-1]])
    return jnp.where(present.any(-1), lengths[-1] - before[jnp.argmax(present, axis=-1)], 0.0)
