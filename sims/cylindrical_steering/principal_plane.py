"""The plane in which a phase is read: a concept's own normal and PC1 of the other concepts' normals."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import needs_float64, static
from corollary.sims.cylindrical_steering.geometry import split, unit_vectors
from corollary.sims.numerics.draws import keys_of
from corollary.sims.numerics.gaussian import normal

TURNED = 2048
SIZE = 1e-3
LEFT_OUT = 0.1


def first_component(rows: Float[Array, "N d"], centred: bool = False) -> Float[Array, " d"]:
    """The direction of largest mean square among the rows, or of largest variance; its sign is LAPACK's choice."""
    if centred:
        rows = rows - rows.mean(axis=0)
    return jnp.linalg.svd(rows, full_matrices=False)[2][0]


def phase(vector: Float[Array, " d"], own: Float[Array, " d"], component: Float[Array, " d"]) -> Float[Array, ""]:
    """Angle of the vector's part in the plane, from the concept's own normal towards the component."""
    along = own / jnp.linalg.norm(own)
    _, across = split(component, along)
    return jnp.arctan2(vector @ across / jnp.linalg.norm(across), vector @ along)


@needs_float64("1 - cos**2 of small angles")
@static("N", "d", "r")
def turns(key: Array, point: dict) -> Float[Array, " samples"]:
    """Squared sine of the angle by which noise in every entry turns PC1, over the noise's variance. Noise and its
    opposite go together. point: spectrum (d eigenvalues of X^T X, the largest first), N >= d, the number of rows."""
    sizes = jnp.sqrt(jnp.asarray(point["spectrum"], jnp.float64))
    still = jnp.zeros((point["N"], sizes.size)).at[jnp.arange(sizes.size), jnp.arange(sizes.size)].set(sizes)
    noise = SIZE * normal(key, (TURNED // 2, *still.shape))

    def one(noise: Array) -> Array:
        moved = still + noise
        leading = jnp.linalg.eigh(moved.T @ moved)[1][:, -1]
        return (1 - leading[0] ** 2) / SIZE**2

    return (jax.vmap(one)(noise) + jax.vmap(one)(-noise)) / 2


def refitted(key: Array, d: int, concepts: int, shared: float) -> dict[str, Array]:
    """Angles in degrees of random concepts' PC1 to what it is once a tenth of the concepts are left out ("left_out"),
    and to the centred one ("centred"). The concepts are unit vectors, each moved by `shared` along one direction, of
    either sign. The key is consumed."""
    drawn, signs = jax.random.split(key)
    rows = unit_vectors(drawn, (concepts, d))
    rows = rows.at[:, 0].add(shared * jax.random.rademacher(signs, (concepts,), jnp.float64))
    whole = first_component(rows)
    others = {"left_out": first_component(rows[int(LEFT_OUT * concepts) :]), "centred": first_component(rows, True)}
    return {name: jnp.degrees(jnp.arccos(jnp.minimum(jnp.abs(whole @ other), 1.0))) for name, other in others.items()}


def plane_turns(seed: int, second: Sequence[float], chunks: int) -> dict[str, np.ndarray]:
    """Array "turn" [second]: root mean squared angle, over the noise's deviation, by which PC1 turns in 8 dimensions,
    with the largest eigenvalue 1 and the others alike."""
    found = [
        np.mean(
            [
                jax.jit(lambda key, value=value: turns(key, {"spectrum": (1.0, *[value] * 7), "N": 8}).mean())(key)
                for key in keys_of(seed, chunks)
            ]
        )
        for value in second
    ]
    return {"turn": np.sqrt(np.array(found))}
