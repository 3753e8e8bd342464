"""A small SVG that shows a claim's points: measured over predicted, with intervals, on one relative scale."""

from __future__ import annotations

import math
from html import escape
from textwrap import shorten
from typing import Any

WIDTH, ROW, LABEL, PAD = 720, 15, 250, 14


def forest_plot(points: list[dict[str, Any]]) -> str:
    """An inline SVG, "" when no point has a number to compare with. points: as in a verdict's record."""
    rows = [row for point in points for row in _rows(point)]
    if not rows:
        return ""
    reach = max(max(abs(low), abs(high)) for _, _, low, high in rows) or 1e-12
    reach = min(reach * 1.15, 10.0)
    height = ROW * len(rows) + 2 * PAD

    def x(value: float) -> float:
        return LABEL + (WIDTH - LABEL - PAD) * (0.5 + 0.5 * max(-1.0, min(1.0, value / reach)))

    parts = [f'<line class=zero x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{PAD - 8}" y2="{height - PAD + 2}"/>']
    for index, (name, centre, low, high) in enumerate(rows):
        y = PAD + ROW * (index + 0.5)
        parts.append(
            f'<text x="{LABEL - 8}" y="{y + 3:.1f}" text-anchor="end">{escape(name)}</text>'
            f'<line class=bar x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<circle cx="{x(centre):.1f}" cy="{y:.1f}" r="2.6"/>'
        )
    for value, anchor in ((-reach, "start"), (0.0, "middle"), (reach, "end")):
        parts.append(
            f'<text class=tick x="{x(value):.1f}" y="{height - 1}" text-anchor="{anchor}">{100 * value:+.2g}%</text>'
        )
    return (
        f'<svg class=forest viewBox="0 0 {WIDTH} {height}" role="img" aria-label="measured minus predicted, relative">'
        f"{''.join(parts)}</svg>"
    )


def _rows(point: dict[str, Any]) -> list[tuple[str, float, float, float]]:
    """(label, centre, low, high) relative to the prediction, one a compared quantity."""
    predicted, measured, interval = point["predicted"], point["measured"], point["interval"]
    if not interval or isinstance(predicted, str) or predicted is None:
        return []
    low, high = interval
    lists = [v if isinstance(v, list) else [v] for v in (predicted, measured, low, high)]
    rows = []
    for place, (p, m, a, b) in enumerate(zip(*lists, strict=True)):
        if not p or not all(math.isfinite(v) for v in (p, m, a, b)):
            continue
        name = shorten(point["inputs"], 38, placeholder=" …") + (f" · {place + 1}" if len(lists[0]) > 1 else "")
        rows.append((name, (m - p) / abs(p), (a - p) / abs(p), (b - p) / abs(p)))
    return rows
