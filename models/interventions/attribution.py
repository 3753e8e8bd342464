"""Attribution patching: first-order estimates of what patching a site or an edge would do (Nanda 2023; Syed et al.
2023, arXiv 2310.10348; with integrated gradients, Hanna et al. 2024, arXiv 2403.17806).

A first-order score misses what a saturated softmax or cancelling paths hide: check the top and a random rest by exact
patching, as `patch_sweep` and `run_edges` do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.decoder.adapted import merged
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.edges import READERS, EdgeGraph, source_writes
from corollary.models.decoder.forward import Weights, forward, under
from corollary.models.decoder.network import Decoder
from corollary.models.decoder.norms import normalised
from corollary.models.decoder.sites import Change, Interior, add, parse, substitute
from corollary.models.interventions.gradients import Metric, site_gradients


def attribution_patching(
    model: Decoder,
    clean: ArrayLike,
    corrupted: ArrayLike,
    sites: Sequence[str],
    metric: Metric,
    *,
    real: ArrayLike | None = None,
    weights: Weights | None = None,
) -> dict[str, Array]:
    """At every site, (corrupted - clean) * gradient of the metric in the clean run: to first order, what substituting
    each entry would add to the metric. Sum over axes for the effect of patching them together.

    clean, corrupted: [b, t], aligned token by token. Raises ValueError where they are not, and as Decoder.run.
    """
    _aligned(clean, corrupted)
    _, values, gradients = site_gradients(model, clean, sites, metric, real=real, weights=weights)
    other = model.run(corrupted, read=sites, real=real, weights=weights).sites
    return {site: (other[site] - values[site]) * gradients[site] for site in sites}


def edge_attribution(
    model: Decoder,
    clean: ArrayLike,
    corrupted: ArrayLike | None,
    metric: Metric,
    *,
    steps: int = 1,
    real: ArrayLike | None = None,
    weights: Weights | None = None,
) -> Float[Array, " edges"]:
    """To first order, what carrying the corrupted instead of the clean source along each edge would add to the metric,
    averaged over rows, in the order of EdgeGraph(model.config).edges.

    corrupted: aligned with clean, or None for zeros. steps: 1 takes the gradient in the clean run (EAP); more average
    it over runs whose embedding goes from corrupted to clean in equal steps, at their midpoints (EAP-IG). Memory
    grows with sources * tokens * width, not with steps; `completeness_error` tells whether they were enough. Raises
    ValueError as Decoder.run, and for steps < 1.
    """
    if steps < 1:
        raise ValueError(f"steps={steps} is not allowed; allowed: an integer >= 1")
    used = model.weights() if weights is None else weights
    ours = source_writes(model, clean, real=real, weights=used)
    theirs = jnp.zeros_like(ours)
    if corrupted is not None:
        _aligned(clean, corrupted)
        theirs = source_writes(model, corrupted, real=real, weights=used)
    shown = None if real is None else jnp.asarray(real, bool)
    rows = jnp.shape(clean)[0]
    return _attributed(used, jnp.asarray(clean), shown, ours, theirs, model=_Static(model, metric), steps=steps) / rows


def completeness_error(
    model: Decoder,
    clean: ArrayLike,
    corrupted: ArrayLike | None,
    metric: Metric,
    scores: Float[ArrayLike, " edges"],
    *,
    real: ArrayLike | None = None,
    weights: Weights | None = None,
) -> Float[Array, ""]:
    """By how much the scores of the edges out of the embedding together miss what starting from the corrupted
    embedding does to the metric, averaged over rows; in units of the metric, with its sign.

    With enough steps `edge_attribution` leaves 0 (completeness, Sundararajan et al. 2017, arXiv 1703.01365); what it
    leaves with those that it took says whether they were enough. Its arguments are those of `edge_attribution`. Raises
    ValueError as that, and for scores of another length.
    """
    graph = EdgeGraph(model.config)
    if jnp.shape(scores) != (len(graph),):
        raise ValueError(f"scores of shape {jnp.shape(scores)} is not allowed; allowed: ({len(graph)},), one an edge")
    start: Array = jnp.zeros(())
    if corrupted is not None:
        _aligned(clean, corrupted)
        start = model.run(corrupted, read=["blocks.0.resid_pre"], real=real, weights=weights)["blocks.0.resid_pre"]
    moved = model.run(clean, change=[substitute("blocks.0.resid_pre", start)], real=real, weights=weights)
    whole = metric(moved.logits).mean() - metric(model.run(clean, real=real, weights=weights).logits).mean()
    from_embedding = np.array([source == graph.sources[0] for source, _ in graph.edges])
    return jnp.asarray(scores)[from_embedding].sum() - whole


@dataclass(frozen=True)
class _Static:
    """What decides the program: the architecture and the metric."""

    config: DecoderConfig
    metric: Metric

    def __init__(self, model: Decoder, metric: Metric):
        object.__setattr__(self, "config", model.config)
        object.__setattr__(self, "metric", metric)


@partial(jax.jit, static_argnames=("model", "steps"))
def _attributed(
    weights: Weights, tokens: Array, real: Any, ours: Array, theirs: Array, *, model: _Static, steps: int
) -> Float[Array, " edges"]:
    config, graph = model.config, EdgeGraph(model.config)
    tapped = [f"blocks.*.attn.{reader}" for reader in READERS] + ["final_norm"]
    read = ["blocks.*.resid_pre", "blocks.-1.resid_post"]
    if config.mlp_width:
        tapped.append("blocks.*.norm2")
        read += [] if config.parallel else ["blocks.*.resid_mid"]
    delta = theirs - ours

    def scores(share: Array) -> Float[Array, "destinations sources"]:
        """Of the run whose stream starts at `share` of the way from theirs to ours."""
        start = substitute("blocks.0.resid_pre", theirs[0] + share * (ours[0] - theirs[0]))
        values, gradients = _gradients(weights, config, tokens, real, start, model.metric, tapped, read)
        layers = (dict(weights["blocks"]), _by_layer(values), _by_layer(gradients))
        rows = jax.lax.map(lambda layer: _of_block(layer[0], layer[1], layer[2], config, delta), layers)
        last = values["blocks.-1.resid_post"]
        into = _through_norm(last, gradients["final_norm"][None], under(weights["outside"], "final_norm"), config)
        ends = _paired(into, delta)
        return jnp.concatenate([rows.reshape(-1, rows.shape[-1]), ends])

    shares = (jnp.arange(steps) + 0.5) / steps if steps > 1 else jnp.ones(1)
    zeros = jnp.zeros(graph.allowed.shape, ours.dtype)
    total = jax.lax.scan(lambda sum_, share: (sum_ + scores(share), None), zeros, shares)[0]
    return graph.flat(total / steps)


def _of_block(
    block: Mapping[str, Any],
    values: Mapping[str, Array],
    gradients: Mapping[str, Array],
    config: DecoderConfig,
    delta: Array,
) -> Float[Array, "destinations sources"]:
    """Scores of all edges into one block."""
    stream = values["blocks.*.resid_pre"]
    rows = []
    for reader in READERS:
        at = gradients[f"blocks.*.attn.{reader}"]
        into = jnp.einsum("bthk,dhk->hbtd", at, merged(block[f"attn.{reader}"]).astype(at.dtype))
        rows.append(_through_norm(stream, into, under(block, "norm1"), config))
    if config.mlp_width:
        between = values.get("blocks.*.resid_mid", stream)
        rows.append(_through_norm(between, gradients["blocks.*.norm2"][None], under(block, "norm2"), config))
    return _paired(jnp.concatenate(rows), delta)


def _paired(
    into: Float[Array, "destinations b t width"], delta: Float[Array, "sources b t width"]
) -> Float[Array, "destinations sources"]:
    """Summed over everything else, as a product of two matrices: over three axes it takes several times as long."""
    return into.reshape(len(into), -1) @ delta.reshape(len(delta), -1).T


def _by_layer(sites: Mapping[str, Array]) -> dict[str, Array]:
    return {name: value for name, value in sites.items() if name.startswith("blocks.*.")}


def _gradients(
    weights: Weights, config: DecoderConfig, tokens: Array, real: Any, start: Change, metric: Metric,
    tapped: Sequence[str], read: Sequence[str],
) -> tuple[dict[str, Array], dict[str, Array]]:  # fmt: skip
    """Values at `read`, and gradients of the metric's sum with respect to what is at `tapped`."""
    reads = tuple(parse(name, config.layers) for name in read)
    taps = [(parse(name, config.layers), name) for name in tapped]
    first = (parse(start.site, config.layers), start)
    shapes = jax.eval_shape(lambda: forward(weights, config, tokens, real, None, [p for p, _ in taps], [first]).sites)
    zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)

    def total(added: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
        changes = [(p, add(name, added[name], per_layer=p.layers is not None)) for p, name in taps]
        ran = forward(weights, config, tokens, real, None, reads, [first, *changes])
        return metric(ran.logits).sum(), ran.sites

    gradients, values = jax.grad(total, has_aux=True)(zeros)
    return values, gradients


def _through_norm(
    stream: Float[Array, "b t width"], at: Float[Array, "h b t width"], weights: Any, config: DecoderConfig
) -> Float[Array, "h b t width"]:
    """Gradients with respect to a norm's output carried back to its input."""
    back = jax.vjp(lambda x: normalised(x, weights, config, Interior(), "norm", shown=False), stream)[1]
    return jax.vmap(lambda g: back(g.astype(stream.dtype))[0])(at)


def _aligned(clean: ArrayLike, corrupted: ArrayLike) -> None:
    if jnp.shape(clean) != jnp.shape(corrupted):
        allowed = f"the shape of clean, {jnp.shape(clean)}, aligned token by token"
        raise ValueError(f"corrupted of shape {jnp.shape(corrupted)} is not allowed; allowed: {allowed}")
