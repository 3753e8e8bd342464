"""What can be evaluated by name: `corollary evaluate steering-scaling/<quantity> name=value ...`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from corollary import Argument, Quantity
from corollary.formulas.quantity import Domain, above, integer, one_of, positive
from corollary.theory.calculus.exponents import OPTIMIZERS, ZERO, Parameterisation, exponent, table, verdict
from corollary.theory.steering_scaling import constants, gauge, linear_model


def _rational(says: str, zero: bool) -> Domain:
    def check(value: Any) -> Any:
        try:
            found = exponent("", value)
        except ValueError:
            raise ValueError from None
        if found == ZERO and not zero:
            raise ValueError
        return found

    return Domain(says, check)


_exponent = _rational("a rational such as -1/2 or 0.25, or -inf for zero", True)
_finite = _rational("a rational such as 1 or 1/2", False)


_SHOWN = {
    "d1": "alpha dv",
    "d2": "dalpha v",
    "d3": "dalpha dv",
    "z": "z",
    "gd1": "<g, alpha dv>",
    "gd2": "<g, dalpha v>",
    "gd3": "<g, dalpha dv>",
}


def _exponents(steps: int, **given: Any) -> dict[str, str]:
    parameterisation = Parameterisation(**given)
    lines = {}
    for number, row in enumerate(table(parameterisation, steps), 1):
        entries = (f"{_SHOWN[name]} {value!s:<5}" for name, value in row.items())
        lines[f"step {number}"] = "  ".join(entries).rstrip()
    return {**lines, "verdict": verdict(parameterisation)}


def _form(form: Any) -> Any:
    def value(digits: int | None = None, **inputs: Any) -> Any:
        return form(**inputs) if digits is None else form.exact(digits, **inputs)

    return value


def _step_sizes(beta: float, c_a: float, c_v: float, lam: float) -> dict[str, float]:
    given = {"beta": beta, "c_a": c_a, "c_v": c_v, "lam": lam}
    return {name: float(form(**given)) for name, form in constants.FEATURES.items()}


BETA = Argument("beta", "alpha_0 / sqrt(n)", positive, 1.0)
C_A = Argument("c_a", "eta_alpha / sqrt(n)", positive, 0.25)
C_V = Argument("c_v", "eta_v sqrt(n)", positive, 0.25)
LAM = Argument("lam", "n times the variance of v_0", positive, 1.0, ("lambda_",))
WIDTH = Argument("n", "width of the residual stream", integer(2))

_LIST = (
    Quantity(
        "exponents",
        _exponents,
        (
            Argument("optimizer", "how the halves are trained", one_of(*OPTIMIZERS)),
            Argument("alpha_0", "exponent of the initial factor", _exponent),
            Argument("v_0", "exponent of the initial direction's coordinates", _exponent),
            Argument("eta_alpha", "exponent of the factor's learning rate", _exponent),
            Argument("eta_v", "exponent of the direction's learning rate", _exponent),
            Argument("kappa", "the loss gradient in z has coordinates n^-kappa", _finite, Fraction(1)),
            Argument("fan_in", "the factor has n^fan_in inputs", _finite, Fraction(0)),
            Argument("steps", "steps to print", integer(1), 3, ("T",)),
        ),
        "exponents of n in every increment, in z and in the loss changes, step by step",
        "reconstructed",
    ),
    Quantity(
        "first-step",
        _step_sizes,
        (BETA, C_A, C_V, LAM),
        "root mean squares of z_0 and of the first step's three increments in the paper's scaling, at any width",
        "reconstructed",
    ),
    Quantity(
        "output",
        _form(linear_model.OUTPUT),
        (
            Argument("Pi", "eta_alpha eta_v", positive),
            Argument("A_0", "alpha_0 / eta_alpha", above(1)),
            Argument("e", "the factor's first move, +1 or -1", _finite),
            Argument("t", "steps taken", integer(1)),
            Argument("c1", "mean |u_i|", positive, 0.7978845608028654),
        ),
        "signSGD's output change after t steps at infinite width",
        "reconstructed",
    ),
    Quantity(
        "trap-probability",
        _form(linear_model.TRAP),
        (C_V, LAM, WIDTH),
        "probability that signSGD with alpha_0 < eta_alpha never learns",
        "reconstructed",
        multiprecise=True,
    ),
    Quantity(
        "escape-slope",
        linear_model.escape_slope,
        (
            Argument("step", "sqrt(eta_alpha eta_v c2 / n)", positive, 0.3),
            Argument("error", "|f_0 - y|", positive, 1.0),
        ),
        "steps per ln n that SGD spends at alpha_0 = 0",
        "reconstructed",
    ),
    Quantity(
        "kept-by-eps",
        gauge.kept_by_eps,
        (
            Argument("alpha", "the factor", positive),
            Argument("scale", "standard deviation of the loss gradient's coordinates", positive),
            Argument("eps", "Adam's", positive, 1e-8),
        ),
        "share of Adam's first step of v that eps leaves",
        "reconstructed",
    ),
)
QUANTITIES = {quantity.name: quantity for quantity in _LIST}
