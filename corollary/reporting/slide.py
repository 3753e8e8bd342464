"""A claim on a slide: the statement, what is predicted in symbols, and every point with its margin and wrong answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from textwrap import fill
from typing import Any

from corollary.reporting.comparison import Comparison, comparisons, how_it_fell, shortened
from corollary.reporting.errata import evidence_line
from corollary.reporting.evidence import repeat
from corollary.reporting.figure import COLOURS, style
from corollary.reporting.numbers import number, percent
from corollary.reporting.strip import reach_of
from corollary.trials.claim import Verdict

WIDTH = 8.0
MOST_POINTS = 8
LINE = 0.2
"""Inches a line of text takes."""

TINTS = {Verdict.HOLDS: COLOURS[2], Verdict.REFUTED_AS_STATED: COLOURS[0], Verdict.REFUTED: COLOURS[1]}


def slide(record: Mapping[str, Any], formulas: Sequence[str]) -> Any:
    """A Matplotlib figure, 8 inches wide. record: as `Record.as_dict` gives it. formulas: LaTeX of what is stated, those
    that Matplotlib cannot set are left out."""
    import matplotlib.pyplot as plt

    rows = comparisons(record)
    shown = sorted(sorted(rows, key=lambda one: -one.off)[:MOST_POINTS], key=rows.index)
    words = fill(record["says"], 92)
    falls = [f"× {name}: {how_it_fell(record, name) or verdict}" for name, verdict in record["wrong"].items()]
    facts = [
        fill(line, 104) for line in [*([] if shown else [_told(record)]), *([] if shown else falls), _caught(record)]
    ]
    if shown and (same := shortened(shown)[1]):
        facts.insert(0, fill(f"at every point: {same}", 104))
    facts = [line for line in facts if line]
    typeset = [formula for formula in map(_settable, formulas) if formula][:4]
    head = 0.45 + LINE * (words.count("\n") + 1) + LINE
    middle = 0.42 * len(typeset)
    foot = LINE * (sum(line.count("\n") + 1 for line in facts) + 2)
    plot = 0.42 * len(shown) + 0.55 if shown else 0.0
    height = head + middle + plot + foot + 0.2
    with style():
        figure = plt.figure(figsize=(WIDTH, height))
        figure.set_layout_engine("none")
        y = 1 - 0.28 / height
        tint = TINTS.get(Verdict(record["verdict"]), "#444444")
        figure.text(0.03, y, str(record["verdict"]), fontsize=11, color=tint, weight="bold")
        figure.text(0.97, y, record["id"], fontsize=9, ha="right", color="#555555")
        y -= 0.12 / height
        figure.text(0.03, y, words, fontsize=11, va="top")
        y -= LINE * (words.count("\n") + 1.4) / height
        figure.text(0.03, y, record["source"], fontsize=8, va="top", color="#555555")
        y -= LINE * 1.3 / height
        for formula in typeset:
            figure.text(0.06, y, formula, fontsize=12, va="top")
            y -= 0.42 / height
        if shown:
            axes = figure.add_axes((0.27, y - (plot - 0.35) / height, 0.70, (plot - 0.4) / height))
            _draw(axes, shown)
            y -= (plot + 0.1) / height
        for line in facts:
            figure.text(0.03, y, line, fontsize=8, va="top")
            y -= LINE * (line.count("\n") + 1) / height
        figure.text(0.03, 0.1 / height, repeat(record), fontsize=7, family="monospace", color="#555555")
    return figure


def _draw(axes: Any, rows: Sequence[Comparison]) -> None:
    """Each point on a line of its own, deviations from the prediction as shares of the reach of the line."""
    labels, _ = shortened(rows)
    names = list(dict.fromkeys(name for one in rows for name in one.wrong))
    colours = {name: COLOURS[(place + 1) % len(COLOURS)] for place, name in enumerate(names)}
    for place, one in enumerate(rows):
        reach, y = reach_of(one), len(rows) - 1 - place
        at = lambda value, one=one, reach=reach: max(-1.0, min(1.0, (value - one.predicted) / reach))  # noqa: E731
        if one.margin:
            axes.fill_betweenx(
                [y - 0.36, y + 0.36],
                at(one.predicted - one.margin),
                at(one.predicted + one.margin),
                color="#e3e6ea",
                lw=0,
            )
        axes.plot([0, 0], [y - 0.36, y + 0.36], color="#777777", lw=0.8)
        for name, value in one.wrong.items():
            beyond = abs(value - one.predicted) > reach
            axes.plot(
                at(value),
                y,
                ">" if beyond and value > one.predicted else "<" if beyond else "x",
                color=colours[name],
                ms=6,
                mew=1.6,
                clip_on=False,
            )
        axes.plot([at(one.low), at(one.high)], [y, y], color="black", lw=2.2)
        axes.plot(at(one.measured), y, "o", color="black", ms=5)
        label = labels[place] if len(labels[place]) <= 34 else labels[place][:31] + "..."
        axes.annotate(label, (-1, y), xytext=(-8, 3), textcoords="offset points", ha="right", fontsize=7)
        axes.annotate(
            f"says {number(one.predicted)}, measured {number(one.measured)}",
            (-1, y),
            xytext=(-8, -7),
            textcoords="offset points",
            ha="right",
            fontsize=7,
            color="#555555",
        )
    axes.set(xlim=(-1, 1), ylim=(-0.6, len(rows) - 0.4), xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)
    handles = [axes.plot([], [], "o-", color="black", ms=5, lw=2.2, label="measured, interval")[0]]
    if any(one.margin for one in rows):
        handles.append(axes.fill_between([], [], [], color="#e3e6ea", label="margin of the prediction"))
    handles += [axes.plot([], [], "x", color=colours[name], ms=6, mew=1.6, label=name)[0] for name in names]
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(-0.38, -0.01), ncols=4, fontsize=7, columnspacing=1.0
    )


def _told(record: Mapping[str, Any]) -> str:
    return evidence_line(record) if record["verdict"] == Verdict.REFUTED_AS_STATED else str(record["note"])


def _caught(record: Mapping[str, Any]) -> str:
    """What the trial rejected, and the smallest error that it would have caught."""
    parts = []
    if record["wrong"]:
        rejected = sum(verdict == Verdict.REFUTED for verdict in record["wrong"].values())
        parts.append(f"{rejected} of {len(record['wrong'])} wrong answers rejected by the same rule")
    if mutants := record["mutants"]:
        within = f", {len(mutants['equivalent'])} within the margin of the formula" if mutants["equivalent"] else ""
        parts.append(f"{mutants['rejected'] + mutants['undefined']} of {mutants['total']} mutants rejected{within}")
    if record["resolution"] and record["verdict"] == Verdict.HOLDS:
        parts.append(f"an error of {percent(record['resolution'])} would have been caught")
    if record["alpha"]:
        parts.append(f"error probability {number(record['alpha'], 2)}")
    return "; ".join(parts)


def _settable(formula: str) -> str:
    """The formula between dollars if Matplotlib can set it, else ""."""
    from matplotlib.mathtext import MathTextParser

    text = f"${formula}$"
    with suppress(ValueError):
        MathTextParser("path").parse(text)
        return text
    return ""
