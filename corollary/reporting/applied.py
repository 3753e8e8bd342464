"""The figure of what a paper found in a model of one's own."""

from __future__ import annotations

import importlib
import shlex
from typing import Any

from corollary.reporting.figure import encode, lay_out_small_print, style
from corollary.storage.store import Store


def draw_applied(applied: Any, kind: str = "png") -> str:
    """Draws an Applied beside its record, and returns the file's path."""
    application = applied.application
    module, function = application.draw.split(":")
    with style():
        figure = getattr(importlib.import_module(module), function)(applied)
        lay_out_small_print(figure, f"model {applied.model}")
    settings = " ".join(f"--set {shlex.quote(f'{name}={value}')}" for name, value in applied.config.items())
    command = f"corollary train {application.name} --checkpoint {shlex.quote(applied.model)} {settings}"
    content = encode(figure, kind, f"{application.name}: {applied.model}", command)
    folder, _, stem = applied.place.rpartition("/")
    return str(Store(folder).write(f"{stem}.{kind}", content))
