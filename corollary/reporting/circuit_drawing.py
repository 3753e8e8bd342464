"""Circuits as a picture: a decoder's heads and MLPs by layer, from the embedding up, and the edges of each circuit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from corollary.reporting.figure import COLOURS, style

SHARED = "#000000"
SAMPLES = 24
"""Points of the curve that an edge is drawn as."""
Edge = tuple[str, str]


def draw(circuits: Mapping[str, Sequence[Edge]], *, layers: int, heads: int, kv_heads: int, mlp: bool) -> Figure:
    """Edges that all circuits keep are black, the others of their circuit's colour; components without an edge are
    faint. circuits: (source, destination) by name. An edge into queries, keys or values ends at the head; with grouped
    queries, at the first of its group."""
    where = _places(layers, heads, mlp)
    group = heads // kv_heads
    drawn_edges = {name: {(_node(s, group), _node(d, group)) for s, d in edges} for name, edges in circuits.items()}
    shared = set.intersection(*drawn_edges.values()) if len(drawn_edges) > 1 else set()
    with style():
        drawn = Figure(figsize=(max(3.4, 0.32 * (heads + 2) + 1.4), 0.42 * (layers + 2) + 0.7), layout="constrained")
        axes = drawn.subplots()
        used = {node for edges in drawn_edges.values() for edge in edges for node in edge}
        handles = []
        for number, (name, edges) in enumerate(drawn_edges.items()):
            colour = COLOURS[number % (len(COLOURS) - 1)]
            _lines(axes, where, edges - shared, colour)
            handles.append(Line2D([], [], color=colour, label=f"{name}, {len(circuits[name])} edges"))
        if len(drawn_edges) > 1:
            _lines(axes, where, shared, SHARED)
            handles.append(Line2D([], [], color=SHARED, label="in all"))
        for node, (x, y) in where.items():
            marker = "s" if node.endswith("mlp") else "D" if node in ("embed", "logits") else "o"
            face = "#444444" if node in used else "#dddddd"
            axes.plot(x, y, marker, color=face, markersize=4.2, zorder=3, clip_on=False)
        axes.set_yticks(range(-1, layers + 1), ["embedding", *map(str, range(layers)), "logits"])
        ends = [*range(0, heads, max(1, heads // 8))]
        axes.set_xticks([*ends, *([heads] if mlp else [])], [*map(str, ends), *(["MLP"] if mlp else [])])
        axes.set(xlabel="head", ylabel="layer", xlim=(-0.7, heads + 0.7), ylim=(-1.4, layers + 0.4))
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.tick_params(length=0)
        axes.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=1 + (heads > 8), fontsize=7)
    return drawn


def _places(layers: int, heads: int, mlp: bool) -> dict[str, tuple[float, float]]:
    """Where each component stands: heads in columns, the MLP to their right and half a layer higher."""
    middle = (heads - 1 + mlp) / 2
    where: dict[str, tuple[float, float]] = {"embed": (middle, -1.0), "logits": (middle, float(layers))}
    for layer in range(layers):
        where |= {f"blocks.{layer}.head.{head}": (float(head), layer - 0.15) for head in range(heads)}
        if mlp:
            where[f"blocks.{layer}.mlp"] = (float(heads), layer + 0.25)
    return where


def _node(end: str, group: int) -> str:
    """The component of an edge's end."""
    name, _, reader = end.rpartition(".")
    if reader not in ("q", "k", "v"):
        return end
    place, _, head = name.rpartition(".")
    return name if reader == "q" else f"{place}.{int(head) * group}"


def _lines(axes: object, where: Mapping[str, tuple[float, float]], edges: set[Edge], colour: str) -> None:
    """Slightly bent, so that edges over several layers do not hide one another."""
    t = np.linspace(0, 1, SAMPLES)
    curves = []
    for source, destination in sorted(edges):
        (x0, y0), (x1, y1) = where[source], where[destination]
        bend = 0.08 * (y1 - y0) * (1 if x1 >= x0 else -1)
        curves.append(np.stack([x0 + (x1 - x0) * t + bend * np.sin(np.pi * t), y0 + (y1 - y0) * t], -1))
    alpha = float(np.clip(30 / np.sqrt(len(curves) + 1) / 4, 0.12, 0.8))
    axes.add_collection(LineCollection(curves, colors=colour, linewidths=0.7, alpha=alpha, zorder=2))  # type: ignore[attr-defined]
