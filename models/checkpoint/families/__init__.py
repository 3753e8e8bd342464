"""Families of published models that the decoder covers, by the model_type of their config.json."""

from corollary.models.checkpoint.families import gemma2, gpt2, gpt_neox, llama, qwen2

FAMILIES = {one.FAMILY.model_type: one.FAMILY for one in (gpt2, gpt_neox, llama, qwen2, gemma2)}
