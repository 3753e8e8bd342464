"""Checks that can catch a mistake: a paper's claims, its derivations and its tests, and what they reach."""

from __future__ import annotations

import inspect
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any

from corollary.mutation.mentions import mentions
from corollary.mutation.plant import forget, function_at
from corollary.mutation.reach import ENGINE, FLOORS, Place, entered, functions
from corollary.paper import Declared, Paper, find_paper, papers
from corollary.point import DEPTHS
from corollary.trials.verification import verify

TESTED = ("theory", "sims", "models")
"""The floors whose tests are run; the tests of the engine are about the engine."""


@dataclass(frozen=True)
class Tried:
    """A claim's trial: what it entered, and how long it took."""

    id: str
    depth: str
    places: frozenset[Place]
    seconds: float


@dataclass(frozen=True)
class Check:
    """id: of a claim, a derivation, or a test's node. kind: "claim", "derivation" or "test". distances: the functions
    that it may call, each with the number of steps in which it names them."""

    id: str
    kind: str
    distances: Mapping[Place, int]
    depth: str = ""


def reach(claims: Sequence[Declared], deepest: str = "quick", tell: Callable[[str], None] = print) -> list[Tried]:
    """What each claim enters, at its own depth where that is not beyond `deepest`; claims that do not pass are left
    out, and told. Takes a trial of each."""
    tried = []
    for one in claims:
        if DEPTHS.index(one.depth) > DEPTHS.index(deepest):
            continue
        forget()
        started = time.perf_counter()
        with entered() as places:
            passed = verify(one.id, depth=one.depth).passed
        seconds = time.perf_counter() - started
        if passed:
            tried.append(Tried(one.id, one.depth, frozenset(places), seconds))
        else:
            tell(f"{one.id} does not pass and catches nothing")
    return tried


def checks_of(paper: Paper, deepest: str = "quick") -> list[Check]:
    """Every check of a paper, with what it may call. Nothing is run but imports."""
    index = index_of(paper)
    found = [
        Check(one.id, "claim", mentions(one.build, index), one.depth)
        for one in paper.claims.values()
        if DEPTHS.index(one.depth) <= DEPTHS.index(deepest)
    ]
    derivations = import_module(f"corollary.theory.{paper.module}").DERIVATIONS
    found += [
        Check(f"{paper.slug}/{name}", "derivation", mentions(derivation, index))
        for name, derivation in derivations.items()
    ]
    return found + [check for path in tests_of(paper.module) for check in tests_in(path, index)]


def index_of(paper: Paper) -> dict[str, list[Any]]:
    """Name -> what an attribute or a string of that name may stand for in the code of a paper's checks: its functions
    and those of shared rooms, and all quantities or derivations where one is asked for by name."""
    theory = import_module(f"corollary.theory.{paper.module}")
    index: dict[str, list[Any]] = {"evaluate": [theory.QUANTITIES], "derive": [theory.DERIVATIONS]}
    for place in functions(paper.module, *shared_rooms()):
        with suppress(ValueError):
            index.setdefault(place.name.rpartition(".")[2], []).append(function_at(place))
    return index


def shared_rooms() -> list[str]:
    """The folders of theory and sims that belong to no paper."""
    folders = {path.name for floor in FLOORS for path in (ENGINE / floor).resolve().iterdir() if path.is_dir()}
    return sorted(folders - {"__pycache__"} - {paper.module for paper in papers().values()})


def tests_of(module: str) -> list[Path]:
    """The test files that name a paper's module."""
    files = [path for floor in TESTED for path in sorted(Path("tests", floor).glob("test_*.py"))]
    return [path for path in files if module in path.read_text(encoding="utf-8")]


def fails(check: Check, slug: str) -> bool:
    """Whether a claim or a derivation does not pass now."""
    if check.kind == "claim":
        return not verify(check.id, depth=check.depth).passed
    try:
        return not find_paper(slug).derivation(check.id.rpartition("/")[2]).verify()
    except Exception:  # a mistake may make it raise anything, and is caught by that
        return True


def tests_in(path: Path, index: Mapping[str, Sequence[Any]]) -> Iterator[Check]:
    """The tests of a file. What a test names, its parameters and fixtures name for it too."""
    module = _imported(path)
    fixtures = {name: one for name, one in vars(module).items() if type(one).__name__ == "FixtureFunctionDefinition"}
    for name, test in vars(module).items():
        if not name.startswith("test_") or not inspect.isfunction(test):
            continue
        parameters = [mark.args for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
        distances = dict(mentions(test, index, fixtures))
        for place, distance in mentions(parameters, index).items():
            distances[place] = min(distance, distances.get(place, distance))
        yield Check(f"{path}::{name}", "test", distances)


def _imported(path: Path) -> ModuleType:
    """A test file as a module, under a name that leaves it to pytest to import it as its own."""
    name = f"reached_{path.stem}"
    spec = util.spec_from_file_location(name, path.resolve())
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))  # pytest lets a test import what lies beside it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    return module
