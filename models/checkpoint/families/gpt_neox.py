"""GPT-NeoX, and Pythia: rotary on a part of each head, attention and MLP side by side; query, key and value of a head
lie together."""

from __future__ import annotations

import math

from corollary.models.checkpoint.family import Family, Fields
from corollary.models.checkpoint.layout import Row
from corollary.models.checkpoint.rope import rotary, scaling_field
from corollary.models.checkpoint.settings import Settings, activation_name
from corollary.models.decoder.config import DecoderConfig


def _read(settings: Settings) -> Fields:
    biased = settings.flag("attention_bias", True)
    turns = rotary(settings, "rotary_emb_base", "rotary_pct", 0.25)
    head_width = settings.integer("hidden_size") // settings.integer("num_attention_heads")
    whole = int(head_width * turns["rotary_fraction"])  # what is left of a fraction of a direction does not turn
    if whole != head_width * turns["rotary_fraction"]:
        turns["rotary_fraction"] = whole / head_width
    return {
        "norm": "layer",
        "norm_eps": settings.number("layer_norm_eps", 1e-5),
        "positions": "rotary",
        **turns,
        "attention_bias": biased,
        "output_bias": biased,
        "mlp_bias": True,
        "activation": settings.activation("hidden_act", "gelu"),
        "parallel": settings.flag("use_parallel_residual", True),
    }


def _write(config: DecoderConfig) -> Fields:
    fraction = config.rotary_fraction
    if int(config.head_width * fraction) < round(config.head_width * fraction):  # a last bit too small to be read back
        fraction = math.nextafter(fraction, 1)
    return {
        "layer_norm_eps": config.norm_eps,
        "rotary_emb_base": config.rotary_base,
        "rotary_pct": fraction,
        "rope_scaling": scaling_field(config),
        "attention_bias": config.attention_bias,
        "hidden_act": activation_name(config.activation, "gelu"),
        "use_parallel_residual": config.parallel,
    }


_LAYER = "layers.{}."
_ATTENTION = f"{_LAYER}attention."

FAMILY = Family(
    model_type="gpt_neox",
    architectures=("GPTNeoXForCausalLM", "GPTNeoXModel"),
    prefix="gpt_neox.",
    sizes={
        "vocabulary": "vocab_size",
        "width": "hidden_size",
        "layers": "num_hidden_layers",
        "heads": "num_attention_heads",
        "context": "max_position_embeddings",
        "mlp_width": "intermediate_size",
    },
    read=_read,
    write=_write,
    rows=(
        Row("embed_in.weight", "embed", "vocabulary width"),
        Row(f"{_LAYER}input_layernorm.weight", "norm1.gain", "width"),
        Row(f"{_LAYER}input_layernorm.bias", "norm1.bias", "width"),
        Row(f"{_ATTENTION}query_key_value.weight", "attn.q attn.k attn.v", "(head part head_width) width"),
        Row(f"{_ATTENTION}query_key_value.bias", "attn.q_bias attn.k_bias attn.v_bias", "(head part head_width)"),
        Row(f"{_ATTENTION}dense.weight", "attn.o", "width (head head_width)"),
        Row(f"{_ATTENTION}dense.bias", "attn.o_bias", "width"),
        Row(f"{_LAYER}post_attention_layernorm.weight", "norm2.gain", "width"),
        Row(f"{_LAYER}post_attention_layernorm.bias", "norm2.bias", "width"),
        Row(f"{_LAYER}mlp.dense_h_to_4h.weight", "mlp.up", "mlp_width width"),
        Row(f"{_LAYER}mlp.dense_h_to_4h.bias", "mlp.up_bias", "mlp_width"),
        Row(f"{_LAYER}mlp.dense_4h_to_h.weight", "mlp.down", "width mlp_width"),
        Row(f"{_LAYER}mlp.dense_4h_to_h.bias", "mlp.down_bias", "width"),
        Row("final_layer_norm.weight", "final_norm.gain", "width"),
        Row("final_layer_norm.bias", "final_norm.bias", "width"),
        Row("embed_out.weight", "unembed", "vocabulary width", prefixed=False),
    ),
    rebuilt=(
        "layers.*.attention.bias",
        "layers.*.attention.masked_bias",
        "layers.*.attention.rotary_emb.inv_freq",
        "rotary_emb.inv_freq",
    ),
    tied=False,
)
