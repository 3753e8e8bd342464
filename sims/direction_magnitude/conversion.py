"""A state to which a frozen vector is added, and how the sum turns."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.direction_magnitude.perturbations import chord, radial


def _parts(d: int, r: float, along: float, across: float) -> tuple[Array, Array, Float[Array, "d d"]]:
    """(state, write, an orthonormal basis in columns whose first is the state's direction)."""
    axes = jnp.asarray(np.linalg.qr(np.sin(np.arange(d * d).reshape(d, d) * 0.9 + np.arange(d)[:, None] ** 2))[0])
    side = (axes[:, 1] + 2 * axes[:, 2]) / 5**0.5
    return r * axes[:, 0], along * axes[:, 0] + across * side, axes


@partial(jax.jit, static_argnames="d")
def tilts(d: int, r: float, along: float, across: float) -> dict[str, Float[Array, ""]]:
    """tilt: |d z/|z|| for a unit step of h along itself; across: its mean square over the directions across."""
    h, write, axes = _parts(d, r, along, across)

    def turned(step: Array) -> Array:
        return jax.jvp(lambda x: (x + write) / jnp.linalg.norm(x + write), (h,), (step,))[1]

    squares = jnp.sum(jax.vmap(turned)(axes.T) ** 2, axis=1)
    return {"tilt": jnp.sqrt(squares[0]), "across": jnp.mean(squares[1:])}


@partial(jax.jit, static_argnames="d")
def damage_ratio(d: int, r: float, along: float, across: float, relative: float = 1e-3) -> Float[Array, ""]:
    """Angular over radial damage at displacement relative r, where the damage is 1 - cos of the angle by which h + w
    turns."""
    h, write, axes = _parts(d, r, along, across)
    delta = jnp.asarray(relative * r)

    def damage(x: Array) -> Array:
        z, clean = x + write, h + write
        apart = z / jnp.linalg.norm(z) - clean / jnp.linalg.norm(clean)
        return apart @ apart / 2

    frame = jnp.concatenate([axes.T[1:], -axes.T[1:]])
    turned = chord(jnp.broadcast_to(h, frame.shape), delta, frame)
    moved = radial(jnp.stack([h, h]), delta, jnp.array([1.0, -1.0]))
    return jnp.mean(jax.vmap(damage)(turned)) / jnp.mean(jax.vmap(damage)(moved))
