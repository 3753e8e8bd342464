"""The coefficients from the attention itself, exactly: no covariance, no Wishart law, no high dimension.

At a small size with rational parameters, the prediction is a polynomial in the Gaussian entries of the
prompt. Its moments by Isserlis are rational numbers, and every model's closed form has to reproduce them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from sympy.polys.rings import ring

from corollary.theory.calculus.isserlis import mean_of_product


def exact_coefficients(model: str, point: dict[str, Any], length: int) -> tuple[Fraction, Fraction, Fraction]:
    """(g0, g1, g2) = (E (y - b)^2, E (y - b) q, E q^2) as rationals, from the attention's definition.

    model: "literal" (all columns are keys, the query's label 0), "masked" (the labelled points are keys) or
    "linear" (those, without normalisation). point: rationals root_x, root_w [d, d] lower triangular with
    Sigma = root root^T, mu_x, mu_w, m21, v21 [d], M11 [d, d], v22, sigma; `task` [d], when present, fixes w.
    """
    columns, labels, residual_free, normals = _prompt(point, length)
    keys = range(length) if model == "literal" else range(length - 1)
    queries = columns[-1]
    labels = [*labels, 0 * labels[0]]
    scores = [columns[i] @ (point["M11"] @ queries) + labels[i] * (point["m21"] @ queries) for i in keys]
    values = [columns[i] @ point["v21"] + labels[i] * point["v22"] for i in keys]
    share = sp.QQ(1, len(keys))
    if model == "linear":
        b = 0 * scores[0]
        q = share * sum((value * score for value, score in zip(values, scores, strict=True)), b)
    else:
        mean_score = share * sum(scores[1:], scores[0])
        b = share * sum(values[1:], values[0])
        q = share * sum((value * (score - mean_score) for value, score in zip(values, scores, strict=True)), 0 * b)
    residual = residual_free - b
    pairs = ((residual, residual), (residual, q), (q, q))
    g0, g1, g2 = (_rational(mean_of_product(left, right, normals)) for left, right in pairs)
    return g0, g1, g2


def rational_point(seed: int, dimension: int, label_keys: bool = False) -> dict[str, Any]:
    """Random rational parameters for `exact_coefficients`; with `label_keys`, m21 != 0 and the task is fixed."""
    source = np.random.default_rng(seed)

    def entries(*shape: int) -> Any:
        whole = source.integers(-6, 7, size=shape)
        return np.array([sp.QQ(int(value), 5) for value in whole.ravel()], dtype=object).reshape(shape)

    def root() -> Any:
        return np.tril(entries(dimension, dimension)) + np.eye(dimension, dtype=int) * sp.QQ(7, 5)

    point = {"root_x": root(), "root_w": root(), "M11": entries(dimension, dimension)}
    point |= {name: entries(dimension) for name in ("mu_x", "mu_w", "v21", "m21")}
    point |= {"v22": sp.QQ(4, 5), "sigma": sp.QQ(1, 2)}
    if label_keys:
        return point | {"task": entries(dimension)}
    return point | {"m21": 0 * point["m21"]}


def closed_form_inputs(point: dict[str, Any], length: int) -> dict[str, Any]:
    """The same parameters as Fractions under the names of the closed forms."""
    as_fraction = np.vectorize(lambda value: Fraction(int(value.numerator), int(value.denominator)), "O")
    exact = {name: as_fraction(np.asarray(value, dtype=object)) for name, value in point.items()}
    inputs = {
        name: value[()]
        for name, value in exact.items()
        if name in ("mu_x", "mu_w", "M11", "v21", "v22", "m21", "sigma")
    }
    for letter in "xw":
        inputs[f"Sigma_{letter}"] = exact[f"root_{letter}"] @ exact[f"root_{letter}"].T
    if "task" in exact:
        inputs["w"] = exact["task"]
    return inputs | {"l": length}


def _prompt(point: dict[str, Any], length: int) -> tuple[list[Any], list[Any], Any, range]:
    """Inputs, labels of the first length - 1, the query's label, and the indices of the normals in the ring."""
    dimension = len(point["mu_x"])
    count = length * dimension + dimension + length
    _, *normals = ring([f"z{i}" for i in range(count)], sp.QQ)
    draws = np.array(normals, dtype=object)
    inputs = draws[: length * dimension].reshape(length, dimension) @ point["root_x"].T + point["mu_x"]
    noise = draws[length * dimension : length * dimension + length] * point["sigma"]
    task = (
        point["task"] + 0 * draws[-dimension:]
        if "task" in point
        else (point["root_w"] @ draws[-dimension:] + point["mu_w"])
    )
    labels = [row @ task + error for row, error in zip(inputs, noise, strict=True)]
    return list(inputs), labels[:-1], labels[-1], range(count)


def _rational(polynomial: Any) -> Fraction:
    constant = polynomial.coeff(1) if polynomial else sp.QQ(0)
    return Fraction(int(constant.numerator), int(constant.denominator))
