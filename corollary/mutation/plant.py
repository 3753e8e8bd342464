"""A mistake planted in a running function, and taken out again: its code is exchanged in place, so that everything that
holds the function runs the mistake."""

from __future__ import annotations

import ast
import functools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from corollary.mutation.operators import Site, changed, sites
from corollary.mutation.reach import Place, functions


@dataclass(frozen=True)
class Mistake:
    """place: the function. what: what is changed. line: of its file. site: where in the function's syntax tree."""

    place: Place
    what: str
    line: int
    site: Site

    def __str__(self) -> str:
        return f"{self.place}:{self.line}: {self.what}"


def mistakes(*papers: str) -> list[Mistake]:
    """Every mistake that can be planted in the functions of some papers or rooms; of all, if none is named."""
    return [
        Mistake(place, what, line, site) for place in functions(*papers) for site, what, line in sites(_node(place))
    ]


def sample(planted: list[Mistake], count: int, seed: int = 0) -> list[Mistake]:
    """A fixed choice of them, in their order."""
    chosen = random.Random(seed).sample(planted, min(count, len(planted)))
    order = {mistake: index for index, mistake in enumerate(planted)}
    return sorted(chosen, key=order.__getitem__)


@contextmanager
def planted(mistake: Mistake) -> Iterator[None]:
    """Inside, the function makes the mistake. Traced and compiled programs are dropped before and after."""
    function = _function(mistake.place)
    module = import_module(f"corollary.{mistake.place.module}")
    code, defaults = _compiled(changed(_node(mistake.place), mistake.site), mistake.place, module, function.__code__)
    before = function.__code__, function.__defaults__, function.__kwdefaults__
    _forget()
    function.__code__, (function.__defaults__, function.__kwdefaults__) = code, defaults
    try:
        yield
    finally:
        function.__code__, function.__defaults__, function.__kwdefaults__ = before
        _forget()


@functools.lru_cache(maxsize=256)
def _node(place: Place) -> ast.FunctionDef:
    module = import_module(f"corollary.{place.module}")
    tree: Any = ast.parse(Path(str(module.__file__)).read_text())
    for part in place.name.split("."):
        tree = next(
            node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == part
        )
    assert isinstance(tree, ast.FunctionDef)
    return tree


def _function(place: Place) -> FunctionType:
    held: Any = import_module(f"corollary.{place.module}")
    for part in place.name.split("."):
        held = held.__dict__[part] if isinstance(held, type) else getattr(held, part)
    while not isinstance(held, FunctionType):
        inner = getattr(held, "__wrapped__", None) or getattr(held, "__func__", None) or getattr(held, "fget", None)
        if inner is None:
            raise ValueError(f"{place} is no Python function")
        held = inner
    return held


def _compiled(node: ast.FunctionDef, place: Place, module: ModuleType, before: CodeType) -> tuple[CodeType, Any]:
    """The changed function's code, and its defaults, evaluated where it stands."""
    node.decorator_list = []
    free = "".join(f"    {name} = None\n" for name in before.co_freevars)
    outer = ast.parse(f"def _outer():\n{free}    return {node.name}")
    assert isinstance(outer.body[0], ast.FunctionDef)
    outer.body[0].body.insert(-1, node)
    space = dict(vars(module))
    whole = ast.fix_missing_locations(outer)
    exec(compile(whole, str(module.__file__), "exec", dont_inherit=True, flags=_flags(module)), space)
    made = space["_outer"]()
    return made.__code__.replace(co_qualname=before.co_qualname), (made.__defaults__, made.__kwdefaults__)


def _flags(module: ModuleType) -> int:
    import __future__

    return __future__.annotations.compiler_flag if hasattr(module, "annotations") else 0


def _forget() -> None:
    """Drops everything that remembers what a function did."""
    import gc

    from corollary.trials.verification import forget_all

    for held in gc.get_objects():
        if isinstance(held, functools._lru_cache_wrapper) and (getattr(held, "__module__", "") or "").startswith(
            "corollary."
        ):
            held.cache_clear()
    forget_all()
