"""Which functions of `theory` and `sims` run while something is tried."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ENGINE = Path(__file__).resolve().parents[1]
FLOORS = ("theory", "sims")


@dataclass(frozen=True, order=True)
class Place:
    """A function: its module below `corollary`, and its qualified name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


def functions(*papers: str) -> dict[Place, int]:
    """Every function and method of theory and sims with its line; of some papers or shared rooms only, if named."""
    held: dict[Place, int] = {}
    for floor in FLOORS:
        for path in sorted((ENGINE / floor).resolve().rglob("*.py")):
            parts = path.relative_to((ENGINE / floor).resolve()).with_suffix("").parts
            if papers and parts[0] not in papers:
                continue
            module = ".".join((floor, *(part for part in parts if part != "__init__")))
            for name, node in _defined(ast.parse(path.read_text())):
                held[Place(module, name)] = node.lineno
    return held


def importers(module: str) -> set[str]:
    """A module of theory or sims and those that import it at their top, directly or not."""
    found, imports = {module}, _imports()
    while more := {name for name, imported in imports.items() if name not in found and imported & found}:
        found |= more
    return found


@functools.cache
def _imports() -> dict[str, set[str]]:
    """Module of theory or sims -> what it imports at its top."""
    found = {}
    for floor in FLOORS:
        root = (ENGINE / floor).resolve()
        for path in root.rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            nodes = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ImportFrom)]
            named = {f"{node.module}.{alias.name}" for node in nodes for alias in node.names}
            named |= {str(node.module) for node in nodes}
            module = ".".join((floor, *(part for part in parts if part != "__init__")))
            found[module] = {name.removeprefix("corollary.") for name in named}
    return found


def _defined(tree: ast.AST, outer: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """(qualified name, node) of functions that are not inside another."""
    for node in getattr(tree, "body", ()):
        if isinstance(node, ast.FunctionDef):
            yield outer + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _defined(node, f"{outer}{node.name}.")


@contextmanager
def entered() -> Iterator[set[Place]]:
    """The functions that are called inside; what is called inside one of them counts for it too. Slows Python down."""
    places: set[Place] = set()

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event != "call":
            return
        place = place_of(frame.f_code)
        if place is not None:
            places.add(place)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield places
    finally:
        sys.setprofile(before)


def place_of(code: CodeType) -> Place | None:
    """The function of theory or sims that some code belongs to; None for any other code."""
    return _place(code.co_filename, code.co_qualname)


@functools.cache
def _place(filename: str, qualified: str) -> Place | None:
    path = Path(filename).resolve()
    for floor in FLOORS:
        root = (ENGINE / floor).resolve()
        if root in path.parents:
            parts = path.relative_to(root).with_suffix("").parts
            name = qualified.partition(".<locals>")[0]
            if name.startswith("<"):
                return None
            return Place(".".join((floor, *(part for part in parts if part != "__init__"))), name)
    return None
