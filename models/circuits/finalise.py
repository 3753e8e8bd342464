"""Paths that lead nowhere, and the order in which a graph is walked from its output."""

from __future__ import annotations

import re

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool

from corollary.models.decoder.edges import EdgeGraph


def finalised(graph: EdgeGraph, kept: ArrayLike) -> Bool[Array, " edges"]:
    """The kept edges from which a kept path leads to the logits. Traceable.

    Backwards only, as released (arXiv 2605.12671): an edge from a head that itself reads nothing stays, since such a
    head still writes. With grouped queries, a head needs its query and its group's key and value.
    """
    wanted = jnp.asarray(kept, bool)
    if wanted.shape != (len(graph),):
        raise ValueError(f"kept of shape {wanted.shape} is not allowed; allowed: [{len(graph)}], one an edge")
    paths, computes = graph.matrix(wanted), jnp.asarray(_computes(graph))
    destinations = jnp.asarray([name == "logits" for name in graph.destinations])
    sources = jnp.zeros(len(graph.sources), bool)
    for _ in range(2 * graph.config.layers + 1):  # no path is longer
        sources = sources | (paths & destinations[:, None]).any(0)
        destinations = destinations | (computes & sources).any(1)
    return wanted & graph.flat(destinations[:, None] & sources[None])


def _computes(graph: EdgeGraph) -> Bool[np.ndarray, "destinations sources"]:
    """Which destinations each source computes with."""
    place = {name: number for number, name in enumerate(graph.destinations)}
    table = np.zeros((len(place), len(graph.sources)), bool)
    group = graph.config.heads // graph.config.kv_heads
    for number, source in enumerate(graph.sources):
        for destination in _readers(source, group):
            if destination in place:
                table[place[destination], number] = True
    return table


def _readers(source: str, group: int) -> list[str]:
    """The destinations that a source computes with."""
    if ".head." not in source:
        return [source]
    place, head = re.fullmatch(r"(.*\.head)\.(\d+)", source).groups()  # type: ignore[union-attr]
    return [f"{place}.{head}.q", *(f"{place}.{int(head) // group}.{reader}" for reader in "kv")]


def stages(graph: EdgeGraph) -> list[list[int]]:
    """Edges from the logits down: those into the logits, then for each layer from the last into its MLP, and into its
    heads. Within a stage, late sources first."""
    order: dict[tuple[int, int], list[int]] = {}
    for number, (_, destination) in enumerate(graph.edges):
        layer = graph.config.layers if destination == "logits" else int(destination.split(".")[1])
        order.setdefault((layer, destination.endswith("mlp")), []).append(number)
    place = {name: number for number, name in enumerate(graph.sources)}
    return [
        sorted(order[stage], key=lambda edge: (-place[graph.edges[edge][0]], edge))
        for stage in sorted(order, reverse=True)
    ]
