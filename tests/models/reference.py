"""Small random models of every family in transformers, each with details that matter, and what they compute.

Needs torch and transformers, the extra `parity`, when something is built.
"""

from __future__ import annotations

from typing import Any

import numpy as np

BASE: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "max_position_embeddings": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
GPT2: dict[str, Any] = {
    "vocab_size": 64,
    "n_embd": 24,
    "n_layer": 3,
    "n_head": 4,
    "n_inner": 40,
    "n_positions": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
GROUPED = {**BASE, "num_key_value_heads": 2}
BANDS = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 16,
}
"""At a base of 100 and a head width of 8, wavelengths lie below, within and above the ramp."""

GEMMA = {
    **GROUPED,
    "head_dim": 8,
    "query_pre_attn_scalar": 5,
    "attn_logit_softcapping": 2.0,
    "final_logit_softcapping": 3.0,
    "sliding_window": 5,
}

VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "gpt2": ("GPT2", GPT2),
    "gpt2-untied": ("GPT2", {**GPT2, "tie_word_embeddings": False}),
    "gpt2-default-width": ("GPT2", {**GPT2, "n_inner": None}),
    "gpt2-unscaled": ("GPT2", {**GPT2, "scale_attn_weights": False, "activation_function": "relu"}),
    "gpt_neox": ("GPTNeoX", {**BASE, "rotary_pct": 0.7, "rotary_emb_base": 100}),
    "gpt_neox-serial": ("GPTNeoX", {**BASE, "rotary_pct": 0.7, "use_parallel_residual": False}),
    "gpt_neox-tied": ("GPTNeoX", {**BASE, "rotary_pct": 1.0, "tie_word_embeddings": True}),
    "gpt_neox-no-bias": ("GPTNeoX", {**BASE, "rotary_pct": 0.7, "attention_bias": False, "hidden_act": "gelu_new"}),
    "llama": ("Llama", {**GROUPED, "head_dim": 8, "rope_theta": 100.0, "rope_scaling": BANDS}),
    "llama-tied": ("Llama", {**GROUPED, "tie_word_embeddings": True, "rms_norm_eps": 0.1}),
    "llama-biased": ("Llama", {**GROUPED, "attention_bias": True, "mlp_bias": True}),
    "llama-ungrouped": ("Llama", {**BASE, "hidden_act": "gelu"}),
    "gemma2": ("Gemma2", GEMMA),
    "gemma2-no-caps": ("Gemma2", {**GEMMA, "attn_logit_softcapping": None, "final_logit_softcapping": None}),
    "gemma2-windows-last": (
        "Gemma2",
        {**GEMMA, "layer_types": ["full_attention", "sliding_attention", "sliding_attention"]},
    ),
    "gemma2-untied": ("Gemma2", {**GEMMA, "tie_word_embeddings": False, "attention_bias": True}),
    "qwen2": ("Qwen2", {**GROUPED, "rope_theta": 1000.0}),
    "qwen2-tied": ("Qwen2", {**GROUPED, "tie_word_embeddings": True, "use_sliding_window": False, "sliding_window": 4}),
    "qwen2-windows": ("Qwen2", {**GROUPED, "use_sliding_window": True, "sliding_window": 4, "max_window_layers": 1}),
}
"""Class of transformers and its config, by name."""

LENGTHS = (40, 33, 7)
"""Of the rows of a batch."""


def built(name: str, seed: int = 0) -> Any:
    """A model in float32 whose every parameter matters: norms far from one, biases far from zero."""
    import torch
    import transformers

    kind, fields = VARIANTS[name]
    config = getattr(transformers, f"{kind}Config")(**fields)
    suffix = "LMHeadModel" if kind == "GPT2" else "ForCausalLM"
    model = getattr(transformers, f"{kind}{suffix}")._from_config(config, attn_implementation="eager").eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for path, parameter in model.named_parameters():
            drawn = torch.randn(parameter.shape, generator=generator)
            if parameter.ndim == 1:
                plain = path.endswith("bias") or kind == "Gemma2"
                parameter.copy_(0.5 * drawn + (0 if plain else 1))
            else:
                embedding = any(part in path for part in ("wte", "wpe", "embed"))
                inputs = parameter.shape[0 if kind == "GPT2" and not embedding else 1]
                parameter.copy_(drawn if embedding else 1.3 * drawn / inputs**0.5)
    return model


def batch(side: str, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Tokens [rows, longest] and which are real, filled in on one side with a token that also occurs."""
    rng = np.random.default_rng(seed)
    tokens = np.full((len(LENGTHS), max(LENGTHS)), 3, np.int32)
    real = np.zeros(tokens.shape, bool)
    for row, length in enumerate(LENGTHS):
        at = slice(-length, None) if side == "left" else slice(length)
        tokens[row, at], real[row, at] = rng.integers(3, 64, length), True
    return tokens, real


def computed(model: Any, tokens: np.ndarray, real: np.ndarray) -> dict[str, np.ndarray]:
    """logits [rows, t, vocabulary]; hidden: the stream before every block and after the final norm, [layers + 1, rows,
    t, width]; gradient: of the sum of squares of the real tokens' logits, with respect to the stream before block 1."""
    import torch

    mask = torch.tensor(real)
    positions = (mask.long().cumsum(1) - 1).clamp(min=0)
    out = model(
        input_ids=torch.tensor(tokens).long(),
        attention_mask=mask.long(),
        position_ids=positions,
        output_hidden_states=True,
        use_cache=False,
    )
    streams = out.hidden_states
    loss = (out.logits.float() ** 2)[mask].sum()
    [gradient] = torch.autograd.grad(loss, [streams[1]])
    return {
        "logits": out.logits.detach().float().numpy(),
        "hidden": torch.stack([one.detach().float() for one in streams]).numpy(),
        "gradient": gradient.float().numpy(),
    }


def generated(model: Any, tokens: np.ndarray, real: np.ndarray, new: int) -> np.ndarray:
    """Greedy continuation [rows, new] of left-padded prompts, without an end."""
    import torch

    with torch.no_grad():
        out = model.generate(
            torch.tensor(tokens).long(),
            attention_mask=torch.tensor(real).long(),
            max_new_tokens=new,
            min_new_tokens=new,
            do_sample=False,
            eos_token_id=None,
            pad_token_id=0,
        )
    return out[:, tokens.shape[1] :].numpy().astype(np.int32)
