"""Llama 2 and 3: root-mean-square norms, gated MLP, grouped keys and values, rotary frequencies scaled by bands."""

from __future__ import annotations

from corollary.models.checkpoint.family import Family, Fields
from corollary.models.checkpoint.layout import Row
from corollary.models.checkpoint.rope import rotary, scaling_field
from corollary.models.checkpoint.settings import Settings, activation_name
from corollary.models.decoder.config import DecoderConfig

SIZES = {
    "vocabulary": "vocab_size",
    "width": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "context": "max_position_embeddings",
    "mlp_width": "intermediate_size",
}


def heads(settings: Settings, kv_heads: int) -> Fields:
    """Of grouped attention, whose head width may be set."""
    return {
        "kv_heads": kv_heads,
        "head_width": settings.integer("head_dim", 0) if settings.fields.get("head_dim") is not None else 0,
    }


def heads_written(config: DecoderConfig) -> Fields:
    return {"num_key_value_heads": config.kv_heads, "head_dim": config.head_width}


def _read(settings: Settings) -> Fields:
    settings.only("partial_rotary_factor", 1.0)
    biased, mlp_biased = settings.flag("attention_bias", False), settings.flag("mlp_bias", False)
    return {
        **heads(settings, settings.integer("num_key_value_heads", settings.integer("num_attention_heads"))),
        "norm": "rms",
        "norm_eps": settings.number("rms_norm_eps", 1e-6),
        "positions": "rotary",
        **rotary(settings),
        "attention_bias": biased,
        "output_bias": biased,
        "gated": True,
        "mlp_bias": mlp_biased,
        "activation": settings.activation("hidden_act", "silu"),
    }


def _write(config: DecoderConfig) -> Fields:
    return {
        **heads_written(config),
        "rms_norm_eps": config.norm_eps,
        "rope_theta": config.rotary_base,
        "rope_scaling": scaling_field(config),
        "attention_bias": config.attention_bias,
        "mlp_bias": config.mlp_bias,
        "hidden_act": activation_name(config.activation, "silu"),
    }


_LAYER = "layers.{}."
PROJECTIONS = (
    Row("embed_tokens.weight", "embed", "vocabulary width"),
    Row(f"{_LAYER}input_layernorm.weight", "norm1.gain", "width"),
    Row(f"{_LAYER}self_attn.q_proj.weight", "attn.q", "(head head_width) width"),
    Row(f"{_LAYER}self_attn.q_proj.bias", "attn.q_bias", "(head head_width)"),
    Row(f"{_LAYER}self_attn.k_proj.weight", "attn.k", "(kv_head head_width) width"),
    Row(f"{_LAYER}self_attn.k_proj.bias", "attn.k_bias", "(kv_head head_width)"),
    Row(f"{_LAYER}self_attn.v_proj.weight", "attn.v", "(kv_head head_width) width"),
    Row(f"{_LAYER}self_attn.v_proj.bias", "attn.v_bias", "(kv_head head_width)"),
    Row(f"{_LAYER}self_attn.o_proj.weight", "attn.o", "width (head head_width)"),
    Row(f"{_LAYER}self_attn.o_proj.bias", "attn.o_bias", "width"),
    Row(f"{_LAYER}mlp.gate_proj.weight", "mlp.gate", "mlp_width width"),
    Row(f"{_LAYER}mlp.gate_proj.bias", "mlp.gate_bias", "mlp_width"),
    Row(f"{_LAYER}mlp.up_proj.weight", "mlp.up", "mlp_width width"),
    Row(f"{_LAYER}mlp.up_proj.bias", "mlp.up_bias", "mlp_width"),
    Row(f"{_LAYER}mlp.down_proj.weight", "mlp.down", "width mlp_width"),
    Row(f"{_LAYER}mlp.down_proj.bias", "mlp.down_bias", "width"),
    Row("norm.weight", "final_norm.gain", "width"),
    Row("lm_head.weight", "unembed", "vocabulary width", prefixed=False),
)
"""What Llama, Qwen and Gemma have in common."""

ROWS = (*PROJECTIONS, Row(f"{_LAYER}post_attention_layernorm.weight", "norm2.gain", "width"))
REBUILT = ("layers.*.self_attn.rotary_emb.inv_freq", "rotary_emb.inv_freq")

FAMILY = Family(
    model_type="llama",
    architectures=("LlamaForCausalLM", "LlamaModel"),
    prefix="model.",
    sizes=SIZES,
    read=_read,
    write=_write,
    rows=ROWS,
    rebuilt=REBUILT,
    tied=False,
)
