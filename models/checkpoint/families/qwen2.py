"""Qwen 2 and 2.5: Llama's block with biases of query, key and value, and windows in the last layers if switched on."""

from __future__ import annotations

from corollary.models.checkpoint.families.llama import REBUILT, ROWS, SIZES, heads, heads_written
from corollary.models.checkpoint.family import Family, Fields
from corollary.models.checkpoint.rope import rotary, scaling_field
from corollary.models.checkpoint.settings import Settings, activation_name
from corollary.models.decoder.config import DecoderConfig


def _read(settings: Settings) -> Fields:
    settings.only("partial_rotary_factor", 1.0)
    settings.only("use_mrope", False)
    layers = settings.integer("num_hidden_layers")
    on = settings.flag("use_sliding_window", False)
    window = settings.integer("sliding_window", 4096) if on else 0
    full = settings.fields.get("max_window_layers", 28)
    if type(full) is not int or full < 0:
        raise settings.refused("max_window_layers", "an integer >= 0")
    return {
        **heads(settings, settings.integer("num_key_value_heads")),
        "norm": "rms",
        "norm_eps": settings.number("rms_norm_eps", 1e-6),
        "positions": "rotary",
        **rotary(settings),
        "windows": settings.windows(layers, window, [on and layer >= full for layer in range(layers)]),
        "attention_bias": True,
        "gated": True,
        "activation": settings.activation("hidden_act", "silu"),
    }


def _write(config: DecoderConfig) -> Fields:
    windows = config.windows or (0,) * config.layers
    return {
        **heads_written(config),
        "rms_norm_eps": config.norm_eps,
        "rope_theta": config.rotary_base,
        "rope_scaling": scaling_field(config),
        "use_sliding_window": any(windows),
        "sliding_window": max(windows) or None,
        "max_window_layers": next((layer for layer, window in enumerate(windows) if window), config.layers),
        "layer_types": ["sliding_attention" if window else "full_attention" for window in windows],
        "hidden_act": activation_name(config.activation, "silu"),
    }


FAMILY = Family(
    model_type="qwen2",
    architectures=("Qwen2ForCausalLM", "Qwen2Model"),
    prefix="model.",
    sizes=SIZES,
    read=_read,
    write=_write,
    rows=ROWS,
    rebuilt=REBUILT,
    tied=False,
)
