"""The evidence of a verdict in lines of text: what is stated, what was measured, and how each wrong answer fell."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from corollary.reporting.comparison import Comparison, comparisons, how_it_fell
from corollary.reporting.errata import evidence_line
from corollary.reporting.numbers import interval, number, percent
from corollary.reporting.strip import LEGEND, WRONG_LEGEND, strip
from corollary.trials.claim import DEFAULT_ALPHA, Verdict

WIDEST = 100
NEGLIGIBLE = 1e-9
INDENT = "  "


def evidence(record: Mapping[str, Any], width: int, formula: list[str] | None = None, most: int = 4) -> list[str]:
    """The lines for a terminal of so many columns. record: as `Record.as_dict` gives it. formula: the lines of what is
    stated in symbols. most: how many points are shown, those furthest off first."""
    width = min(width, WIDEST) - len(INDENT)
    lines = [*_wrap(record["says"], width), *_wrap(_origin(record), width)]
    if formula:
        lines += ["", *(INDENT + line for line in formula)]
    lines += ["", *_measured(record, width, most)]
    lines += _wrong(record, width)
    lines += _mutants(record["mutants"], width)
    if record["resolution"] and record["verdict"] == Verdict.HOLDS:
        lines += _hanging("would have caught", f"an error of {percent(record['resolution'])} in the prediction", width)
    if record["verdict"] == Verdict.REFUTED_AS_STATED:
        lines += [*_hanging("holds in its place", f"{record['corrected_says']} ({record['corrected_by']})", width)]
        if record.get("kinder"):
            lines += _hanging("a kinder reading", record["kinder"], width)
    return [INDENT + line if line else "" for line in lines]


def repeat(record: Mapping[str, Any]) -> str:
    """The command that tries the claim again."""
    alpha = f" --alpha {record['alpha']:g}" if record["alpha"] not in (0.0, DEFAULT_ALPHA) else ""
    target = shlex.quote(record.get("target", record["id"]))
    return f"corollary verify {target} --depth {record['depth']} --seed {record['seed']}{alpha}"


def _origin(record: Mapping[str, Any]) -> str:
    source = f"{record['source']} ({record['kind']}" if record["source"] else f"({record['kind']}"
    return f"{source}; error probability {number(record['alpha'], 2)})" if record["alpha"] else source + ")"


def _measured(record: Mapping[str, Any], width: int, most: int) -> list[str]:
    rows = comparisons(record)
    if not rows:
        told = record["note"] or "; ".join(point["note"] for point in record["points"] if point["note"])
        if record["kind"] in ("Witness", "Bound") or record["verdict"] == Verdict.REFUTED_AS_STATED:
            told = evidence_line(record)
        return [*_hanging("measured", told, width), ""] if told else []
    shown = sorted(rows, key=lambda one: -one.off)[:most]
    shown = [one for one in rows if one in shown]
    lines = []
    for one in shown:
        lines += [*_point(one, width), strip(one, width - 2), ""]
    if len(rows) > len(shown):
        lines += [f"and {len(rows) - len(shown)} more points, nearer to their predictions", ""]
    return [*lines, *_wrap(LEGEND + (WRONG_LEGEND if any(one.wrong for one in shown) else ""), width), ""]


def _point(one: Comparison, width: int) -> list[str]:
    measured = number(one.measured) + (f" {interval(one.low, one.high)}" if one.high > one.low else "")
    margin = f"; margin {number(one.margin, 2)}" if one.margin else ""
    if one.margin and one.predicted:
        margin = f"; margin {percent(one.margin / abs(one.predicted))}"
    off = f" ({percent((one.measured - one.predicted) / abs(one.predicted), signed=True)})" if one.predicted else ""
    return [
        *_wrap(one.label, width),
        *_wrap(f"says {number(one.predicted)}, measured {measured}{off}{margin}", width, INDENT),
    ]


def _wrong(record: Mapping[str, Any], width: int) -> list[str]:
    lines = []
    head = min(max((len(name) + 2 for name in record["wrong"]), default=0), width // 2)
    for name, verdict in record["wrong"].items():
        mark = "×" if verdict == Verdict.REFUTED else "!"
        lines += _hanging(f"{mark} {name}", how_it_fell(record, name) or str(verdict), width, head)
    return ["wrong answers, by the same rule:", *lines, ""] if lines else []


def _mutants(mutants: Mapping[str, Any] | None, width: int) -> list[str]:
    if not mutants:
        return []
    parts = [f"{mutants['rejected'] + mutants['undefined']} of {mutants['total']} rejected"]
    if mutants["equivalent"]:
        parts.append(f"{len(mutants['equivalent'])} equal to the formula within the margin at these points")
    if mutants["survivors"]:
        parts.append(f"{len(mutants['survivors'])} not rejected")
    lines = _hanging("machine-made mutants", ", ".join(parts), width)
    for name in mutants["survivors"][:8]:
        lines += _hanging("  survives", name, width)
    return lines


def terms(record: Mapping[str, Any], width: int) -> list[str]:
    """The terms of the formula, each with the share of the prediction that goes with it at its largest over the points;
    those that no point feels are named as such. Empty where the formula has none that could be dropped."""
    shares = (record["mutants"] or {}).get("terms", {})
    if not shares:
        return []
    width = min(width, WIDEST) - len(INDENT)
    largest = {
        name: max((share for share in each if math.isfinite(share)), default=math.inf) for name, each in shares.items()
    }
    lines = ["terms, with the largest share of the prediction that goes with each:"]
    for name, share in sorted(largest.items(), key=lambda item: -item[1]):
        told = "no value is left without it" if math.isinf(share) else percent(share)
        lines += _hanging(
            INDENT + name, told if share > NEGLIGIBLE else "none: no point feels it", width, min(width // 2, 40)
        )
    return [INDENT + line for line in [*lines, ""]]


def _hanging(head: str, text: str, width: int, room: int = 22) -> list[str]:
    """A heading and its text; beside it where there is room, else below."""
    if len(head) > room:
        return [head, *_wrap(text, width, "    ")]
    return _wrap(text, width, f"{head:{room}}  ", " " * (room + 2)) or [head]


def _wrap(text: str, width: int, first: str = "", rest: str | None = None) -> list[str]:
    rest = first if rest is None else rest
    return wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)
