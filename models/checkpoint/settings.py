"""The fields of a config.json: each asked for by name, with what is allowed; what is not is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACTIVATIONS = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_fast": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "silu": "silu",
    "swish": "silu",
    "relu": "relu",
}
"""Their names in config.json, and ours."""

REQUIRED = object()


def activation_name(ours: str, usual: str) -> str:
    """The name in config.json, `usual` if that says the same."""
    return usual if ACTIVATIONS[usual] == ours else next(name for name, one in ACTIVATIONS.items() if one == ours)


@dataclass(frozen=True)
class Settings:
    """A config.json and where it lies. A field that is null counts as absent, as it does where it was written."""

    file: Path
    fields: Mapping[str, Any]

    @classmethod
    def read(cls, file: Path) -> Settings:
        try:
            fields = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{file} is not allowed; allowed: JSON ({error})") from error
        if not isinstance(fields, dict):
            raise ValueError(f"{file} is not allowed; allowed: a JSON object")
        return cls(file, fields)

    def refused(self, name: str, allowed: str) -> ValueError:
        return ValueError(f"{self.file}: {name}={self.fields.get(name)!r} is not allowed; allowed: {allowed}")

    def integer(self, name: str, default: Any = REQUIRED) -> int:
        value = self._value(name, default, "an integer >= 1")
        if type(value) is not int or value < 1:
            raise self.refused(name, "an integer >= 1")
        return value

    def number(self, name: str, default: Any = REQUIRED) -> float:
        value = self._value(name, default, "a number > 0")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise self.refused(name, "a number > 0")
        return float(value)

    def cap(self, name: str, default: float) -> float:
        """A number, or 0 if the field is there and null."""
        return 0.0 if name in self.fields and self.fields[name] is None else self.number(name, default)

    def flag(self, name: str, default: bool) -> bool:
        value = self._value(name, default, "true or false")
        if not isinstance(value, bool):
            raise self.refused(name, "true or false")
        return value

    def activation(self, name: str, default: str) -> str:
        value = self._value(name, default, ", ".join(ACTIVATIONS))
        if not isinstance(value, str) or value not in ACTIVATIONS:
            raise self.refused(name, ", ".join(ACTIVATIONS))
        return ACTIVATIONS[value]

    def only(self, name: str, *allowed: Any) -> None:
        """Refuses a field that is there with a value of which no decoder here knows the meaning."""
        value = self.fields.get(name)
        if value is not None and value not in allowed:
            raise self.refused(name, f"{', '.join(json.dumps(one) for one in allowed)} or none")

    def windows(self, layers: int, window: int, default: list[bool]) -> tuple[int, ...]:
        """How far back each layer attends, of `layer_types` or else of `default` (True: the window). window: 0 if there
        is none."""
        known = {"full_attention": False, "sliding_attention": True}
        types = self.fields.get("layer_types")
        if types is None:
            sliding = default
        elif isinstance(types, list) and len(types) == layers and all(one in known for one in types):
            sliding = [known[one] for one in types]
        else:
            raise self.refused("layer_types", f"{layers} of {' and '.join(known)}")
        if any(sliding) and not window:
            raise self.refused("sliding_window", "an integer >= 1 where a layer has sliding_attention")
        return tuple(window if one else 0 for one in sliding) if any(sliding) else ()

    def _value(self, name: str, default: Any, allowed: str) -> Any:
        value = self.fields.get(name)
        if value is None and default is REQUIRED:
            raise ValueError(f"{self.file}: {name} is missing; allowed: {allowed}")
        return default if value is None else value
