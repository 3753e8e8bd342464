"""What dividing steerability by |v|**k costs where its noise does not grow with |v| (reconstructed).

St = C |v|**k f(theta) + sigma z, ln |v| normal of spread s, all independent; q = sigma**2 / (C**2 Var f).
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, substituted

k, s, q = sp.symbols("k s q", positive=True)
share = sp.Symbol("share", positive=True)
MEANINGS = {
    "k": "exponent of the length",
    "s": "spread of ln |v|",
    "q": "noise over the angle's effect, variances",
    "share": "share of the samples, the shortest ones",
}

CORRELATION = ClosedForm(1 / sp.sqrt(1 + q * sp.exp(2 * k**2 * s**2)), meanings=MEANINGS)
"""Pearson correlation of St / |v|**k with f(theta), many samples."""

EFFICIENCY = ClosedForm(sp.exp(-4 * k**2 * s**2), meanings=MEANINGS)
"""Variance of C fitted with weights |v|**(2 k) over that of C fitted to St / |v|**k, many samples."""


def _normal(x: sp.Expr) -> sp.Expr:
    return (1 + sp.erf(x / sp.sqrt(2))) / 2


def _quantile(p: sp.Expr) -> sp.Expr:
    return sp.sqrt(2) * sp.erfinv(2 * p - 1)


SHORTEST = ClosedForm(_normal(_quantile(share) + 2 * k * s), meanings=MEANINGS)
"""Share of the divided noise's energy that lies on the shortest samples, a given share of all."""


def _moment(power: sp.Expr) -> sp.Expr:
    """E|v|**power of a log-normal length of median 1, by integration."""
    x = sp.Symbol("x", real=True)
    p = sp.Symbol("p", real=True)
    density = sp.exp(-(x**2) / (2 * s**2)) / (s * sp.sqrt(2 * sp.pi))
    return sp.integrate(sp.exp(p * x) * density, (x, -sp.oo, sp.oo)).subs(p, power)


def correlation() -> Derivation:
    """The correlation that is left."""
    noise = sp.Symbol("noise", positive=True)
    return Derivation(
        "divided-correlation",
        "Dividing by |v|**k multiplies the noise by the spread of lengths",
        "reconstructed",
        (
            Step(
                "correlation",
                1 / sp.sqrt(1 + q * noise),
                "Cov(f, f + e) / sqrt(Var f Var(f + e)), Var e = q noise Var f with noise = E|v|**(-2 k)",
            ),
            Step(
                "divided",
                CORRELATION.expression,
                "E|v|**p = exp(p**2 s**2 / 2), integrated",
                check=substituted({noise: _moment(-2 * k)}),
            ),
        ),
        CORRELATION,
    )


def efficiency() -> Derivation:
    """The share of the samples that is as good with the right weights."""
    divided, weighted = sp.symbols("divided weighted", positive=True)
    return Derivation(
        "divided-efficiency",
        "Weights |v|**(2 k) do with exp(-4 k**2 s**2) of the samples",
        "reconstructed",
        (
            Step(
                "ratio of variances",
                1 / (weighted * divided),
                "least squares on St / |v|**k has variance sigma**2 divided / (n Var f), with weights "
                "sigma**2 / (n weighted Var f); divided = E|v|**(-2 k), weighted = E|v|**(2 k)",
            ),
            Step(
                "of log-normal lengths",
                EFFICIENCY.expression,
                "E|v|**p = exp(p**2 s**2 / 2), integrated",
                check=substituted({divided: _moment(-2 * k), weighted: _moment(2 * k)}),
            ),
        ),
        EFFICIENCY,
    )


def shortest() -> Derivation:
    """Where the divided noise lies."""
    z, bound = sp.symbols("z bound", real=True)
    density = sp.exp(-(z**2) / 2) / sp.sqrt(2 * sp.pi)
    tilted = sp.exp(-((z + 2 * k * s) ** 2) / 2) / sp.sqrt(2 * sp.pi)
    return Derivation(
        "shortest-share",
        "Divided noise lies on the shortest samples",
        "reconstructed",
        (
            Step("weight", sp.exp(-2 * k * s * z) * density, "|v|**(-2 k) times the density of z = ln |v| / s"),
            Step(
                "tilted",
                tilted,
                "over its integral exp(2 k**2 s**2): a normal density about -2 k s",
                check=derived(lambda weight: weight / sp.exp(2 * k**2 * s**2)),
            ),
            Step(
                "below a length",
                _normal(bound + 2 * k * s),
                "integrated up to z = bound",
                check=derived(lambda density: sp.integrate(sp.expand(density), (z, -sp.oo, bound))),
            ),
            Step(
                "of the shortest",
                SHORTEST.expression,
                "bound = the share's normal quantile",
                check=substituted({bound: _quantile(share)}),
            ),
        ),
        SHORTEST,
        domain={"share": lambda source, shape: source.uniform(0.02, 0.98)},
    )
