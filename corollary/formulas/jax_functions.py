"""SymPy's functions on JAX arrays, differentiable where JAX has them. See `corollary.formulas.functions`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from corollary.formulas import float64_functions


def _on_host(name: str) -> Callable[..., Any]:
    """The float64 function, called back from a traced program: right everywhere, and not differentiable."""
    function = float64_functions.FUNCTIONS[name]

    def evaluate(*arrays: Any) -> np.ndarray:
        with np.errstate(all="ignore"):
            arguments = (np.asarray(array, dtype=np.float64) for array in arrays)
            return np.vectorize(function, otypes=[np.float64])(*arguments)

    def call(*arguments: Any) -> Any:
        shape = jnp.broadcast_shapes(*(jnp.shape(argument) for argument in arguments))
        result = jax.ShapeDtypeStruct(shape, np.float64)
        return jax.pure_callback(evaluate, result, *arguments, vmap_method="broadcast_all")

    return call


def _at_other_than(point: float, value: float, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function, with its value where the formula is 0/0; the gradient stays finite there."""

    def call(x: Any) -> Any:
        there = x == point
        return jnp.where(there, value, function(jnp.where(there, 1.0, x)))

    return call


def _where_positive(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: jnp.where(x > 0, function(jnp.where(x > 0, x, 1.0)), jnp.nan)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "Abs": jnp.abs,
    "sign": jnp.sign,
    "exp": jnp.exp,
    "log": jnp.log,
    "sin": jnp.sin,
    "cos": jnp.cos,
    "tan": jnp.tan,
    "cot": lambda x: 1 / jnp.tan(x),
    "sec": lambda x: 1 / jnp.cos(x),
    "csc": lambda x: 1 / jnp.sin(x),
    "sinc": _at_other_than(0, 1, lambda x: jnp.sin(x) / x),
    "asin": jnp.arcsin,
    "acos": jnp.arccos,
    "atan": jnp.arctan,
    "acot": _at_other_than(0, np.pi / 2, lambda x: jnp.arctan(1 / x)),
    "asec": lambda x: jnp.arccos(1 / x),
    "acsc": lambda x: jnp.arcsin(1 / x),
    "atan2": jnp.arctan2,
    "sinh": jnp.sinh,
    "cosh": jnp.cosh,
    "tanh": jnp.tanh,
    "coth": lambda x: 1 / jnp.tanh(x),
    "sech": lambda x: 1 / jnp.cosh(x),
    "csch": lambda x: 1 / jnp.sinh(x),
    "asinh": jnp.arcsinh,
    "acosh": jnp.arccosh,
    "atanh": jnp.arctanh,
    "acoth": lambda x: jnp.arctanh(1 / x),
    "asech": lambda x: jnp.arccosh(1 / x),
    "acsch": lambda x: jnp.arcsinh(1 / x),
    "floor": jnp.floor,
    "ceiling": jnp.ceil,
    "frac": lambda x: x - jnp.floor(x),
    "Mod": jnp.mod,
    "Max": lambda *values: functools.reduce(jnp.maximum, values),
    "Min": lambda *values: functools.reduce(jnp.minimum, values),
    "Heaviside": jnp.heaviside,
    "KroneckerDelta": lambda i, j: jnp.where(i == j, 1.0, 0.0),
    "re": lambda x: x,
    "im": lambda x: 0 * x,
    "conjugate": lambda x: x,
    "arg": lambda x: jnp.where(x > 0, 0.0, jnp.where(x < 0, jnp.pi, jnp.nan)),
    "Not": lambda x: 1 - x,
    "And": lambda *values: functools.reduce(jnp.minimum, values),
    "Or": lambda *values: functools.reduce(jnp.maximum, values),
    "Xor": lambda *values: jnp.mod(functools.reduce(jnp.add, values), 2),
    "ITE": lambda condition, one, other: jnp.where(
        jnp.isnan(condition), jnp.nan, jnp.where(condition == 1, one, other)
    ),
    "erf": special.erf,
    "erfc": special.erfc,
    "erfinv": special.erfinv,
    "erf2": lambda x, y: special.erf(y) - special.erf(x),
    "gamma": special.gamma,
    "loggamma": _where_positive(special.gammaln),
    "harmonic": lambda x: special.digamma(x + 1) + np.euler_gamma,
    "li": _where_positive(lambda x: special.expi(jnp.log(x))),
    "Ei": special.expi,
    "factorial": lambda x: special.gamma(x + 1),
}
FUNCTIONS |= {name: _on_host(name) for name in float64_functions.FUNCTIONS if name not in FUNCTIONS}
