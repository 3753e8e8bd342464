"""Steering vectors' scaling laws in pictures (arXiv 2605.05983)."""

from collections.abc import Callable
from typing import Any

FIGURES: dict[str, Callable[..., Any]] = {}
