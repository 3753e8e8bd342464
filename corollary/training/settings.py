"""What a user may set of a training run: typed defaults, overridden by name=value."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Value = bool | int | float | str
Config = dict[str, Any]
"""Setting name -> Value."""


@dataclass(frozen=True)
class Setting:
    """One thing to set. Its default fixes its type, `choices` or the closed range `within` its domain."""

    default: Value
    meaning: str
    choices: tuple[str, ...] = ()
    within: tuple[float, float] = (-math.inf, math.inf)


def configure(owner: str, settings: Mapping[str, Setting], overrides: Mapping[str, Any] | Sequence[str] = ()) -> Config:
    """The settings' defaults with some replaced, each given as a value or as the text "name=value"; where any text is
    allowed, it is taken with the spaces around it.

    owner: whose settings they are, for the error's sake.
    Raises ValueError for an unknown name (suggesting the nearest), a wrong type or a value out of domain.
    """
    given = overrides if isinstance(overrides, Mapping) else dict(map(_split, overrides))
    config: Config = {name: setting.default for name, setting in settings.items()}
    for name, value in given.items():
        if name not in settings:
            hint = _nearest(name, settings)
            raise ValueError(f"setting {name!r} is unknown to {owner}; {hint}allowed: {', '.join(settings)}")
        config[name] = _checked(name, settings[name], value)
    return config


def _split(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise ValueError(f"setting {text!r} is malformed; allowed: name=value")
    return name.strip(), value


def _checked(name: str, setting: Setting, given: Any) -> Value:
    value = given.item() if isinstance(given, np.generic) else given
    free = isinstance(setting.default, str) and not setting.choices
    value = value.strip() if isinstance(value, str) and not free else value
    if isinstance(setting.default, str):
        if isinstance(value, str) and (value in setting.choices or not setting.choices):
            return value
        allowed = _nearest(str(value), setting.choices) + "allowed: " + (", ".join(setting.choices) or "text")
        raise ValueError(f"setting {name}={given!r} is not allowed; {allowed}")
    kind = type(setting.default)
    value = _parse(kind, value) if isinstance(value, str) else value
    if kind is float and type(value) is int:
        value = float(value)
    low, high = setting.within
    if type(value) is not kind or not math.isfinite(value) or not low <= value <= high:
        says = {bool: "true or false", int: "an integer", float: "a finite number"}[kind]
        inside = "" if math.isinf(low) and math.isinf(high) else f" in [{low:g}, {high:g}]"
        raise ValueError(f"setting {name}={given!r} is not allowed; allowed: {says}{inside}")
    return value


def _parse(kind: type, text: str) -> Any:
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower())
    try:
        return kind(text)
    except ValueError:
        return None


def _nearest(name: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]!r}? " if near else ""
