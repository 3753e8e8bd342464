"""Small decoders in which every option of the config matters somewhere, with weights that are nowhere near zero."""

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from corollary.models.decoder import Decoder, DecoderConfig, RopeScaling, weights

SHAPE = {"width": 16, "layers": 3, "heads": 4, "context": 24, "vocabulary": 23, "mlp_width": 20}
BIASED = {"norm": "layer", "attention_bias": True, "output_bias": True, "mlp_bias": True}

CONFIGS = {
    "serial": DecoderConfig(**SHAPE, **BIASED, positions="learned", activation="gelu_tanh", unembedding="tied"),
    "parallel": DecoderConfig(**SHAPE, **BIASED, parallel=True, rotary_fraction=0.5),
    "grouped": DecoderConfig(
        **SHAPE, kv_heads=2, gated=True, activation="silu", rotary_scaling=RopeScaling(8.0, 1.0, 4.0, 8)
    ),
    "capped": DecoderConfig(
        **SHAPE, kv_heads=1, head_width=6, gated=True, activation="gelu_tanh", windows=(3, 0, 3), score_cap=2.0,
        logit_cap=3.0, post_norms=True, norm_offset=True, query_scale=0.3, embedding_scale=4.0, unembedding="tied",
    ),
    "bare": DecoderConfig(
        **{**SHAPE, "mlp_width": 0}, norm="none", positions="none", attention="sigmoid", head_norm=True
    ),
    "one_added": DecoderConfig(**SHAPE, attention="softmax_one", activation="relu"),
}  # fmt: skip

TOKENS = jax.random.randint(jax.random.key(1), (3, 9), 0, SHAPE["vocabulary"])


def made(name: str, **changed) -> Decoder:
    """A decoder of that kind with all weights moved off their start."""
    config = replace(CONFIGS[name], **changed)
    return Decoder(config, weights=jax.tree.map(jnp.array, _drawn(config)))


@cache
def _drawn(config: DecoderConfig) -> dict[str, dict[str, np.ndarray]]:
    rng = np.random.default_rng(2)

    def moved(p: weights.Parameter, stack: tuple[int, ...]) -> np.ndarray:
        start, own = rng.normal(size=(2, *stack, *p.shape))
        return np.asarray(p.constant * (not p.deviation) + p.deviation * start + 0.2 * own, config.param_dtype)

    return {
        "outside": {path: moved(p, ()) for path, p in weights.outside(config).items()},
        "blocks": {path: moved(p, (config.layers,)) for path, p in weights.inside(config).items()},
    }


def apart(a, b) -> float:
    return float(np.abs(np.subtract(a, b, dtype=np.float64)).max())
