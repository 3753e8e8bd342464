"""A derivation as it is read: on a terminal, in LaTeX, and in Markdown for notebooks and pages."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from corollary.formulas.derivation import GIVEN, SYMBOLIC, Derivation
from corollary.formulas.layout import Equation, Layout

INDENT = 4
PAGE = 88
"""Columns of a terminal on which a formula is about as wide as a page's column."""

WORDS = {SYMBOLIC: "proved"}


def text(derivation: Derivation, width: int, unicode: bool = True) -> str:
    """The chain for a terminal of so many columns, formulas in Unicode or in ASCII; once it was verified, each step
    with a mark and with how it was checked."""
    layout = _layout(derivation, width - INDENT, unicode)
    tick = "✓" if unicode else "+"
    lines = _wrapped(f"{derivation.name}: {derivation.says}", width) + _wrapped(f"({derivation.source})", width)
    lines += _where(layout, [part for pair in derivation.definitions for part in _equations(layout, *pair)])
    for number, step in enumerate(derivation.steps, 1):
        lines += ["", *_heading(f"{number}.", step.name, step.reason, derivation.checks, tick, width), ""]
        stated, *named = _step(layout, step)
        lines += _indented(layout.drawn(stated)) + _where(layout, named)
    if "closed form" in derivation.checks:
        says = "the last step is what the library computes"
        lines += ["", *_heading("", "closed form", says, derivation.checks, tick, width)]
    return "\n".join(lines)


def latex(derivation: Derivation) -> str:
    """The chain as one `aligned` block, without its reasons."""
    layout = _layout(derivation, PAGE)
    rows = [layout.latex(part) for pair in derivation.definitions for part in _equations(layout, *pair)]
    for number, step in enumerate(derivation.steps, 1):
        rows.append(rf"& \text{{{number}. {_plain(step.name)}}}")
        rows += [layout.latex(part) for part in _step(layout, step)]
    return r"$\displaystyle \begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}$"


def markdown(derivation: Derivation) -> str:
    """The chain as a list of steps with their formulas and, once it was verified, with how each was checked."""
    layout = _layout(derivation, PAGE)
    lines = [f"**{_escaped(derivation.says)}** ({_escaped(derivation.source)})", ""]
    defined = [part for pair in derivation.definitions for part in _equations(layout, *pair)]
    lines += ["where", "", *_displayed(layout, defined)] if defined else []
    for number, step in enumerate(derivation.steps, 1):
        how = derivation.checks.get(step.name, "")
        checked = f" ({'' if how == 'given' else '✓ '}{_escaped(WORDS.get(how, how))})" if how else ""
        lines += [f"**{number}. {_escaped(step.name)}**: {_escaped(step.reason)}{checked}", ""]
        stated, *named = _step(layout, step)
        lines += _displayed(layout, [stated])
        lines += ["where", "", *_displayed(layout, named)] if named else []
    return "\n".join(lines)


def _layout(derivation: Derivation, width: int, unicode: bool = True) -> Layout:
    expressions = [step.expression for step in derivation.steps]
    expressions += [part for pair in derivation.definitions for part in pair]
    expressions += [part for step in derivation.steps for pair in step.where for part in pair]
    taken = {str(symbol) for expression in expressions for symbol in getattr(expression, "free_symbols", ())}
    return Layout(width, unicode, {name for one in taken for name in (one, one.lower())})


def _step(layout: Layout, step: Any) -> Iterator[Equation]:
    """What a step states, then the parts that got a name, then its own definitions."""
    yield from _equations(layout, None if step.symbol == step.expression else step.symbol, step.expression)
    for pair in step.where:
        yield from _equations(layout, *pair)
    if step.symbol is not None and step.expression.args:
        layout.names.setdefault(step.expression, step.symbol)


def _equations(layout: Layout, left: Any, right: Any) -> list[Equation]:
    equation, named = layout.fitted(left, right)
    return [equation, *named]


def _heading(number: str, name: str, reason: str, checks: Any, tick: str, width: int) -> list[str]:
    """ "2. ✓ slope: differentiate in tau (proved)"."""
    how = checks.get(name, "")
    mark = "" if not how else "  " if how == GIVEN else f"{tick} "
    told = f" ({WORDS.get(how, how)})" if how else ""
    start = f"{number} " if number else ""
    return _wrapped(f"{start}{mark}{name}: {reason}{told}", width, len(start) + len(mark))


def _where(layout: Layout, equations: list[Equation]) -> list[str]:
    return (
        ["", "where", *(line for one in equations for line in ("", *_indented(layout.drawn(one))))] if equations else []
    )


def _indented(lines: list[str]) -> list[str]:
    return [" " * INDENT + line if line else "" for line in lines]


def _wrapped(line: str, width: int, hang: int = 0) -> list[str]:
    return textwrap.wrap(line, width, subsequent_indent=" " * hang, break_on_hyphens=False)


def _displayed(layout: Layout, equations: list[Equation]) -> list[str]:
    rows = r" \\ ".join(layout.latex(one) for one in equations)
    return [rf"$$\begin{{aligned}} {rows} \end{{aligned}}$$", ""]


def _escaped(words: str) -> str:
    return re.sub(r"([\\*_<>\[\]$#|~^])", r"\\\1", words)


def _plain(words: str) -> str:
    return re.sub(r"[\\{}$&%#_^~]", " ", words)
