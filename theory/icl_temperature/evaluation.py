"""The functions behind the quantities: each takes checked arguments by name and returns a number."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import mpmath
import numpy as np

from corollary.formulas.closed_form import MOST_ENTRIES, values_at
from corollary.theory.icl_temperature import closed_form, coefficients
from corollary.theory.icl_temperature.parameters import Inputs, inputs

SMALLEST, LARGEST = 1e-140, 1e140
"""Coefficients between these have squares and ratios in float64."""
CAREFUL_DIGITS = 20


def error(*, model: str, digits: int | None = None, **given: Any) -> Any:
    """G(tau) of a model; see the arguments of the quantity."""
    if model == "softmax":
        _float_only(model, digits)
        return _softmax_error(inputs(model, given), given["tau"])
    checked = inputs(model, given, digits is not None)
    if _reads_label_keys(model, checked):
        _float_only("m21 != 0", digits)
        g0, g1, g2 = _task_mean(model, checked.values)
        return g0 - 2 * g1 / given["tau"] + g2 / given["tau"] ** 2
    return closed_form("error", model, checked.isotropic).value(digits, **checked.values)


def optimal_temperature(*, model: str, digits: int | None = None, **given: Any) -> Any:
    """The minimiser of the error over tau > 0; inf when it is at infinity, nan when no score reaches the labels."""
    if model == "softmax":
        from corollary.theory.icl_temperature.softmax import optimal_temperature as search

        _float_only(model, digits)
        checked = inputs(model, given)
        return search(lambda tau: _softmax_error(checked, tau), _unit_score_temperature(checked))
    _, g1, g2 = _in_range(model, given, digits)
    if g2 == 0:
        return math.nan
    return _as_asked(lambda: g2 / g1, digits) if g1 > 0 else math.inf


def minimum_error(*, model: str, digits: int | None = None, **given: Any) -> Any:
    """The error at the optimal temperature (its infimum when that is at infinity)."""
    if model == "softmax":
        best = optimal_temperature(model=model, digits=digits, **given)
        checked = inputs(model, given)
        return _softmax_error(checked, best if math.isfinite(best) else 1e12 * _unit_score_temperature(checked))
    g0, g1, g2 = _in_range(model, given, digits)
    return _as_asked(lambda: g0 - g1**2 / g2 if g2 != 0 and g1 > 0 else +g0, digits)


def error_coefficients(*, model: str, digits: int | None = None, **given: Any) -> np.ndarray:
    """[g0, g1, g2] of G(tau) = g0 - 2 g1 / tau + g2 / tau^2."""
    return np.array(_coefficients(model, given, digits))


def recovered_fraction(*, digits: int | None = None, **given: Any) -> Any:
    """cos^2 between M11 and the best matrix, masked model, mu_x = 0."""
    from corollary.theory.icl_temperature.recovery import RECOVERED_FRACTION

    checked = inputs("masked", {**given, "mu_x": 0, "m21": 0}, digits is not None)
    if checked.isotropic:
        return 1.0 if digits is None else mpmath.mpf(1)
    return RECOVERED_FRACTION.value(digits, **checked.values)


def bayes_error(*, d: int | None, l: int, Sigma_x: Any, Sigma_w: Any, sigma: float, digits: int | None = None) -> Any:
    """The Bayes error, to leading order in high dimensions, at zero input mean."""
    from corollary.theory.icl_temperature.bayes import ISOTROPIC_BAYES
    from corollary.theory.icl_temperature.bayes import bayes_error as general

    if d is None:
        raise ValueError("d is missing: give it, or a matrix that has it")
    scalars = np.ndim(Sigma_x) == 0 and np.ndim(Sigma_w) == 0
    if scalars and float(sigma) > 0:
        return ISOTROPIC_BAYES.value(digits, a=Sigma_x, b=Sigma_w, d=d, l=l, sigma=sigma)
    _float_only("matrices or sigma = 0", digits)
    S, W = (value * np.eye(d) if np.ndim(value) == 0 else value for value in (Sigma_x, Sigma_w))
    return general(Sigma_x=S, Sigma_w=W, sigma=sigma, l=l)


def leave_one_out_temperature(*, digits: int | None = None, **given: Any) -> Any:
    """What the leave-one-out estimator on l - 1 demonstrations targets: the masked optimum on l - 2 keys."""
    given["l_train"] = given["l"] if given["l_train"] is None else given["l_train"]
    return optimal_temperature(model="masked", digits=digits, **{**given, "l": given["l"] - 1})


def participation(*, n: int, h: float) -> float:
    """E sum a_i^2 of a softmax over n Gaussian scores of variance h."""
    from corollary.theory.calculus.random_energy import softmax_moments

    return softmax_moments(n, h)[0]


def score_second_moment(*, n: int, h: float) -> float:
    """E (sum a_i s_i)^2 of a softmax over n Gaussian scores of variance h."""
    from corollary.theory.calculus.random_energy import softmax_moments

    return softmax_moments(n, h)[1]


def trained_score_variance(*, d: int, l: int | None, sigma: float, digits: int | None = None) -> Any:
    """Where pretraining leaves one softmax head at unit covariances: at length l, or in the limit of long prompts."""
    from corollary.theory.icl_temperature.softmax import trained
    from corollary.theory.icl_temperature.trained_head import LONG_CONTEXT_SCORE_VARIANCE

    if l is None:
        return LONG_CONTEXT_SCORE_VARIANCE.value(digits, d=d, a=1, b=1, sigma=sigma)
    _float_only("a given l", digits)
    return trained(a=1.0, b=1.0, d=d, l=l, sigma=sigma)["h"]


def finite_pretraining_temperature(*, digits: int | None = None, **given: Any) -> Any:
    """The optimal temperature after pretraining on finitely many prompts, without shift; approximate, O(1/d)."""
    from corollary.theory.icl_temperature.finite_pretraining import FINITE_PRETRAINING

    return FINITE_PRETRAINING["optimal_temperature"].value(digits, **given)


def _in_range(model: str, given: dict[str, Any], digits: int | None) -> tuple[Any, Any, Any]:
    """The coefficients; where one leaves float64's range, with more digits, so that their ratios are known."""
    if digits is None:
        with suppress(ArithmeticError):
            checked = _coefficients(model, given, None)
            if all(SMALLEST < abs(value) < LARGEST for value in checked) or _large(given):
                return checked
        if np.any(given["m21"]):
            return _coefficients(model, given, None)
    return _coefficients(model, given, digits or CAREFUL_DIGITS)


