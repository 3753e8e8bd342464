"""SymPy's functions in float64: on scalars, NaN where the value is not real. See `corollary.formulas.functions`."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

TINY = np.finfo(np.float64).tiny
HUGE = np.finfo(np.float64).max


def _watched(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which tells NumPy where it over- or underflows or has no value: SciPy itself does not."""

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        value = np.float64(function(*arguments))
        if not abs(value) <= HUGE and all(np.isfinite(argument) for argument in arguments):
            np.float64(HUGE) * np.float64(2)  # what np.errstate hears
        elif abs(value) < TINY:
            np.float64(TINY) * np.float64(TINY)
        return value

    return call


def _whole(number: Any, at_least: int = 0) -> bool:
    return bool(number >= at_least and number == np.floor(number))


def _log_gamma(x: Any) -> Any:
    return special.gammaln(x) if x > 0 else np.nan


def _polygamma(order: Any, x: Any) -> Any:
    return special.polygamma(int(order), x) if _whole(order) else np.nan


def _lambert(x: Any, branch: Any = 0) -> Any:
    real = x >= -1 / math.e if branch == 0 else branch == -1 and -1 / math.e <= x < 0
    return special.lambertw(x, int(branch)).real if real else np.nan


def _expint(order: Any, x: Any) -> Any:
    return special.expn(int(order), x) if _whole(order) and x >= 0 else np.nan


def _binomial(n: Any, k: Any) -> Any:
    if _whole(k):
        if n >= 0 or n != np.floor(n):
            return special.poch(n - k + 1, k) / special.gamma(k + 1) if n < 0 else special.binom(n, k)
        return (-1) ** k * special.binom(k - n - 1, k)
    if k == np.floor(k):  # a negative integer
        return np.nan if n < 0 and n == np.floor(n) else 0.0
    return (
        np.nan
        if n < 0 and n == np.floor(n)
        else special.gamma(n + 1) * special.rgamma(k + 1) * special.rgamma(n - k + 1)
    )


def _falling(x: Any, k: Any) -> Any:
    return special.poch(x - k + 1, k)


def _spherical(kind: Callable[..., Any]) -> Callable[..., Any]:
    return lambda n, x: kind(int(n), x) if _whole(n) and x >= 0 else np.nan


def _degree(function: Callable[..., Any]) -> Callable[..., Any]:
    """A polynomial of whole degree; other degrees have no value."""
    return lambda n, *arguments: function(int(n), *arguments) if _whole(n) else np.nan


def _beta_integral(a: Any, b: Any, low: Any, high: Any) -> Any:
    return special.betainc(a, b, high) - special.betainc(a, b, low)


def _polylog(s: Any, z: Any) -> Any:
    import mpmath

    with mpmath.workdps(30):
        value = mpmath.polylog(mpmath.mpf(float(s)), mpmath.mpf(float(z)))
    return float(value.real) if z < 1 else np.nan


_PLAIN: dict[str, Callable[..., Any]] = {
    "Abs": np.abs,
    "sign": np.sign,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "cot": lambda x: 1 / np.tan(x),
    "sec": lambda x: 1 / np.cos(x),
    "csc": lambda x: 1 / np.sin(x),
    "sinc": lambda x: np.sin(x) / x if x else np.float64(1),
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "acot": lambda x: np.arctan(1 / x) if x else np.float64(np.pi / 2),
    "asec": lambda x: np.arccos(1 / x),
    "acsc": lambda x: np.arcsin(1 / x),
    "atan2": np.arctan2,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "coth": lambda x: 1 / np.tanh(x),
    "sech": lambda x: 1 / np.cosh(x),
    "csch": lambda x: 1 / np.sinh(x),
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "acoth": lambda x: np.arctanh(1 / x),
    "asech": lambda x: np.arccosh(1 / x),
    "acsch": lambda x: np.arcsinh(1 / x),
    "floor": np.floor,
    "ceiling": np.ceil,
    "frac": lambda x: x - np.floor(x),
    "Mod": np.mod,
    "Max": lambda *values: functools.reduce(np.maximum, values),
    "Min": lambda *values: functools.reduce(np.minimum, values),
    "Heaviside": np.heaviside,
    "KroneckerDelta": lambda i, j: np.float64(i == j),
    "re": lambda x: x,
    "im": lambda x: 0 * x,
    "conjugate": lambda x: x,
    "arg": lambda x: np.pi * np.heaviside(-x, 0) if x else np.nan,
    # Conditions are 1, 0, or NaN where they cannot be told.
    "Not": lambda x: 1 - x,
    "And": lambda *values: functools.reduce(np.minimum, values),
    "Or": lambda *values: functools.reduce(np.maximum, values),
    "Xor": lambda *values: np.mod(functools.reduce(np.add, values), 2),
    "ITE": lambda condition, one, other: condition if np.isnan(condition) else one if condition else other,
}

_SPECIAL: dict[str, Callable[..., Any]] = {
    "erf": special.erf,
    "erfc": special.erfc,
    "erfi": special.erfi,
    "erfinv": special.erfinv,
    "erfcinv": special.erfcinv,
    "erf2": lambda x, y: special.erf(y) - special.erf(x),
    "gamma": special.gamma,
    "loggamma": _log_gamma,
    "polygamma": _polygamma,
    "harmonic": lambda x: special.digamma(x + 1) + np.euler_gamma,
    "beta": special.beta,
    "betainc": lambda a, b, low, high: special.beta(a, b) * _beta_integral(a, b, low, high),
    "betainc_regularized": _beta_integral,
    "lowergamma": lambda s, x: special.gamma(s) * special.gammainc(s, x),
    "uppergamma": lambda s, x: special.gamma(s) * special.gammaincc(s, x),
    "expint": _expint,
    "Ei": special.expi,
    "li": lambda x: special.expi(np.log(x)) if x > 0 else np.nan,
    "Si": lambda x: special.sici(x)[0],
    "Ci": lambda x: special.sici(x)[1] if x > 0 else np.nan,
    "Shi": lambda x: special.shichi(x)[0],
    "Chi": lambda x: special.shichi(x)[1] if x > 0 else np.nan,
    "fresnels": lambda x: special.fresnel(x)[0],
    "fresnelc": lambda x: special.fresnel(x)[1],
    "elliptic_k": special.ellipk,
    "elliptic_e": special.ellipe,
    "airyai": lambda x: special.airy(x)[0],
    "airyaiprime": lambda x: special.airy(x)[1],
    "airybi": lambda x: special.airy(x)[2],
    "airybiprime": lambda x: special.airy(x)[3],
    "besselj": special.jv,
    "bessely": special.yv,
    "besseli": special.iv,
    "besselk": special.kv,
    "jn": _spherical(special.spherical_jn),
    "yn": _spherical(special.spherical_yn),
    "zeta": special.zeta,
    "LambertW": _lambert,
    "polylog": _polylog,
    "factorial": lambda x: special.gamma(x + 1),
    "binomial": _binomial,
    "RisingFactorial": special.poch,
    "FallingFactorial": _falling,
    "legendre": _degree(special.eval_legendre),
    "chebyshevt": _degree(special.eval_chebyt),
    "chebyshevu": _degree(special.eval_chebyu),
    "hermite": _degree(special.eval_hermite),
    "laguerre": _degree(special.eval_laguerre),
    "assoc_laguerre": _degree(lambda n, a, x: special.eval_genlaguerre(n, a, x)),
    "gegenbauer": _degree(special.eval_gegenbauer),
    "jacobi": _degree(special.eval_jacobi),
}

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **_PLAIN,
    **{name: _watched(function) for name, function in _SPECIAL.items()},
}
