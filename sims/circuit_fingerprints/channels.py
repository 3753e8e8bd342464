"""Shapley values of channels: of tables, of one head with two tokens, and of random decoders."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from corollary.models.circuits.channels import coalition_values, shapley
from corollary.models.circuits.fingerprint import traced
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.sims.circuit_fingerprints.random_decoders import runs


def of_table(**values: float) -> list[float]:
    """[queries, keys, values] of a table v_q, ..., v_qkv."""
    order = ("v_q", "v_k", "v_qk", "v_v", "v_qv", "v_kv", "v_qkv")
    with jax.enable_x64(True):
        table = jnp.array([0.0, *(values[name] for name in order)])
        return np.asarray(shapley(table)).tolist()


def of_head(**inputs: float) -> list[float]:
    """The same of a decoder of one head whose last token has query q, key k and value w (q0, k0, w0 in the corrupted
    run), behind a token whose key and value are 0."""
    with jax.enable_x64(True):
        config = DecoderConfig(
            width=4, layers=1, heads=1, head_width=1, context=2, features=3, outputs=1, norm="none", positions="none",
            query_scale=1.0, dtype=jnp.float64, param_dtype=jnp.float64,
        )  # fmt: skip
        blocks = {f"attn.{name}": np.eye(4)[:, [n]].reshape(1, 4, 1, 1) for n, name in enumerate("qkv")}
        blocks["attn.o"] = np.eye(4)[[3]].reshape(1, 1, 1, 4)
        outside = {"embed": np.eye(3, 4), "unembed": np.zeros((4, 1))}
        model = Decoder(config, weights=jax.tree.map(jnp.asarray, {"outside": outside, "blocks": blocks}))
        clean, dirty = (
            traced(model, jnp.array([[[0.0, 0.0, 0.0], [inputs[name + end] for name in "qkw"]]])) for end in ("", "0")
        )
        values = coalition_values(model, clean, dirty, jnp.eye(4)[3:])
        return np.asarray(shapley(values)[0, 0, 0]).tolist()


def summed(family: str, seed: int) -> np.ndarray:
    """Sum of the three shares of every head of a random decoder, a mean over prompts [layers heads]."""
    return shares(family, seed).sum(-1).ravel()


def shares(family: str, seed: int) -> np.ndarray:
    """[layers, heads, 3]."""
    return np.asarray(_values(family, seed, shapley)).mean(2)


def banzhaf(family: str, seed: int) -> np.ndarray:
    """The mistake: a channel's four marginal contributions with equal weights, summed over channels."""

    def equal(values: jax.Array) -> jax.Array:
        gains = [
            sum(values[..., rest | 1 << n] - values[..., rest] for rest in range(8) if not rest >> n & 1)
            for n in range(3)
        ]
        return jnp.stack(gains, -1) / 4

    return np.asarray(_values(family, seed, equal)).mean(2).sum(-1).ravel()


def _values(family: str, seed: int, share: object) -> jax.Array:
    model, alone, clean, dirty = runs(family, seed)
    with jax.enable_x64(True):
        return share(coalition_values(model, clean, dirty, alone.direction))  # type: ignore[operator]
