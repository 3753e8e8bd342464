"""Presets: settings of a run under a name, with what they cost and what is to be expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corollary.paper import known
from corollary.training.settings import Config, Value, configure

if TYPE_CHECKING:
    from corollary.training.run import Run


@dataclass(frozen=True)
class Preset:
    """Settings that differ from a run's defaults. cost: time and hardware. expects: the outcome, with its source."""

    settings: Mapping[str, Value]
    cost: str
    expects: str


def configuration(run: Run, preset: str = "", overrides: Mapping[str, Any] | Sequence[str] = ()) -> Config:
    """A run's settings: the defaults, with those of the preset in their place, with the overrides in theirs.

    Raises ValueError for an unknown preset (suggesting the nearest), an unknown setting, or a bad value.
    """
    named = run.presets[known(preset, run.presets, f"preset of {run.name}")].settings if preset else {}
    base = configure(run.name, run.settings, named)
    return {**base, **_given(run, overrides)}


def _given(run: Run, overrides: Mapping[str, Any] | Sequence[str]) -> Config:
    config = configure(run.name, run.settings, overrides)
    names = overrides if isinstance(overrides, Mapping) else [text.partition("=")[0].strip() for text in overrides]
    return {name: config[name] for name in names}
