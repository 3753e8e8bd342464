"""Shapley values of a head's queries, keys and values: which of them carries the change from corrupted to clean.

A coalition's channels come from the clean run, the others from the corrupted one, and attention is computed anew: an
intervention on the head, though on nothing behind it.
"""

from __future__ import annotations

from functools import partial
from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.models.circuits.fingerprint import Traced
from corollary.models.decoder.adapted import merged
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.forward import Weights, attended, under
from corollary.models.decoder.network import Decoder
from corollary.models.decoder.parts import Attended, mixed_values
from corollary.models.decoder.sites import Interior

CHANNELS = ("q", "k", "v")
COALITIONS = np.array([[n >> bit & 1 for bit in range(3)] for n in range(8)], bool)
"""[8, 3]: whether the query, key and value are clean; the first row: none, the last: all."""


def coalition_values(
    model: Decoder, clean: Traced, corrupted: Traced, direction: Float[Array, "b width"], *, weights: object = None
) -> Float[Array, "layers heads b 8"]:
    """What every head writes along the direction at the last position under each coalition, less what it writes in the
    corrupted run. One attention at one query for each."""
    used = model.weights() if weights is None else weights
    return _coalition_values(used, clean, corrupted, direction, config=model.config)


@partial(jax.jit, static_argnames=("config",))
def _coalition_values(
    weights: Weights, clean: Traced, corrupted: Traced, direction: Array, *, config: DecoderConfig
) -> Float[Array, "layers heads b 8"]:
    c, blocks = config, dict(weights["blocks"])
    batch, length = clean.patterns.shape[1], clean.patterns.shape[-1]
    positions = jnp.broadcast_to(jnp.arange(length, dtype=jnp.int32), (batch, length))
    over = attended(c, None, positions, None)
    last = Attended(None, over.allowed[:, :, -1:], over.back[:, :, -1:])
    table = jnp.asarray(COALITIONS)

    def of_layer(layer: Array) -> Float[Array, "heads b 8"]:
        block = jax.tree.map(lambda w: w[layer], blocks)
        window = jnp.asarray(c.windows, jnp.int32)[layer] if any(c.windows) else None

        def under_coalition(row: Array) -> Float[Array, "b heads k"]:
            q, k, v = (
                jnp.where(row[n], clean.heads[name][layer], corrupted.heads[name][layer])
                for n, name in enumerate(CHANNELS)
            )
            return mixed_values(q[:, -1:], k, v, under(block, "attn"), c, last, window, None, Interior())[0][:, 0]

        mixed = jax.vmap(under_coalition)(table)
        into = jnp.einsum("hkd,bd->bhk", merged(block["attn.o"]), direction)
        return jnp.einsum("nbhk,bhk->hbn", mixed - mixed[:1], into)

    return jax.lax.map(of_layer, jnp.arange(c.layers, dtype=jnp.int32))


def shapley(values: Float[Array, "*batch 8"]) -> Float[Array, "*batch 3"]:
    """Each channel's marginal contribution, averaged over the six orders in which they may turn clean. They add up to
    the value of all three less that of none. Raises ValueError for a last axis other than 8, in the order of
    COALITIONS."""
    given = jnp.asarray(values)
    if given.shape[-1] != len(COALITIONS):
        raise ValueError(f"values of shape {given.shape} are not allowed; allowed: a last axis of 8 coalitions")
    total = jnp.zeros((*given.shape[:-1], 3), given.dtype)
    for order in permutations(range(3)):
        before = 0
        for player in order:
            after = before | 1 << player
            total = total.at[..., player].add(given[..., after] - given[..., before])
            before = after
    return total / 6
