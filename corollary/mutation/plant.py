"""A mistake planted in a running function, and taken out again: its code is exchanged in place, so that everything that
holds the function runs the mistake."""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from corollary.mutation.operators import Site, changed, sites
from corollary.mutation.reach import Place, functions
from corollary.storage.store import digest

WRAPPED = ("__wrapped__", "__func__", "fget", "func")
"""Where what stands for a function holds it: a jit, a class method, a property, a cached property."""


IMPORTED_ANEW = ("corollary.theory", "corollary.sims", "corollary.claims", "corollary.figures")


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
    """A fixed choice of them, in their order. Each is chosen by itself: a larger choice holds the smaller, and a change
    of one function changes nothing of what is chosen in the others."""
    chosen = sorted(planted, key=lambda mistake: digest(seed, str(mistake.place), mistake.what, *mistake.site))[:count]
    order = {mistake: index for index, mistake in enumerate(planted)}
    return sorted(chosen, key=order.__getitem__)


@contextmanager
def planted(mistake: Mistake) -> Iterator[None]:
    """Inside, the function makes the mistake. Traced and compiled programs are dropped before and after."""
    forget()
    take_out = plant(mistake)
    try:
        yield
    finally:
        take_out()
        forget()


def plant(mistake: Mistake) -> Callable[[], None]:
    """Makes the function make the mistake, and returns what takes it out again. What was traced, compiled or remembered
    before knows nothing of it. Raises ValueError, SyntaxError or TypeError where it cannot be planted."""
    function = function_at(mistake.place)
    module = import_module(f"corollary.{mistake.place.module}")
    code, defaults = _compiled(changed(_node(mistake.place), mistake.site), mistake.place, module, function.__code__)
    before = function.__code__, function.__defaults__, function.__kwdefaults__
    function.__code__, (function.__defaults__, function.__kwdefaults__) = code, defaults

    def take_out() -> None:
        function.__code__, function.__defaults__, function.__kwdefaults__ = before

    return take_out


def plant_in_source(mistake: Mistake) -> None:
    """Makes the function make the mistake already while its module is imported, which it is anew, with all of theory,
    sims and claims. For a process that ends afterwards."""
    from corollary import paper

    module = f"corollary.{mistake.place.module}"
    path = Path(str(import_module(module).__file__))
    tree = ast.parse(path.read_text())
    _replace(tree, mistake.place.name.split("."), changed(_node(mistake.place), mistake.site))
    code = compile(ast.fix_missing_locations(tree), str(path), "exec")
    found = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        return code if fullname == module else found(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign,assignment]
    for name in [name for name in sys.modules if name.startswith(IMPORTED_ANEW)]:
        package, _, last = name.rpartition(".")
        vars(sys.modules.get(package, sys)).pop(last, None)
        del sys.modules[name]
    paper.papers.cache_clear()
    import_module(module)


def _replace(tree: Any, path: list[str], new: ast.FunctionDef) -> None:
    for number, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == path[0]:
            if len(path) > 1:
                return _replace(node, path[1:], new)
            tree.body[number] = new
            return None
    raise ValueError(f"no function {path}")


@functools.lru_cache(maxsize=1024)
def stamp(place: Place) -> str:
    """Ten hex digits that change with the function."""
    return digest(ast.unparse(_node(place)))[:10]


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


def function_at(place: Place) -> FunctionType:
    """The function itself, below what decorates it. Raises ValueError where there is none."""
    held: Any = import_module(f"corollary.{place.module}")
    for part in place.name.split("."):
        if isinstance(held, type):
            mangled = f"_{held.__name__.lstrip('_')}{part}"
            held = held.__dict__[part if part in held.__dict__ else mangled]
        else:
            held = getattr(held, part)
    while not isinstance(held, FunctionType):
        inner = next((one for name in WRAPPED if (one := getattr(held, name, None)) is not None), None)
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


def forget() -> None:
    """Drops everything that remembers what a function did."""
    import gc

    from corollary.trials.verification import forget_all

    for held in gc.get_objects():
        if isinstance(held, functools._lru_cache_wrapper) and (getattr(held, "__module__", "") or "").startswith(
            "corollary."
        ):
            held.cache_clear()
    forget_all()
