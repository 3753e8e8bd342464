"""What a decoder is made of: one frozen description for every family, and for the small models that papers train."""

from __future__ import annotations

from dataclasses import dataclass, fields

import jax.numpy as jnp
from jax.typing import DTypeLike

NORMS = ("layer", "rms", "none")
POSITIONS = ("learned", "rotary", "none")
ATTENTIONS = ("softmax", "softmax_one", "sigmoid")
ACTIVATIONS = ("gelu", "gelu_tanh", "silu", "relu")
UNEMBEDDINGS = ("own", "tied")


@dataclass(frozen=True)
class RopeScaling:
    """Rotary frequencies stretched by bands, as Llama 3 does: wavelengths above original / low are divided by `factor`,
    those below original / high are left, and between the two the division sets in smoothly."""

    factor: float
    low: float
    high: float
    original: int

    def __post_init__(self) -> None:
        if self.factor < 1:
            raise ValueError(f"factor={self.factor} is not allowed; allowed: a number >= 1")
        if not 0 < self.low < self.high:
            raise ValueError(f"low={self.low}, high={self.high} is not allowed; allowed: 0 < low < high")
        _at_least("original", self.original, 1)


@dataclass(frozen=True)
class DecoderConfig:
    """A decoder-only transformer.

    vocabulary: number of tokens, or 0 if the input is features. features: of a continuous input token, else 0.
    outputs: of the readout, 0: the vocabulary. width: of the residual stream. context: the largest number of positions.

    layers, heads: GPT-2 and all. kv_heads: of keys and values, each read by heads / kv_heads query heads (Llama 3,
    Gemma-2, Qwen-2.5); 0: heads. head_width: 0: width / heads (Gemma-2 sets it).

    norm: "layer" (GPT-2, GPT-NeoX), "rms" (Llama, Gemma-2, Qwen-2.5) or "none". norm_eps: added to the variance.
    norm_offset: the gain is 1 + weight (Gemma-2). norm_bias: layer norms add a bias. post_norms: a norm after each
    sub-layer too (Gemma-2). head_norm: the output of each head over its root mean square, times a gain that heads share
    (arXiv 2605.06611).

    positions: "learned" (GPT-2), "rotary" (the others) or "none". rotary_fraction: of each head's width that turns
    (GPT-NeoX: 0.25). rotary_base; rotary_scaling: Llama 3.

    attention: "softmax", "softmax_one" (one is added to its denominator) or "sigmoid" (of the score less ln context).
    query_scale: scores are q.k times it, 0: 1 / sqrt(head_width) (Gemma-2 sets it). score_cap: c tanh(score / c), 0:
    none (Gemma-2: 50). windows: for each layer how many tokens back it attends, 0: all; () for none (Gemma-2: every
    other). attention_bias: of q, k, v (GPT-2, GPT-NeoX, Qwen-2.5). output_bias: of the attention's output (GPT-2,
    GPT-NeoX).

    mlp_width: 0 for attention only. activation: "gelu" (GPT-NeoX), "gelu_tanh" (GPT-2, Gemma-2), "silu" (Llama,
    Qwen-2.5), "relu". gated: down(activation(gate x) * up x) (Llama, Gemma-2, Qwen-2.5). mlp_bias: GPT-2, GPT-NeoX.
    parallel: attention and MLP read the same stream (GPT-NeoX).

    embedding_scale: of the token embedding, in the model's dtype (Gemma-2: sqrt(width)). unembedding: "own" or "tied"
    to the embedding (GPT-2, Gemma-2). logit_cap: c tanh(logit / c), 0: none (Gemma-2: 30).

    dtype: of activations. param_dtype: of weights. embedding_deviation: of token and position embeddings at the start.
    """

    width: int
    layers: int
    heads: int
    context: int
    vocabulary: int = 0
    features: int = 0
    outputs: int = 0
    kv_heads: int = 0
    head_width: int = 0
    norm: str = "rms"
    norm_eps: float = 1e-5
    norm_offset: bool = False
    norm_bias: bool = True
    post_norms: bool = False
    head_norm: bool = False
    positions: str = "rotary"
    rotary_fraction: float = 1.0
    rotary_base: float = 10_000.0
    rotary_scaling: RopeScaling | None = None
    attention: str = "softmax"
    query_scale: float = 0.0
    score_cap: float = 0.0
    windows: tuple[int, ...] = ()
    attention_bias: bool = False
    output_bias: bool = False
    mlp_width: int = 0
    activation: str = "gelu"
    gated: bool = False
    mlp_bias: bool = False
    parallel: bool = False
    embedding_scale: float = 1.0
    unembedding: str = "own"
    logit_cap: float = 0.0
    dtype: DTypeLike = jnp.float32
    param_dtype: DTypeLike = jnp.float32
    embedding_deviation: float = 1.0

    def __post_init__(self) -> None:
        for name in ("width", "layers", "heads", "context"):
            _at_least(name, getattr(self, name), 1)
        for name in ("vocabulary", "features", "outputs", "kv_heads", "head_width", "mlp_width"):
            _at_least(name, getattr(self, name), 0)
        if bool(self.vocabulary) == bool(self.features):
            given = f"vocabulary={self.vocabulary}, features={self.features}"
            raise ValueError(f"{given} is not allowed; allowed: one of them above 0, the other 0")
        if self.features and not self.outputs:
            raise ValueError("outputs=0 is not allowed; allowed: an integer >= 1 where the input is features")
        if not self.head_width:
            if self.width % self.heads:
                raise ValueError(f"heads={self.heads} is not allowed; allowed: a divisor of width={self.width}")
            object.__setattr__(self, "head_width", self.width // self.heads)
        object.__setattr__(self, "kv_heads", self.kv_heads or self.heads)
        if self.heads % self.kv_heads:
            raise ValueError(f"kv_heads={self.kv_heads} is not allowed; allowed: a divisor of heads={self.heads}")
        object.__setattr__(self, "outputs", self.outputs or self.vocabulary)
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name}={getattr(self, name)!r} is not allowed; allowed: {', '.join(choices)}")
        if self.windows and (len(self.windows) != self.layers or min(self.windows) < 0):
            raise ValueError(f"windows={self.windows} is not allowed; allowed: {self.layers} integers >= 0, or ()")
        if self.unembedding == "tied" and (self.features or self.outputs != self.vocabulary):
            raise ValueError(f"unembedding='tied' is not allowed; allowed: 'own' where outputs={self.outputs}")
        turning = self.head_width * self.rotary_fraction
        even = round(turning) % 2 == 0 and abs(turning - round(turning)) < 1e-6
        if self.positions == "rotary" and not (0 < self.rotary_fraction <= 1 and even):
            allowed = f"in (0, 1], an even number of the head's {self.head_width} directions"
            raise ValueError(f"rotary_fraction={self.rotary_fraction} is not allowed; allowed: {allowed}")
        for name in ("norm_eps", "query_scale", "score_cap", "logit_cap"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}={getattr(self, name)} is not allowed; allowed: a number >= 0")

    def described(self) -> dict[str, object]:
        """The fields as plain values."""
        return {
            f.name: jnp.dtype(getattr(self, f.name)).name if f.name.endswith("dtype") else getattr(self, f.name)
            for f in fields(self)
        }


CHOICES = {
    "norm": NORMS,
    "positions": POSITIONS,
    "attention": ATTENTIONS,
    "activation": ACTIVATIONS,
    "unembedding": UNEMBEDDINGS,
}


def _at_least(name: str, value: int, least: int) -> None:
    if not isinstance(value, int) or value < least:
        raise ValueError(f"{name}={value!r} is not allowed; allowed: an integer >= {least}")
