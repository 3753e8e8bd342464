"""Corollary: interpretability theory that you can run. Closed forms are derived, simulated, and put on trial.

Names are loaded when first used, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "corollary.trials.bound": ("Bound", "Search"),
    "corollary.trials.exponent": ("Exponent",),
    "corollary.trials.identity": ("Identity",),
    "corollary.trials.mean": ("Contrast", "Mean", "Remeasured", "ratio"),
    "corollary.trials.phenomenon": ("Control", "Phenomenon"),
    "corollary.trials.recovery": ("Recovery",),
    "corollary.trials.witness": ("Witness",),
    "corollary.trials.claim": ("Claim", "Verdict"),
    "corollary.formulas.closed_form": ("Argument", "ClosedForm", "Quantity"),
    "corollary.formulas.derivation": ("Derivation", "Step"),
    "corollary.paper": ("Paper", "papers"),
    "corollary.point": ("Depths", "grid"),
    "corollary.reporting.page": ("report",),
    "corollary.source": ("Source",),
    "corollary.storage.store": ("Store",),
    "corollary.sweeps.sweep": ("sweep",),
    "corollary.training.run": ("train",),
    "corollary.trials.verification": ("verify",),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'corollary' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
