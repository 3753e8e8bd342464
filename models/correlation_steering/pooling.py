"""Features of a sparse autoencoder, pooled over the positions at which a reply was generated."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from corollary.models.prompt_steering.steerer import last_token
from corollary.models.sae import SparseAutoencoder

POOLS = ("max", "mean")


def generating(real: Bool[np.ndarray, "b t"], lengths: np.ndarray, count: int) -> Bool[np.ndarray, "b t_plus_count"]:
    """The positions whose outputs are a reply's tokens: the prompt's last and all generated ones but the last before
    the end; none of an empty reply. lengths [b]: tokens before the end, of `count`."""
    lengths = np.asarray(lengths)
    prompt = last_token(real) & (lengths > 0)[:, None]
    reply = np.arange(count)[None] < lengths[:, None] - 1
    return np.concatenate([prompt, reply], axis=1)


def pooled(
    sae: SparseAutoencoder,
    stream: Float[Array, "b t width"],
    where: Bool[Array, "b t"],
    how: str = "max",
    positions: int = 8,
) -> Float[Array, "b features"]:
    """The largest or the mean activation of each feature over the positions named; 0 where there are none.

    positions: how many are encoded at a time, which bounds the memory. Raises ValueError for another pool.
    """
    if how not in POOLS:
        raise ValueError(f"pool={how!r} is not allowed; allowed: {', '.join(POOLS)}")
    rows, length, width = stream.shape
    padded = -length % positions
    stream = jnp.pad(stream, ((0, 0), (0, padded), (0, 0)))
    where = jnp.pad(jnp.asarray(where), ((0, 0), (0, padded)))
    parts = stream.reshape(rows, -1, positions, width).swapaxes(0, 1)
    masks = where.reshape(rows, -1, positions).swapaxes(0, 1)

    def further(total: Array, part: tuple[Array, Array]) -> tuple[Array, None]:
        z = jnp.where(part[1][..., None], sae.encode(part[0]), 0)
        return (jnp.maximum(total, z.max(1)) if how == "max" else total + z.sum(1)), None

    start = jnp.zeros((rows, sae.encoder.shape[1]), jnp.result_type(stream, sae.encoder))
    total, _ = jax.lax.scan(further, start, (parts, masks))
    return total if how == "max" else total / jnp.maximum(where.sum(1), 1)[:, None]
