"""Activation patching over layers and positions or heads, and path patching, exactly.

In a sweep, what comes before the patched layer, and the columns before the patched position, are computed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.cli.progress import Progress
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.edges import EdgeGraph, run_edges, source_writes
from corollary.models.decoder.forward import Cache, Weights, attended, block, under, unembedded
from corollary.models.decoder.network import Decoder, inputs
from corollary.models.decoder.norms import normalised
from corollary.models.decoder.sites import INSIDE, Change, Interior, Pattern, parse
from corollary.models.interventions.gradients import Metric

GROUPS = 4
"""Into how many runs of neighbouring positions a sweep is divided; each recomputes only the columns from its first
on."""


def patch_sweep(
    model: Decoder,
    base: ArrayLike,
    source: ArrayLike | Float[Array, "layers b t ..."],
    metric: Metric,
    *,
    part: str = "resid_pre",
    by: str = "position",
    columns: Sequence[int] = (-1,),
    real: ArrayLike | None = None,
    rows: int = 64,
    quiet: bool = False,
    weights: Weights | None = None,
) -> Float[np.ndarray, "layers positions_or_heads b"]:
    """The metric of the run of `base` with one thing in it replaced by what `source` has there, for every layer and
    every position (all heads together), or every layer and every head (all positions together).

    base: [b, t] tokens. source: tokens aligned with them, or the values themselves, [layers, b, t, ...] at the part.
    metric: of the logits [b, columns, outputs]. part: a site of the blocks with an axis of tokens. by: "position", or
    "head" where the part has heads. rows: how many rows run at once. Raises ValueError for another part, and as
    Decoder.run.
    """
    config = model.config
    pattern = parse(f"blocks.*.{part}", config.layers)
    axes = INSIDE.get(part, ())
    heads = next((axis for axis in ("head", "kv_head") if axis in axes), None)
    known = by == "position" or (by == "head" and heads is not None)
    if axes[1:2] != ("token",) or not known:
        allowed = "a part with an axis of tokens, by='position'; or one with heads, by='head'"
        raise ValueError(f"part={part!r}, by={by!r} is not allowed; allowed: {allowed}")
    used = model.weights() if weights is None else weights
    fed, shown, _ = inputs(config, base, real, None, None)
    batch, length = fed.shape[:2]
    values = _values(model, source, pattern.name, real, used, (config.layers, batch, length))
    ran = model.run(fed, read=["blocks.*.resid_pre", "blocks.-1.resid_post"], real=shown, keep=True, weights=used)
    assert ran.cache is not None
    count = length if by == "position" else (config.heads if heads == "head" else config.kv_heads)
    each = max(1, rows // batch)
    starts = sorted({length * group // GROUPS for group in range(GROUPS)}) if by == "position" else [0]
    static = _Sweep(config, metric, pattern, by, tuple(c % length for c in columns))
    out = np.zeros((config.layers, count, batch))
    with Progress("patching", quiet=quiet) as progress:
        for start, end in zip(starts, [*starts[1:], length], strict=True):
            variants = np.arange(start, end) if by == "position" else np.arange(count)
            for chunk in [variants[i : i + each] for i in range(0, len(variants), each)]:
                padded = np.resize(chunk, min(each, len(variants)))  # one shape for all chunks of a group
                for layer in range(config.layers):
                    progress.say(f"layer {layer} of {config.layers}, {by} {chunk[0]} of {count}")
                    got = _patched(
                        used, jnp.int32(layer), ran["blocks.*.resid_pre"], ran["blocks.-1.resid_post"], ran.cache,
                        values, jnp.asarray(padded, jnp.int32), static=static, start=int(start),
                    )  # fmt: skip
                    out[layer, chunk] = np.asarray(got)[: len(chunk)]
    return out


def path_patching(
    model: Decoder,
    clean: ArrayLike,
    corrupted: ArrayLike,
    edges: Sequence[tuple[str, str]],
    metric: Metric,
    *,
    real: ArrayLike | None = None,
    weights: Weights | None = None,
) -> Float[Array, " b"]:
    """The metric of the clean run with the given edges, together, carrying what their sources write in the corrupted
    run. edges: (source, destination) by the names of EdgeGraph(model.config). What a destination then writes goes on
    along all of its own edges. Raises ValueError for an edge that is not there, and as Decoder.run."""
    graph = EdgeGraph(model.config)
    index = {edge: i for i, edge in enumerate(graph.edges)}
    unknown = [edge for edge in edges if tuple(edge) not in index]
    if unknown:
        raise ValueError(f"edge={unknown[0]} is not allowed; allowed: those of EdgeGraph(model.config).edges")
    mask = np.ones(len(graph), np.float32)
    mask[[index[source, destination] for source, destination in edges]] = 0
    old = source_writes(model, corrupted, real=real, weights=weights)
    return metric(run_edges(model, clean, mask, real=real, reference=old, weights=weights))


@dataclass(frozen=True)
class _Sweep:
    """What decides the compiled program."""

    config: DecoderConfig
    metric: Metric
    pattern: Pattern
    by: str
    columns: tuple[int, ...]


@partial(jax.jit, static_argnames=("static", "start"))
def _patched(
    weights: Weights, layer: Array, streams: Array, last: Array, cache: Cache, values: Array, variants: Array,
    *, static: _Sweep, start: int,
) -> Float[Array, "variants b"]:  # fmt: skip
    """The metric of every variant, from `layer` on and from column `start` on."""
    c = static.config
    n, batch = len(variants), streams.shape[1]

    def repeated(x: Array) -> Array:
        return jnp.tile(x, (n, *(1 for _ in x.shape[1:])))

    x = repeated(streams[layer][:, start:])
    real, positions = repeated(cache.real), repeated(cache.positions)
    before = Cache(cache.keys[:, :, :start], cache.values[:, :, :start], real[:, :start], positions[:, :start])
    over = attended(c, real[:, start:], positions[:, start:], before if start else None)
    windows = jnp.asarray(c.windows or (0,) * c.layers, jnp.int32)
    value = repeated(values[layer][:, start:])
    which = jnp.repeat(variants, batch)
    axis = 1 if static.by == "position" else 2
    first = start if static.by == "position" else 0
    index = first + jnp.arange(value.shape[axis], dtype=jnp.int32)
    mask = (index == which[:, None]).reshape(-1, *(value.shape[axis] if i == axis else 1 for i in range(1, value.ndim)))
    change = Change(static.pattern.name, _put, (value, mask))
    only = Interior(0, (), ((static.pattern, change),))

    def through(i: Array, x: Array, interior: Interior) -> Array:
        here = jax.tree.map(lambda w: w[i], dict(weights["blocks"]))
        kept = (repeated(before.keys[i]), repeated(before.values[i])) if start else None
        window = windows[i] if any(c.windows) else None
        return block(x, here, c, over, window, kept, interior)[0]

    x = through(layer, x, only)
    x = jax.lax.fori_loop(layer + 1, c.layers, lambda i, x: through(i, x, Interior()), x)
    seen = [x[:, c - start] if c >= start else repeated(last[:, c]) for c in static.columns]
    normed = normalised(jnp.stack(seen, 1), under(weights["outside"], "final_norm"), c, Interior(), "final_norm")
    logits = unembedded(weights["outside"], c, normed)
    return jax.vmap(static.metric)(logits.reshape(n, batch, *logits.shape[1:]))


def _put(x: Array, value: tuple[Array, Array]) -> Array:
    there, mask = value
    return jnp.where(mask, there.astype(x.dtype), x)


def _values(
    model: Decoder, source: Any, name: str, real: Any, weights: Weights, shape: tuple[int, ...]
) -> Float[Array, "layers b t ..."]:
    """What the source has at the part, by its tokens or as given."""
    given = jnp.asarray(source)
    if given.shape[:2] == shape[1:] and jnp.issubdtype(given.dtype, jnp.integer):
        return model.run(given, read=[name], real=real, weights=weights)[name]
    if given.shape[:3] != shape or not jnp.issubdtype(given.dtype, jnp.floating):
        allowed = f"tokens {list(shape[1:])}, or values {[*shape, '...']}"
        raise ValueError(f"source of shape {given.shape} is not allowed; allowed: {allowed}")
    return given
