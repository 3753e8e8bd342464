"""A small random transformer as a layered function, for checking what mediation must report of any network."""

from __future__ import annotations

import math
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from corollary.sims.instruments.mediation import Layered, Sites
from corollary.sims.numerics.gaussian import normals


def random_transformer(
    key: Array,
    layers: int,
    heads: int = 3,
    width: int = 12,
    tokens: int = 7,
    length: int = 4,
    mlp: bool = True,
    site_position: int = -1,
) -> Layered:
    """forward(tokens int [length], patches) -> (logits [tokens] at the last position, sites): a causal decoder with
    random weights in float64, without norms.

    Sites "heads.0", "heads.1", ...: float [heads, width], what each head adds to the residual stream at
    `site_position`. mlp: whether ReLU layers follow the heads. The key is consumed.
    """
    size = width // heads
    shapes: list[tuple[int, ...]] = [(tokens, width), (length, width), (width, tokens)]
    for _ in range(layers):
        shapes += [(heads, 3, width, size), (heads, size, width), (width, 4 * width), (4 * width, width)]
    weights = iter(normals(key, *shapes))
    embedding, places, readout = next(weights), next(weights), next(weights) / math.sqrt(width)
    blocks = [
        (
            next(weights) / math.sqrt(width),
            next(weights) / math.sqrt(width),
            next(weights) / math.sqrt(width),
            next(weights) / math.sqrt(4 * width),
        )
        for _ in range(layers)
    ]

    def forward(sequence: Int[Array, " length"], patches: Sites) -> tuple[Float[Array, " tokens"], Sites]:
        stream = embedding[sequence] + places
        sites = {}
        for layer, (qkv, out, inner, outer) in enumerate(blocks):
            given = _heads(stream, qkv, out)
            name = f"heads.{layer}"
            sites[name] = given[:, site_position]
            if name in patches:
                given = given.at[:, site_position].set(patches[name])
            stream = stream + given.sum(0)
            if mlp:
                stream = stream + jax.nn.relu(stream @ inner) @ outer
        return stream[-1] @ readout, sites

    return forward


def _heads(stream: Array, qkv: Any, out: Any) -> Float[Array, "heads length width"]:
    queries, keys, values = jnp.einsum("lw,hiws->ihls", stream, qkv)
    scores = jnp.einsum("hls,hms->hlm", queries, keys) / math.sqrt(queries.shape[-1])
    scores = jnp.where(jnp.tril(jnp.ones(scores.shape[-2:], bool)), scores, -jnp.inf)
    return jnp.einsum("hlm,hms,hsw->hlw", jax.nn.softmax(scores, axis=-1), values, out)
