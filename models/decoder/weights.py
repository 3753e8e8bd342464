"""The parameters of a decoder: their names, shapes with named axes, and how they start."""

from __future__ import annotations

import math
from dataclasses import dataclass

from corollary.models.decoder.config import DecoderConfig


@dataclass(frozen=True)
class Parameter:
    """shape; axes: a name for each, by which it is sharded. deviation: of normal entries at the start; 0: constant."""

    shape: tuple[int, ...]
    axes: tuple[str, ...]
    deviation: float = 0.0
    constant: float = 0.0


def outside(config: DecoderConfig) -> dict[str, Parameter]:
    """Parameters outside the blocks, by path."""
    c = config
    out = {}
    if c.features:
        out["embed"] = Parameter((c.features, c.width), ("feature", "width"), 1 / math.sqrt(c.features))
    else:
        out["embed"] = Parameter((c.vocabulary, c.width), ("vocabulary", "width"), c.embedding_deviation)
    if c.positions == "learned":
        out["position"] = Parameter((c.context, c.width), ("position", "width"), c.embedding_deviation)
    out |= _norm("final_norm", c, c.width)
    if c.unembedding == "own":
        out["unembed"] = Parameter((c.width, c.outputs), ("width", "vocabulary"), 1 / math.sqrt(c.width))
    return out


def inside(config: DecoderConfig) -> dict[str, Parameter]:
    """Parameters of a block, by path; each has `layers` of them along a first axis. Linear maps start at
    N(0, 1/inputs); those that write to the stream are scaled by 1/sqrt(2 layers)."""
    c = config
    reads = 1 / math.sqrt(c.width)
    writes = 1 / math.sqrt(2 * c.layers)
    out = _norm("norm1", c, c.width)
    for name, heads, axis in (("q", c.heads, "head"), ("k", c.kv_heads, "kv_head"), ("v", c.kv_heads, "kv_head")):
        out[f"attn.{name}"] = Parameter((c.width, heads, c.head_width), ("width", axis, "head_width"), reads)
        if c.attention_bias:
            out[f"attn.{name}_bias"] = Parameter((heads, c.head_width), (axis, "head_width"))
    into = writes / math.sqrt(c.heads * c.head_width)
    out["attn.o"] = Parameter((c.heads, c.head_width, c.width), ("head", "head_width", "width"), into)
    if c.output_bias:
        out["attn.o_bias"] = Parameter((c.width,), ("width",))
    if c.head_norm:
        out["attn.head_gain"] = Parameter((c.head_width,), ("head_width",), constant=1.0)
    if c.post_norms:
        out |= _norm("attn_post", c, c.width)
    if not c.mlp_width:
        return out
    out |= _norm("norm2", c, c.width)
    for name in ("gate", "up") if c.gated else ("up",):
        out[f"mlp.{name}"] = Parameter((c.width, c.mlp_width), ("width", "mlp_width"), reads)
        if c.mlp_bias:
            out[f"mlp.{name}_bias"] = Parameter((c.mlp_width,), ("mlp_width",))
    out["mlp.down"] = Parameter((c.mlp_width, c.width), ("mlp_width", "width"), writes / math.sqrt(c.mlp_width))
    if c.mlp_bias:
        out["mlp.down_bias"] = Parameter((c.width,), ("width",))
    if c.post_norms:
        out |= _norm("mlp_post", c, c.width)
    return out


def _norm(name: str, config: DecoderConfig, size: int) -> dict[str, Parameter]:
    if config.norm == "none":
        return {}
    gain = Parameter((size,), ("width",), constant=0.0 if config.norm_offset else 1.0)
    bias = {f"{name}.bias": Parameter((size,), ("width",))} if config.norm == "layer" and config.norm_bias else {}
    return {f"{name}.gain": gain, **bias}
