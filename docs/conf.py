"""The documentation site: `make docs` builds it and takes every warning for an error."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path
from typing import Any

project = "Corollary"
author = copyright = "The Corollary developers"
release = version = importlib.metadata.version("corollary")

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
nb_execution_mode = "off"  # `make notebooks` runs them
nb_render_markdown_format = "myst"
nb_merge_streams = True
nb_output_stderr = "remove"  # what XLA logs on a slow machine
exclude_patterns = ["jupyter_execute", "_build"]
html_theme = "furo"
html_title = "Corollary"
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
nitpicky = False
suppress_warnings = ["ref.python"]

HERE = Path(__file__).parent


def _ledger(app: Any) -> None:
    """Writes the page of the ledger from its files, before anything is read."""
    lines = [
        "# The ledger",
        "",
        "What the last trial of every claim gave: written by `corollary ledger`, at depth standard, or full for claims",
        "that belong to it. *Resolves* is the smallest relative error that the trial would have caught.",
        "",
    ]
    for path in sorted((HERE / "ledger").glob("*.json")):
        lines += [f"## {path.stem}", "", "| claim | verdict | depth | resolves | wrong | mutants | seconds | date |"]
        lines.append("|" + "---|" * 8)
        for name, entry in json.loads(path.read_text(encoding="utf-8")).items():
            resolves = "" if entry["resolution"] is None else f"{100 * entry['resolution']:.2g}%"
            cells = [name, entry["verdict"], entry["depth"], resolves, entry["wrong"], entry["mutants"] or ""]
            lines.append("| " + " | ".join([*cells, f"{entry['seconds']:.0f}", entry["date"]]) + " |")
        lines.append("")
    (HERE / "ledger.md").write_text("\n".join(lines), encoding="utf-8")


def _notebooks(app: Any) -> None:
    """Puts every notebook into docs/notebooks: as `make notebooks` ran it, or without outputs where it was not run
    since it was changed."""
    executed = HERE / "notebooks"
    executed.mkdir(exist_ok=True)
    current = {path.name: path for path in (HERE.parent / "notebooks").glob("*.ipynb")}
    for path in executed.glob("*.ipynb"):
        if path.name not in current:
            path.unlink()
    for name, path in current.items():
        ran = executed / name
        if not ran.exists() or _cells(ran) != _cells(path):
            ran.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")


def _cells(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]


def setup(app: Any) -> None:
    app.connect("builder-inited", _ledger)
    app.connect("builder-inited", _notebooks)
