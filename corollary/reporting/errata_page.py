"""The published statements that fail, as a page of Markdown: what each says, what was measured, and what holds."""

from __future__ import annotations

from collections.abc import Iterable

from corollary.ledger import Ledger
from corollary.paper import Declared, Paper

HEAD = """\
# Published statements that fail

{count} statements fail as they are printed, or as they can be read. Each is on trial like every other claim: the rule that
accepts what holds in its place refutes it. None of this is said against the papers: most slips leave their main result
untouched, and under each stands a kinder reading. `corollary show PAPER/CLAIM` shows a trial with its evidence.
"""


def as_markdown(offered: Iterable[Paper], ledger: Ledger) -> str:
    """The page, from the ledger's last trials. Raises ValueError for one that has none."""
    sections, count = [], 0
    for paper in offered:
        false = [one for one in paper.claims.values() if one.corrected_by and ledger.entries(paper.slug).get(one.name)]
        if not false:
            continue
        count += len(false)
        link = f" ([arXiv {paper.arxiv}](https://arxiv.org/abs/{paper.arxiv}))" if paper.arxiv else ""
        sections.append(f"## {paper.title}{link}\n\n" + "\n".join(_statement(one, ledger) for one in false))
    return "\n".join([HEAD.format(count=count), *sections])


def _statement(one: Declared, ledger: Ledger) -> str:
    entry = ledger.entries(one.paper.slug)[one.name]
    lines = [
        f"### `{one.id}`",
        "",
        f"> {_plain(one.says)}",
        "",
        f"*{_plain(one.source.where)}*",
        "",
        f"- measured: {_plain(entry['evidence'])}",
        f"- holds in its place: {_plain(one.correction.says)}",
    ]
    if one.kinder:
        lines.append(f"- a kinder reading: {_plain(one.kinder)}")
    return "\n".join([*lines, ""])


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    for mark in "\\*_<>[]|`$":
        text = text.replace(mark, "\\" + mark)
    return text
