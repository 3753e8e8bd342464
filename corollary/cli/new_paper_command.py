"""`corollary new-paper`."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from corollary.cli.paper_template import FILES, NOTEBOOK_CODE, NOTEBOOK_TEXT
from corollary.paper import FLOORS


@click.command("new-paper")
@click.argument("slug")
@click.option("--title", default="", help="Of the paper; by default its slug.")
def command(slug: str, title: str) -> None:
    """Write the files of a new paper into this checkout: one claim that runs, with its theory, simulation, figure,
    notebook and tests.

    \b
    corollary new-paper attention-sink --title "The structural origin of the attention sink"
    """
    for path in write_paper(repository(), slug, title):
        click.echo(path)
    click.echo(f"now: corollary verify {slug} --depth quick")


def repository() -> Path:
    """The root of the checkout that runs. Raises ValueError where the package was installed without one."""
    engine = Path(__file__).resolve().parents[1]
    root = engine.parent
    if not all((root / floor).is_dir() for floor in (*FLOORS, "tests", "notebooks")):
        raise ValueError(
            f"{str(engine)!r} is not in a checkout; allowed: the clone of the repository, installed editable"
        )
    return root


def write_paper(root: Path, slug: str, title: str = "") -> list[Path]:
    """Writes the files of a paper below a root; returns their paths. Raises ValueError for a slug that is no word of
    lower-case letters, digits and hyphens, and where a file of the paper exists."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", slug):
        raise ValueError(f"slug={slug!r}; allowed: lower-case words joined by hyphens, such as attention-sink")
    module = slug.replace("-", "_")

    def filled(text: str) -> str:
        return text.replace("SLUG", slug).replace("MODULE", module).replace("TITLE", title or slug)

    texts = {root / filled(path): filled(text) for path, text in FILES.items()}
    texts[root / "notebooks" / f"{module}.ipynb"] = _notebook(filled)
    there = [path for path in texts if path.exists()]
    if there:
        raise ValueError(f"slug={slug!r} exists: {there[0].relative_to(root)}; allowed: the slug of a new paper")
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(texts)


def _notebook(filled: Any) -> str:
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "id": "story", "metadata": {}, "source": filled(NOTEBOOK_TEXT).splitlines(True)}
    ]
    for number, code in enumerate(NOTEBOOK_CODE):
        source = filled(code).splitlines(True)
        cell: dict[str, Any] = {
            "cell_type": "code",
            "execution_count": None,
            "id": f"code-{number}",
            "metadata": {},
            "outputs": [],
        }
        cells.append({**cell, "source": source})
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(about, indent=1, ensure_ascii=False) + "\n"
