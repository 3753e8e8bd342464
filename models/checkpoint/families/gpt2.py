"""GPT-2: learned positions; weights stored as [inputs, outputs], with query, key and value side by side."""

from __future__ import annotations

from corollary.models.checkpoint.family import Family, Fields
from corollary.models.checkpoint.layout import Row
from corollary.models.checkpoint.settings import Settings, activation_name
from corollary.models.decoder.config import DecoderConfig


def _read(settings: Settings) -> Fields:
    settings.only("scale_attn_by_inverse_layer_idx", False)
    settings.only("add_cross_attention", False)
    width = settings.integer("n_embd")
    return {
        "norm": "layer",
        "norm_eps": settings.number("layer_norm_epsilon", 1e-5),
        "positions": "learned",
        "query_scale": 0.0 if settings.flag("scale_attn_weights", True) else 1.0,
        "attention_bias": True,
        "output_bias": True,
        "mlp_width": settings.integer("n_inner", 4 * width),
        "mlp_bias": True,
        "activation": settings.activation("activation_function", "gelu_new"),
    }


def _write(config: DecoderConfig) -> Fields:
    return {
        "layer_norm_epsilon": config.norm_eps,
        "scale_attn_weights": not config.query_scale,
        "n_inner": config.mlp_width,
        "activation_function": activation_name(config.activation, "gelu_new"),
    }


FAMILY = Family(
    model_type="gpt2",
    architectures=("GPT2LMHeadModel", "GPT2Model"),
    prefix="transformer.",
    sizes={
        "vocabulary": "vocab_size",
        "width": "n_embd",
        "layers": "n_layer",
        "heads": "n_head",
        "context": "n_positions",
    },
    read=_read,
    write=_write,
    rows=(
        Row("wte.weight", "embed", "vocabulary width"),
        Row("wpe.weight", "position", "position width"),
        Row("h.{}.ln_1.weight", "norm1.gain", "width"),
        Row("h.{}.ln_1.bias", "norm1.bias", "width"),
        Row("h.{}.attn.c_attn.weight", "attn.q attn.k attn.v", "width (part head head_width)"),
        Row("h.{}.attn.c_attn.bias", "attn.q_bias attn.k_bias attn.v_bias", "(part head head_width)"),
        Row("h.{}.attn.c_proj.weight", "attn.o", "(head head_width) width"),
        Row("h.{}.attn.c_proj.bias", "attn.o_bias", "width"),
        Row("h.{}.ln_2.weight", "norm2.gain", "width"),
        Row("h.{}.ln_2.bias", "norm2.bias", "width"),
        Row("h.{}.mlp.c_fc.weight", "mlp.up", "width mlp_width"),
        Row("h.{}.mlp.c_fc.bias", "mlp.up_bias", "mlp_width"),
        Row("h.{}.mlp.c_proj.weight", "mlp.down", "mlp_width width"),
        Row("h.{}.mlp.c_proj.bias", "mlp.down_bias", "width"),
        Row("ln_f.weight", "final_norm.gain", "width"),
        Row("ln_f.bias", "final_norm.bias", "width"),
        Row("lm_head.weight", "unembed", "vocabulary width", prefixed=False),
    ),
    rebuilt=("h.*.attn.bias", "h.*.attn.masked_bias"),
    tied=True,
)
