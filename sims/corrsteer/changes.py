"""Answers before and after, counted."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.models.correlation_steering import Effect, effect

ROWS, ANSWERS = 64, 256


def answers(N: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Right before, right after, [N] each."""
    generator = np.random.default_rng(seed)
    before = generator.uniform(size=N) < generator.uniform(0.2, 0.8)
    changes = generator.uniform(size=N) < generator.uniform(0.1, 0.5)
    after = np.where(changes, generator.uniform(size=N) < 0.6, before)
    before[:2], after[:2] = [True, False], [False, True]  # one of each kind at least
    return before, after


def counted(N: int, seed: int) -> Effect:
    return effect(*answers(N, seed))


def accuracies(N: int, seed: int) -> tuple[float, int]:
    """(gain of the accuracy, answers that are right before or after and not both)."""
    before, after = answers(N, seed)
    return float(after.mean() - before.mean()), int((before != after).sum())


@static("K")
def at_random(key: Array, point: dict) -> Float[Array, "rows 2"]:
    """Answers put wrong, and answers put right or wrong, where each is replaced by another option at random. point: K
    (int), options; A: accuracy before. The key is consumed."""
    K = point["K"]
    asked, given, replaced = jax.random.split(key, 3)
    truth = jnp.zeros((ROWS, ANSWERS), jnp.int32)
    right = jax.random.uniform(asked, truth.shape) < point["A"]
    other = jax.random.randint(given, truth.shape, 1, K, jnp.int32)
    before = jnp.where(right, truth, other)
    after = (before + jax.random.randint(replaced, truth.shape, 1, K, jnp.int32)) % K
    minus = ((before == truth) & (after != truth)).sum(1)
    plus = ((before != truth) & (after == truth)).sum(1)
    return jnp.stack([minus, minus + plus], axis=1).astype(jnp.float64)
