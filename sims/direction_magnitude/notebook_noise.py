"""The published notebook's noise on constructed states."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.direction_magnitude.geometry import states
from corollary.sims.direction_magnitude.perturbations import chord, lengths, mixed, notebook


@jax.jit
def displacement(r: float, kappa: float, c: float) -> Float[Array, ""]:
    """|h' - h| for noise at cosine c to a state of norm r in a plane."""
    h = jnp.stack([r, 0.0 * r])[None]
    noise = 3 * jnp.stack([c, jnp.sqrt(1 - c * c)])[None]
    return lengths(mixed(h, kappa, noise) - h)[0, 0]


@partial(jax.jit, static_argnames="d")
def reached(d: int, r: float, delta: float) -> Float[Array, ""]:
    """Mean |h' - h| over 1000 tokens of norm r, noise orthogonal to the states, asked for delta."""
    h, noise = states(d, 2, r)
    noise = noise - h * jnp.sum(noise * h, axis=1, keepdims=True) / r**2
    return jnp.mean(lengths(notebook(h, delta, noise, jnp.ones(len(h))) - h))


@partial(jax.jit, static_argnames=("T", "scheme"))
def beside_a_sink(T: int, R: float, delta: float, scheme: str = "notebook") -> Float[Array, ""]:
    """|h' - h| of an ordinary token of norm 1 in a sequence of T whose first has norm R, noise orthogonal."""
    h, noise = states(64, 3, 1.0)
    h, noise = h[:T].at[0].multiply(R), noise[:T]
    noise = noise - h * jnp.sum(noise * h, axis=1, keepdims=True) / lengths(h) ** 2
    moved = notebook(h, delta, noise, jnp.ones(T)) if scheme == "notebook" else chord(h, delta, noise)
    return lengths(moved - h)[1, 0]
