"""Functions that a closed form may contain: SymPy's, each with a float64, a JAX and an mpmath function that means the
same.

What is not listed is refused, above all functions of the same name that mean something else: `sinc` is sin(x)/x, and
NumPy's is sin(pi x)/(pi x); `sympy.Function("var")` is nobody's variance; `bernoulli` and `euler` are other numbers
elsewhere; `hankel1` is complex. In float64 and JAX a function has no value (NaN) where SymPy's is not real; mpmath
follows it there. A test holds every entry against SymPy's own digits.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

NAMES = {
    1: "Abs sign exp log sin cos tan cot sec csc sinc asin acos atan acot asec acsc sinh cosh tanh coth sech "
    "csch asinh acosh atanh acoth asech acsch erf erfc erfi erfinv erfcinv gamma loggamma harmonic Ei li Si Ci Shi Chi "
    "fresnels fresnelc elliptic_k elliptic_e airyai airybi airyaiprime airybiprime factorial floor ceiling frac zeta "
    "LambertW re im conjugate arg Not",
    2: "atan2 erf2 polygamma beta lowergamma uppergamma expint besselj bessely besseli besselk jn yn binomial "
    "RisingFactorial FallingFactorial KroneckerDelta Heaviside Mod zeta LambertW polylog legendre chebyshevt "
    "chebyshevu hermite laguerre",
    3: "assoc_laguerre gegenbauer ITE",
    4: "jacobi betainc betainc_regularized",
}
"""SymPy's names of the functions known to agree, by the number of their arguments."""

ANY_NUMBER = ("Max", "Min", "And", "Or", "Xor")

KNOWN = {(name, count) for count, names in NAMES.items() for name in names.split()}


def check_known(node: Any) -> None:
    """Raises ValueError, in one line that names the function, unless an applied SymPy function is in the table."""
    from sympy.core.function import AppliedUndef

    name, count = type(node).__name__, len(node.args)
    if isinstance(node, AppliedUndef) or not type(node).__module__.startswith("sympy."):
        raise ValueError(
            f"a closed form cannot contain {name}({_places(count)}): it is no function of SymPy's, and no numerical "
            "function is given for it in `functions`"
        )
    if name not in ANY_NUMBER and (name, count) not in KNOWN:
        raise ValueError(
            f"a closed form cannot contain {name}({_places(count)}): no numerical function is known to agree with "
            "SymPy's; give one in `functions`"
        )


def _places(count: int) -> str:
    return ", ".join("xyzuvw"[:count]) if count <= 6 else "..."


def functions_of(arithmetic: str) -> dict[str, Callable[..., Any]]:
    """Name -> function, for "float64" (scalars), "jax" (arrays) or "mpmath" (numbers, at the current precision)."""
    return importlib.import_module(f"corollary.formulas.{arithmetic}_functions").FUNCTIONS
