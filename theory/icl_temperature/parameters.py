"""From a quantity's arguments to the inputs of a closed form: defaults of the attention, isotropic or with
matrices.

Numbers stay what they are (float, or Fraction when digits are asked for), so that nothing is rounded on the
way.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

MATRICES = ("Sigma_x", "Sigma_w", "M11")
VECTORS = ("mu_x", "mu_w", "m21", "v21")


@dataclass(frozen=True)
class Inputs:
    """values: of the symbols of an isotropic form (a, b, m, v, ...) or of a general one (Sigma_x, ...)."""

    isotropic: bool
    values: dict[str, Any]


def inputs(model: str, given: dict[str, Any], exactly: bool = False) -> Inputs:
    """Fills in what pretraining leaves and decides whether the isotropic form applies.

    given: checked arguments; M11, v21, v22 may be None (pretraining's values), sigma_train and l_train None
    (the values in testing). Raises ValueError when the dimension is not given in any way.
    """
    values = {name: _number(value, exactly) for name, value in given.items() if value is not None}
    if "d" not in values:
        raise ValueError("d is missing: give it, or a matrix or vector that has it")
    values["d"] = int(values["d"])
    values["l"] = int(values["l"])
    values.setdefault("sigma_train", values["sigma"])
    values.setdefault("l_train", values["l"])
    if model == "softmax" and "M11" not in values:
        values |= _trained_softmax(values)
    values.setdefault("v22", Fraction(1, values["d"]) if exactly else 1 / values["d"])
    if "M11" not in values:
        values["M11"] = _pretrained(model, values, exactly)
    scalars = all(np.ndim(values[name]) == 0 for name in MATRICES)
    if scalars and all(np.ndim(values[name]) == 0 for name in VECTORS):
        return Inputs(True, _isotropic(values))
    return Inputs(False, _general(values))


def _isotropic(values: dict[str, Any]) -> dict[str, Any]:
    letters = {"a": "Sigma_x", "b": "Sigma_w", "m": "M11", "v": "v22"}
    kept = {name: values[name] for name in ("d", "l", "sigma", "tau") if name in values}
    return kept | {letter: values[name] for letter, name in letters.items()}


def _general(values: dict[str, Any]) -> dict[str, Any]:
    size = values["d"]
    eye = np.eye(size, dtype=object if isinstance(values["v22"], Fraction) else np.float64)
    full = {
        name: value * eye if np.ndim(value) == 0 else value
        for name, value in ((name, values[name]) for name in MATRICES)
    }
    full |= {name: np.zeros(size, dtype=eye.dtype) if np.ndim(values[name]) == 0 else values[name] for name in VECTORS}
    return full | {name: values[name] for name in ("d", "l", "sigma", "tau", "v22") if name in values}


def _pretrained(model: str, values: dict[str, Any], exactly: bool) -> Any:
    """M11 = kappa / v22, kappa I or a matrix: what pretraining on tasks of unit covariance and zero mean leaves."""
    if values["v22"] == 0:
        raise ValueError("v22 = 0: pretraining fixes v22 M11, which leaves no finite M11; give M11, or a small v22")
    length, noise, train = values["l_train"], values["sigma_train"] ** 2, values["Sigma_train"]
    scalar = np.ndim(train) == 0
    one: Any = Fraction(1) if exactly else 1.0
    trace = train * values["d"] if scalar else np.trace(train)
    if values["pretraining"] == "constructed":
        scale, ridge = one, noise / length
    else:
        count = length if model in ("high-dimensional", "printed") else length - 1
        scale, ridge = (1 + one / count if model == "linear" else one), (noise + trace) / count
    if scalar:
        return 1 / (values["v22"] * (scale * train + ridge))
    identity = np.eye(len(train), dtype=object if exactly else np.float64)
    return (_exact_inverse if exactly else np.linalg.inv)(scale * train + ridge * identity) / values["v22"]


def _exact_inverse(matrix: np.ndarray) -> np.ndarray:
    """The inverse of a symmetric positive definite matrix of Fractions, in Fractions (Gauss-Jordan)."""
    size = len(matrix)
    rows = np.hstack([matrix, np.eye(size, dtype=int).astype(object)])
    for pivot in range(size):
        rows[pivot] = rows[pivot] / rows[pivot, pivot]
        for other in range(size):
            if other != pivot:
                rows[other] = rows[other] - rows[other, pivot] * rows[pivot]
    return rows[:, size:]


def _trained_softmax(values: dict[str, Any]) -> dict[str, Any]:
    from corollary.theory.icl_temperature.softmax import trained

    if np.ndim(values["Sigma_train"]) != 0:
        raise ValueError("Sigma_train: the trained softmax head is known for a multiple of the identity only; give M11")
    head = trained(
        a=float(values["Sigma_train"]), b=1.0, d=values["d"], l=values["l_train"], sigma=float(values["sigma_train"])
    )
    return {"M11": head["m"]} | ({} if "v22" in values else {"v22": head["v"]})


def _number(value: Any, exactly: bool) -> Any:
    if isinstance(value, str) and not _numeric(value):
        return value
    if np.ndim(value) > 0:
        kind = object if exactly else np.float64
        entries = np.asarray(value, dtype=kind)
        flat = np.array([_number(entry, exactly) for entry in entries.ravel()], dtype=kind)
        return flat.reshape(entries.shape)
    return Fraction(value) if exactly else value


def _numeric(text: str) -> bool:
    try:
        Fraction(text)
    except ValueError:
        return False
    return True
