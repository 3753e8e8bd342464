"""Losses and accuracies of classifiers, for logits that are compared within a row."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

LOSSES = ("cross_entropy", "stablemax", "mse")


def training_loss(kind: str, logits: Float[Array, "b p"], z: Int[Array, " b"]) -> Float[Array, ""]:
    """Mean over examples; mse is against 0 and 1, and over classes too."""
    right = z[:, None] == jnp.arange(logits.shape[1], dtype=jnp.int32)
    if kind == "mse":
        return jnp.mean((logits - right.astype(logits.dtype)) ** 2)
    if kind == "stablemax":  # arXiv 2501.04697: linear for positive logits, so that nothing underflows
        odds = jnp.where(logits >= 0, logits + 1, 1 / (1 - jnp.minimum(logits, 0)))
        return jnp.mean(jnp.log(odds.sum(1)) - jnp.log(jnp.where(right, odds, 0).sum(1)))
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) - jnp.where(right, logits, 0).sum(1))


def accuracies(logits: Float[Array, "pairs p"], z: Int[Array, " pairs"], train: int) -> dict[str, Float[Array, ""]]:
    """On both sides of a split, the first `train` pairs and the others. The right class has to beat every other one: a
    tie is wrong. All right is 1 exactly, which a float32 mean of ones need not be."""
    right = z[:, None] == jnp.arange(logits.shape[1], dtype=jnp.int32)
    margin = jnp.where(right, logits, 0).sum(1) - jnp.where(right, -jnp.inf, logits).max(1)
    sides = {"train_accuracy": margin[:train] > 0, "test_accuracy": margin[train:] > 0}
    return {name: (side.sum() / side.size).astype(logits.dtype) for name, side in sides.items()}
