"""A decoder as a pure function of its weights, tokens, and what is read and changed inside."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from corollary.models.decoder.adapted import times
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.norms import normalised
from corollary.models.decoder.parts import Attended, attention, mlp
from corollary.models.decoder.rotary import angles
from corollary.models.decoder.sites import INSIDE, OUTSIDE, Change, Interior, Pattern

Weights = Mapping[str, Mapping[str, Any]]
"""`outside` and `blocks`, each a dict of arrays by path; those of blocks are stacked along a first axis over layers."""

UNROLLED = 8
"""Up to so many equal layers in a row are laid out one by one; more are scanned over, and compile as fast as one."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Cache:
    """Keys (turned) and values [layers, b, columns, kv_heads, k] of tokens that were run, with which of the columns
    hold a real token, and its position, [b, columns]."""

    keys: Float[Array, "layers b columns kv_heads k"]
    values: Float[Array, "layers b columns kv_heads k"]
    real: Bool[Array, "b columns"]
    positions: Int[Array, "b columns"]


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Ran:
    """logits, and what was asked for: sites by pattern; the cache of all tokens so far."""

    logits: Float[Array, "b t outputs"]
    sites: dict[str, Array]
    cache: Cache | None

    def __getitem__(self, name: str) -> Array:
        if name not in self.sites:
            raise KeyError(f"{name!r} was not read; read: {', '.join(self.sites) or 'nothing'}")
        return self.sites[name]


def sites_of(config: DecoderConfig) -> list[str]:
    """The sites that such a decoder has, in the order in which they are computed; those of blocks by their part."""
    gone = set()
    if config.positions != "learned":
        gone |= {"position"}
    if config.positions != "rotary":
        gone |= {"attn.q_rotated", "attn.k_rotated"}
    if config.norm == "none":
        gone |= {"norm1.scale", "norm2.scale", "final_norm.scale"}
    if not config.post_norms:
        gone |= {"attn_post.scale", "mlp_post.scale"}
    if config.parallel:
        gone |= {"resid_mid"}
    if not config.gated:
        gone |= {"mlp.up"}
    if not config.mlp_width:
        gone |= {"norm2", "norm2.scale", "mlp.pre", "mlp.up", "mlp.post", "mlp.out", "mlp_write"}
    return [site for site in ("embed", "position", *INSIDE, *list(OUTSIDE)[2:]) if site not in gone]


def forward(
    weights: Weights,
    config: DecoderConfig,
    tokens: Int[Array, "b t"] | Float[Array, "b t features"],
    real: Bool[Array, "b t"] | None = None,
    positions: Int[Array, "b t"] | None = None,
    reads: Sequence[Pattern] = (),
    changes: Sequence[tuple[Pattern, Change]] = (),
    cache: Cache | None = None,
    keep: bool = False,
    remat: bool = False,
) -> Ran:
    """See Decoder.run, which checks what is given here."""
    batch, length = tokens.shape[:2]
    shown = jnp.ones((batch, length), bool) if real is None else real
    if positions is None:
        before = 0 if cache is None else cache.real.sum(1, keepdims=True, dtype=jnp.int32)
        counted = jnp.cumsum(shown, 1, dtype=jnp.int32) - 1
        positions = jnp.maximum(counted + before, 0)
    ends = Interior(None, tuple(reads), tuple(changes), OUTSIDE)
    x = ends("embed", embedded(weights["outside"], config, tokens))
    if config.positions == "learned":
        x = x + ends("position", weights["outside"]["position"][positions].astype(x.dtype))
    over = attended(config, shown if real is not None or cache is not None else None, positions, cache)

    def layer(
        x: Array, weights: Mapping[str, Any], window: Any, kept: Any, asked: Sequence[tuple[Pattern, Change]], at: int
    ) -> tuple[Array, Any]:
        interior = Interior(at, tuple(reads), tuple(asked))
        x, made = block(x, weights, config, over, window, kept, interior)
        return x, (made if keep or cache is not None else None, interior.taken)

    layer_of = jax.checkpoint(layer, static_argnums=(5,)) if remat else layer
    taken: dict[tuple[str, str], list[Array]] = {}
    made_all = []
    blocks = dict(weights["blocks"])
    windows = jnp.asarray(config.windows, jnp.int32) if any(config.windows) else None
    kept_all = None if cache is None else (cache.keys, cache.values)
    for first, last in _alike(config.layers, reads, changes):
        asked = [(p, c) for p, c in changes if p.layers is not None and first in p.layers]
        per_layer = [_span(p, c, first, last) for p, c in asked]
        rows = jax.tree.map(lambda w, a=first, b=last: w[a:b], (blocks, windows, kept_all))

        def step(x: Array, row: Any, asked: Any = asked, at: int = first) -> tuple[Array, Any]:
            (weights, window, kept), values = row
            here = [
                (p, Change(c.site, c.how, v, c.positions, c.keys, c.heads) if c.per_layer else c)
                for (p, c), v in zip(asked, values, strict=True)
            ]
            return layer_of(x, weights, window, kept, here, at)

        if last - first == 1:
            x, out = step(x, jax.tree.map(lambda w: w[0], (rows, per_layer)))
            out = jax.tree.map(lambda w: w[None], out)
        else:
            unroll = last - first if last - first <= UNROLLED else 1
            x, out = jax.lax.scan(step, x, (rows, per_layer), unroll=unroll)
        made_all.append(out[0])
        for name, value in out[1].items():
            taken.setdefault(name, []).append(value)

    x = normalised(x, under(weights["outside"], "final_norm"), config, ends, "final_norm")
    logits = ends("logits", unembedded(weights["outside"], config, x))
    made = jax.tree.map(lambda *parts: jnp.concatenate(parts), *made_all)
    kept_cache = _grown(cache, made, shown, positions) if keep or cache is not None else None
    return Ran(logits, _gathered(reads, ends, taken), kept_cache)


