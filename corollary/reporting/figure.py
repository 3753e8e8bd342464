"""Figures: the one style they are drawn in, and files that say what made them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from corollary.paper import Paper, find_paper
from corollary.runtime import environment
from corollary.storage.results import Results

DOTS_PER_INCH = 200

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, without its yellow: blue, vermilion, green, purple, orange, sky, black."""

STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "mathtext.fontset": "cm",
    "svg.fonttype": "path",
    "svg.hashsalt": "corollary",
    "errorbar.capsize": 1.5,
    "figure.constrained_layout.use": True,
}


@contextmanager
def style() -> Iterator[None]:
    """The style for whatever is drawn or saved inside."""
    import matplotlib
    from cycler import cycler

    with matplotlib.rc_context({**STYLE, "axes.prop_cycle": cycler(color=COLOURS)}):
        yield


def draw(paper: Paper, name: str, results: Results) -> Any:
    """The Matplotlib figure of that name. Raises ValueError when there is none."""
    function = paper.figure(name)
    with style():
        return function(results)


def encode(figure: Any, kind: str, title: str, command: str) -> bytes:
    """The figure as a file's content. kind: "svg", "pdf" or "png". title, and the command that makes the figure
    again with the versions it was made with, go into the file's metadata."""
    about = environment()
    versions = ", ".join(f"{library} {number}" for library, number in about["versions"].items())
    made = f"{command} ({versions}; {about['device']})"
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=_metadata(kind, title, made))
    return buffer.getvalue()


@dataclass(frozen=True)
class Drawing:
    """A figure that a notebook shows as SVG when it ends a cell."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


def show(paper: Paper | str, name: str, results: Results) -> Drawing:
    """The figure of that name of a paper, given as such or by its slug, for a notebook. Raises ValueError when there is
    none."""
    paper = find_paper(paper) if isinstance(paper, str) else paper
    return Drawing(encode(draw(paper, name, results), "svg", paper.figures[name], "a notebook").decode())


def save(paper: Paper, name: str, results: Results, formats: Sequence[str]) -> list[Any]:
    """Draws a figure and writes figures/paper/name.format into the results' store; returns the paths."""
    command = f"corollary figures {paper.slug}/{name} --depth {results.depth} --seed {results.seed}"
    figure = draw(paper, name, results)
    title = f"{paper.title}: {paper.figures[name]}"
    return [
        results.store.write(f"figures/{paper.slug}/{name}.{kind}", encode(figure, kind, title, command))
        for kind in formats
    ]


def _metadata(kind: str, title: str, made: str) -> dict[str, Any]:
    if kind == "pdf":
        return {"Title": title, "Subject": made, "Creator": "Corollary", "CreationDate": None}
    if kind == "svg":
        return {"Title": title, "Description": made, "Creator": "Corollary", "Date": None}
    return {"Title": title, "Description": made, "Software": "Corollary"}
