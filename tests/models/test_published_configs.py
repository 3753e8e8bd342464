"""The config.json of published models, as they were written over the years, describe the decoders that they are."""

import json
import math
from pathlib import Path

import pytest

from corollary.models.checkpoint.families import FAMILIES
from corollary.models.checkpoint.settings import Settings
from corollary.models.decoder import RopeScaling

PUBLISHED = {
    "GPT-2": (
        """{"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1,
        "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02,
        "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12, "n_layer": 12,
        "n_positions": 1024, "resid_pdrop": 0.1, "vocab_size": 50257}""",
        {
            "mlp_width": 3072,
            "head_width": 64,
            "norm": "layer",
            "positions": "learned",
            "activation": "gelu_tanh",
            "output_bias": True,
        },
    ),
    "Pythia-70M": (
        """{"architectures": ["GPTNeoXForCausalLM"], "bos_token_id": 0, "eos_token_id": 0, "hidden_act": "gelu",
        "hidden_size": 512, "initializer_range": 0.02, "intermediate_size": 2048, "layer_norm_eps": 1e-05,
        "max_position_embeddings": 2048, "model_type": "gpt_neox", "num_attention_heads": 8, "num_hidden_layers": 6,
        "rotary_emb_base": 10000, "rotary_pct": 0.25, "tie_word_embeddings": false, "torch_dtype": "float16",
        "use_cache": true, "use_parallel_residual": true, "vocab_size": 50304}""",
        {
            "rotary_fraction": 0.25,
            "parallel": True,
            "activation": "gelu",
            "attention_bias": True,
            "mlp_bias": True,
            "gated": False,
        },
    ),
    "Llama-1": (
        """{"architectures": ["LlamaForCausalLM"], "hidden_act": "silu", "hidden_size": 4096,
        "intermediate_size": 11008, "max_position_embeddings": 2048, "model_type": "llama", "num_attention_heads": 32,
        "num_hidden_layers": 32, "pad_token_id": -1, "rms_norm_eps": 1e-06, "torch_dtype": "float16",
        "vocab_size": 32000}""",
        {"kv_heads": 32, "head_width": 128, "rotary_base": 1e4, "rotary_scaling": None, "attention_bias": False},
    ),
    "Llama-3.2-1B": (
        """{"architectures": ["LlamaForCausalLM"], "attention_bias": false, "head_dim": 64, "hidden_act": "silu",
        "hidden_size": 2048, "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false,
        "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8,
        "pretraining_tp": 1, "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0,
        "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
        "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16", "vocab_size": 128256}""",
        {
            "kv_heads": 8,
            "rotary_base": 5e5,
            "rotary_scaling": RopeScaling(32.0, 1.0, 4.0, 8192),
            "norm_eps": 1e-5,
            "gated": True,
        },
    ),
    "Gemma-2-2B": (
        """{"architectures": ["Gemma2ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
        "attn_logit_softcapping": 50.0, "cache_implementation": "hybrid", "final_logit_softcapping": 30.0,
        "head_dim": 256, "hidden_act": "gelu_pytorch_tanh", "hidden_activation": "gelu_pytorch_tanh",
        "hidden_size": 2304, "intermediate_size": 9216, "max_position_embeddings": 8192, "model_type": "gemma2",
        "num_attention_heads": 8, "num_hidden_layers": 26, "num_key_value_heads": 4, "query_pre_attn_scalar": 256,
        "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "sliding_window": 4096, "vocab_size": 256000}""",
        {
            "windows": (4096, 0) * 13,
            "query_scale": 1 / 16,
            "score_cap": 50.0,
            "logit_cap": 30.0,
            "embedding_scale": math.sqrt(2304),
            "head_width": 256,
            "post_norms": True,
            "norm_offset": True,
        },
    ),
    "Qwen2.5-0.5B": (
        """{"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "hidden_act": "silu", "hidden_size": 896,
        "intermediate_size": 4864, "max_position_embeddings": 32768, "max_window_layers": 24, "model_type": "qwen2",
        "num_attention_heads": 14, "num_hidden_layers": 24, "num_key_value_heads": 2, "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0, "sliding_window": 32768, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
        "use_mrope": false, "use_sliding_window": false, "vocab_size": 151936}""",
        {"windows": (), "attention_bias": True, "output_bias": False, "kv_heads": 2, "rotary_base": 1e6},
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_config_is_the_decoder_that_it_was(name):
    text, expected = PUBLISHED[name]
    fields = json.loads(text)
    config = FAMILIES[fields["model_type"]].config(Settings(Path("config.json"), fields))
    assert {field: getattr(config, field) for field in expected} == expected
