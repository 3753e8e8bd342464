"""Node scores of random decoders, in the stream and in a head's own space."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from corollary.models.circuits.fingerprint import native_scores, node_scores
from corollary.models.decoder.edges import EdgeGraph
from corollary.sims.circuit_fingerprints.random_decoders import prompts, runs


def in_stream(family: str, seed: int) -> np.ndarray:
    """Mean over prompts of heads' scores, from what they write [layers heads]."""
    model, alone, clean, dirty = runs(family, seed)
    with jax.enable_x64(True):
        scores = node_scores(clean, dirty, alone.direction).mean(1)
    return np.asarray(scores)[_heads(model)]


def in_head(family: str, seed: int) -> np.ndarray:
    """The same with the direction carried into each head."""
    model, alone, _, _ = runs(family, seed)
    clean, dirty, _, _ = prompts(seed)
    with jax.enable_x64(True):
        return np.asarray(native_scores(model, clean, dirty, alone.direction).mean(-1)).ravel()


def renormalised(family: str, seed: int) -> np.ndarray:
    """The mistake: the carried direction at norm 1 in each head."""
    model, alone, _, _ = runs(family, seed)
    clean, dirty, _, _ = prompts(seed)
    with jax.enable_x64(True):
        carried = jnp.einsum("lhkd,bd->lhbk", model.weights()["blocks"]["attn.o"], alone.direction)
        scores = native_scores(model, clean, dirty, alone.direction) / jnp.linalg.norm(carried, axis=-1)
        return np.asarray(scores.mean(-1)).ravel()


def sums(family: str, seed: int) -> dict[str, float]:
    """Sum over all "sources", over those "without the embedding", and the "stream"'s difference behind the last
    block, along the direction."""
    _, alone, clean, dirty = runs(family, seed)
    with jax.enable_x64(True):
        scores = node_scores(clean, dirty, alone.direction).mean(1)
        moved = (clean.streams["end"] - dirty.streams["end"])[:, -1]
        stream = jnp.sum(moved * alone.direction, -1).mean()
    return {"sources": float(scores.sum()), "without the embedding": float(scores[1:].sum()), "stream": float(stream)}


def _heads(model: object) -> list[int]:
    graph = EdgeGraph(model.config)  # type: ignore[attr-defined]
    return [n for n, name in enumerate(graph.sources) if "head" in name]
