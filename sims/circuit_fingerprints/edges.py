"""Edge scores of random decoders, added up over what a head reads."""

from __future__ import annotations

from functools import cache

import jax
import numpy as np

from corollary.models.circuits.fingerprint_edges import FingerprintRead, edges_of_runs
from corollary.models.decoder.edges import EdgeGraph
from corollary.sims.circuit_fingerprints.random_decoders import runs


@cache
def read(family: str, seed: int, normalise: bool = True) -> FingerprintRead:
    model, alone, clean, dirty = runs(family, seed)
    with jax.enable_x64(True):
        return edges_of_runs(model, clean, dirty, alone, alone.direction, normalise=normalise)


def into_last_heads(family: str, seed: int, normalise: bool = True) -> list[float]:
    """Sum of the scores of all edges into each group of heads of the last block that share keys and values."""
    return _by_group(family, _into(family, seed, normalise))


def importance_of_last_heads(family: str, seed: int) -> list[float]:
    """Sum over the same groups of the heads' importance: their scores, and what goes through an MLP behind them."""
    return _grouped(family, np.asarray(read(family, seed).importance))


def scores_of_last_heads(family: str, seed: int) -> list[float]:
    """Of heads that no MLP follows: what each writes itself."""
    return _grouped(family, np.asarray(read(family, seed).direct))


def _grouped(family: str, values: np.ndarray) -> list[float]:
    model = runs(family, 0)[0]
    graph, last = EdgeGraph(model.config), model.config.layers - 1
    own = [values[graph.sources.index(f"blocks.{last}.head.{h}")] for h in range(model.config.heads)]
    return np.reshape(own, (model.config.kv_heads, -1)).sum(1).tolist()


def importance_of_first_block(family: str, seed: int) -> dict[str, float]:
    """What flows into the "heads" and the "mlp" of the first block, and their importance ("of heads", "of mlp")."""
    model = runs(family, seed)[0]
    graph, found = EdgeGraph(model.config), read(family, seed)
    into = dict(zip(graph.destinations, np.asarray(graph.matrix(found.scores)).sum(1), strict=True))
    own = dict(zip(graph.sources, np.asarray(found.importance), strict=True))

    def total(table: dict[str, float], part: str) -> float:
        return float(sum(value for name, value in table.items() if name.startswith(f"blocks.0.{part}")))

    return {
        "heads": total(into, "head"),
        "mlp": total(into, "mlp"),
        "of heads": total(own, "head"),
        "of mlp": total(own, "mlp"),
    }


def _into(family: str, seed: int, normalise: bool) -> dict[str, float]:
    graph = EdgeGraph(runs(family, seed)[0].config)
    into = np.asarray(graph.matrix(read(family, seed, normalise).scores)).sum(1)
    return dict(zip(graph.destinations, into.tolist(), strict=True))


def _by_group(family: str, into: dict[str, float]) -> list[float]:
    model = runs(family, 0)[0]
    last, group = model.config.layers - 1, model.config.heads // model.config.kv_heads
    return [
        sum(into[f"blocks.{last}.head.{h}.q"] for h in range(g * group, (g + 1) * group))
        + sum(into[f"blocks.{last}.head.{g}.{channel}"] for channel in "kv")
        for g in range(model.config.kv_heads)
    ]
