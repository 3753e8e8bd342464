"""Margins dealt out to disjoint parts."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static

PROMPTS = 256


@static("m", "N")
def correct(key: Array, point: dict) -> Float[Array, " prompts"]:
    """Share of N equal disjoint parts whose margin is above 0, prompt by prompt. The key is consumed."""
    m, N = point["m"], point["N"]
    margins = point["mu"] + point["sigma"] * jax.random.normal(key, (PROMPTS, N, m // N))
    return jnp.mean(margins.sum(-1) > 0, axis=1)


def remainder(m: int, N: int, k: int, seed: int) -> dict[str, float]:
    """Margins of a random model, N disjoint circuits of k edges made to add up to the whole margin V and a little more:
    "rest" of the model, "V", and the parts' mean "error"."""
    generator = np.random.default_rng(seed)
    parts = generator.normal(size=(N, k))
    rest = generator.normal(size=m - N * k)
    V, errors = 1.5, 0.1 * generator.normal(size=N)
    parts += ((V + errors - parts.sum(1)) / k)[:, None]
    rest += (V - parts.sum() - rest.sum()) / len(rest)
    every = np.concatenate([parts.ravel(), rest])
    return {
        "rest": float(every[N * k :].sum()),
        "V": float(every.sum()),
        "error": float((parts.sum(1) - every.sum()).mean()),
    }
