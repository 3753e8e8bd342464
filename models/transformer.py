"""A small pre-norm decoder over tokens of continuous features, with the attention temperature as an input.

Every attention layer divides its logits by temperature * sqrt(head width), after any position encoding and
before the mask and the softmax (arXiv 2511.01292).

Beside the shared decoder (models/decoder) because its tokens are attended to under any mask, not in causal order, and
because trainings that were recorded go through it; under a causal mask a test holds it equal to the decoder.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jax.typing import ArrayLike, DTypeLike
from jaxtyping import Array, Bool, Float

NORMS = ("rms", "none")


@dataclass(frozen=True)
class TransformerConfig:
    """features: of an input token. outputs: of the readout. width: of the stream, a multiple of heads.

    mlp_width: of the GELU MLP, 0 for attention only. norm: "rms" (learned gain, before each sub-layer and the
    readout) or "none". dtype: of parameters and activations.
    """

    features: int
    outputs: int
    width: int
    layers: int
    heads: int
    mlp_width: int = 0
    norm: str = "rms"
    dtype: DTypeLike = jnp.float32

    def __post_init__(self) -> None:
        for name in ("features", "outputs", "width", "layers", "heads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} is not allowed; allowed: an integer >= 1")
        if self.width % self.heads:
            raise ValueError(f"heads={self.heads} is not allowed; allowed: a divisor of width={self.width}")
        if self.mlp_width < 0:
            raise ValueError(f"mlp_width={self.mlp_width} is not allowed; allowed: an integer >= 0")
        if self.norm not in NORMS:
            raise ValueError(f"norm={self.norm!r} is not allowed; allowed: {', '.join(NORMS)}")


class Transformer(nnx.Module):
    """Embedding, blocks, final norm and a linear readout of every token; no biases.

    Weights start at N(0, 1/fan_in); those that write to the residual stream are scaled by 1/sqrt(2 layers).
    """

    def __init__(self, config: TransformerConfig, *, rngs: nnx.Rngs):
        self.config = config
        self.embed = _linear(config, config.features, config.width, rngs)
        self.blocks = nnx.List([Block(config, rngs=rngs) for _ in range(config.layers)])
        self.norm = _norm(config, rngs)
        self.readout = _linear(config, config.width, config.outputs, rngs)

    def __call__(
        self, tokens: Float[Array, "*batch t features"], mask: Bool[Array, "*#batch t t"], temperature: ArrayLike = 1.0
    ) -> Float[Array, "*batch t outputs"]:
        """The readout of every token.

        mask: [reading token, token read], True where attention is allowed. temperature: > 0; one for all, or
        [layers], or [layers, heads]. Raises ValueError for another shape.
        """
        temperatures = per_head(temperature, self.config.layers, self.config.heads).astype(self.config.dtype)
        residual = self.embed(tokens)
        for block, block_temperature in zip(self.blocks, temperatures, strict=True):
            residual = block(residual, mask, block_temperature)
        return self.readout(self.norm(residual))


class Block(nnx.Module):
    """Attention, then an MLP if any, each reading the normalised residual stream and adding to it."""

    def __init__(self, config: TransformerConfig, *, rngs: nnx.Rngs):
        self.attention_norm = _norm(config, rngs)
        self.attention = Attention(config, rngs=rngs)
        self.mlp = MLP(config, rngs=rngs) if config.mlp_width else None
        self.mlp_norm = _norm(config, rngs) if config.mlp_width else None

    def __call__(
        self,
        residual: Float[Array, "*batch t width"],
        mask: Bool[Array, "*#batch t t"],
        temperature: Float[Array, " heads"],
    ) -> Float[Array, "*batch t width"]:
        residual = residual + self.attention(self.attention_norm(residual), mask, temperature)
        if self.mlp is not None and self.mlp_norm is not None:
            residual = residual + self.mlp(self.mlp_norm(residual))
        return residual


class Attention(nnx.Module):
    """Multi-head softmax attention with a temperature for each head."""

    def __init__(self, config: TransformerConfig, *, rngs: nnx.Rngs):
        self.heads = config.heads
        self.query = _linear(config, config.width, config.width, rngs)
        self.key = _linear(config, config.width, config.width, rngs)
        self.value = _linear(config, config.width, config.width, rngs)
        self.output = _linear(config, config.width, config.width, rngs, writes=True)

    def __call__(
        self,
        stream: Float[Array, "*batch t width"],
        mask: Bool[Array, "*#batch t t"],
        temperature: Float[Array, " heads"],
    ) -> Float[Array, "*batch t width"]:
        def split(x: Array) -> Array:
            return x.reshape(*x.shape[:-1], self.heads, -1)

        query, key, value = split(self.query(stream)), split(self.key(stream)), split(self.value(stream))
        scale = temperature * math.sqrt(query.shape[-1])
        logits = jnp.einsum("...qhd,...khd->...hqk", query, key) / scale[:, None, None]
        logits = jnp.where(mask[..., None, :, :], logits, jnp.finfo(logits.dtype).min)
        mixed = jnp.einsum("...hqk,...khd->...qhd", jax.nn.softmax(logits), value)
        return self.output(mixed.reshape(stream.shape))


class MLP(nnx.Module):
    """Width to mlp_width, GELU, and back."""

    def __init__(self, config: TransformerConfig, *, rngs: nnx.Rngs):
        self.up = _linear(config, config.width, config.mlp_width, rngs)
        self.down = _linear(config, config.mlp_width, config.width, rngs, writes=True)

    def __call__(self, stream: Float[Array, "*batch t width"]) -> Float[Array, "*batch t width"]:
        return self.down(jax.nn.gelu(self.up(stream)))


def per_head(temperature: ArrayLike, layers: int, heads: int) -> Float[Array, "layers heads"]:
    """The temperature of every head, from one for all, [layers] or [layers, heads]; else ValueError."""
    given = jnp.asarray(temperature, jnp.result_type(float))
    if given.shape not in ((), (layers,), (layers, heads)):
        allowed = f"(), ({layers},) or ({layers}, {heads})"
        raise ValueError(f"temperature of shape {given.shape} is not allowed; allowed: {allowed}")
    return jnp.broadcast_to(given[..., None] if given.ndim == 1 else given, (layers, heads))


def _linear(config: TransformerConfig, fan_in: int, fan_out: int, rngs: nnx.Rngs, writes: bool = False) -> nnx.Linear:
    deviation = 1 / math.sqrt(fan_in * (2 * config.layers if writes else 1))
    return nnx.Linear(
        fan_in,
        fan_out,
        use_bias=False,
        kernel_init=nnx.initializers.normal(deviation),
        dtype=config.dtype,
        param_dtype=config.dtype,
        rngs=rngs,
    )


def _norm(config: TransformerConfig, rngs: nnx.Rngs) -> Callable[[Array], Array]:
    if config.norm == "none":
        return _unchanged
    return nnx.RMSNorm(config.width, dtype=config.dtype, param_dtype=config.dtype, rngs=rngs)


def _unchanged(stream: Array) -> Array:
    return stream
