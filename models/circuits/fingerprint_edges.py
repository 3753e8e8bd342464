"""Scores of edges from circuit fingerprints, from the logits down (arXiv 2602.09784; the walk is reconstructed).

A head's importance, direct and through the heads above it, is shared among its channels by their Shapley values, and
within a channel among sources by their part of what the channel reads. Norms count as linear, at the clean run's scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from corollary.models.circuits.channels import CHANNELS, coalition_values, shapley
from corollary.models.circuits.fingerprint import Isolated, Traced, isolated, node_scores, traced
from corollary.models.decoder.adapted import merged
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.edges import EdgeGraph
from corollary.models.decoder.forward import Weights
from corollary.models.decoder.network import Decoder

TINY = 1e-6
"""Below this share of the largest, a head's sum of Shapley values or a channel's denominator counts as 0."""
POSITIONS = ("attention", "last")
INSIDE = {"mixed": ("prompt", "prompt", "answer"), "prompt": ("prompt",) * 3, "answer": ("answer",) * 3}
"""Whose queries, keys and values say what a channel reads: the prompts', clean less corrupted, or the answers'."""


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["scores", "direct", "errors", "importance", "channels", "fallback"],
    meta_fields=[],
)
@dataclass(frozen=True)
class FingerprintRead:
    """Means over prompts. scores: of the edges of EdgeGraph, in its order. direct: what each source writes along the
    direction; errors: its standard error. importance: with what goes through later components. channels: Shapley
    values of queries, keys and values. fallback: heads without any, whose importance went to their values."""

    scores: Float[Array, " edges"]
    direct: Float[Array, " sources"]
    errors: Float[Array, " sources"]
    importance: Float[Array, " sources"]
    channels: Float[Array, "layers heads 3"]
    fallback: Bool[Array, "layers heads"]


def fingerprint_read(
    model: Decoder,
    clean: ArrayLike,
    corrupted: ArrayLike,
    plus: ArrayLike,
    minus: ArrayLike,
    *,
    template: Sequence[int] = (),
    positions: str = "attention",
    inside: str = "mixed",
    direction: Float[ArrayLike, "b width"] | None = None,
    normalise: bool = True,
    weights: Weights | None = None,
) -> FingerprintRead:
    """The read procedure: four runs (clean, corrupted, both answers alone) and eight attentions at one query a head.

    clean, corrupted: [b, t], aligned token by token. plus, minus: answer tokens, [b]. template: before an answer that
    is run alone. positions: where a head's keys and values read; "last": at the last position, as published, which is
    not where they are. inside: see INSIDE; published is "answer". direction: another one in place of the fingerprint,
    for controls. normalise: False multiplies with Shapley values as they are, as published. Traceable.
    Raises ValueError for another choice, prompts that are not aligned, and as Decoder.run and `traced`.
    """
    if jnp.shape(clean) != jnp.shape(corrupted):
        allowed = f"the shape of clean, {jnp.shape(clean)}, aligned token by token"
        raise ValueError(f"corrupted of shape {jnp.shape(corrupted)} is not allowed; allowed: {allowed}")
    used = model.weights() if weights is None else weights
    alone = isolated(model, plus, minus, template=template, weights=used)
    ours, theirs = (traced(model, tokens, weights=used) for tokens in (clean, corrupted))
    along = alone.direction if direction is None else jnp.asarray(direction)
    return edges_of_runs(
        model, ours, theirs, alone, along, positions=positions, inside=inside, normalise=normalise, weights=used
    )


def edges_of_runs(
    model: Decoder,
    clean: Traced,
    corrupted: Traced,
    alone: Isolated,
    direction: Float[Array, "b width"],
    *,
    positions: str = "attention",
    inside: str = "mixed",
    normalise: bool = True,
    weights: Weights | None = None,
) -> FingerprintRead:
    """The same from runs that are there, so that several directions cost no further run."""
    for option, chosen, choices in (("positions", positions, POSITIONS), ("inside", inside, tuple(INSIDE))):
        if chosen not in choices:
            raise ValueError(f"{option}={chosen!r} is not allowed; allowed: {', '.join(choices)}")
    used = model.weights() if weights is None else weights
    values = coalition_values(model, clean, corrupted, direction, weights=used)
    return _walked(
        used, clean, corrupted, alone, direction, values,
        config=model.config, positions=positions, inside=inside, normalise=normalise,
    )  # fmt: skip


@partial(jax.jit, static_argnames=("config", "positions", "inside"))
def _walked(
    weights: Weights, clean: Traced, corrupted: Traced, alone: Isolated, direction: Array, values: Array,
    *, config: DecoderConfig, positions: str, inside: str, normalise: Any,
) -> FingerprintRead:  # fmt: skip
    c, graph = config, EdgeGraph(config)
    nodes = node_scores(clean, corrupted, direction)
    direct = nodes.mean(1)
    phi = shapley(values).mean(2)
    total = phi.sum(-1, keepdims=True)
    known = jnp.abs(total) > TINY * jnp.abs(phi).max()
    to_values = jnp.array([0.0, 0.0, 1.0], phi.dtype)
    parts = jnp.where(known, phi / jnp.where(known & normalise, total, 1), to_values)
    shares = _head_shares(c, weights, clean, corrupted, alone, positions, INSIDE[inside])
    mlp_shares = _mlp_shares(c, weights, clean, corrupted) if c.mlp_width else None

    importance = direct
    rows = {"logits": direct}
    place = {name: number for number, name in enumerate(graph.sources)}
    allowed = dict(zip(graph.destinations, jnp.asarray(graph.allowed), strict=True))
    group = c.heads // c.kv_heads
    for layer in reversed(range(c.layers)):
        if mlp_shares is not None:
            name = f"blocks.{layer}.mlp"
            rows[name] = importance[place[name]] * _kept(mlp_shares, layer) * allowed[name]
            importance = importance + rows[name]
        heads = importance[place[f"blocks.{layer}.head.0"] :][: c.heads]
        for n, channel in enumerate(CHANNELS):
            given = heads[:, None] * parts[layer, :, n, None] * _kept(shares[channel], layer)
            given = given * allowed[f"blocks.{layer}.head.0.{channel}"]
            each = given if channel == "q" else given.reshape(c.kv_heads, group, -1).sum(1)
            rows |= {f"blocks.{layer}.head.{h}.{channel}": row for h, row in enumerate(each)}
            importance = importance + given.sum(0)
    scores = graph.flat(jnp.stack([rows[name] for name in graph.destinations]))
    errors = nodes.std(1, ddof=1) / jnp.sqrt(nodes.shape[1]) if nodes.shape[1] > 1 else jnp.full_like(direct, jnp.nan)
    return FingerprintRead(scores, direct, errors, importance, phi, ~known[..., 0])


def _head_shares(
    c: DecoderConfig, weights: Weights, clean: Traced, corrupted: Traced, alone: Isolated, positions: str,
    inside: Sequence[str],
) -> dict[str, tuple[Array, Array]]:  # fmt: skip
    """For each channel, means over prompts of what the head reads of each source along what changes in it [layers,
    heads, sources], and of the stream [layers, heads]."""
    group = c.heads // c.kv_heads
    written, stream = clean.writes - corrupted.writes, clean.streams["attn"] - corrupted.streams["attn"]
    length = written.shape[2]
    found: dict[str, list[tuple[Array, Array]]] = {channel: [] for channel in CHANNELS}
    for layer in range(c.layers):
        gain = _gain(c, weights["blocks"], "norm1", layer)
        scale = clean.scales["attn"][layer][..., 0]
        last = jnp.broadcast_to(jnp.arange(length) == length - 1, (c.heads, *scale.shape)).astype(scale.dtype)
        looked = jnp.moveaxis(clean.patterns[layer][:, :, -1], 1, 0).astype(scale.dtype)
        for channel, origin in zip(CHANNELS, inside, strict=True):
            at = last if channel == "q" or positions == "last" else looked
            changed = _changed(channel, origin, layer, clean, corrupted, alone, at, group)
            matrix = merged(jax.tree.map(lambda w, l=layer: w[l], weights["blocks"][f"attn.{channel}"]))
            matrix = matrix if channel == "q" else jnp.repeat(matrix, group, axis=1)
            read = _before_norm(c, jnp.einsum("hbk,dhk->hbd", changed, matrix), gain)
            each = jnp.einsum("hbu,sbud,hbd->hs", at / scale, written, read, optimize="optimal")
            whole = jnp.einsum("hbu,bud,hbd->h", at / scale, stream[layer], read, optimize="optimal")
            found[channel].append((each / scale.shape[0], whole / scale.shape[0]))
    return {channel: _stacked(pairs) for channel, pairs in found.items()}


def _changed(
    channel: str, origin: str, layer: int, clean: Traced, corrupted: Traced, alone: Isolated, at: Array, group: int
) -> Float[Array, "heads b k"]:
    """What changes in a channel, gathered over the positions that the head reads."""
    if origin == "answer":
        single = jnp.moveaxis(getattr(alone, channel)[layer], 1, 0)
        return single if channel == "q" else jnp.repeat(single, group, axis=0)
    name = channel if channel == "v" else f"{channel}_plain"
    change = (clean.heads[name] - corrupted.heads[name])[layer]
    each = change if channel == "q" else jnp.repeat(change, group, axis=2)
    return jnp.einsum("hbu,buhk->hbk", at, each)


def _mlp_shares(c: DecoderConfig, weights: Weights, clean: Traced, corrupted: Traced) -> tuple[Array, Array]:
    """The same of MLPs, which read at the last position, [layers, sources] and [layers]."""
    written = (clean.writes - corrupted.writes)[:, :, -1]
    stream = (clean.streams["mlp"] - corrupted.streams["mlp"])[:, :, -1]
    pairs = []
    for layer in range(c.layers):
        block = jax.tree.map(lambda w, l=layer: w[l], dict(weights["blocks"]))
        read = jnp.zeros_like(stream[layer])
        for site, name in (("pre", "gate"), ("up", "up")) if c.gated else (("pre", "up"),):
            change = (clean.hidden[site] - corrupted.hidden[site])[layer][:, -1]
            read = read + change @ merged(block[f"mlp.{name}"]).T
        read = _before_norm(c, read, _gain(c, weights["blocks"], "norm2", layer))
        read = read / clean.scales["mlp"][layer][:, -1]
        count = len(read)
        pairs.append(
            (jnp.einsum("sbd,bd->s", written, read) / count, jnp.einsum("bd,bd->", stream[layer], read) / count)
        )
    return _stacked(pairs)


def _stacked(pairs: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    return jnp.stack([each for each, _ in pairs]), jnp.stack([whole for _, whole in pairs])


def _kept(shares: tuple[Array, Array], layer: int) -> Array:
    """Shares of the sources at a layer; nothing where what is read of the stream is nearly 0."""
    each, whole = shares
    large = jnp.abs(whole[layer]) > TINY * jnp.abs(whole).max()
    return jnp.where(large[..., None], each[layer] / jnp.where(large, whole[layer], 1)[..., None], 0)


def _gain(c: DecoderConfig, blocks: Any, name: str, layer: int) -> Array:
    if c.norm == "none":
        return jnp.ones(())
    gain = blocks[f"{name}.gain"][layer]
    return 1 + gain if c.norm_offset else gain


def _before_norm(c: DecoderConfig, read: Float[Array, "*batch width"], gain: Array) -> Float[Array, "*batch width"]:
    """A direction at a norm's output as one at its input, but for the scale."""
    scaled = read * gain
    return scaled - scaled.mean(-1, keepdims=True) if c.norm == "layer" else scaled