def block(
    x: Float[Array, "b t width"],
    weights: Mapping[str, Any],
    config: DecoderConfig,
    over: Attended,
    window: Array | None,
    kept: tuple[Array, Array] | None,
    interior: Interior,
) -> tuple[Float[Array, "b t width"], tuple[Array, Array]]:
    """The stream after one block, and the keys and values of its tokens."""
    x = interior("resid_pre", x)
    read = normalised(x, under(weights, "norm1"), config, interior, "norm1")
    out, made = attention(read, under(weights, "attn"), config, over, window, kept, interior)
    written = interior("attn_write", _post(out, weights, config, interior, "attn_post"))
    if not config.mlp_width:
        x = interior("resid_mid", x + written) if not config.parallel else x + written
        return interior("resid_post", x), made
    between = x if config.parallel else interior("resid_mid", x + written)
    read = normalised(between, under(weights, "norm2"), config, interior, "norm2")
    out = mlp(read, under(weights, "mlp"), config, interior)
    from_mlp = interior("mlp_write", _post(out, weights, config, interior, "mlp_post"))
    return interior("resid_post", (x + written if config.parallel else between) + from_mlp), made


def attended(
    config: DecoderConfig, real: Bool[Array, "b t"] | None, positions: Int[Array, "b t"], cache: Cache | None
) -> Attended:
    """Who attends to whom, before windows: earlier columns that hold a real token, and oneself (so that the row of a
    pad stays finite)."""
    length = positions.shape[1]
    allowed = jnp.tril(jnp.ones((length, length), bool))[None, None]
    if real is not None:
        allowed = (allowed & real[:, None, None, :]) | jnp.eye(length, dtype=bool)
    keys = positions
    if cache is not None:
        earlier = jnp.broadcast_to(cache.real[:, None, None, :], (*allowed.shape[:3], cache.real.shape[1]))
        allowed = jnp.concatenate([earlier, allowed], -1)
        keys = jnp.concatenate([cache.positions, positions], 1)
    turn = angles(config, positions) if config.positions == "rotary" else None
    return Attended(turn, allowed, positions[:, None, :, None] - keys[:, None, None, :])


def unembedded(outside: Mapping[str, Any], config: DecoderConfig, x: Float[Array, "*batch width"]) -> Array:
    """Logits of what the final norm gives."""
    weight = outside["embed"].T if config.unembedding == "tied" else outside["unembed"]
    logits = times(x, weight, 1)
    return config.logit_cap * jnp.tanh(logits / config.logit_cap) if config.logit_cap else logits


def embedded(outside: Mapping[str, Any], config: DecoderConfig, tokens: Array) -> Float[Array, "b t width"]:
    """What tokens add to the stream, before any position."""
    table = outside["embed"].astype(config.dtype)
    x = tokens.astype(config.dtype) @ table if config.features else table[tokens]
    return x if config.embedding_scale == 1 else x * jnp.asarray(config.embedding_scale, x.dtype)


def _post(
    out: Array, weights: Mapping[str, Any], config: DecoderConfig, interior: Interior, name: str
) -> Float[Array, "b t width"]:
    if not config.post_norms:
        return out
    return normalised(out, under(weights, name), config, interior, name, shown=False)


def under(weights: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The weights whose path starts with `prefix.`, by the rest of their path."""
    dotted = f"{prefix}."
    return {name.removeprefix(dotted): value for name, value in weights.items() if name.startswith(dotted)}


def _alike(layers: int, reads: Sequence[Pattern], changes: Sequence[tuple[Pattern, Change]]) -> list[tuple[int, int]]:
    """Runs [first, last) of layers of which the same is asked, so that only a layer that is reached into stands
    alone."""

    def asked(layer: int) -> list[bool]:
        return [p.layers is not None and layer in p.layers for p in (*reads, *(p for p, _ in changes))]

    bounds = [0, *(l for l in range(1, layers) if asked(l) != asked(l - 1)), layers]
    return list(itertools.pairwise(bounds))


def _span(pattern: Pattern, change: Change, first: int, last: int) -> Any:
    """The values of a change for the layers of a run; None if all layers share one."""
    if not change.per_layer or pattern.layers is None:
        return None
    row = pattern.layers.index(first)
    return jax.tree.map(lambda leaf: leaf[row : row + last - first], change.value)


def _grown(cache: Cache | None, made: tuple[Array, Array], real: Array, positions: Array) -> Cache:
    if cache is None:
        return Cache(*made, real, positions)
    new = Cache(*made, real, positions)
    return Cache(
        jnp.concatenate([cache.keys, new.keys], 2),
        jnp.concatenate([cache.values, new.values], 2),
        jnp.concatenate([cache.real, real], 1),
        jnp.concatenate([cache.positions, positions], 1),
    )


def _gathered(
    reads: Sequence[Pattern], ends: Interior, taken: Mapping[tuple[str, str], list[Array]]
) -> dict[str, Array]:
    out: dict[str, Array] = {}
    for pattern in reads:
        named = "*" in pattern.part or "?" in pattern.part
        if pattern.layers is None:
            out |= {part if named else name: x for (name, part), x in ends.taken.items() if name == pattern.name}
            continue
        layer = pattern.name.split(".")[1]
        for (name, part), values in taken.items():
            if name == pattern.name:
                stacked = jnp.concatenate(values)
                out[f"blocks.{layer}.{part}" if named else name] = stacked[0] if pattern.single else stacked
    return out
