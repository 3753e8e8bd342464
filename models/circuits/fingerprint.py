"""Circuit fingerprints: the direction in which an answer's own token moves the stream, and what components write along
it (arXiv 2602.09784, released as a description; reconstructed).

t = (r(plus) - r(minus)) / norm, r the stream behind the last block when the answer is run alone. A component's score
is the part along t of what it writes on the clean prompt and not on the corrupted one. No gradient is taken; the
Shapley values of `channels` do mix clean and corrupted queries, keys and values inside a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.decoder.adapted import merged
from corollary.models.decoder.edges import READERS, EdgeGraph
from corollary.models.decoder.forward import Weights
from corollary.models.decoder.network import Decoder

LAST = "blocks.-1.resid_post"


@partial(jax.tree_util.register_dataclass, data_fields=["direction", "difference", "q", "k", "v"], meta_fields=[])
@dataclass(frozen=True)
class Isolated:
    """Two answers run alone, plus less minus, at their last token. difference: of the streams behind the last block;
    direction: the same at norm 1. q, k, v: of what heads compute, before they turn."""

    direction: Float[Array, "b width"]
    difference: Float[Array, "b width"]
    q: Float[Array, "layers b heads k"]
    k: Float[Array, "layers b kv_heads k"]
    v: Float[Array, "layers b kv_heads k"]


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["writes", "streams", "heads", "patterns", "scales", "hidden"],
    meta_fields=[],
)
@dataclass(frozen=True)
class Traced:
    """One run of the prompts, as the read procedure needs it.

    writes: what each source of EdgeGraph adds to the stream. streams: before attention and before the MLP of every
    block ("attn", "mlp"), and behind the last ("end"). heads: q and k, turned where positions turn them, v, and q, k as
    they are ("q_plain", "k_plain"). scales: what norms divide by, as streams. hidden: of the MLP, before activation.
    """

    writes: Float[Array, "sources b t width"]
    streams: dict[str, Array]
    heads: dict[str, Array]
    patterns: Float[Array, "layers b heads t t"]
    scales: dict[str, Array]
    hidden: dict[str, Array]


def isolated(
    model: Decoder, plus: ArrayLike, minus: ArrayLike, *, template: Sequence[int] = (), weights: Weights | None = None
) -> Isolated:
    """plus, minus: answers, one token a prompt, [b]. template: tokens before each, such as a beginning of sequence;
    empty: the token alone, in the first position. Raises ValueError for answers of other shapes, and as Decoder.run."""
    shapes = jnp.shape(plus), jnp.shape(minus)
    if len(shapes[0]) != 1 or shapes[0] != shapes[1]:
        raise ValueError(f"plus, minus of shapes {shapes[0]}, {shapes[1]} are not allowed; allowed: one token a prompt")
    both = jnp.concatenate([jnp.asarray(plus), jnp.asarray(minus)])
    before = jnp.tile(jnp.asarray(template, both.dtype), (len(both), 1))
    tokens = jnp.concatenate([before, both[:, None]], axis=1)
    read = [LAST, *(f"blocks.*.attn.{name}" for name in READERS)]
    sites = model.run(tokens, read=read, weights=weights).sites
    count = shapes[0][0]
    stream = sites[LAST][:, -1]
    difference = stream[:count] - stream[count:]
    inside = {name: sites[f"blocks.*.attn.{name}"][:, :, -1] for name in READERS}
    return Isolated(unit(difference), difference, **{name: x[:, :count] - x[:, count:] for name, x in inside.items()})


def unit(vectors: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
    """The same directions at norm 1; 0 stays 0."""
    norms = jnp.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / jnp.where(norms == 0, 1, norms)


def traced(model: Decoder, tokens: ArrayLike, *, weights: Weights | None = None) -> Traced:
    """A plain run of tokens [b, t]. Raises ValueError for a model with norms behind its sub-layers, whose heads own no
    part of the stream before the norm is known, and as Decoder.run."""
    c = model.config
    if c.post_norms:
        raise ValueError("post_norms=True is not allowed; allowed: a model without norms behind its sub-layers")
    turned = c.positions == "rotary"
    normed = c.norm != "none"
    parts = ["resid_pre", "attn.q", "attn.k", "attn.v", "attn.pattern", "attn.z"]
    parts += ["attn.q_rotated", "attn.k_rotated"] * turned + ["norm1.scale"] * normed
    if c.mlp_width:
        parts += ["mlp_write", "mlp.pre"] + ["resid_mid"] * (not c.parallel)
        parts += ["norm2.scale"] * normed + ["mlp.up"] * c.gated
    outer = ["embed", LAST, *["position"] * (c.positions == "learned")]
    used = model.weights() if weights is None else weights
    sites = model.run(tokens, read=[f"blocks.*.{part}" for part in parts] + outer, weights=used).sites
    of = {part: sites[f"blocks.*.{part}"] for part in parts}
    start = sites["embed"] + (sites["position"] if c.positions == "learned" else 0)
    written = [start[None]]
    for layer in range(c.layers):
        written.append(jnp.einsum("bthk,hkd->hbtd", of["attn.z"][layer], _row(used, "attn.o", layer)))
        if c.mlp_width:
            written.append(of["mlp_write"][layer][None])
    ones = jnp.ones((*of["resid_pre"].shape[:-1], 1), start.dtype)
    streams = {"attn": of["resid_pre"], "end": sites[LAST]}
    scales = {"attn": of.get("norm1.scale", ones)}
    hidden = {}
    if c.mlp_width:
        streams["mlp"] = of["resid_pre"] if c.parallel else of["resid_mid"]
        scales["mlp"] = of.get("norm2.scale", ones)
        hidden = {"pre": of["mlp.pre"]} | ({"up": of["mlp.up"]} if c.gated else {})
    heads = {
        "q": of["attn.q_rotated" if turned else "attn.q"],
        "k": of["attn.k_rotated" if turned else "attn.k"],
        "v": of["attn.v"],
        "q_plain": of["attn.q"],
        "k_plain": of["attn.k"],
    }
    return Traced(jnp.concatenate(written), streams, heads, of["attn.pattern"], scales, hidden)


def node_scores(clean: Traced, corrupted: Traced, direction: Float[Array, "b width"]) -> Float[Array, "sources b"]:
    """What each source of EdgeGraph writes along the direction at the last position, clean less corrupted. The sum over
    sources is the part along it of the difference of the streams behind the last block."""
    return jnp.einsum("sbd,bd->sb", (clean.writes - corrupted.writes)[:, :, -1], direction)


def native_scores(
    model: Decoder, clean: ArrayLike, corrupted: ArrayLike, direction: Float[Array, "b width"]
) -> Float[Array, "layers heads b"]:
    """The scores of heads as the paper computes them: the direction carried into the head, and there multiplied with
    what the head mixes. The same numbers as node_scores, by associativity."""
    ours, theirs = (
        model.run(tokens, read=["blocks.*.attn.z"])["blocks.*.attn.z"][:, :, -1] for tokens in (clean, corrupted)
    )
    inner = jnp.einsum("lhkd,bd->lhbk", merged(model.weights()["blocks"]["attn.o"]), direction)
    return jnp.einsum("lbhk,lhbk->lhb", ours - theirs, inner)


def unembedding_directions(model: Decoder, plus: ArrayLike, minus: ArrayLike) -> Float[Array, "b width"]:
    """What direct logit attribution uses in place of the fingerprint: the difference of the answers' columns of the
    unembedding at norm 1, without the final norm's gain."""
    outside = model.weights()["outside"]
    rows = outside["embed"] if model.config.unembedding == "tied" else outside["unembed"].T
    return unit(rows[jnp.asarray(plus)] - rows[jnp.asarray(minus)])


def by_source(graph: EdgeGraph, values: ArrayLike) -> dict[str, float]:
    """One number a source, by its name."""
    return dict(zip(graph.sources, np.asarray(values, float).tolist(), strict=True))


def _row(weights: Weights, name: str, layer: int) -> Array:
    return merged(jax.tree.map(lambda w: w[layer], weights["blocks"][name]))
