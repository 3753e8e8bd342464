"""Imports that happen at the first use: so that what a paper offers is listed without loading JAX or SymPy."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any


class _Later(ModuleType):
    """Stands for a module until an attribute of it is asked for, and hands on from then."""

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self.__name__), attribute)


@contextmanager
def lazily() -> Iterator[None]:
    """Modules imported inside are loaded when first used: `import numpy as np`, `from corollary.theory import paper`.

    They are ordinary import statements, so that type checkers and editors follow them. What is imported has to be a
    module, not a name inside one; otherwise its first use raises ModuleNotFoundError.
    """
    eager = builtins.__import__

    def later(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> Any:
        if fromlist:
            return SimpleNamespace(**{part: _Later(f"{name}.{part}") for part in fromlist})
        return _Later(name)

    builtins.__import__ = later
    try:
        yield
    finally:
        builtins.__import__ = eager
