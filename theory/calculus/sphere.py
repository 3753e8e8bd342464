"""A uniformly random direction in m dimensions, seen along one fixed direction or in a fixed subspace.

The cosine x of their angle has density Gamma(m/2) / (sqrt(pi) Gamma((m-1)/2)) (1 - x**2)**((m-3)/2), so that
(1 + x) / 2 is Beta((m-1)/2, (m-1)/2).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, equal, integers, reals, stated

m = sp.Symbol("m", integer=True, positive=True)
kappa = sp.Symbol("kappa", real=True)


class regularized_beta(sp.Function):
    """I_x(a, b), the regularised incomplete beta function of (a, b, x)."""

    nargs = 3

    def fdiff(self, argindex: int = 1) -> Any:
        if argindex != 3:
            raise sp.ArgumentIndexError(self, argindex)
        a, b, x = self.args
        return x ** (a - 1) * (1 - x) ** (b - 1) * sp.gamma(a + b) / (sp.gamma(a) * sp.gamma(b))


def _regularized_beta(a: Any, b: Any, x: Any) -> Any:
    import mpmath

    if any(isinstance(value, mpmath.mpf) for value in (a, b, x)):
        return mpmath.betainc(a, b, 0, x, regularized=True)
    from scipy.special import betainc

    return betainc(a, b, x)


FUNCTIONS: dict[str, Callable[..., Any]] = {"regularized_beta": _regularized_beta}
"""What closed forms with `regularized_beta` need as `functions`."""

DENSITY = sp.gamma(m / 2) / (sp.sqrt(sp.pi) * sp.gamma((m - 1) / 2)) * (1 - kappa**2) ** ((m - 3) / 2)


def tail(dimension: Any, cosine: Any) -> sp.Expr:
    """P(x >= cosine) in that many dimensions, for a cosine in [-1, 1]."""
    half = (dimension - 1) / 2
    return regularized_beta(half, half, (1 - cosine) / 2)


def _falls_as_density(before: ClosedForm, after: ClosedForm, points: Callable[..., Iterator[Any]]) -> str:
    """Minus the slope of the tail is the density, and nothing is left at cosine 1."""
    slope = ClosedForm(-sp.diff(after.inlined(), kappa), functions=FUNCTIONS)
    nothing = after.inlined().subs(kappa, 1).args[-1] == 0
    return equal(before, slope, points) if nothing else ""


def tail_probability() -> Derivation:
    """The probability that a random direction lies within a cone, from the density of its cosine."""
    form = ClosedForm(tail(m, kappa), functions=FUNCTIONS)
    return Derivation(
        "cone-probability",
        "How likely a random direction lies within a cone",
        "reconstructed",
        (
            Step("density", DENSITY, "x = z_1 / |z| with z standard normal in m dimensions", check=stated),
            Step("tail", form.expression, "integrated from kappa to 1", check=_falls_as_density),
        ),
        form,
        functions=FUNCTIONS,
        domain={"m": integers(2, 12), "kappa": reals(-0.99, 0.99)},
    )
