"""A comparison as one line of text: the margin around the prediction, the interval, and the wrong answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from corollary.reporting.comparison import Comparison

LEGEND = "( ) margin around the prediction   ─●─ measured, interval"
WRONG_LEGEND = "   × « » wrong answers, rejected"

MARGIN_SHARE = 0.16
"""The share of the line that half of the margin takes, where nothing asks for more room."""


@dataclass(frozen=True)
class Scale:
    """Columns of a line for values around a prediction. reach: the largest deviation that has a column."""

    predicted: float
    reach: float
    width: int

    @staticmethod
    def of(one: Comparison, width: int, reach: float | None = None) -> Scale:
        return Scale(one.predicted, reach or reach_of(one), width)

    def column(self, value: float) -> int:
        """The column of a value; the first or last one where it lies beyond."""
        share = (value - self.predicted) / self.reach if math.isfinite(value) else math.inf
        return round((self.width - 1) * (0.5 + 0.5 * max(-1.0, min(1.0, share))))

    def beyond(self, value: float) -> bool:
        return not math.isfinite(value) or abs(value - self.predicted) > self.reach


def reach_of(one: Comparison) -> float:
    """The deviation that the line's ends stand for: wide enough for margin and measurement, and for the wrong answers
    that are not too far out for the rest to be seen."""
    core = max(one.margin, *(abs(end - one.predicted) for end in (one.measured, one.low, one.high))) * 1.15
    core = core or abs(one.predicted) or 1.0
    limit = max(core, one.margin / MARGIN_SHARE)
    near = [abs(value - one.predicted) for value in one.wrong.values() if math.isfinite(value)]
    return max([core, *(1.05 * gap for gap in near if gap <= limit)])


def strip(one: Comparison, width: int, refuted: Mapping[str, bool] | None = None, reach: float | None = None) -> str:
    """The line. refuted: which wrong answers are out by now, all where it is not given; reach: of the ends, the
    comparison's own where it is not given."""
    scale = Scale.of(one, width, reach)
    line = [" "] * width
    for column in range(scale.column(one.low), scale.column(one.high) + 1):
        line[column] = "─"
    if one.margin:
        for edge, sign in ((one.predicted - one.margin, "("), (one.predicted + one.margin, ")")):
            if not scale.beyond(edge):
                line[scale.column(edge)] = sign
    else:
        line[scale.column(one.predicted)] = "│"
    for name, value in one.wrong.items():
        out = refuted is None or refuted.get(name, False)
        line[scale.column(value)] = (
            ("»" if value > one.predicted else "«") if scale.beyond(value) else "×" if out else "?"
        )
    line[scale.column(one.measured)] = "●"
    return "".join(line)
