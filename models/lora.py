"""Low-rank adapters (arXiv 2106.09685) on a decoder's weights: made, trained, merged, and combined.

An adapter adds scale * down up to a weight. Several on one weight add up, each by itself: their factors are never
mixed.
"""

from __future__ import annotations

import fnmatch
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.models.decoder.adapted import Adapted, merged
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.forward import Weights
from corollary.models.decoder.weights import inside

COMBINATIONS = ("sum", "svd", "mixed_factors")

INPUTS = {"attn.o": 2}
"""Axes of a weight that it contracts, where they are not one."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Lora:
    """Factors by path of a weight in the blocks. downs: [layers, *inputs, rank]; ups: [layers, rank, *outputs]; scales:
    [layers]. The rank may differ from path to path."""

    downs: dict[str, Float[Array, "layers ..."]]
    ups: dict[str, Float[Array, "layers ..."]]
    scales: dict[str, Float[Array, " layers"]]


def new_lora(
    config: DecoderConfig,
    rank: int | Mapping[str, int],
    key: Array,
    *,
    paths: Sequence[str] = ("attn.q", "attn.v"),
    alpha: float | None = None,
    rank_stabilised: bool = False,
) -> Lora:
    """An adapter that adds nothing yet: downs N(0, 1/inputs), ups 0.

    rank: one for all, or by path. paths: weights of blocks, globs allowed. alpha: the scale is alpha / rank, or alpha
    / sqrt(rank) if rank_stabilised (arXiv 2312.03732); None: the rank, which makes the scale 1 where it is not
    stabilised. Raises ValueError for a path that no weight has or a rank < 1.
    """
    known = {path: p for path, p in inside(config).items() if len(p.shape) > 1 and not path.endswith("_bias")}
    chosen = [path for path in known if any(fnmatch.fnmatchcase(path, pattern) for pattern in paths)]
    unknown = [pattern for pattern in paths if not fnmatch.filter(known, pattern)]
    if unknown:
        raise ValueError(f"path={unknown[0]!r} is not allowed; allowed: {', '.join(known)}")
    downs, ups, scales = {}, {}, {}
    for path in chosen:
        shape, axes = known[path].shape, INPUTS.get(path, 1)
        size = rank if isinstance(rank, int) else rank.get(path, 0)
        if size < 1:
            raise ValueError(f"rank={size} of {path} is not allowed; allowed: an integer >= 1")
        key, own = jax.random.split(key)
        inputs = shape[:axes]
        draws = jax.random.normal(own, (config.layers, *inputs, size), config.param_dtype)
        downs[path] = draws / math.sqrt(math.prod(inputs))
        ups[path] = jnp.zeros((config.layers, size, *shape[axes:]), config.param_dtype)
        scale = (size if alpha is None else alpha) / (math.sqrt(size) if rank_stabilised else size)
        scales[path] = jnp.full((config.layers,), scale, config.param_dtype)
    return Lora(downs, ups, scales)


def adapted(weights: Weights, *loras: Lora, strengths: Sequence[float] | None = None) -> Weights:
    """The weights with adapters beside them, for `model.run(..., weights=...)`; nothing is multiplied out. strengths:
    of each adapter, 1 by default. Raises ValueError for factors that do not fit."""
    blocks = dict(weights["blocks"])
    given = [1.0] * len(loras) if strengths is None else list(strengths)
    if len(given) != len(loras):
        raise ValueError(f"strengths={given} is not allowed; allowed: {len(loras)} numbers, one an adapter")
    for lora, strength in zip(loras, given, strict=True):
        for path, down in lora.downs.items():
            there = blocks.get(path)
            plain = there.base if isinstance(there, Adapted) else there
            if plain is None:
                raise ValueError(f"path={path!r} is not allowed; allowed: {', '.join(blocks)}")
            axes = INPUTS.get(path, 1)
            fits = down.shape[:-1] == plain.shape[: axes + 1]
            if not fits or lora.ups[path].shape[2:] != plain.shape[axes + 1 :]:
                shapes = f"{down.shape} and {lora.ups[path].shape}"
                raise ValueError(f"factors of {path} of shapes {shapes} do not fit the weight's {plain.shape}")
            old = there if isinstance(there, Adapted) else Adapted(plain, (), (), ())
            blocks[path] = replace(
                old,
                downs=(*old.downs, down),
                ups=(*old.ups, lora.ups[path]),
                scales=(*old.scales, strength * lora.scales[path]),
            )
    return {**weights, "blocks": blocks}


def merge(weights: Weights) -> Weights:
    """The same function as plain weights: every adapter multiplied out and added, each by itself."""
    blocks = {
        path: jax.vmap(merged)(weight) if isinstance(weight, Adapted) else weight
        for path, weight in weights["blocks"].items()
    }
    return {**weights, "blocks": blocks}


def unmerge(weights: Weights, *loras: Lora, strengths: Sequence[float] | None = None) -> Weights:
    """Plain weights with the adapters taken out again, up to rounding."""
    given = [1.0] * len(loras) if strengths is None else list(strengths)
    return merge(adapted(weights, *loras, strengths=[-strength for strength in given]))


def combine(loras: Sequence[Lora], strengths: Sequence[float], how: str = "sum", rank: int | None = None) -> Lora:
    """One adapter out of several.

    how: "sum", whose update is the strengths' sum of the updates, with all ranks side by side; "svd", the best
    approximation to that of the given rank; "mixed_factors", which adds the factors, scaled by sqrt(strength *
    scale), before they are multiplied, as a common library does under the name linear: its update has cross terms
    between adapters, and it needs equal ranks and strengths >= 0. Raises ValueError for another name, paths or ranks
    that differ, or a rank that is missing.
    """
    if how not in COMBINATIONS:
        raise ValueError(f"how={how!r} is not allowed; allowed: {', '.join(COMBINATIONS)}")
    if len(strengths) != len(loras) or not loras:
        raise ValueError(f"strengths={list(strengths)} is not allowed; allowed: one an adapter, of {len(loras)}")
    if any(set(lora.downs) != set(loras[0].downs) for lora in loras):
        raise ValueError("adapters of different paths are not allowed; allowed: the same paths in each")
    factors: dict[str, tuple[Array, Array]] = {}
    for path in loras[0].downs:
        downs, ups = [lora.downs[path] for lora in loras], [lora.ups[path] for lora in loras]
        scales = [s * lora.scales[path] for s, lora in zip(strengths, loras, strict=True)]
        if how == "mixed_factors":
            factors[path] = _mixed(path, downs, ups, scales, min(strengths))
            continue
        down = jnp.concatenate([_times(scale, d) for scale, d in zip(scales, downs, strict=True)], -1)
        up = jnp.concatenate(ups, 1)
        factors[path] = (down, up) if how == "sum" else _cut(down, up, rank)
    ones = {path: jnp.ones_like(scale) for path, scale in loras[0].scales.items()}
    return Lora({p: down for p, (down, _) in factors.items()}, {p: up for p, (_, up) in factors.items()}, ones)


def _mixed(path: str, downs: list[Array], ups: list[Array], scales: list[Array], least: float) -> tuple[Array, Array]:
    if len({down.shape for down in downs}) > 1 or least < 0:
        raise ValueError(f"ranks of {path} or a strength below 0 do not allow mixed_factors; allowed: how='sum'")
    roots = [jnp.sqrt(scale) for scale in scales]
    mixed = [jnp.stack([_times(root, x) for root, x in zip(roots, part, strict=True)]).sum(0) for part in (downs, ups)]
    return mixed[0], mixed[1]


def _times(factor: Float[Array, " layers"], x: Float[Array, "layers ..."]) -> Array:
    return factor.reshape(-1, *(1,) * (x.ndim - 1)) * x


def _cut(down: Array, up: Array, rank: int | None) -> tuple[Array, Array]:
    """The best factors of that rank, from the singular values of the product of the factors' triangles."""
    flat_down = down.reshape(down.shape[0], -1, down.shape[-1])
    flat_up = up.reshape(*up.shape[:2], -1)
    if rank is None or not 1 <= rank <= down.shape[-1]:
        raise ValueError(f"rank={rank} is not allowed; allowed with how='svd': from 1 to {down.shape[-1]}")
    left, a = jnp.linalg.qr(flat_down)
    right, b = jnp.linalg.qr(flat_up.swapaxes(1, 2))
    u, s, v = jnp.linalg.svd(a @ b.swapaxes(1, 2), full_matrices=False)
    new_down = left @ (u[..., :rank] * s[:, None, :rank])
    new_up = v[:, :rank] @ right.swapaxes(1, 2)
    return new_down.reshape(*down.shape[:-1], rank), new_up.reshape(up.shape[0], rank, *up.shape[2:])


def update_of(lora: Lora) -> dict[str, Any]:
    """What an adapter adds to each weight, [layers, *inputs, *outputs]."""
    return {
        path: _times(lora.scales[path], jax.vmap(lambda d, u: jnp.tensordot(d, u, 1))(down, lora.ups[path]))
        for path, down in lora.downs.items()
    }
