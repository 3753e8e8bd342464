"""A residual stream that only carries: perturbed at m layers, with no block and no norm in between."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import needs_float64, static
from corollary.point import Point
from corollary.sims.direction_magnitude.perturbations import chord, lengths, radial
from corollary.sims.numerics.gaussian import normals

TOKENS, WIDTH, SIZE = 1024, 32, 1e4
"""States are of norm SIZE, so that a displacement near 1 stays far below it."""


@needs_float64("cosines of small angles")
@static("m")
def displacements(key: Array, point: Point) -> dict[str, Float[Array, " tokens"]]:
    """Behind m layers that each move the stream by delta: fresh, signs: squared displacement of rotations with fresh
    noise, and of radial steps; walk: displacement of the latter. point: m, delta. The key is consumed."""
    layers = point["m"]
    state, draws, coins = normals(key, (TOKENS, WIDTH), (layers, TOKENS, WIDTH), (layers, TOKENS))
    start = SIZE * state / lengths(state)

    def layer(streams: tuple[Array, Array], drawn: tuple[Array, Array]) -> tuple[tuple[Array, Array], None]:
        noise, coin = drawn
        delta = jnp.asarray(point["delta"], jnp.float64)
        return (chord(streams[0], delta, noise), radial(streams[1], delta, jnp.sign(coin))), None

    (turned, moved), _ = jax.lax.scan(layer, (start, start), (draws, coins))
    far = lengths(moved - start)[:, 0]
    return {"fresh": lengths(turned - start)[:, 0] ** 2, "signs": far**2, "walk": far}


@partial(jax.jit, static_argnames="kind")
def reused(m: int, delta: float, kind: str = "chord") -> Float[Array, ""]:
    """Mean displacement behind m layers that use the same noise, or sign."""
    state, noise = normals(jax.random.key(0), (TOKENS, WIDTH), (TOKENS, WIDTH))
    start = SIZE * state / lengths(state)

    def layer(_: int, stream: Array) -> Array:
        far = jnp.asarray(delta, jnp.float64)
        return chord(stream, far, noise) if kind == "chord" else radial(stream, far, jnp.sign(noise[:, 0]))

    return jnp.mean(lengths(jax.lax.fori_loop(0, m, layer, start) - start))
