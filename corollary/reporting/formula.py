"""Formulas as MathML in the page: SymPy's letters as they are written, long sums in pieces that wrap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape, unescape
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

LETTERS = {
    "<mi>&ExponentialE;</mi>": '<mi mathvariant="normal">e</mi>',
    "&ImaginaryI;": "i",
    "&dd;": "d",
    "<mi>eps</mi>": "<mi>ε</mi>",
    "<mi>ell</mi>": "<mi>ℓ</mi>",
    "<mi>lam</mi>": "<mi>λ</mi>",
    "<mi>nbeta</mi>": "<mi>nβ</mi>",
    "<mi>trace</mi>": "<mi>tr</mi>",
    "<mi>blkmatrix</mi>": "",
}
"""What SymPy prints -> how it is written."""

ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot);)(?:#x[0-9A-Fa-f]+|\w+);?")
"""Letters by name or number, which XML does not know; SymPy leaves out the semicolon of some."""

LONGEST = 30
"""Letters, numbers and signs up to which a formula stands on one line; a browser breaks no formula by itself."""

BREAKS = {"+", "-", "=", "−"}
"""Before these a long formula may go on in the next line."""


def math(elements: str) -> str:
    """A displayed formula. elements: presentation MathML, with or without `math` around it."""
    inner = re.sub(r"<\?xml[^>]*\?>|</?math\b[^>]*>", "", elements)
    for printed, written in LETTERS.items():
        inner = inner.replace(printed, written)
    inner = ENTITY.sub(lambda entity: unescape(entity.group()), inner)
    root = ElementTree.fromstring(f"<mrow>{inner}</mrow>")
    if sum(1 for one in root.iter() if not len(one)) <= LONGEST:
        return f"<math display=block>{inner}</math>"
    pieces = "".join(f"<math displaystyle=true>{piece}</math> " for piece in _pieces(root))
    return f"<span class=pieces>{pieces}</span>"


def _pieces(root: Element) -> list[str]:
    """The formula cut before every sign of its outermost sum or equation."""
    pieces = [""]
    for one in _outermost(root):
        if one.tag == "mo" and one.text in BREAKS and pieces[-1]:
            pieces.append("")
            one.set("form", "infix")
        pieces[-1] += ElementTree.tostring(one, encoding="unicode")
    return pieces


def _outermost(element: Element) -> list[Element]:
    """The parts of the outermost sum or equation: groups that only group are opened."""
    children = list(element)
    if len(children) == 1 and children[0].tag == "mrow":
        return _outermost(children[0])
    if not any(child.tag == "mo" and child.text in BREAKS for child in children):
        return children
    parts: list[Element] = []
    for child in children:
        inside = list(child)
        is_sum = child.tag == "mrow" and any(one.tag == "mo" and one.text in BREAKS for one in inside)
        parts += _outermost(child) if is_sum and inside[0].text != "(" else [child]
    return parts


def formulas(shown: Iterable[Mapping[str, str]]) -> str:
    """Formulas one below the other, each under its name. shown: {"name", "mathml"} of each."""
    parts, last = [], ""
    for one in shown:
        name = f"<span class=name>{escape(one['name'])}</span>" if one["name"] not in ("", last) else ""
        parts.append(f"<span class=formula>{name}{math(one['mathml'])}</span>")
        last = one["name"]
    return f"<span class=formulas>{''.join(parts)}</span>" if parts else ""
