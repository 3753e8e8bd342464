"""Grokking in pictures (arXiv 2603.29262)."""

from collections.abc import Callable
from typing import Any

FIGURES: dict[str, Callable[..., Any]] = {
}
