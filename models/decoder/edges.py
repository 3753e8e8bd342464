"""A decoder as a graph: what each component writes to the residual stream, and who reads it, with a mask on every edge.

Sources: the embedding, every head, every MLP. Destinations: the queries, keys and values of every head, every MLP,
and the logits. A destination reads the sum of the sources before it; in a parallel block the MLP is beside the heads,
not after them. Biases of the attention's output belong to no source and are always there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from corollary.models.decoder.adapted import merged
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.forward import Weights, attended, embedded, under, unembedded
from corollary.models.decoder.network import Decoder, inputs
from corollary.models.decoder.norms import normalised
from corollary.models.decoder.parts import Attended, mixed_values, mlp
from corollary.models.decoder.sites import Interior

READERS = ("q", "k", "v")


@dataclass(frozen=True)
class EdgeGraph:
    """Sources, destinations and edges of a decoder, in the order in which they are computed."""

    config: DecoderConfig

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """embed, then for every layer its heads `blocks.L.head.H` and `blocks.L.mlp`."""
        c = self.config
        per_layer = [
            [*(f"blocks.{l}.head.{h}" for h in range(c.heads)), *([f"blocks.{l}.mlp"] if c.mlp_width else [])]
            for l in range(c.layers)
        ]
        return ("embed", *(name for layer in per_layer for name in layer))

    @cached_property
    def destinations(self) -> tuple[str, ...]:
        """For every layer `blocks.L.head.H.q`, `.k`, `.v` (keys and values: as many as the model has) and
        `blocks.L.mlp`; then logits."""
        c = self.config
        counts = {"q": c.heads, "k": c.kv_heads, "v": c.kv_heads}
        per_layer = [
            [
                *(f"blocks.{l}.head.{h}.{r}" for r in READERS for h in range(counts[r])),
                *([f"blocks.{l}.mlp"] if c.mlp_width else []),
            ]
            for l in range(c.layers)
        ]
        return (*(name for layer in per_layer for name in layer), "logits")

    @cached_property
    def allowed(self) -> Bool[np.ndarray, "destinations sources"]:
        """Which source comes before which destination."""
        rows = np.array([self._before(name) for name in self.destinations])
        return np.arange(len(self.sources)) < rows[:, None]

    @cached_property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """(source, destination) of every edge: by destination, then source. A flat mask or score follows this order."""
        where = np.argwhere(self.allowed)
        return tuple((self.sources[s], self.destinations[d]) for d, s in where)

    def __len__(self) -> int:
        return int(self.allowed.sum())

    def matrix(self, flat: ArrayLike) -> Float[Array, "*batch destinations sources"]:
        """A value an edge as a matrix, 0 where there is no edge. Raises ValueError for another number of edges."""
        given = jnp.asarray(flat)
        if given.shape[-1:] != (len(self),):
            raise ValueError(f"{given.shape[-1:]} values of edges is not allowed; allowed: {len(self)}, one an edge")
        d, s = np.nonzero(self.allowed)
        return jnp.zeros((*given.shape[:-1], *self.allowed.shape), given.dtype).at[..., d, s].set(given)

    def flat(self, matrix: Float[Array, "*batch destinations sources"]) -> Float[Array, "*batch edges"]:
        """The values of the edges, in the order of `edges`."""
        d, s = np.nonzero(self.allowed)
        return jnp.asarray(matrix)[..., d, s]

    def _before(self, destination: str) -> int:
        """How many sources a destination can read."""
        c = self.config
        per_layer = c.heads + bool(c.mlp_width)
        if destination == "logits":
            return len(self.sources)
        layer = int(destination.split(".")[1])
        serial_mlp = destination.endswith("mlp") and not c.parallel
        return 1 + per_layer * layer + (c.heads if serial_mlp else 0)


def run_edges(
    model: Decoder,
    tokens: ArrayLike,
    mask: ArrayLike,
    *,
    real: ArrayLike | None = None,
    reference: Float[Array, "sources b t width"] | None = None,
    weights: Weights | None = None,
    last: bool = False,
) -> Float[Array, "b t outputs"]:
    """The logits when each edge carries mask * its source + (1 - mask) * the reference's.

    mask: one value an edge of EdgeGraph(model.config), any real number; all ones is the plain model. reference: what
    sources wrote in another run (`source_writes`), None for zeros. last: logits after the last position alone, t = 1,
    which spares the others' unembedding. Differentiable in mask, weights and reference, and batched by vmap over masks.
    Raises ValueError as Decoder.run, and for a mask of another length.
    """
    graph = EdgeGraph(model.config)
    fed, shown, _ = inputs(model.config, tokens, real, None, None)
    matrix = graph.matrix(mask)
    used = model.weights() if weights is None else weights
    after = "last" if last else "all"
    logits = _masked(used, fed, shown, matrix, reference, config=model.config, after=after)[0]
    assert logits is not None
    return logits


def source_writes(
    model: Decoder, tokens: ArrayLike, *, real: ArrayLike | None = None, weights: Weights | None = None
) -> Float[Array, "sources b t width"]:
    """What each source adds to the residual stream in a plain run."""
    graph = EdgeGraph(model.config)
    fed, shown, _ = inputs(model.config, tokens, real, None, None)
    ones = jnp.asarray(graph.allowed, jnp.float32)
    used = model.weights() if weights is None else weights
    return _masked(used, fed, shown, ones, None, config=model.config, after="none")[1]


@partial(jax.jit, static_argnames=("config", "after"))
def _masked(
    weights: Weights, tokens: Array, real: Any, matrix: Array, reference: Any, *, config: DecoderConfig, after: str
) -> tuple[Array | None, Array]:
    """Logits (after: all positions, the last, or none), and what each source writes."""
    c, graph = config, EdgeGraph(config)
    none = Interior()
    batch, length = tokens.shape[:2]
    shown = jnp.ones((batch, length), bool) if real is None else real
    positions = jnp.maximum(jnp.cumsum(shown, 1, dtype=jnp.int32) - 1, 0)
    over = attended(c, real, positions, None)
    start = embedded(weights["outside"], c, tokens)
    if c.positions == "learned":
        start = start + weights["outside"]["position"][positions].astype(start.dtype)
    allowed = jnp.asarray(graph.allowed, matrix.dtype)
    kept, dropped = (matrix * allowed).astype(start.dtype), ((1 - matrix) * allowed).astype(start.dtype)
    written: list[Array] = [start]
    constant = jnp.zeros((), start.dtype)
    row = 0

    def read(count: int, at: slice = slice(None)) -> Float[Array, "count b t width"]:
        """What the next `count` destinations read, at some positions: one product, however many they are."""
        nonlocal row
        rows = slice(row, row + count)
        row += count
        out = _gathered(kept[rows, : len(written)], jnp.stack([one[:, at] for one in written]))
        if reference is not None:
            old = reference[: len(written), :, at].astype(out.dtype)
            out = out + _gathered(dropped[rows, : len(written)], old)
        return out + constant

    for layer in range(c.layers):
        block = jax.tree.map(lambda w, l=layer: w[l], dict(weights["blocks"]))
        window = c.windows[layer] if c.windows and c.windows[layer] else None
        into_heads = read(c.heads + 2 * c.kv_heads)
        heads = dict(zip(READERS, jnp.split(into_heads, [c.heads, c.heads + c.kv_heads]), strict=True))
        from_mlp = read(1)[0] if c.mlp_width and c.parallel else None
        writes, bias = _head_writes(heads, block, c, over, window)
        written.extend(writes)
        constant = constant + bias
        if c.mlp_width:
            from_mlp = read(1)[0] if from_mlp is None else from_mlp
            out = mlp(normalised(from_mlp, under(block, "norm2"), c, none, "norm2"), under(block, "mlp"), c, none)
            if c.post_norms:
                out = normalised(out, under(block, "mlp_post"), c, none, "mlp_post", shown=False)
            written.append(out)
    if after == "none":
        return None, jnp.stack(written)
    end = read(1, slice(-1, None) if after == "last" else slice(None))[0]
    x = normalised(end, under(weights["outside"], "final_norm"), c, none, "final_norm")
    return unembedded(weights["outside"], c, x), jnp.stack(written)


def _gathered(
    rows: Float[Array, "count sources"], stack: Float[Array, "sources b t width"]
) -> Float[Array, "count b t width"]:
    """What rows of the mask let through. As a product of two matrices: over three axes its gradient in the mask takes
    four times as long."""
    return (rows @ stack.reshape(len(stack), -1)).reshape(len(rows), *stack.shape[1:])


def _head_writes(
    read: Mapping[str, Float[Array, "heads b t width"]],
    block: Mapping[str, Any],
    config: DecoderConfig,
    over: Attended,
    window: int | None,
) -> tuple[Float[Array, "heads b t width"], Float[Array, "*width"]]:
    """What each head writes, and the bias that none of them owns."""
    none, attn = Interior(), under(block, "attn")
    made = {}
    for name in READERS:
        normed = normalised(read[name], under(block, "norm1"), config, none, "norm1")
        made[name] = jnp.einsum("hbtd,dhk->bthk", normed, merged(attn[name]).astype(normed.dtype))
        if f"{name}_bias" in attn:
            made[name] = made[name] + attn[f"{name}_bias"].astype(normed.dtype)
    limit = None if window is None else jnp.int32(window)
    z, _ = mixed_values(made["q"], made["k"], made["v"], attn, config, over, limit, None, none)
    writes = jnp.einsum("bthk,hkd->hbtd", z, merged(attn["o"]).astype(z.dtype))
    bias = attn["o_bias"].astype(z.dtype) if "o_bias" in attn else jnp.zeros((), z.dtype)
    if config.post_norms:
        return _post_normalised(writes, bias, under(block, "attn_post"), config)
    return writes, bias


def _post_normalised(
    writes: Array, bias: Array, weights: Mapping[str, Any], config: DecoderConfig
) -> tuple[Array, Array]:
    """A norm after the sum of heads is linear once its scale is known: each head keeps its share."""
    if config.norm == "layer":
        raise ValueError("post_norms=True with norm='layer' is not allowed; allowed in a graph of edges: norm='rms'")
    total = (writes.sum(0) + bias).astype(jnp.float32)
    scale = jnp.sqrt(jnp.mean(total * total, axis=-1, keepdims=True) + config.norm_eps)
    factor = (weights["gain"].astype(jnp.float32) + config.norm_offset) / scale
    return (writes * factor).astype(writes.dtype), (bias * factor).astype(writes.dtype)
