"""What the helix probe's score is worth: its floor without an intercept, and chance level with one (reconstructed)."""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

n, k = sp.symbols("n k", integer=True, positive=True)

CHANCE = ClosedForm(k / (n - 1), meanings={"n": "points", "k": "predictors"})
"""Mean R^2 of a regression with intercept on k predictors that carry nothing."""

FLOOR = ClosedForm(sp.Rational(1, 12))
"""What the mean of the first target column, 1/2, alone costs a fit without an intercept."""


def targets(count: int, turns: float, radius: float, growth: float) -> np.ndarray:
    """A helix [count, 3]: height t in [0, 1], and a circle of radius `radius` + growth t turned `turns` times."""
    t = np.linspace(0.0, 1.0, count)
    reach = radius + growth * t
    return np.stack([t, reach * np.cos(2 * np.pi * turns * t), reach * np.sin(2 * np.pi * turns * t)], axis=1)


def floor_of(target: np.ndarray) -> float:
    """Least mean squared error of any fit of `target` [points, 3] by centred predictors without an intercept."""
    return float((target.mean(axis=0) ** 2).mean())


def floor() -> Derivation:
    """Centred predictors cannot reach a mean."""
    mean = sp.Symbol("ybar", positive=True)
    return Derivation(
        "helix-floor",
        "Without an intercept the helix's height leaves an error of 1/12",
        "reconstructed",
        (
            Step(
                "of three columns",
                mean**2 / 3,
                "centred predictors fit values of mean 0: each column keeps at least its mean squared",
            ),
            Step(
                "height",
                FLOOR.expression,
                "t runs evenly over [0, 1]",
                check=derived(lambda error: error.subs(mean, sp.Rational(1, 2))),
            ),
        ),
        FLOOR,
    )
