"""A claim's points drawn beside their numbers: prediction, margin, measurement and wrong variants on one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from corollary.reporting.comparison import Comparison
from corollary.reporting.numbers import number, percent

FURTHEST = 6.0
"""Wrong variants further out than so many margins, and than anything measured, stand at the edge as arrows."""

LEGEND = (
    "In the middle the prediction, around it its margin; dot and bar: measured, with its interval; "
    "×: a wrong variant; ‹ ›: one beyond the edge."
)


@dataclass(frozen=True)
class Scale:
    """One scale for all points of a claim. in_margins: whether its unit is the margin, else the prediction's size.
    reach: the deviation in units at which the plot ends."""

    in_margins: bool
    reach: float

    @staticmethod
    def of(rows: Sequence[Comparison]) -> Scale:
        in_margins = all(one.margin > 0 for one in rows)
        scale = Scale(in_margins, 1.0)
        seen = [abs(scale.deviation(one, value)) for one in rows for value in (one.measured, one.low, one.high)]
        core = 1.15 * max([value for value in seen if math.isfinite(value)] + [1.0 if in_margins else 0.0])
        limit = max(core, FURTHEST) if in_margins else 2 * core
        wrong = [abs(scale.deviation(one, value)) for one in rows for value in one.wrong.values()]
        return Scale(in_margins, max([core, *(1.05 * value for value in wrong if value <= limit)]) or 1.0)

    def deviation(self, one: Comparison, value: float) -> float:
        """How far a value lies from the prediction, in units."""
        unit = one.margin if self.in_margins else abs(one.predicted) or 1.0
        return (value - one.predicted) / unit

    def place(self, one: Comparison, value: float) -> str:
        """The value's distance from the plot's left end in percent, cut at the ends."""
        share = self.deviation(one, value) / self.reach
        share = 0.0 if math.isnan(share) else max(-1.0, min(1.0, share))
        return f"{50 + 48 * share:.1f}%"

    def beyond(self, one: Comparison, value: float) -> bool:
        return not abs(self.deviation(one, value)) <= self.reach


def track(one: Comparison, scale: Scale, claim: str) -> str:
    """An inline SVG of one point, as wide as its place. claim: its name, for screen readers."""
    x = {name: scale.place(one, value) for name, value in (("m", one.measured), ("a", one.low), ("b", one.high))}
    parts = ['<line class=zero x1="50%" x2="50%" y1="0" y2="20"/>']
    if scale.in_margins:
        half = 48 / scale.reach
        parts.insert(0, f'<rect class=band x="{50 - half:.1f}%" width="{2 * half:.1f}%" y="1" height="18"/>')
    for name, value in one.wrong.items():
        sign = "×" if not scale.beyond(one, value) else "‹" if value < one.predicted else "›"
        title = f"<title>{escape(name)}: {number(value)}</title>"
        parts.append(f'<text class=wrong x="{scale.place(one, value)}" y="15">{sign}{title}</text>')
    parts.append(f'<line class=bar x1="{x["a"]}" x2="{x["b"]}" y1="10" y2="10"/>')
    parts.append(f'<circle cx="{x["m"]}" cy="10" r="3.5"/>')
    label = escape(f"{claim}, {one.label}: measured {_away(one)}")
    return f'<svg class=track role=img aria-label="{label}">{"".join(parts)}</svg>'


def _away(one: Comparison) -> str:
    """How far the measurement lies from the prediction, in words."""
    if one.measured == one.predicted:
        return "exactly as predicted"
    if one.margin:
        return f"{number(one.off, 2)} margins from the prediction"
    if one.predicted:
        return f"{percent((one.measured - one.predicted) / abs(one.predicted), signed=True)} from the prediction"
    return f"{number(one.measured)} instead of 0"
