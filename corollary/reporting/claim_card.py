"""A claim as a card: the statement and its verdict when closed, all evidence when open."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from corollary.reporting.comparison import how_it_fell
from corollary.reporting.evidence import repeat
from corollary.reporting.formula import formulas
from corollary.reporting.markup import badge, findable, plain_id, readable
from corollary.reporting.numbers import number, percent
from corollary.reporting.points_table import points_table
from corollary.reporting.statement import statement
from corollary.trials.claim import Verdict

LONGEST_BESIDE = 2500
"""Characters of MathML up to which formulas stand beside the closed card."""

FINEST_PERCENT = 1e-5
"""Relative errors below this are told in digits."""

MOST_LISTED = 12
"""Mutants named without opening a list."""


def claim_card(record: Mapping[str, Any]) -> str:
    """record: as `Record.as_dict` gives it, or as an older version stored it."""
    paper, name = plain_id(record)
    shown = formulas(record.get("formulas", ()))
    beside, inside = (shown, "") if len(shown) <= LONGEST_BESIDE else ("", shown)
    summary = (
        f"<summary>{badge(record['verdict'])}<span class=says><span class=words>{statement(record['says'])}</span>{beside}</span>"
        f"<span class=facts>{' · '.join(_facts(record))}</span></summary>"
    )
    found = findable(
        paper or "theorem",
        f"{record['id']} {record['source']} {record['corrected_by']} {record['says']}",
        record["kind"],
        record["verdict"],
    )
    source = f'<p class=source><a href="#{escape(record["id"])}">{escape(name)}</a> · {escape(_source(record))}</p>'
    body = [
        source,
        inside,
        _correction(record),
        _note(record),
        _counterexample(record),
        points_table(record),
        _wrong(record),
        _mutants(record["mutants"]),
        _made(record),
    ]
    return f'<details id="{escape(record["id"])}" class=claim {found}>{summary}<div class=body>{"".join(body)}</div></details>'


def _facts(record: Mapping[str, Any]) -> list[str]:
    wrong, mutants = record["wrong"], record["mutants"]
    facts = [escape(record["kind"])]
    if wrong:
        facts.append(f"{list(wrong.values()).count(Verdict.REFUTED)} of {len(wrong)} wrong variants rejected")
    if mutants and mutants["total"] > len(mutants["equivalent"]):
        tried = mutants["total"] - len(mutants["equivalent"])
        facts.append(f"{mutants['rejected'] + mutants['undefined']} of {tried} mutants")
    if record["verdict"] == Verdict.HOLDS and record["resolution"] is not None:
        facts.append(_resolution(record["resolution"]))
    return facts


def _resolution(error: float) -> str:
    """The smallest relative error that would have been caught, in words."""
    if error == 0:
        return "exact"
    if error < FINEST_PERCENT:
        return f"agrees to {math.floor(-math.log10(error))} digits"
    return f"would catch an error of {percent(error)}"


def _source(record: Mapping[str, Any]) -> str:
    return str(record["source"]).replace("reconstructed (reconstructed)", "reconstructed")


def _correction(record: Mapping[str, Any]) -> str:
    if not record["corrected_by"]:
        return ""
    said = record.get("corrected_says") or record["corrected_by"]
    kinder = f"<p><b>A kinder reading:</b> {statement(record['kinder'])}</p>" if record.get("kinder") else ""
    return f'<p><b>What holds in its place:</b> <a href="#{escape(record["corrected_by"])}">{statement(said)}</a></p>{kinder}'


def _note(record: Mapping[str, Any]) -> str:
    note = record["note"]
    if not note and record["kind"] == "Identity" and record["points"]:
        note = record["points"][0]["note"]
    lead = "Checked: " if record["kind"] == "Identity" and record["verdict"] == Verdict.HOLDS else ""
    trace = f"<pre>{escape(record['traceback'])}</pre>" if record.get("traceback") else ""
    return (f"<p>{lead}{escape(readable(note))}</p>" if note else "") + trace


def _counterexample(record: Mapping[str, Any]) -> str:
    witness = record["witness"]
    if not witness:
        return ""
    values = "; ".join(f"{name} = {number(value)}" for name, value in witness.items())
    return f"<p><b>Counterexample:</b> {escape(values)}</p>"


def _wrong(record: Mapping[str, Any]) -> str:
    if not record["wrong"]:
        return ""
    contrary = set(record.get("contrary", ()))
    told = {name: readable(how_it_fell(record, name)) for name in record["wrong"]}
    for name in contrary & told.keys():
        told[name] = f"{told[name]} (contrary to the statement, so it counts for nothing)".strip()
    middle = any(told.values())
    rows = "".join(
        f"<tr><th scope=row>{escape(_variant(name))}{f'<td>{escape(told[name])}' if middle else ''}<td>{badge(verdict)}"
        for name, verdict in record["wrong"].items()
    )
    heads = ["wrong variant", *(["by the same rule"] if middle else []), "verdict"]
    return f"<table class=wrong><thead><tr>{''.join(f'<th scope=col>{head}' for head in heads)}<tbody>{rows}</table>"


def _variant(name: str) -> str:
    """A variant that is named by its value, in words."""
    return f"the value {name} instead" if re.fullmatch(r"-?[\d.]+(?:/(?:[\d.]+|e))?", name) else name


def _mutants(mutants: Mapping[str, Any] | None) -> str:
    if not mutants:
        return ""
    told = (
        f"<p>{mutants['total']} machine-made mutants of the formula: {mutants['rejected']} rejected, "
        f"{mutants['undefined']} without a value, {len(mutants['equivalent'])} set aside, "
        f"{len(mutants['survivors'])} not rejected.</p>"
    )
    same = f"Set aside: within the margin of the formula at every point ({mutants['identical']} are the formula written otherwise)"
    return told + _named("Not rejected", mutants["survivors"], True) + _named(same, mutants["equivalent"], False)


def _named(what: str, names: list[str], opened: bool) -> str:
    """A list that is opened by a click; a short one of mutants that matter stands open."""
    if not names:
        return ""
    opening = " open" if opened and len(names) <= MOST_LISTED else ""
    items = "".join(f"<li><code>{escape(name)}</code>" for name in names)
    return f"<details class=inner{opening}><summary>{what}: {len(names)}</summary><ul>{items}</ul></details>"


def _made(record: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    alpha = f" · error probability {number(record['alpha'], 2)}" if record["alpha"] else ""
    return (
        f"<p class=source>Repeat: <code>{escape(repeat(record))}</code></p>"
        f"<p class=source>depth {record['depth']} · seed {record['seed']}{alpha} · {number(record['seconds'], 2)} s · "
        f"{escape(versions)} · {escape(record['device'])}</p>"
    )
