"""The address of what is kept: everything that decides a number, so that nothing stored outlives an edit.

Of a computation that JAX can trace, that is the traced program with all of its constants, however deeply they lie
(inside `jit`, `vmap`, scans, keys), and the code of every callback in it. Of one that it cannot, it is what the
function can reach: its instructions and constants, what it captured, and the functions and data that it names, in
whatever modules are not a library's. Neither contains docstrings, comments or line numbers: editing a description
throws nothing away. Libraries are left out; records name their versions.
"""

from __future__ import annotations

import dis
import functools
import re
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from corollary.storage.store import digest

if TYPE_CHECKING:
    from jax.extend.core import ClosedJaxpr

LIBRARIES = ("jax", "jaxlib", "numpy", "scipy", "flax", "optax")
"""Their versions are part of what decides a number."""

ADDRESS = re.compile(r" at 0x[0-9a-f]+|0x[0-9a-f]+")


def versions() -> dict[str, str]:
    """Name -> version of Python and of every library that decides numbers."""
    return {"python": f"{sys.version_info.major}.{sys.version_info.minor}"} | {
        name: version(name) for name in LIBRARIES
    }


def program_address(traced: ClosedJaxpr) -> str:
    """The address of a traced program (what `jax.make_jaxpr` returns), with the constants of all programs inside."""
    text = traced.jaxpr.pretty_print(use_color=False)  # str() would colour it on a terminal
    return digest(ADDRESS.sub("", text), list(_constants(traced)))


def code_address(*functions: Any) -> str:
    """The address of what functions can reach, for computations that cannot be traced."""
    reached = _Reach()
    texts = [reached.of(function) for function in functions]
    return digest(texts, reached.definitions)


def _constants(program: Any) -> Iterator[Any]:
    """The constants of a closed program and of every program inside it, in order, then the code of callbacks."""
    yield from (_constant(value) for value in getattr(program, "consts", ()))
    for equation in getattr(program, "jaxpr", program).eqns:
        for name, parameter in sorted(equation.params.items()):
            for part in parameter if isinstance(parameter, list | tuple) else (parameter,):
                if hasattr(part, "eqns") or hasattr(getattr(part, "jaxpr", None), "eqns"):
                    yield from _constants(part)
                elif name == "callback" or "callback" in type(part).__name__.lower():
                    yield code_address(getattr(part, "callback_func", part))
        yield from (_constant(atom.val) for atom in equation.invars if hasattr(atom, "val"))


def _constant(value: Any) -> Any:
    import jax
    import jax.numpy as jnp

    if jnp.issubdtype(getattr(value, "dtype", np.float64), jax.dtypes.prng_key):
        return [str(jax.random.key_impl(value)), np.asarray(jax.random.key_data(value))]
    return np.asarray(value)


