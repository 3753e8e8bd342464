"""LayerNorm and RMSNorm under changes of scale and direction, by automatic differentiation."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.point import Point
from corollary.sims.direction_magnitude.perturbations import chord
from corollary.sims.numerics.gaussian import normal

DIRECTIONS = 2048


def layer_norm(h: Float[Array, "*batch d"], eps: float = 0.0) -> Float[Array, "*batch d"]:
    centred = h - jnp.mean(h, axis=-1, keepdims=True)
    return centred / jnp.sqrt(jnp.mean(centred**2, axis=-1, keepdims=True) + eps)


def rms_norm(h: Float[Array, "*batch d"], eps: float = 0.0) -> Float[Array, "*batch d"]:
    return h / jnp.sqrt(jnp.mean(h**2, axis=-1, keepdims=True) + eps)


NORMS = {"layer": layer_norm, "rms": rms_norm}


def state(d: int, spread: float, mean: float) -> Float[Array, " d"]:
    """A state of that mean and with |h - mean|^2 = spread, of no other symmetry."""
    wave = jnp.asarray(np.cos(1.7 * np.arange(d) + 0.3) + 0.4 * np.arange(d) % 1.3)
    wave = wave - wave.mean()
    return mean + jnp.sqrt(spread) * wave / jnp.linalg.norm(wave)


@partial(jax.jit, static_argnames=("norm", "eps"))
def scaled(norm: str, seed: int, factor: float, eps: float = 0.0) -> Float[Array, " 24"]:
    """The norm layer's output for `factor` times a random state, of scale 3 and mean 1."""
    return NORMS[norm](factor * (1 + 3 * normal(jax.random.key(seed), (24,))), eps)


def singular_values(norm: str, d: int, spread: float, mean: float) -> dict[str, float]:
    """Of the norm layer's Jacobian: their number above 1e-9 of the largest ("rank"), the largest and the least of
    those."""
    jacobian = jax.jit(lambda spread, mean: jax.jacobian(NORMS[norm])(state(d, spread, mean)))(spread, mean)
    found = np.linalg.svd(np.asarray(jacobian), compute_uv=False)
    kept = found[found > 1e-9 * found[0]]
    return {"rank": float(len(kept)), "largest": float(kept[0]), "least": float(kept[-1])}


@static("d")
def step_across(key: Array, point: Point) -> Float[Array, " directions"]:
    """|J v|^2 of LayerNorm's Jacobian, for uniform unit vectors v orthogonal to the state. point: d, spread, mean. The
    key is consumed."""
    h = state(point["d"], point["spread"], point["mean"])
    unit = h / jnp.linalg.norm(h)
    draws = normal(key, (DIRECTIONS, point["d"]))
    across = draws - (draws @ unit)[:, None] * unit
    across = across / jnp.linalg.norm(across, axis=1, keepdims=True)
    response = jax.vmap(lambda v: jax.jvp(layer_norm, (h,), (v,))[1])(across)
    return jnp.sum(response**2, axis=1)


@partial(jax.jit, static_argnames=("norm", "d"))
def rotated(norm: str, d: int, r: float, delta: float) -> Float[Array, ""]:
    """|norm(h') - norm(h)| for a rotation of a state of norm r by the chord delta."""
    h = state(d, 1.0, 0.2)
    h = r * h / jnp.linalg.norm(h)
    draws = jnp.asarray(np.sin(2.3 * np.arange(d) + 1))
    turned = chord(h, jnp.asarray(delta, jnp.float64), draws)
    return jnp.linalg.norm(NORMS[norm](turned) - NORMS[norm](h))


@partial(jax.jit, static_argnames="d")
def radial_slope(d: int, variance: float, eps: float, inner: float) -> Float[Array, ""]:
    """d/da of F(LN(a h)) at a = 1, with F linear and of value `inner` there."""
    h, one = state(d, variance * d, 0.3), jnp.ones((), jnp.float64)
    gradient = jnp.arange(d) / d
    gradient = gradient * inner / (layer_norm(h, eps) @ gradient)
    return jax.jvp(lambda a: layer_norm(a * h, eps) @ gradient, (one,), (one,))[1]
