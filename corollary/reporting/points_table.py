"""The table of a claim's points: what is predicted, what was measured, and both drawn on one scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from corollary.reporting.comparison import comparisons
from corollary.reporting.forest_plot import LEGEND, Scale, track
from corollary.reporting.markup import badge, readable
from corollary.reporting.numbers import interval, number

WITHOUT_PLOT = ("Recovery", "Phenomenon", "Bound", "Identity", "Witness")
"""Kinds whose numbers are counts, shares or bounds, which are not meant to be equal to what is stated."""


def points_table(record: Mapping[str, Any]) -> str:
    """The table, "" for a record without points."""
    points = record["points"]
    if not points or record["kind"] == "Identity":
        return ""
    if record["kind"] == "Witness":
        return "".join(map(_exact, points))
    drawn = {} if record["kind"] in WITHOUT_PLOT else _drawn(record)
    rows = "".join(_rows(record, place, drawn) for place in range(len(points)))
    heads = ["point", *(["deviation"] if drawn else []), "stated", "measured", "samples", "verdict"]
    caption = " ".join([LEGEND if drawn else "", _level(points)]).strip()
    return (
        f"<table class=points>{f'<caption>{escape(caption)}</caption>' if caption else ''}"
        f"<thead><tr>{''.join(f'<th scope=col>{head}' for head in heads)}<tbody>{rows}</table>"
    )


def _drawn(record: Mapping[str, Any]) -> dict[int, list[tuple[Any, str]]]:
    """Place of a point -> its comparisons, each with its plot."""
    by_point = {place: comparisons({**record, "points": [point]}) for place, point in enumerate(record["points"])}
    rows = [one for several in by_point.values() for one in several]
    if not rows:
        return {}
    scale, name = Scale.of(rows), str(record["id"]).rpartition("/")[2]
    return {place: [(one, track(one, scale, name)) for one in several] for place, several in by_point.items()}


def _rows(record: Mapping[str, Any], place: int, drawn: Mapping[int, list[tuple[Any, str]]]) -> str:
    point = record["points"][place]
    note = "" if point["note"] in ("", record["note"]) else f" <small>{escape(readable(point['note']))}</small>"
    judged = badge(point["verdict"]) if point["predicted"] is not None else ""  # else it is data for the others
    end = f"{_cell('samples', format(point['samples'], ',') if point['samples'] else '')}<td>{judged}{note}"
    compared = drawn.get(place, [])
    if not compared:
        plot = "<td class=empty>" if drawn else ""
        measured = number(point["measured"]) + _spread(point["interval"])
        return _row(point["inputs"], plot, _stated(point["predicted"]), escape(measured), end)
    return "".join(
        _row(one.label, f"<td class=plot>{plot}", number(one.predicted), _measured(one), end if first else "<td><td>")
        for first, (one, plot) in ((index == 0, pair) for index, pair in enumerate(compared))
    )


def _row(label: str, plot: str, stated: str, measured: str, end: str) -> str:
    return (
        f"<tr><th scope=row>{escape(readable(label))}{plot}{_cell('stated', stated)}{_cell('measured', measured)}{end}"
    )


def _cell(name: str, content: str) -> str:
    content = content.replace(" × 10", "\u00a0×\u00a010")
    return f"<td data-label={name}>{content}" if content else "<td class=empty>"


def _stated(predicted: Any) -> str:
    return escape(number(predicted))


def _measured(one: Any) -> str:
    return number(one.measured) + (f" {interval(one.low, one.high)}" if one.high > one.low else "")


def _spread(ends: Any) -> str:
    return f" {interval(*ends)}" if ends and ends[0] != ends[1] else ""


def _level(points: Sequence[Mapping[str, Any]]) -> str:
    """What the intervals promise; "" where nothing says it."""
    spent = sorted({point.get("alpha") or 0.0 for point in points if point["interval"]} - {0.0})
    if not spent:
        return ""
    most = number(spent[-1], 2)
    return f"Error probability of each interval: {most}, over all looks together."


def _exact(point: Mapping[str, Any]) -> str:
    stated, found = str(point["predicted"]), str(point["measured"])
    if stated == found:
        return f"<p><b>Found, as stated:</b></p>{_values(found)}"
    return f"<p><b>Stated:</b></p>{_values(stated)}<p><b>Found:</b></p>{_values(found)}"


def _values(text: str) -> str:
    """Named values, or those of a nested tuple, one a line."""
    parts = text.split("; ")
    if len(parts) == 1 and text.startswith("(("):
        parts = _outermost(text[1:-1])
    if len(parts) == 1:
        return f"<p class=values>{escape(text)}</p>"
    return f"<ul class=values>{''.join(f'<li>{escape(part)}' for part in parts)}</ul>"


def _outermost(text: str) -> list[str]:
    """The items of "(1, 2), (3, 4), 5", parted by the commas that stand in no bracket."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]
