"""Corollary: interpretability theory that you can run. Closed forms are derived, simulated, and put on trial.

Names are loaded when first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "corollary.kinds.bound": ("Bound", "Search"),
    "corollary.kinds.exponent": ("Exponent",),
    "corollary.kinds.identity": ("Identity",),
    "corollary.kinds.mean": ("Contrast", "Mean", "Remeasured", "ratio"),
    "corollary.kinds.phenomenon": ("Control", "Phenomenon"),
    "corollary.kinds.recovery": ("Recovery",),
    "corollary.kinds.witness": ("Witness",),
    "corollary.claim": ("Claim", "Verdict"),
    "corollary.closed_form": ("Argument", "ClosedForm", "Quantity"),
    "corollary.derivation": ("Derivation", "Step"),
    "corollary.paper": ("Paper", "papers"),
    "corollary.point": ("Depths", "grid"),
    "corollary.reporting": ("report",),
    "corollary.source": ("Source",),
    "corollary.store": ("Store",),
    "corollary.sweeping": ("sweep",),
    "corollary.training": ("train",),
    "corollary.verification": ("verify",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'corollary' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