class _Reach:
    """What values can reach, as nested text; each function and class is written out once, in `definitions`."""

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._kept: list[Any] = []  # so that an id is not given twice

    def of(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int | float | complex | str | bytes | np.generic | np.dtype):
            return f"{type(value).__name__}:{value!r}"
        if isinstance(value, np.ndarray):
            return value if value.dtype != object else [self.of(item) for item in value.ravel()]
        if isinstance(value, Mapping):
            return ["mapping", *([self.of(key), self.of(item)] for key, item in value.items())]
        if isinstance(value, list | tuple):
            return [type(value).__name__, *(self.of(item) for item in value)]
        if isinstance(value, set | frozenset):
            return ["set", *sorted(str(self.of(item)) for item in value)]
        if isinstance(value, Enum):
            return f"{type(value).__qualname__}.{value.name}"
        return self._object(value)

    def _object(self, value: Any) -> Any:
        if isinstance(value, functools.partial):
            return ["partial", self.of(value.func), self.of(value.args), self.of(value.keywords)]
        if isinstance(value, MethodType):
            return ["method", self.of(value.__func__), self.of(value.__self__)]
        wrapped = getattr(value, "__wrapped__", None)
        if wrapped is not None and callable(wrapped):  # jit, functools.cache and the like
            return ["wrapped", type(value).__name__, self.of(wrapped)]
        if isinstance(value, FunctionType):
            return self._once(value, _name(value), self._function) if _is_told(value.__module__) else _name(value)
        if isinstance(value, type):
            return self._once(value, _name(value), self._class) if _is_told(value.__module__) else _name(value)
        if isinstance(value, ModuleType):
            return f"module {value.__name__}"
        if isinstance(value, BuiltinFunctionType):
            return _name(value)
        if type(value).__module__.startswith("jax") and hasattr(value, "__array__"):
            return _constant(value)
        return self._once(value, f"{_name(type(value))} instance", self._instance)

    def _once(self, value: Any, name: str, describe: Callable[[Any], Any]) -> str:
        if id(value) not in self._names:
            label = f"{name} #{len(self._names)}"
            self._names[id(value)] = label
            self._kept.append(value)
            self.definitions[label] = None  # a cycle ends here
            self.definitions[label] = describe(value)
        return self._names[id(value)]

    def _function(self, function: FunctionType) -> Any:
        code = function.__code__
        return [
            self._code(code),
            [self.of(cell.cell_contents) for cell in function.__closure__ or () if _filled(cell)],
            self.of(function.__defaults__),
            self.of(function.__kwdefaults__),
            self._globals(function),
        ]

    def _code(self, code: CodeType) -> Any:
        """Instructions and constants, without the docstring and line numbers."""
        loaded = {i.arg for i in dis.get_instructions(code) if i.opname == "LOAD_CONST"}
        constants = [
            self._code(constant) if isinstance(constant, CodeType) else self.of(constant)
            for number, constant in enumerate(code.co_consts)
            if number in loaded
        ]
        plain = [(i.opname, None if i.opname == "LOAD_CONST" else i.argrepr) for i in dis.get_instructions(code)]
        steps = [(name, text if text is None else ADDRESS.sub("", text)) for name, text in plain]
        return [str([step for step in steps if step[0] not in ("RESUME", "PRECALL", "CACHE")]), constants]

    def _globals(self, function: FunctionType) -> Any:
        """What the function's instructions, and those of functions inside it, may find by name."""
        found: dict[str, Any] = {}
        names = {name for code in _codes(function.__code__) for name in code.co_names}
        for name in sorted(names & function.__globals__.keys()):
            value = function.__globals__[name]
            found[name] = self._module(value, names) if isinstance(value, ModuleType) else self.of(value)
        for code in _codes(function.__code__):
            for instruction in dis.get_instructions(code):
                if instruction.opname == "IMPORT_NAME" and is_own(str(instruction.argval)):
                    found[f"import {instruction.argval}"] = self._module(import_module(instruction.argval), names)
        return ["globals", *([name, value] for name, value in found.items())]

    def _module(self, module: ModuleType, names: set[str]) -> Any:
        """Of one's own module, what the names in use find in it; of a library's, its name."""
        if not is_own(module.__name__):
            return f"module {module.__name__}"
        held = {name: getattr(module, name) for name in sorted(names) if hasattr(module, name)}
        return [
            module.__name__,
            *(
                [name, self._module(value, names) if isinstance(value, ModuleType) else self.of(value)]
                for name, value in held.items()
                if value is not module
            ),
        ]

    def _class(self, kind: type) -> Any:
        members = {
            name: member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            for name, member in vars(kind).items()
            if name not in _UNTOLD and not name.startswith("__jax")
        }
        bases = [self.of(base) for base in kind.__bases__ if base is not object]
        return [bases, *([name, self.of(member)] for name, member in sorted(members.items()))]

    def _instance(self, value: Any) -> Any:
        told = getattr(value, "determined_by", None)
        if told is not None:
            return [self.of(type(value)) if is_own(type(value).__module__) else "", self.of(told())]
        if is_dataclass(value):
            return [_name(type(value)), *([f.name, self.of(getattr(value, f.name))] for f in fields(value))]
        state = getattr(value, "__dict__", None)
        if not is_own(type(value).__module__) or state is None:
            return ADDRESS.sub("", repr(value))
        return [self.of(type(value)), self.of(state)]


_UNTOLD = frozenset(
    {
        "__doc__",
        "__module__",
        "__dict__",
        "__weakref__",
        "__annotations__",
        "__match_args__",
        "__dataclass_params__",
        "__dataclass_fields__",
        "__qualname__",
        "__abstractmethods__",
        "_abc_impl",
        "__firstlineno__",
        "__static_attributes__",
        "__slots__",
        "__orig_bases__",
        "__parameters__",
    }
)


INSTALLED = {"site-packages", "dist-packages"}


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _name(value: Any) -> str:
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', repr(value))}"


@functools.cache
def _library_folders() -> tuple[Path, ...]:
    paths = sysconfig.get_paths()
    return tuple({Path(paths[name]).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def _is_told(module: str | None) -> bool:
    """Whether code of a module is written out. What is no longer loaded, since its file was read anew, is one's own."""
    return module is None or module not in sys.modules or is_own(module)


def is_own(module: str) -> bool:
    """Whether a module is this project's or the user's own, rather than a library's."""
    if module.partition(".")[0] in ("corollary", "__main__"):
        return not module.startswith("corollary.trials")
    loaded = sys.modules.get(module)
    if loaded is None:
        return False
    file = getattr(loaded, "__file__", None)
    if file is None:
        return False
    path = Path(file).resolve()
    installed = INSTALLED & set(path.parts)  # by another environment too, which a search path can name
    return not installed and not any(folder in path.parents for folder in _library_folders())
