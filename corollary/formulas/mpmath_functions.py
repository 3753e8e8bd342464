"""SymPy's functions on mpmath numbers, at the current precision. See `corollary.formulas.functions`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
from mpmath import mp


def _real(value: Any) -> Any:
    """A complex number without an imaginary part as a real one."""
    return value.real if isinstance(value, mpmath.mpc) and value.imag == 0 else value


def _largest(*values: Any) -> Any:
    return mp.nan if any(mpmath.isnan(value) for value in values) else max(_real(value) for value in values)


def _smallest(*values: Any) -> Any:
    return mp.nan if any(mpmath.isnan(value) for value in values) else min(_real(value) for value in values)


def _heaviside(x: Any, at_zero: Any) -> Any:
    x = _real(x)
    return x if mpmath.isnan(x) else at_zero if x == 0 else mp.mpf(x > 0)


def _whole(number: Any) -> bool:
    return bool(mpmath.isint(number))


def _polygamma(order: Any, x: Any) -> Any:
    return mp.polygamma(int(order), x) if _whole(order) and order >= 0 else mp.nan


def _lambert(x: Any, branch: Any = 0) -> Any:
    return _real(mp.lambertw(x, int(branch))) if _whole(branch) else mp.nan


def _spherical(bessel: Callable[..., Any]) -> Callable[..., Any]:
    def call(n: Any, x: Any) -> Any:
        if not _whole(n) or n < 0 or x < 0:  # SymPy contradicts itself below 0
            return mp.nan
        if x == 0 and bessel is mp.besselj:
            return mp.mpf(n == 0)
        return mp.sqrt(mp.pi / (2 * x)) * bessel(n + mp.mpf(1) / 2, x)

    return call


def _degree(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda n, *arguments: function(int(n), *arguments) if _whole(n) and n >= 0 else mp.nan


def _binomial(n: Any, k: Any) -> Any:
    if _whole(k) and k < 0:
        return mp.nan if _whole(n) and n < 0 else mp.mpf(0)
    if _whole(k) and k <= 1000:
        return mp.ff(n, int(k)) / mp.factorial(int(k))
    return mp.nan if _whole(n) and n < 0 else mp.binomial(n, k)


def _inverse_erfc(x: Any) -> Any:
    with mp.extradps(mp.dps if x == 0 else max(0, -int(mp.floor(mp.log10(abs(x))))) + 5):
        return mp.erfinv(1 - x)


def _polylog(s: Any, z: Any) -> Any:
    value = mp.polylog(s, z)
    return value.real if all(isinstance(number, mpmath.mpf) for number in (s, z)) and z < 1 else value


def _both(*values: Any) -> Any:
    return mp.nan if any(mpmath.isnan(value) for value in values) else mp.mpf(all(values))


def _either(*values: Any) -> Any:
    return mp.nan if any(mpmath.isnan(value) for value in values) else mp.mpf(any(values))


SAME_NAME = (
    "sign exp log sin cos tan cot sec csc asin acos atan acot asec acsc atan2 sinh cosh tanh coth sech csch asinh "
    "acosh atanh acoth asech acsch erf erfc erfi erfinv gamma loggamma harmonic beta expint li fresnels fresnelc "
    "besselj bessely besseli besselk zeta factorial floor frac re im arg"
)

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(mp, name) for name in SAME_NAME.split()},
    "Abs": mp.fabs,
    "sinc": lambda x: mp.sin(x) / x if x else mp.mpf(1),
    "conjugate": mp.conj,
    "ceiling": mp.ceil,
    "Mod": lambda x, y: x - y * mp.floor(x / y),
    "Max": _largest,
    "Min": _smallest,
    "Heaviside": _heaviside,
    "KroneckerDelta": lambda i, j: mp.mpf(i == j),
    "Not": lambda x: 1 - x,
    "And": _both,
    "Or": _either,
    "Xor": lambda *values: mp.nan if any(mpmath.isnan(v) for v in values) else mp.mpf(sum(map(bool, values)) % 2),
    "ITE": lambda condition, one, other: condition if mpmath.isnan(condition) else one if condition else other,
    "erfcinv": _inverse_erfc,
    "erf2": lambda x, y: mp.erf(y) - mp.erf(x),
    "polygamma": _polygamma,
    "betainc": lambda a, b, low, high: mp.betainc(a, b, low, high),
    "betainc_regularized": lambda a, b, low, high: mp.betainc(a, b, low, high, regularized=True),
    "lowergamma": lambda s, x: mp.gammainc(s, 0, x),
    "uppergamma": lambda s, x: mp.gammainc(s, x),
    "Ei": mp.ei,
    "Si": mp.si,
    "Ci": mp.ci,
    "Shi": mp.shi,
    "Chi": mp.chi,
    "elliptic_k": mp.ellipk,
    "elliptic_e": mp.ellipe,
    "airyai": mp.airyai,
    "airybi": mp.airybi,
    "airyaiprime": lambda x: mp.airyai(x, derivative=1),
    "airybiprime": lambda x: mp.airybi(x, derivative=1),
    "jn": _spherical(mp.besselj),
    "yn": _spherical(mp.bessely),
    "LambertW": _lambert,
    "polylog": _polylog,
    "binomial": _binomial,
    "RisingFactorial": mp.rf,
    "FallingFactorial": mp.ff,
    "legendre": _degree(mp.legendre),
    "hermite": _degree(mp.hermite),
    "laguerre": _degree(lambda n, x: mp.laguerre(n, 0, x)),
    "gegenbauer": _degree(mp.gegenbauer),
    "jacobi": _degree(mp.jacobi),
    "chebyshevt": _degree(mp.chebyt),
    "chebyshevu": _degree(mp.chebyu),
    "assoc_laguerre": _degree(mp.laguerre),
}
