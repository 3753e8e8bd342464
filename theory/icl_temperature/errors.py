"""The derivations of the error: from the attention itself, at isotropic inputs, in high dimensions, to next order."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import mpmath
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import (
    Derivation,
    Step,
    agreeing,
    derived,
    exactly,
    integers,
    positive_definite,
    stated,
)
from corollary.theory.calculus.expectation import averaged
from corollary.theory.icl_temperature.error_polynomial import ERROR
from corollary.theory.icl_temperature.first_principles import closed_form_inputs, exact_coefficients, rational_point
from corollary.theory.icl_temperature.isotropic import GENERAL, ISOTROPIC, inlined, reduced
from corollary.theory.icl_temperature.masked import COUNTS, E1, MASKED
from corollary.theory.icl_temperature.symbols import (
    MEANINGS,
    READOUT,
    Sigma_x,
    a,
    b,
    d,
    g0,
    g1,
    g2,
    kappa,
    l,
    m,
    n,
    nu,
    phi,
    sigma,
    tau,
    v,
    v21,
    v22,
    w,
)

SIZES = ((1, 3), (1, 4), (2, 3), (2, 4))
BY_ISSERLIS = "exact expectation of the attention, in rationals, at (d, l) = " + ", ".join(map(str, SIZES))
INVERSE_TEMPERATURE = Fraction(5, 7)
G = sp.Symbol("G")
s = sp.Symbol("s", positive=True)

COVARIANCES = {"Sigma_x": positive_definite, "Sigma_w": positive_definite, "l": integers(3, 9)}


def error(model: str = "literal") -> Derivation:
    """The exact error of a model for any means and covariances, each coefficient against the attention itself."""
    stated = GENERAL[model]
    reasons = (
        "E (y - b)^2: b, the prediction of uniform weights, reads only means over the keys",
        "E (y - b) q: q reads the keys' covariance, Wishart about a mean that is independent of it",
        "E q^2: the Wishart second moment, and third moments of quadratic forms for a query among the keys",
    )
    steps = [
        Step(f"g{index}", expression, reason, exactly(_matches(model, index), BY_ISSERLIS), symbol=symbol)
        for index, (expression, reason, symbol) in enumerate(
            zip((stated.g0, stated.g1, stated.g2), reasons, (g0, g1, g2), strict=True)
        )
    ]
    whole = ERROR.subs({g0: stated.g0, g1: stated.g1, g2: stated.g2})
    steps.append(Step("error", whole, "E (y - b - q / tau)^2", exactly(_matches(model), BY_ISSERLIS), symbol=G))
    return Derivation(
        "error",
        f"The error of {model} attention is exact at every size, for any means and covariances.",
        "reconstructed; sharpens arXiv 2511.01292, Theorem 4.2",
        tuple(steps),
        stated.error,
        stated.definitions,
        domain=COVARIANCES,
    )


def error_masked() -> Derivation:
    """E q^2 in the masked model, step by step: the Wishart law given the task, then the average over tasks."""
    size = d + 1
    Omega, J, q = sp.MatrixSymbol("Omega", size, size), sp.MatrixSymbol("J", d, size), sp.MatrixSymbol("q", size, 1)
    blocks = (
        *COUNTS,
        (Omega, sp.BlockDiagMatrix(Sigma_x, sp.ImmutableDenseMatrix([[sigma**2]]))),
        (q, sp.BlockMatrix([[v21 + v22 * w], [sp.ImmutableDenseMatrix([[v22]])]])),
        (J, sp.BlockMatrix([[sp.Identity(d), sp.ZeroMatrix(d, 1)]])),
        *READOUT,
    )
    wishart = (
        J
        * (nu**2 * Omega * q * q.T * Omega + nu * (Omega * q * q.T * Omega + sp.Trace(q.T * Omega * q) * Omega))
        * J.T
        / n**2
    )
    r = v21 + v22 * w
    given_task = (
        nu * (nu + 1) / n**2 * Sigma_x * r * r.T * Sigma_x
        + nu / n**2 * (sp.Trace(r.T * Sigma_x * r) + v22**2 * sigma**2) * Sigma_x
    )
    mean = dict(MASKED.definitions)[E1]
    steps = (
        Step("Wishart", wishart, "E u u^T for u = C_xx (v21 + v22 w) + v22 C_x,eps at a given task w"),
        Step("input block", given_task, "read the blocks of Omega = diag(Sigma_x, sigma^2)"),
        Step(
            "average over tasks", mean, "quadratic in w ~ N(mu_w, Sigma_w)", averaged("w", "mu_w", "Sigma_w"), symbol=E1
        ),
    )
    return Derivation(
        "error_masked",
        "What the scores' covariance with the labels contributes is a Wishart second moment.",
        "reconstructed; sharpens arXiv 2511.01292, Theorem 4.2",
        steps,
        ClosedForm(mean, MASKED.definitions),
        blocks,
        domain={**COVARIANCES, "M11": positive_definite},
    )


def error_isotropic(model: str = "literal") -> Derivation:
    """The exact error at isotropic inputs, from the matrix program by rotation invariance."""
    stated = ISOTROPIC[model]
    symbols, coefficients = (g0, g1, g2), (stated.g0, stated.g1, stated.g2)
    steps = []
    for index, (symbol, coefficient) in enumerate(zip(symbols, coefficients, strict=True)):
        scalar = reduced(model, index)
        steps += [
            Step(
                f"reduced {symbol}",
                scalar,
                "every block of the matrix program is a multiple of the identity",
                agreeing(_at_isotropic(model, index)),
                symbol=symbol,
            ),
            Step(f"{symbol}", coefficient, "gather, Y = a b d + sigma^2 being the label's variance", symbol=symbol),
        ]
    whole = ERROR.subs(dict(zip(symbols, coefficients, strict=True)))
    steps.append(Step("error", whole, "E (y - b - q / tau)^2", agreeing(_whole(model)), symbol=G))
    return Derivation(
        "error_isotropic",
        f"The exact error of {model} attention under isotropic shift.",
        "reconstructed",
        tuple(steps),
        stated.error,
        stated.definitions,
        domain={"l": integers(3, 9)},
    )


def error_high_dimensional() -> Derivation:
    """The limit of the exact literal error per dimension, at d / l = phi and label noise of order d."""
    proportional = {m: d * kappa, v: 1 / d, sigma: s * sp.sqrt(d), l: d / phi}
    exact = _whole("literal").inlined().subs(proportional, simultaneous=True) / d
    bound = (kappa / tau) ** 2 * a**2 * (a * b + phi * (a * b + s**2)) - 2 * kappa / tau * a**2 * b + a * b + s**2
    Y = a * b * d + sigma**2
    restored = (kappa / tau) ** 2 * a**2 * d * (a * b + Y / l) - 2 * kappa / tau * a**2 * b * d + Y
    steps = (
        Step("exact", exact, "the literal error per dimension at M11 = d kappa I, v22 = 1/d, l = d/phi", symbol=G / d),
        Step("limit", bound, "d -> oo", derived(lambda form: sp.limit(sp.cancel(form), d, sp.oo)), symbol=G / d),
        Step(
            "error",
            restored,
            "times d, with phi = d/l and s^2 = sigma^2/d",
            derived(lambda form: (d * form).subs({phi: d / l, s: sigma / sp.sqrt(d)})),
            symbol=G,
        ),
    )
    return Derivation(
        "error_high_dimensional",
        "In high dimensions the literal and the masked error have one limit.",
        "arXiv 2511.01292, Theorem 4.2",
        steps,
        ClosedForm(restored, meanings=MEANINGS),
    )


def next_order() -> Derivation:
    """How fast the exact optimum approaches the high-dimensional one, at phi = d / l and label noise fixed."""
    relative, excess = (_gap("literal", quantity) for quantity in ("optimal_temperature", "minimum_error"))
    masked_relative, masked_excess = (_gap("masked", name) for name in ("optimal_temperature", "minimum_error"))
    large = derived(lambda form: sp.limit(sp.cancel(form), l, sp.oo))
    steps = (
        Step("temperature", relative, "l (tau_opt / tau_high-dimensional - 1), literal, d = phi l", stated),
        Step("its limit", phi - 1, "l -> oo: no correction of order 1/l at l = d", large),
        Step(
            "at l = d",
            (a * b + sigma**2) / (2 * a * b),
            "times l once more at phi = 1, l -> oo",
            derived(lambda form: sp.limit(sp.cancel(l * form.subs(phi, 1)), l, sp.oo)),
            follows="temperature",
        ),
        Step("error", excess, "G_min less its high-dimensional value, literal", stated),
        Step("its limit too", a * b * phi, "l -> oo, where G itself grows like d", large),
        Step("masked temperature", masked_relative, "the same with the query masked", stated),
        Step("its masked limit", phi / (1 + phi), "l -> oo", large),
        Step("masked error", masked_excess, "G_min less its high-dimensional value, masked", stated),
        Step("its masked limit too", a * b * phi * (1 + 2 * phi) / (1 + phi) ** 2, "l -> oo", large),
    )
    return Derivation(
        "next_order", "The high-dimensional formulas err by 1/l, with known constants.", "reconstructed", steps
    )


def _gap(model: str, quantity: str) -> sp.Expr:
    """l times the relative gap of the temperature, or the gap of the error, to high dimensions, at d = phi l."""
    exact, limit = (
        getattr(ISOTROPIC[name], quantity).inlined().subs({m: d * kappa, v: 1 / d})
        for name in (model, "high-dimensional")
    )
    gap = l * (exact / limit - 1) if quantity == "optimal_temperature" else exact - limit
    return sp.factor(gap.subs(d, phi * l))


def _matches(model: str, index: int | None = None) -> Callable[[ClosedForm], bool]:
    """Whether a form is that coefficient of the attention (or its error at one temperature) at all SIZES."""

    def argument(form: ClosedForm) -> bool:
        return all(_matches_at(form, model, index, dimension, length) for dimension, length in SIZES)

    return argument


def _matches_at(form: ClosedForm, model: str, index: int | None, dimension: int, length: int) -> bool:
    point = rational_point(17 * length + dimension, dimension)
    g = exact_coefficients(model, point, length)
    beta = INVERSE_TEMPERATURE
    wanted = g[0] - 2 * g[1] * beta + g[2] * beta**2 if index is None else g[index]
    stated = form.exact(70, **closed_form_inputs(point, length), tau=1 / beta)
    with mpmath.workdps(70):
        return bool(abs(stated * wanted.denominator - wanted.numerator) <= abs(wanted.numerator) / mpmath.mpf(10) ** 50)


def _at_isotropic(model: str, index: int) -> ClosedForm:
    """A coefficient's matrix program with isotropic inputs of explicit dimension d."""
    stated = GENERAL[model].form(index)
    zero, eye = sp.ZeroMatrix(d, 1), sp.Identity(d)
    inputs = {"Sigma_x": a * eye, "Sigma_w": b * eye, "M11": m * eye, "mu_x": zero, "mu_w": zero, "v21": zero}
    bound = tuple((symbol, inputs[name]) for name, symbol in stated.symbols.items() if name in inputs)
    return ClosedForm(stated.expression, (*bound, (v22, v), *stated.definitions))


def _whole(model: str) -> ClosedForm:
    return ClosedForm(
        ERROR.subs(
            {g0: inlined(ISOTROPIC[model], 0), g1: inlined(ISOTROPIC[model], 1), g2: inlined(ISOTROPIC[model], 2)}
        )
    )
