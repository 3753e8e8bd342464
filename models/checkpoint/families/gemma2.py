"""Gemma 2: gains of 1 + weight, a norm after each sub-layer too, scaled embeddings, capped scores and logits, and
windows in every other layer."""

from __future__ import annotations

import math

from corollary.models.checkpoint.families.llama import PROJECTIONS, REBUILT, SIZES, heads, heads_written
from corollary.models.checkpoint.family import Family, Fields
from corollary.models.checkpoint.layout import Row
from corollary.models.checkpoint.rope import rotary, scaling_field
from corollary.models.checkpoint.settings import Settings, activation_name
from corollary.models.decoder.config import DecoderConfig


def _read(settings: Settings) -> Fields:
    settings.only("partial_rotary_factor", 1.0)
    layers = settings.integer("num_hidden_layers")
    null = "sliding_window" in settings.fields and settings.fields["sliding_window"] is None
    window = 0 if null else settings.integer("sliding_window", 4096)
    biased = settings.flag("attention_bias", False)
    return {
        **heads(settings, settings.integer("num_key_value_heads")),
        "head_width": settings.integer("head_dim", 256),
        "norm": "rms",
        "norm_eps": settings.number("rms_norm_eps", 1e-6),
        "norm_offset": True,
        "post_norms": True,
        "positions": "rotary",
        **rotary(settings),
        "query_scale": settings.number("query_pre_attn_scalar", 256) ** -0.5,
        "score_cap": settings.cap("attn_logit_softcapping", 50.0),
        "windows": settings.windows(layers, window, [layer % 2 == 0 for layer in range(layers)]),
        "attention_bias": biased,
        "output_bias": biased,
        "gated": True,
        "activation": settings.activation("hidden_activation", "gelu_pytorch_tanh"),
        "embedding_scale": math.sqrt(settings.integer("hidden_size")),
        "logit_cap": settings.cap("final_logit_softcapping", 30.0),
    }


def _write(config: DecoderConfig) -> Fields:
    windows = config.windows or (0,) * config.layers
    scalar = (config.query_scale or config.head_width**-0.5) ** -2
    return {
        **heads_written(config),
        "rms_norm_eps": config.norm_eps,
        "rope_theta": config.rotary_base,
        "rope_scaling": scaling_field(config),
        "query_pre_attn_scalar": round(scalar) if math.isclose(scalar, round(scalar), rel_tol=1e-12) else scalar,
        "attn_logit_softcapping": config.score_cap or None,
        "sliding_window": max(windows) or config.context,
        "layer_types": ["sliding_attention" if window else "full_attention" for window in windows],
        "attention_bias": config.attention_bias,
        "hidden_activation": activation_name(config.activation, "gelu_pytorch_tanh"),
        "final_logit_softcapping": config.logit_cap or None,
    }


_LAYER = "layers.{}."

FAMILY = Family(
    model_type="gemma2",
    architectures=("Gemma2ForCausalLM", "Gemma2Model"),
    prefix="model.",
    sizes=SIZES,
    read=_read,
    write=_write,
    rows=(
        *PROJECTIONS,
        Row(f"{_LAYER}post_attention_layernorm.weight", "attn_post.gain", "width"),
        Row(f"{_LAYER}pre_feedforward_layernorm.weight", "norm2.gain", "width"),
        Row(f"{_LAYER}post_feedforward_layernorm.weight", "mlp_post.gain", "width"),
    ),
    rebuilt=REBUILT,
    tied=True,
)
