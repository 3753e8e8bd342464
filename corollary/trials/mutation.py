"""The values of a claim's machine-made mutants, for every kind that compares a closed form with something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from corollary.formulas.closed_form import values_at
from corollary.formulas.mutants import DROPS, first_order_mutants
from corollary.point import Point

IDENTICAL = 1e-9
"""Relative gap below which a mutant is the original written otherwise, such as a transposed symmetric matrix."""


def mutant_values(
    predicts: Any, points: Sequence[Point], stated: Sequence[np.ndarray]
) -> list[tuple[str, list[np.ndarray]]]:
    """(what was changed, its values at every point, each [compared]) for every first-order mutant of what is predicted.

    predicts: a ClosedForm or a mapping of names to them; plain functions have no mutants. stated: the values that they
    predict. A mutant of one compared quantity leaves the others as they are; NaN where a mutant has no value.
    """
    forms = predicts if isinstance(predicts, Mapping) else {"": predicts}
    found = []
    for position, (part, form) in enumerate(forms.items()):
        mutants = list(first_order_mutants(form))
        table = values_at([mutant for _, mutant in mutants], points)
        for (name, _), row in zip(mutants, table, strict=True):
            values = [_with(value, position, v) for value, v in zip(stated, row, strict=True)]
            found.append((f"{part}: {name}" if part else name, values))
    return found


def shares_of_terms(
    mutants: Sequence[tuple[str, list[np.ndarray]]], stated: Sequence[np.ndarray]
) -> dict[str, tuple[float, ...]]:
    """Each term that a mutant drops -> how much of the prediction goes with it at each point, relative, the largest
    over the compared quantities. mutants: as `mutant_values` gives them."""
    shares = {}
    for name, values in mutants:
        part, drops, term = name.rpartition(DROPS)
        if drops:
            with np.errstate(divide="ignore", invalid="ignore"):
                shares[part + term] = tuple(
                    float(np.max(np.abs(v - s) / np.abs(s))) for v, s in zip(values, stated, strict=True)
                )
    return shares


def _with(values: np.ndarray, position: int, value: float) -> np.ndarray:
    changed = values.copy()
    changed[position] = value
    return changed
