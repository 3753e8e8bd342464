"""What can be evaluated by name: `corollary evaluate steering-scaling/<quantity> name=value ...`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from corollary import Argument, Quantity
from corollary.formulas.quantity import Domain, above, integer, one_of, positive, rational
from corollary.theory.calculus.exponents import OPTIMIZERS, Parameterisation, exponent, table, verdict
from corollary.theory.steering_scaling import first_step, gauges, linear_model, trap


def _exponent(value: Any) -> Any:
    try:
        return exponent("", value)
    except ValueError:
        raise ValueError from None


EXPONENT = Domain("a rational such as -1/2 or 0.25, or -inf for zero", _exponent)


def _sign(value: Any) -> int:
    found = integer(-1, 1).check(value)
    if found == 0:
        raise ValueError
    return found


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


def _step_sizes(beta: float, c_a: float, c_v: float, lam: float) -> dict[str, float]:
    given = {"beta": beta, "c_a": c_a, "c_v": c_v, "lam": lam}
    return {name: float(form(**given)) for name, form in first_step.FEATURES.items()}


BETA = Argument("beta", "alpha_0 / sqrt(n)", positive, 1.0)
C_A = Argument("c_a", "eta_alpha / sqrt(n)", positive, 0.25)
C_V = Argument("c_v", "eta_v sqrt(n)", positive, 0.25)
LAM = Argument("lam", "n times the variance of v_0", positive, 1.0, ("lambda_",))
WIDTH = Argument("n", "width of the residual stream", integer(2))

QUANTITIES = {
    "exponents": Quantity(
        function=_exponents,
        arguments=(
            Argument("optimizer", "how the halves are trained", one_of(*OPTIMIZERS)),
            Argument("alpha_0", "exponent of the initial factor", EXPONENT),
            Argument("v_0", "exponent of the initial direction's coordinates", EXPONENT),
            Argument("eta_alpha", "exponent of the factor's learning rate", EXPONENT),
            Argument("eta_v", "exponent of the direction's learning rate", EXPONENT),
            Argument("kappa", "the loss gradient in z has coordinates n^-kappa", rational, Fraction(1)),
            Argument("fan_in", "the factor has n^fan_in inputs", rational, Fraction(0)),
            Argument("steps", "steps to print", integer(1, 1000), 3, ("T",)),
        ),
        source="reconstructed",
    ),
    "first-step": Quantity(function=_step_sizes, arguments=(BETA, C_A, C_V, LAM), source="reconstructed"),
    "output": Quantity(
        function=linear_model.OUTPUT,
        arguments=(
            Argument("Pi", "eta_alpha eta_v", positive),
            Argument("A_0", "alpha_0 / eta_alpha", above(1)),
            Argument("e", "the factor's first move, +1 or -1", Domain("1 or -1", _sign)),
            Argument("t", "steps taken", integer(1)),
            Argument("c1", "mean |u_i|", positive, 0.7978845608028654),
        ),
        source="reconstructed",
    ),
    "trap-probability": Quantity(
        function=trap.TRAP, arguments=(C_V, LAM, WIDTH), source="reconstructed", multiprecise=True
    ),
    "escape-slope": Quantity(
        function=linear_model.ESCAPE_SLOPE,
        arguments=(
            Argument("step", "sqrt(eta_alpha eta_v c2 / n)", positive, 0.3),
            Argument("error", "|f_0 - y|", positive, 1.0),
        ),
        source="reconstructed",
    ),
    "kept-by-eps": Quantity(
        function=gauges.kept_by_eps,
        arguments=(
            Argument("alpha", "the factor", positive),
            Argument("scale", "standard deviation of the loss gradient's coordinates", positive),
            Argument("eps", "Adam's", positive, 1e-8),
        ),
        source="reconstructed",
    ),
}
