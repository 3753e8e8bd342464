"""Text that fits the terminal: its width, definitions side by side or below each other, headings."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Iterable

import click

PIPE = 132
"""Columns where output goes to a file or a pipe, which has no width of its own."""

LEAST = 40
ROOM = 36
"""Columns that a definition needs beside its name; with fewer it stands below."""

COLUMN = 34
"""The widest column of names."""


def width() -> int:
    """Columns of standard output."""
    return max(LEAST, shutil.get_terminal_size((PIPE, 24)).columns if _sized() else PIPE)


def _sized() -> bool:
    return sys.stdout.isatty() or bool(os.environ.get("COLUMNS"))


def heading(words: str) -> str:
    """Bold where there is a terminal that is allowed to show it."""
    return words if os.environ.get("NO_COLOR") or not sys.stdout.isatty() else click.style(words, bold=True)


def wrapped(words: str, indent: int = 0, hang: int | None = None) -> str:
    """A paragraph, indented; its lines after the first by `hang`."""
    before, after = " " * indent, " " * (indent if hang is None else hang)
    return textwrap.fill(words, width(), initial_indent=before, subsequent_indent=after, break_on_hyphens=False)


def definitions(entries: Iterable[tuple[str, str]], indent: int = 2) -> str:
    """Names with what they are. A name is never cut: one that is wider than the column stands on a line of its own."""
    entries = list(entries)
    column = indent + min(COLUMN, max((len(name) for name, _ in entries), default=0)) + 2
    below = width() - column < ROOM
    column = indent + 4 if below else column
    lines = []
    for name, words in entries:
        text = wrapped(words, column)
        beside = not below and indent + len(name) + 2 <= column
        start = " " * indent + name
        if not words:
            lines.append(start)
        elif beside:
            lines.append(start.ljust(column) + text[column:])
        else:
            lines += [start, text]
    return "\n".join(lines)


def encodes(text: str) -> bool:
    """Whether standard output can show all of a text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def count(number: int, what: str) -> str:
    """ "1 claim", "2 claims"."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
