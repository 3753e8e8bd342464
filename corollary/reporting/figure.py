"""Figures: the one style they are drawn in, the small print in each, and files that say what made them."""

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
SMALL_PRINT = 6.0
"""Points: the size of the small print, the smallest text of a figure."""
LINE = 1.25
"""The distance between its lines, in sizes."""
MARGIN = 0.06
"""Inches left free on either side of the small print."""
HINTED = 1.03
"""How much longer pixels make a line of small print than its outlines are."""

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
    "mathtext.fontset": "dejavusans",  # its letters have their own code points, so that text in an SVG can be read
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "svg.fonttype": "none",
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
    """The Matplotlib figure of that name, whose small print ends in the depth and the seed. Raises ValueError when
    there is none."""
    function = paper.figure(name)
    with style():
        figure = function(results)
        lay_out_small_print(figure, f"depth {results.depth}, seed {results.seed}")
    return figure


def small_print(figure: Any, words: str) -> None:
    """Writes below the axes, in plain letters, what a reader has to know of a figure: sizes, samples, seeds, what bars
    are. Line breaks in `words` do not count; `draw` breaks it anew, and adds depth and seed."""
    figure.supxlabel(" ".join(words.split()))


def lay_out_small_print(figure: Any, made: str) -> None:
    """Adds depth and seed to the small print, breaks it into lines that fit, and makes the figure higher by them."""
    told = figure.get_supxlabel()
    widest = 72 * (figure.get_figwidth() - 2 * MARGIN) / HINTED
    lines = [""]
    for word in (f"{told}; {made}" if told else made).replace(" = ", "\u00a0=\u00a0").split(" "):
        longer = f"{lines[-1]} {word}".strip(" ")
        if _length(longer) <= widest:
            lines[-1] = longer
        else:
            lines.append(word)
    text = "\n".join(lines).replace("\u00a0", " ")
    figure.set_figheight(figure.get_figheight() + SMALL_PRINT * LINE * len(lines) / 72)
    left = MARGIN / figure.get_figwidth()
    shown = figure.supxlabel(text, x=left, ha="left", fontsize=SMALL_PRINT, color="0.3", linespacing=LINE)
    shown.set_parse_math(False)


def _length(line: str) -> float:
    """Points that a line of small print is long."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    length: float = text_to_path.get_text_width_height_descent(line, FontProperties(size=SMALL_PRINT), False)[0]
    return length


def encode(figure: Any, kind: str, title: str, command: str) -> bytes:
    """The figure as a file's content. kind: "svg", "pdf" or "png". title, and the command that makes the figure
    again with the versions it was made with, go into the file's metadata."""
    about = environment()
    versions = ", ".join(f"{library} {number}" for library, number in about["versions"].items())
    made = f"{command} ({versions}; {about['device']})"
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=kind, dpi=DOTS_PER_INCH, metadata=_metadata(kind, title, made))
    if kind == "svg":
        # for mathematics Matplotlib names one font, and where that is missing a browser would choose one with serifs
        alone, family = b"font-family: 'DejaVu Sans'\"", b"font-family: 'DejaVu Sans', 'Verdana', sans-serif\""
        return buffer.getvalue().replace(alone, family)
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
