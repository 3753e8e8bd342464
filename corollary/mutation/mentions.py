"""Which functions of theory and sims something may call, read from its code: all that it names, what they name, and so
on. More than it enters at any one point, found without running anything."""

from __future__ import annotations

import functools
import heapq
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, is_dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

from corollary.mutation.reach import FLOORS, Place, place_of

OURS = ("corollary.claims", "corollary.models", *(f"corollary.{floor}" for floor in FLOORS))


def mentions(
    root: Any, index: Mapping[str, Sequence[Any]], within: Mapping[str, Any] | None = None
) -> dict[Place, int]:
    """Function -> in how many steps it is named from `root`: 1 for what root itself names, helpers beside it included.

    root: a function, or anything that holds functions: a table, a partial, a dataclass. index: name -> what an
    attribute or a string of that name may stand for, one step further away than what is named outright.
    within: what stands for arguments of root, such as a test's fixtures.
    """
    distances: dict[Place, int] = {}
    seen: set[int] = set()
    held: list[Any] = []  # so that no identity is used again
    queue: list[tuple[int, int, Any]] = [(0, 0, root)]
    count = itertools.count(1)
    while queue:
        distance, _, one = heapq.heappop(queue)
        for text in _texts(one):
            for named in (part for word in _parts(text) for part in index.get(word, ())):
                heapq.heappush(queue, (distance + 1, next(count), named))
        for function in _functions(one, seen, held):
            place = place_of(function.__code__)
            here = distance if place is None else distance + 1
            if place is not None:
                distances.setdefault(place, here)
            elif not _is_ours(function) and function is not root:
                continue
            for named in _named(function, within if function is root else None):
                heapq.heappush(queue, (here, next(count), named))
            for name in _words(function):
                for named in index.get(name, ()):
                    heapq.heappush(queue, (here + 1, next(count), named))
    return distances


def _is_ours(function: FunctionType) -> bool:
    """Of claims, models or tests, not of the engine or a library."""
    module = function.__module__ or ""
    return module.startswith(OURS) or "/tests/" in function.__code__.co_filename


def _functions(one: Any, seen: set[int], held: list[Any]) -> Iterator[FunctionType]:
    """The Python functions that something holds, each once."""
    if id(one) in seen:
        return
    seen.add(id(one))
    held.append(one)
    if isinstance(one, FunctionType):
        yield one
        if hasattr(one, "__wrapped__"):
            yield from _functions(one.__wrapped__, seen, held)
    elif isinstance(one, Mapping):
        for value in one.values():
            yield from _functions(value, seen, held)
    elif isinstance(one, list | tuple | set | frozenset):
        for value in one:
            yield from _functions(value, seen, held)
    elif isinstance(one, functools.partial):
        yield from _functions((one.func, one.args, one.keywords), seen, held)
    elif isinstance(one, classmethod | staticmethod):
        yield from _functions(one.__func__, seen, held)
    elif isinstance(one, property):
        yield from _functions((one.fget,), seen, held)
    elif isinstance(one, functools.cached_property):
        yield from _functions((one.func,), seen, held)
    elif isinstance(one, type):
        if one.__module__.startswith(OURS):
            yield from _functions((tuple(vars(one).values()), one.__mro__[1:]), seen, held)
    elif isinstance(inner := getattr(one, "__wrapped__", None) or getattr(one, "fun", None), FunctionType):
        yield from _functions(inner, seen, held)
    elif is_dataclass(one):
        yield from _functions(tuple(getattr(one, part.name, None) for part in fields(one)), seen, held)
        yield from _functions(type(one), seen, held)
    elif type(one).__module__.startswith(OURS):
        yield from _functions((type(one), getattr(one, "__dict__", {})), seen, held)


def _named(function: FunctionType, within: Mapping[str, Any] | None) -> Iterator[Any]:
    """What a function names: globals, attributes of modules, defaults, and what it closes over."""
    names = _names(function.__code__)
    space = function.__globals__
    for name in names:
        if name not in space:
            continue
        one = space[name]
        if not isinstance(one, ModuleType):
            yield one
        elif one.__name__.startswith(OURS):
            yield from (getattr(one, inner) for inner in names if inner != name and _has(one, inner))
    yield function.__defaults__ or ()
    yield function.__kwdefaults__ or {}
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # not yet filled
            yield cell.cell_contents
    for name in function.__code__.co_varnames[: function.__code__.co_argcount]:
        if within and name in within:
            yield within[name]


def _has(module: ModuleType, name: str) -> bool:
    try:
        return hasattr(module, name)
    except ModuleNotFoundError:
        return False


def _words(function: FunctionType) -> Iterator[str]:
    """Names and strings in a function's code, and strings that it closes over."""
    yield from _names(function.__code__)
    yield from _strings(function.__code__)
    for cell in function.__closure__ or ():
        with suppress(ValueError):
            for text in _texts(cell.cell_contents):
                yield from _parts(text)


def _texts(one: Any) -> Iterator[str]:
    """The strings in nested lists and tables."""
    if isinstance(one, str):
        yield one
    elif isinstance(one, list | tuple):
        for inner in one:
            yield from _texts(inner)
    elif isinstance(one, dict):
        yield from _texts([*one, *one.values()])


def _parts(text: str) -> list[str]:
    """The names that a string such as "module:NAME" or "some-name" may stand for."""
    return re.split(r"[:.]", text.replace("-", "_")) if len(text) < 60 else []


@functools.cache
def _strings(code: CodeType) -> tuple[str, ...]:
    words = [word for one in code.co_consts for text in _texts(one) for word in _parts(text)]
    inner = [word for part in code.co_consts if isinstance(part, CodeType) for word in _strings(part)]
    return tuple(dict.fromkeys((*words, *inner)))


@functools.cache
def _names(code: CodeType) -> tuple[str, ...]:
    inner = [name for part in code.co_consts if isinstance(part, CodeType) for name in _names(part)]
    return tuple(dict.fromkeys((*code.co_names, *inner)))
