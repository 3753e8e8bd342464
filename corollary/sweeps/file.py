"""Sweeps as TOML files: what is swept, what it costs and on what, what is to be expected, and the exponent on trial."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HEAD = ("title", "cost", "hardware", "expects", "source")
ASKED = {
    "depth": str, "alpha": float, "seed": int, "replicates": int, "precision": float, "budget": int, "zip": bool,
    "float32": bool,
}  # fmt: skip


@dataclass(frozen=True)
class Expected:
    """Of the variable `of`: that log of it against log along has this slope. along: the axis; at: values of the other
    axes, by default their last. within: the margin. Or, of another kind, that it equals the variable `like` at every
    point, within that share of it."""

    of: str
    within: float
    along: str = ""
    slope: float = 0.0
    at: Mapping[str, Any] = field(default_factory=dict)
    like: str = ""


@dataclass(frozen=True)
class SweepFile:
    """title, cost, hardware, expects, source: in words. options: of `sweep`."""

    path: str
    title: str
    cost: str
    hardware: str
    expects: str
    source: str
    target: str
    axes: Mapping[str, Any]
    options: Mapping[str, Any]
    expected: tuple[Expected, ...]


def read_sweep(path: str | Path) -> SweepFile:
    """Raises ValueError for a file that is missing, is no TOML, or lacks or misspells an entry."""
    file = Path(path)
    try:
        with open(file, "rb") as stream:
            given = tomllib.load(stream)
    except OSError as error:
        raise ValueError(f"sweep file {str(path)!r} cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"sweep file {str(path)!r} is no TOML: {error}") from None
    where = f"sweep file {str(path)!r}"
    _known(where, given, (*HEAD, "target", "axes", *ASKED, "expected"))
    for name in (*HEAD, "target", "axes"):
        kind: type = dict if name == "axes" else str
        if not isinstance(given.get(name), kind) or not given[name]:
            raise ValueError(f"{where} has no {name}; allowed: {'a table' if kind is dict else 'a text'}")
    for name, asked in ASKED.items():
        value = given.get(name)
        if value is not None and not (type(value) is asked or (asked is float and type(value) is int)):
            raise ValueError(f"{where}: {name}={value!r} is not allowed; allowed: {asked.__name__}")
    options = {("zipped" if name == "zip" else name): given[name] for name in ASKED if name in given}
    expected = []
    for one in given.get("expected", []):
        expected.append(_expected(where, one, given["axes"]))
    head = {name: given[name] for name in HEAD}
    return SweepFile(
        str(path), **head, target=given["target"], axes=given["axes"], options=options, expected=tuple(expected)
    )


def _expected(where: str, one: Mapping[str, Any], axes: Mapping[str, Any]) -> Expected:
    kinds: dict[str, type | tuple[type, ...]] = {"of": str, "within": (int, float)}
    kinds |= {"like": str} if "like" in one else {"along": str, "slope": (int, float)}
    _known(where, one, (*kinds, "like" if "like" in one else "at"))
    for name, kind in kinds.items():
        if name not in one:
            raise ValueError(f"{where}: [[expected]] lacks {name!r}")
        if not isinstance(one[name], kind) or isinstance(one[name], bool):
            raise ValueError(f"{where}: {name}={one[name]!r}; allowed: a {'text' if kind is str else 'number'}")
    if not one["within"] > 0:
        raise ValueError(f"{where}: within={one['within']!r}; allowed: a number above 0")
    if "along" in one and one["along"] not in axes:
        raise ValueError(f"{where}: along={one['along']!r} is no axis; allowed: {', '.join(axes)}")
    return Expected(**one)


def shipped(slug: str) -> dict[str, Path]:
    """The sweeps that come with a paper, by name."""
    folder = Path(__file__).resolve().parents[1] / "claims" / slug.replace("-", "_") / "sweeps"
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def _known(where: str, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"allowed: {', '.join(names)}"
            raise ValueError(f"{where} has an unknown entry {name!r}; {hint}")
