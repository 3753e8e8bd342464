"""Published statements that fail, each with what was measured in its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from corollary.reporting.comparison import telling
from corollary.reporting.numbers import interval, number
from corollary.trials.claim import Verdict

LONGEST_LABEL = 40
"""Of a point that is named in a line of evidence."""


def errata(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those among the records whose statement was refuted, and whose correction holds."""
    return [record for record in records if record["verdict"] == Verdict.REFUTED_AS_STATED]


def evidence_line(record: Mapping[str, Any]) -> str:
    """What was measured against what is said, in one line."""
    if record["kind"] == "Identity":
        return f"the two sides differ ({record['note']})" if "differ" not in record["note"] else record["note"]
    one = telling(record)
    if one is not None:
        measured = number(one.measured)
        if one.high > one.low:
            measured += f" {interval(one.low, one.high)}"
        where = f" at {one.label}" if 0 < len(one.label) <= LONGEST_LABEL else ""
        return f"said {number(one.predicted)}, measured {measured}{where}"
    point = record["points"][0] if record["points"] else None
    if record["kind"] == "Witness" and point:
        return point["note"] or f"said {point['predicted']}, found {point['measured']}"
    if record["kind"] == "Bound" and point:
        return f"a counterexample breaks it by {number(abs(point['measured']), 2)}"
    if record["kind"] == "Recovery" and point:
        return str(point["note"])
    return str(record["note"]).partition(";")[0]
