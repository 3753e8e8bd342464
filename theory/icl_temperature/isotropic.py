"""The errors when inputs and tasks are isotropic: Sigma_x = a I, Sigma_w = b I, zero means, M11 = m I, v22
= v.

`ISOTROPIC` states each model's coefficients; `reduced` derives them from the general matrix program, which
the derivation of the isotropic error compares with them. Reconstructed (arXiv 2511.01292 states the
high-dimensional one without giving it).
"""

from __future__ import annotations

import sympy as sp

from corollary.theory.calculus.equivariant import scalar_form
from corollary.theory.icl_temperature.error_polynomial import Coefficients
from corollary.theory.icl_temperature.high_dimensional import HIGH_DIMENSIONAL
from corollary.theory.icl_temperature.linear import LINEAR
from corollary.theory.icl_temperature.literal import LITERAL
from corollary.theory.icl_temperature.masked import COUNTS, MASKED
from corollary.theory.icl_temperature.symbols import a, b, d, kappa, l, m, n, nu, sigma, sigma_train, v, v22

GENERAL = {"literal": LITERAL, "masked": MASKED, "linear": LINEAR, "high-dimensional": HIGH_DIMENSIONAL}

Y = sp.Symbol("Y", positive=True)
LABEL_VARIANCE = (Y, a * b * d + sigma**2)

ISOTROPIC = {
    "literal": Coefficients(
        g0=Y * (1 + n * v**2 / l**2),
        g1=(n / l) ** 2 * m * v * a**2 * b * d + n / l**3 * m * v**2 * a * d * Y,
        g2=m**2
        * v**2
        * (
            nu / l**2 * d * a**2 * ((n + d) * a * b + sigma**2)
            + 2 * nu / l**3 * a**3 * b * d
            + (a**3 * b * d * (d + 2) + a**2 * d * sigma**2) / l**4
            + n / l**4 * a**2 * d * (d + 2) * Y
        ),
        definitions=(*COUNTS, LABEL_VARIANCE),
    ),
    "masked": Coefficients(
        g0=Y * (1 + v**2 / n),
        g1=nu / n * m * v * a**2 * b * d,
        g2=nu / n * m**2 * v**2 * a**2 * d * (a * b + Y / n),
        definitions=(*COUNTS, LABEL_VARIANCE),
    ),
    "linear": Coefficients(
        g0=Y,
        g1=m * v * a**2 * b * d,
        g2=m**2 * v**2 * a**2 * d * (a * b * (1 + 1 / n) + Y / n),
        definitions=(*COUNTS[:1], LABEL_VARIANCE),
    ),
    "high-dimensional": Coefficients(
        g0=Y, g1=m * v * a**2 * b * d, g2=m**2 * v**2 * a**2 * d * (a * b + Y / l), definitions=(LABEL_VARIANCE,)
    ),
}

PRETRAINED = {"constructed": 1 / (1 + sigma_train**2 / l), "population": 1 / (1 + d / l + sigma_train**2 / l)}
"""m v after pretraining on Sigma_x = Sigma_w = I: by Prop. 4.4's parameters, or at the optimum of the population."""


def reduced(model: str, index: int) -> sp.Expr:
    """g0, g1 or g2 of a model at isotropic inputs, derived from its matrix program: a factored scalar expression."""
    form = GENERAL[model].form(index)
    return sp.factor(scalar_form(form, {"Sigma_x": a, "Sigma_w": b, "M11": m}).subs(v22, v))


def pretrained(model: str, pretraining: str = "constructed") -> Coefficients:
    """A model's isotropic coefficients in a, b, d, l, sigma, sigma_train: v = 1/d and m v from `PRETRAINED`."""
    stated = ISOTROPIC[model]
    parameters = ((kappa, PRETRAINED[pretraining]), (m, d * kappa), (v, 1 / d))
    return Coefficients(stated.g0, stated.g1, stated.g2, (*stated.definitions, *parameters))


def inlined(coefficients: Coefficients, index: int) -> sp.Expr:
    """One coefficient with its definitions substituted."""
    return coefficients.forms[index].inlined()
