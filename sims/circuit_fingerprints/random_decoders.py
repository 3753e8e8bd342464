"""Random decoders of three families with aligned prompts, on which what holds for any weights is tried, float64."""

from __future__ import annotations

from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.models.circuits.fingerprint import Isolated, Traced, isolated, traced
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder import weights as parameters

FAMILIES = {
    "gpt2": {"norm": "layer", "positions": "learned", "attention_bias": True, "output_bias": True, "mlp_bias": True},
    "llama": {"norm": "rms", "kv_heads": 2, "gated": True, "activation": "silu"},
    "neox": {"norm": "layer", "parallel": True, "rotary_fraction": 0.5},
}
SIZES = {"width": 16, "layers": 2, "heads": 4, "context": 8, "vocabulary": 13, "mlp_width": 9}
PROMPTS = 6


def decoder(family: str, seed: int) -> Decoder:
    """Float64, normal weights; call under enable_x64."""
    wide = {"dtype": jnp.float64, "param_dtype": jnp.float64}
    config = DecoderConfig(**{**SIZES, **FAMILIES[family], **wide})  # type: ignore[arg-type]
    generator = np.random.default_rng(seed)

    def drawn(listed: dict[str, parameters.Parameter], *stack: int) -> dict[str, Array]:
        """Constants drawn around their value too, so that no gain is 1 and no bias 0."""
        return {
            name: jnp.asarray(one.constant + (one.deviation or 0.2) * generator.normal(size=(*stack, *one.shape)))
            for name, one in listed.items()
        }

    weights = {"outside": drawn(parameters.outside(config)), "blocks": drawn(parameters.inside(config), config.layers)}
    return Decoder(config, weights=weights)


def prompts(seed: int) -> tuple[Array, Array, Array, Array]:
    """(clean, corrupted, plus, minus): two tokens of each prompt replaced, the last one in half of them."""
    generator = np.random.default_rng(seed)
    clean = generator.integers(0, SIZES["vocabulary"], (PROMPTS, 7))
    dirty = clean.copy()
    dirty[:, 2] = (dirty[:, 2] + generator.integers(1, SIZES["vocabulary"], PROMPTS)) % SIZES["vocabulary"]
    dirty[::2, -1] = (dirty[::2, -1] + 1) % SIZES["vocabulary"]
    plus = generator.integers(0, SIZES["vocabulary"], PROMPTS)
    minus = (plus + generator.integers(1, SIZES["vocabulary"], PROMPTS)) % SIZES["vocabulary"]
    return tuple(jnp.asarray(part, jnp.int32) for part in (clean, dirty, plus, minus))  # type: ignore[return-value]


@cache
def runs(family: str, seed: int) -> tuple[Decoder, Isolated, Traced, Traced]:
    """(decoder, its answers alone, its clean run, its corrupted run)."""
    with jax.enable_x64(True):
        model = decoder(family, seed)
        return model, *_ran(model.weights(), *prompts(seed), config=model.config)


@partial(jax.jit, static_argnames=("config",))
def _ran(
    weights: dict, clean: Array, dirty: Array, plus: Array, minus: Array, *, config: DecoderConfig
) -> tuple[Isolated, Traced, Traced]:
    model = Decoder(config, weights=weights)
    return isolated(model, plus, minus), traced(model, clean), traced(model, dirty)
