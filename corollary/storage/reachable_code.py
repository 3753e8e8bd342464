"""The text that decides what a function computes, where tracing cannot tell: stored runs must not outlive an edit."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec, resolve_name
from pathlib import Path
from typing import Any

from corollary.storage.store import digest


@lru_cache(maxsize=256)
def code_digest(*modules: str) -> str:
    """An address of the text of modules and of all that they import, however deeply, from their own top-level packages
    or from this distribution. Libraries are left out: records name their versions."""
    ours, texts, pending = {name.partition(".")[0] for name in modules} | _distributed(), {}, list(modules)
    while pending:
        name = pending.pop()
        if name in texts or name.partition(".")[0] not in ours:
            continue
        path = _file_of(name)
        texts[name] = path.read_bytes() if path else b""
        if path:
            package = name if path.name == "__init__.py" else name.rpartition(".")[0]
            pending.extend(_imported(texts[name], package))
    return digest(sorted((name, text.decode()) for name, text in texts.items() if text))


def described(function: Callable[..., Any]) -> str:
    """The function's full name, and what it has captured: functions of one name made by one factory differ in that."""
    held = [cell.cell_contents for cell in function.__closure__ or ()]
    return re.sub(r" at 0x[0-9a-f]+", "", f"{function.__module__}.{function.__qualname__} {held!r}")


@lru_cache(maxsize=1)
def _distributed() -> frozenset[str]:
    try:
        return frozenset((distribution("corollary").read_text("top_level.txt") or "").split())
    except PackageNotFoundError:
        return frozenset()


def _file_of(module: str) -> Path | None:
    """The module's Python file; None for a name that is no module, as in `from module import function`."""
    loaded = getattr(sys.modules.get(module), "__file__", None)
    if loaded is None:
        try:
            found = find_spec(module)
        except (ImportError, ValueError):
            return None
        loaded = found.origin if found else None
    path = Path(loaded) if loaded else None
    return path if path and path.suffix == ".py" and path.exists() else None


def _imported(text: bytes, package: str) -> Iterator[str]:
    """What may be the name of an imported module, anywhere in a file; also as a run is named, "module:ATTRIBUTE"."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant):
            named = re.fullmatch(r"([a-z_][\w.]*):\w+", str(node.value))
            yield from named.groups() if named else ()
