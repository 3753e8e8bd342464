"""What a record compares, row by row: a prediction, its margin, the measurement, and where the wrong answers fall."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from corollary.reporting.numbers import number, percent
from corollary.trials.claim import Verdict


@dataclass(frozen=True)
class Comparison:
    """One compared number. label: its point. low, high: its interval (measured itself where nothing is random).
    margin: of the prediction, absolute; 0 where a record does not say it. wrong: wrong variant -> its value."""

    label: str
    predicted: float
    measured: float
    low: float
    high: float
    margin: float
    wrong: Mapping[str, float]

    @property
    def off(self) -> float:
        """How far the measurement lies from the prediction, in margins; inf without a margin."""
        return abs(self.measured - self.predicted) / self.margin if self.margin else math.inf

    def separation(self, name: str) -> float:
        """How far a wrong variant lies from the measurement, in margins; inf without a margin or a value."""
        gap = abs(self.wrong[name] - self.measured)
        return gap / self.margin if self.margin and math.isfinite(gap) else math.inf


def comparisons(record: Mapping[str, Any]) -> list[Comparison]:
    """The numbers that a record (as `Record.as_dict` gives it) compares, in order; empty for kinds that compare none."""
    if record["kind"] == "Recovery" and not any(point.get("margin") for point in record["points"]):
        return []  # a number of queries, which the note says; nothing is measured against it
    return [one for point in record["points"] for one in _of(point)]


def _of(point: Mapping[str, Any]) -> Iterator[Comparison]:
    predicted, measured, interval = point["predicted"], point["measured"], point["interval"]
    if not _is_number(predicted) or not _is_number(measured):
        return
    low, high = interval or (measured, measured)
    margin, wrong = point.get("margin"), point.get("wrong", {})
    if margin is None:
        margin = 0.0
    count = len(predicted) if isinstance(predicted, list) else 1
    parts = [_spread(value, count) for value in (predicted, measured, low, high, margin)]
    others = {name: _spread(value, count) for name, value in wrong.items()}
    for place, values in enumerate(zip(*parts, strict=True)):
        label = point["inputs"] + (f" ({place + 1})" if count > 1 else "")
        said, found, low, high, margin = map(float, values)
        yield Comparison(label, said, found, low, high, margin, {name: float(v[place]) for name, v in others.items()})


def _is_number(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def _spread(value: Any, count: int) -> list[Any]:
    return value if isinstance(value, list) else [value] * count


def shortened(rows: Sequence[Comparison]) -> tuple[list[str], str]:
    """The rows' labels without the inputs that are the same in all of them, and those inputs."""
    inputs = [one.label.split() for one in rows]
    same = [part for part in inputs[0] if all(part in others for others in inputs)] if len(rows) > 1 else []
    return [" ".join(part for part in parts if part not in same) for parts in inputs], " ".join(same)


def telling(record: Mapping[str, Any]) -> Comparison | None:
    """The comparison that says most: for a statement that fails, the one furthest off; else the nearest to its margin."""
    return max(comparisons(record), key=lambda one: (one.off, abs(one.measured - one.predicted)), default=None)


def how_it_fell(record: Mapping[str, Any], name: str) -> str:
    """How a wrong variant was rejected, or failed to be, in words; "" where the record does not say."""
    if record.get("why", {}).get(name):
        return str(record["why"][name])
    rows = [one for one in comparisons(record) if name in one.wrong]
    if not rows:
        return ""
    furthest = max(rows, key=lambda one: one.separation(name))
    value = furthest.wrong[name]
    if not math.isfinite(value):
        return f"has no value at {furthest.label}"
    if record["wrong"].get(name) != Verdict.REFUTED:
        return f"{number(value)} beside a measured {number(furthest.measured)}"
    away = f", {number(furthest.separation(name), 2)} margins away" if furthest.margin else ""
    scale = abs(furthest.predicted)
    share = f" ({percent((value - furthest.measured) / scale, signed=True)})" if scale and not away else ""
    return f"{number(value)} beside a measured {number(furthest.measured)}{away}{share}"
