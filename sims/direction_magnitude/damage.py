"""Mean damage of rotations and radial steps, for damages whose derivatives are known.

Directions across the state are drawn as whole random frames with both signs: each is uniform, and their mean of a
quadratic form is exact, so that few frames show what second order leaves over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import needs_float64, static
from corollary.point import Point
from corollary.sims.direction_magnitude.norms import layer_norm
from corollary.sims.direction_magnitude.perturbations import chord, radial
from corollary.sims.numerics.gaussian import normal, normals

WIDTH, HIDDEN, CLASSES, FRAMES = 24, 48, 30, 16
STATE_NORM = 4.7
Damage = Callable[[Float[Array, " d"]], Float[Array, ""]]


def quadratic(d: int, r: float, slope: float, curvature: float, trace: float) -> tuple[Damage, Float[Array, " d"]]:
    """(f, h): a quadratic f with those derivatives at a state h of norm r that is no axis: along h its first and second
    derivative, across h a trace spread unevenly, and a block that mixes the two."""
    axes = jnp.asarray(np.linalg.qr(np.cos(np.arange(d * d).reshape(d, d) * 1.3 + np.arange(d)[:, None] ** 2))[0])
    shares = np.arange(1.0, d)
    mixed = np.zeros((d, d))
    mixed[0, 1:] = mixed[1:, 0] = 0.7
    mixed[1, 2] = mixed[2, 1] = -0.4
    diagonal = jnp.concatenate([jnp.atleast_1d(curvature), trace * shares / shares.sum()])
    gradient = jnp.concatenate([jnp.atleast_1d(slope), np.linspace(-1, 1, d - 1)])
    matrix, first, h = axes @ (mixed + jnp.diag(diagonal)) @ axes.T, axes @ gradient, r * axes[:, 0]
    return lambda x: first @ (x - h) + (x - h) @ matrix @ (x - h) / 2, h


@static("d")
def quadratic_angular(key: Array, point: Point) -> Float[Array, " directions"]:
    """f(h') - f(h) of `quadratic` for rotations in uniform directions. point: d, r, slope, curvature, trace, delta."""
    damage, h = quadratic(*(point[name] for name in ("d", "r", "slope", "curvature", "trace")))
    draws = normal(key, (4096, point["d"]))
    draws = jnp.concatenate([draws, -draws])
    turned = chord(jnp.broadcast_to(h, draws.shape), point["delta"], draws)
    found = jax.vmap(damage)(turned) - damage(h)
    return (found[:4096] + found[4096:]) / 2


@partial(jax.jit, static_argnames="d")
def quadratic_radial(d: int, r: float, slope: float, curvature: float, trace: float, delta: float) -> Float[Array, ""]:
    """(f(h + delta u) + f(h - delta u)) / 2 - f(h)."""
    damage, h = quadratic(d, r, slope, curvature, trace)
    return _radially(damage, h, delta)


def network(draw: int | Array) -> tuple[Damage, Float[Array, " d"]]:
    """(f, h): cross-entropy of a fixed label, read by U LN(h + tanh(LN(h) A) B), with weights N(0, 1/inputs)."""
    a, b, u, h = normals(_key(draw), (WIDTH, HIDDEN), (HIDDEN, WIDTH), (CLASSES, WIDTH), (WIDTH,), dtype=jnp.float64)
    a, b, u = a / np.sqrt(WIDTH), b / np.sqrt(HIDDEN), u / np.sqrt(WIDTH)

    def damage(x: Array) -> Array:
        return -jax.nn.log_softmax(u @ layer_norm(x + jnp.tanh(layer_norm(x) @ a) @ b))[0]

    return damage, STATE_NORM * h / jnp.linalg.norm(h)


def last(draw: int | Array) -> tuple[Damage, Float[Array, " d"]]:
    """(f, h): the same label read by U LN(h) directly, as behind the last block."""
    u, h = normals(_key(draw), (CLASSES, WIDTH), (WIDTH,), dtype=jnp.float64)
    u = u / np.sqrt(WIDTH)
    return lambda x: -jax.nn.log_softmax(u @ layer_norm(x))[0], STATE_NORM * h / jnp.linalg.norm(h)


@cache
def derivatives(draw: int) -> dict[str, float]:
    """d, r, slope, curvature and trace of `network` at its state, by automatic differentiation."""
    return {"d": WIDTH, **{name: float(value) for name, value in _derivatives(draw).items()}}


@needs_float64("differences of nearly equal outputs")
@static()
def network_angular(key: Array, point: Point) -> Float[Array, " frames"]:
    """f(h') - f(h) of `network`, averaged over a random frame across the state. point: draw, delta. The key is
    consumed."""
    damage, h = network(point["draw"])
    return jax.lax.map(lambda one: _over_a_frame(damage, h, point["delta"], one), jax.random.split(key, FRAMES))


@jax.jit
def network_radial(draw: int, delta: float) -> Float[Array, ""]:
    """(f(h + delta u) + f(h - delta u)) / 2 - f(h) of `network`."""
    return _radially(*network(draw), delta)


@jax.jit
def last_damages(draw: int, delta: float) -> dict[str, Float[Array, ""]]:
    """radial and angular damage of `last`, the latter over one random frame."""
    damage, h = last(draw)
    angular = _over_a_frame(damage, h, jnp.asarray(delta, jnp.float64), _key(draw + 1))
    return {"radial": _radially(damage, h, delta), "angular": angular}


def _key(draw: int | Array) -> Array:
    return jax.random.key(jnp.asarray(draw).astype(jnp.uint32))


@jax.jit
def _derivatives(draw: int) -> dict[str, Array]:
    damage, h = network(draw)
    size = jnp.linalg.norm(h)
    unit, hessian = h / size, jax.hessian(damage)(h)
    bend = unit @ hessian @ unit
    return {"r": size, "slope": unit @ jax.grad(damage)(h), "curvature": bend, "trace": jnp.trace(hessian) - bend}


def _radially(damage: Damage, h: Array, delta: float) -> Array:
    both = radial(jnp.stack([h, h]), jnp.asarray(delta, h.dtype), jnp.array([1.0, -1.0]))
    return (damage(both[0]) + damage(both[1])) / 2 - damage(h)


def _over_a_frame(damage: Damage, h: Array, delta: Array, key: Array) -> Array:
    draws = normal(key, (len(h), len(h)))
    basis = jnp.linalg.qr(jnp.concatenate([h[:, None], draws[:, 1:]], axis=1))[0][:, 1:].T
    frame = jnp.concatenate([basis, -basis])
    turned = chord(jnp.broadcast_to(h, frame.shape), delta, frame)
    return jnp.mean(jax.vmap(damage)(turned)) - damage(h)
