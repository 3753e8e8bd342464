"""A circuit that was found in a decoder: its edges and scores, what it does alone, and what it shares with another."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float

from corollary.models.circuits.overlap import Overlap, overlap, regions
from corollary.models.decoder.edges import EdgeGraph

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Accuracies = Callable[[Bool[np.ndarray, "k edges"]], tuple[np.ndarray, np.ndarray]]
"""Of each mask: how often good beats bad, and how often it beats every other token."""


@dataclass(frozen=True)
class FoundCircuit:
    """kept: its edges, in the order of graph.edges, without paths that lead nowhere. scores: of all edges; what they
    are differs by method. method, ablation, seed, options: how it was found. accuracies: of masks on its prompts."""

    graph: EdgeGraph
    kept: Bool[np.ndarray, " edges"]
    scores: Float[np.ndarray, " edges"]
    method: str
    ablation: str
    seed: int
    options: Mapping[str, Any]
    accuracies: Accuracies = field(repr=False, compare=False)

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """(source, destination) of the kept edges, by absolute score."""
        order = np.argsort(-np.abs(self.scores), kind="stable")
        return tuple(self.graph.edges[edge] for edge in order if self.kept[edge])

    def alone(self) -> dict[str, tuple[float, float]]:
        """Accuracies of the model, of the circuit alone, and of the model without it: of two labels, and of all."""
        return dict(self._alone)

    @cached_property
    def _alone(self) -> dict[str, tuple[float, float]]:
        masks = {"the model": np.ones_like(self.kept), "alone": self.kept, "without": ~self.kept}
        return _named(self.accuracies, masks)

    def compare(self, other: FoundCircuit) -> Comparison:
        """What both share, beside chance, and the eight accuracies that tell independent circuits from one with spares.
        Raises ValueError for a circuit of another graph, or without edges."""
        if self.graph.edges != other.graph.edges:
            raise ValueError(
                f"other is of a graph of {len(other.graph)} edges; allowed: the same graph, {len(self.graph)}"
            )
        for name, one in (("this circuit", self), ("other", other)):
            if not one.kept.any():
                raise ValueError(f"{name} has no edges ({one.method}); allowed: circuits with an edge at least")
        return Comparison(overlap(self.kept, other.kept), _named(self.accuracies, regions(self.kept, other.kept)))

    def draw(self, *others: FoundCircuit) -> Figure:
        """Heads and MLPs by layer, and the kept edges between them; with others: those of all in black. `.savefig`
        writes it. Raises ValueError for a circuit of another graph."""
        from corollary.reporting.circuit_drawing import draw

        if any(other.graph.edges != self.graph.edges for other in others):
            raise ValueError("a circuit of another graph is not allowed; allowed: circuits of one graph")
        circuits = {one.method if one.seed == 0 else f"{one.method} {one.seed}": one for one in (self, *others)}
        if len(circuits) <= len(others):
            circuits = {f"{number}: {one.method}": one for number, one in enumerate((self, *others))}
        config = self.graph.config
        kept = {name: one.edges for name, one in circuits.items()}
        return draw(
            kept, layers=config.layers, heads=config.heads, kv_heads=config.kv_heads, mlp=bool(config.mlp_width)
        )

    def save(self, file: str | PathLike[str]) -> Path:
        """Writes it as JSON: how it was found, its edges by name, and the scores of all edges."""
        place = Path(file).expanduser()
        place.parent.mkdir(parents=True, exist_ok=True)
        told = {
            "graph": _shape(self.graph),
            "method": self.method,
            "ablation": self.ablation,
            "seed": self.seed,
            "options": dict(self.options),
            "accuracies": {name: list(pair) for name, pair in self.alone().items()},
            "edges": self.edges,
            "scores": [float(score) for score in self.scores],
        }
        partial = place.with_name(f".{place.name}.partial")
        partial.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        partial.replace(place)
        return place

    def __str__(self) -> str:
        count, share = int(self.kept.sum()), self.kept.mean()
        lines = [f"{self.method}: {count} of {len(self.kept)} edges ({share:.2%}), {self.ablation} ablation"]
        return "\n".join([*lines, *_lines(self.alone())])


@dataclass(frozen=True)
class Comparison:
    """overlap: of the edges, beside chance. accuracies: of two labels and of all tokens, of each of `regions`."""

    overlap: Overlap
    accuracies: Mapping[str, tuple[float, float]]

    def __str__(self) -> str:
        o = self.overlap
        tail = f"= {o.tail:.2g}" if o.tail > 0 else "below 1e-300"
        by_chance = f"by chance {o.expected:.1f} ± {o.deviation:.1f}"
        return "\n".join(
            [
                f"{o.shared} shared of {o.sizes[0]} and {o.sizes[1]} edges; {by_chance}, P(as many) {tail}",
                f"IoU {o.iou:.4f}, by chance {o.chance_iou:.4f}",
                *_lines(self.accuracies),
            ]
        )


def open_circuit(file: str | PathLike[str], graph: EdgeGraph, accuracies: Accuracies) -> FoundCircuit:
    """One that `save` wrote, on prompts of one's own. Raises ValueError, in one line, for a file that is none, and for
    a graph of another architecture."""
    place = Path(file).expanduser()
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        known = {name: told[name] for name in ("graph", "method", "ablation", "seed", "options", "edges", "scores")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{place} is not allowed; allowed: a circuit's JSON file ({error})") from None
    if known["graph"] != _shape(graph):
        raise ValueError(f"{place} is of a graph of {known['graph']}; allowed: the model's, {_shape(graph)}")
    named = {tuple(edge) for edge in known["edges"]}
    kept = np.array([edge in named for edge in graph.edges])
    scores = np.asarray(known["scores"], np.float32)
    return FoundCircuit(
        graph, kept, scores, known["method"], known["ablation"], known["seed"], known["options"], accuracies
    )


def _shape(graph: EdgeGraph) -> dict[str, Any]:
    c = graph.config
    shape = {"layers": c.layers, "heads": c.heads, "kv_heads": c.kv_heads, "mlp": bool(c.mlp_width)}
    return {**shape, "parallel": bool(c.parallel), "edges": len(graph)}


def _named(accuracies: Accuracies, masks: Mapping[str, np.ndarray]) -> dict[str, tuple[float, float]]:
    two, every = accuracies(np.stack(list(masks.values())))
    return {name: (float(a), float(b)) for name, a, b in zip(masks, two, every, strict=True)}


def _lines(accuracies: Mapping[str, tuple[float, float]]) -> list[str]:
    width = max(map(len, accuracies))
    return [
        f"  {name:<{width}}  good beats bad {two:.3f}, all {every:.3f}" for name, (two, every) in accuracies.items()
    ]
