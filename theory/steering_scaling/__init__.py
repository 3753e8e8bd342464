"""Steering vectors' scaling laws: what width does to a jointly trained factor and direction (arXiv 2605.05983)."""

from collections.abc import Callable
from typing import Any

QUANTITIES: dict[str, Any] = {}
DERIVATIONS: dict[str, Callable[[], Any]] = {}

__all__ = ["DERIVATIONS", "QUANTITIES"]
