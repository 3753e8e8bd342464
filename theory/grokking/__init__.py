"""Grokking and the singular feature machine, derived (arXiv 2603.29262)."""

from typing import Any

QUANTITIES: dict[str, Any] = {
}

DERIVATIONS: dict[str, Any] = {
}

__all__ = ["DERIVATIONS", "QUANTITIES"]