def _as_asked(value: Callable[[], Any], digits: int | None) -> Any:
    """A value of numbers of either kind: a float where no digits are asked for."""
    with mpmath.workdps((digits or CAREFUL_DIGITS) + 5):
        return float(value()) if digits is None else value()


def _large(given: dict[str, Any]) -> bool:
    return sum(np.size(value) for value in given.values() if value is not None) > MOST_ENTRIES


def _coefficients(model: str, given: dict[str, Any], digits: int | None) -> tuple[Any, Any, Any]:
    if model == "softmax":
        raise ValueError("model = 'softmax': its error is no parabola in 1/tau, so it has no coefficients")
    checked = inputs(model, given, digits is not None)
    if _reads_label_keys(model, checked):
        _float_only("m21 != 0", digits)
        return _task_mean(model, checked.values)
    g0, g1, g2 = (form.value(digits, **checked.values) for form in coefficients(model, checked.isotropic).forms)
    return g0, g1, g2


def _reads_label_keys(model: str, checked: Inputs) -> bool:
    if checked.isotropic or not np.any(checked.values["m21"]):
        return False
    if model not in ("literal", "masked"):
        raise ValueError(f"m21 = {checked.values['m21']}: must be 0 for model {model!r}")
    return True


def _task_mean(model: str, values: dict[str, Any]) -> tuple[float, float, float]:
    """The coefficients at m21 != 0: polynomials of degree 4 at most in the task, averaged by an exact cubature."""
    from corollary.theory.calculus.quadrature import degree_five_nodes

    nodes, weights = degree_five_nodes(values["d"])
    tasks = values["mu_w"] + nodes @ np.linalg.cholesky(values["Sigma_w"]).T
    table = values_at(coefficients(model, given_task=True).forms, ({**values, "w": task} for task in tasks))
    g0, g1, g2 = (float(value) for value in table @ weights)
    return g0, g1, g2


def _softmax_error(checked: Inputs, tau: float) -> float:
    from corollary.theory.icl_temperature.softmax import error as general
    from corollary.theory.icl_temperature.softmax import isotropic_error

    values = {name: value for name, value in checked.values.items() if name != "tau"}
    return isotropic_error(**values, tau=tau) if checked.isotropic else general(values, tau)


def _unit_score_temperature(checked: Inputs) -> float:
    values = checked.values
    if checked.isotropic:
        return float(abs(values["m"]) * values["a"] * math.sqrt(values["d"]))
    S, M = np.asarray(values["Sigma_x"]), np.asarray(values["M11"])
    A = S + np.outer(values["mu_x"], values["mu_x"])
    return math.sqrt(np.trace(A @ M.T @ S @ M))


def _float_only(what: str, digits: int | None) -> None:
    if digits is not None:
        raise ValueError(f"digits = {digits}: {what} is computed in float64 only")
