"""Planted concepts under the penalty on what is normal to an axis: when one comes in, and when others take over."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.sims.cylindrical_steering.geometry import penalised, random_directions
from corollary.sims.cylindrical_steering.superposition import LONGEST, activation_length, trained_and_tested
from corollary.sims.numerics.draws import as_arrays, keys_of

PENALTIES = (0.0, 0.25, 0.5, 0.75, 1.0)


def penalise(key: Array, d: int, count: int, rows: int = 100, axis: str = "sample") -> dict[str, Array]:
    """Medians [penalties] over samples of the length at which concept 0 wins ("activation") and of that at which
    another inactive concept overtakes the active ones ("collapse"), at `PENALTIES`.

    axis: "sample" steers along DiffMean and penalises what is normal to the sample's own difference; "diffmean" steers
    along the sample's own difference and penalises what is normal to DiffMean. The key is consumed.
    """
    axes, drawn = jax.random.split(key)
    directions = random_directions(axes, d, count)
    mean, (base, difference, active) = trained_and_tested(drawn, directions, rows)
    own = difference / jnp.linalg.norm(difference, axis=1, keepdims=True)
    common = jnp.broadcast_to(mean, own.shape)
    along, around = (common, own) if axis == "sample" else (own, common)

    def at(rho: Array) -> tuple[Array, Array]:
        directed = penalised(along, around, rho)
        lengths = jax.vmap(lambda b, v: activation_length(b, v, directions))(base, directed)
        collapses = jax.vmap(lambda b, v, a: _collapse(b, v, a, directions))(base, directed, active)
        return _median(lengths), _median(collapses)

    activation, collapse = jax.lax.map(at, jnp.asarray(PENALTIES, jnp.float64))
    return {"activation": activation, "collapse": collapse}


def _collapse(base: Array, direction: Array, active: Array, directions: Array) -> Array:
    """First length on a grid at which an inactive concept other than 0 beats the strongest active one."""
    lengths = LONGEST * jnp.arange(1, 301) / 300
    start, rate = base @ directions, direction @ directions
    kind = jnp.zeros(directions.shape[1], jnp.int32).at[active].set(1).at[0].set(2)

    def strongest(wanted: int) -> Array:
        return jnp.max(jnp.where(kind == wanted, start + lengths[:, None] * rate, -jnp.inf), axis=1)

    over = strongest(0) > strongest(1)
    return jnp.where(over.any(), lengths[jnp.argmax(over)], jnp.inf)


def _median(lengths: Array) -> Array:
    """The lower median, so that samples that never get there count as later than all others."""
    return jnp.sort(lengths)[(lengths.shape[0] - 1) // 2]


def penalty_medians(seed: int, seeds: int, axis: str) -> dict[str, np.ndarray]:
    """`penalise`, each [seeds, penalties]."""
    run = jax.jit(lambda keys: jax.lax.map(lambda key: penalise(key, 48, 192, axis=axis), keys))
    return as_arrays(run(keys_of(seed, seeds)))
