"""What correlations over pairs of samples, and over copied values, can and cannot show (reconstructed)."""

from __future__ import annotations

from typing import Any

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, reals, substituted
from corollary.theory.cylindrical_steering.symbols import d

k = sp.Symbol("k", integer=True, positive=True)
rho_x, z = sp.symbols("rho_x z", positive=True)


def normal_moment(power: int) -> sp.Expr:
    """E|w|**power of a standard normal w."""
    return 2 ** sp.Rational(power, 2) * sp.gamma(sp.Rational(power + 1, 2)) / sp.sqrt(sp.pi)


PAIR_CORRELATION = ClosedForm(-1 / sp.sqrt(2 * (sp.pi - 2) * (d - 1)), meanings={"d": "dimension"})
"""Correlation over pairs of <a_i, a_j> with |St_i - St_j| when one global direction fixes every phase, large d."""

PAIR_RATIO = ClosedForm(-1 / (2 * sp.sqrt(d - 1)), meanings={"d": "dimension"})
"""The covariance over pairs in units of the spread of <a_i, a_j> and the mean of |St_i - St_j|."""

COPIED_REJECTION = ClosedForm(
    sp.erfc(z / sp.sqrt(2 * (1 + (k - 1) * rho_x))),
    meanings={"k": "samples of a concept", "rho_x": "intra-class correlation of x", "z": "critical value"},
)
"""How often a null correlation is significant when a concept's value is copied to its k samples, many concepts."""


def pair_correlation() -> Derivation:
    """Why a fully determined sector leaves so little correlation over pairs."""
    moments = {sp.Symbol(f"E_{power}", positive=True): normal_moment(power) for power in (3, 2, 1)}
    w3, w2, w1 = moments
    covariance = -(w3 - w1 * w2) * 2 * sp.sqrt(2) / 4
    spread = sp.sqrt(2 * (normal_moment(2) - normal_moment(1) ** 2))
    return Derivation(
        "pair-correlation",
        "A sector that v_d determines in full shows over pairs only as 0.66 / sqrt(d)",
        "reconstructed",
        (
            Step(
                "covariance",
                covariance,
                "Cov(t_i t_j, |t_i - t_j|) = -Cov(D**2, |D|) / 4 with D = t_i - t_j = sqrt(2) w, t standard normal; "
                "E_p = E|w|**p",
            ),
            Step(
                "evaluated",
                -1 / sp.sqrt(sp.pi),
                "E|w|**p = 2**(p/2) Gamma((p+1)/2) / sqrt(pi)",
                check=substituted(moments),
            ),
            Step(
                "correlation of the part seen",
                -1 / sp.sqrt(sp.pi) / spread,
                "over the spread of |D|",
                check=derived(lambda value: value / spread),
            ),
            Step(
                "correlation",
                PAIR_CORRELATION.expression,
                "<u_i, u_j> = t_i t_j + rest: the part seen holds one of its d - 1 equal shares of variance",
                check=derived(lambda value: value / sp.sqrt(d - 1)),
            ),
        ),
        PAIR_CORRELATION,
        domain={"d": lambda source, shape: source.randint(2, 40)},
    )


def pair_ratio() -> Derivation:
    """The same covariance in units that need no standard deviation of |St_i - St_j|."""
    mean = sp.sqrt(2) * normal_moment(1)
    return Derivation(
        "pair-ratio",
        "Over pairs the covariance is half the mean gap, over sqrt(d)",
        "reconstructed",
        (
            Step("covariance", -1 / sp.sqrt(sp.pi), "Cov(t_i t_j, |t_i - t_j|) of standard normals"),
            Step(
                "over the mean gap",
                -sp.Rational(1, 2),
                "E|t_i - t_j| = 2 / sqrt(pi)",
                check=derived(lambda value: value / mean),
            ),
            Step(
                "over the spread of <a_i, a_j>",
                PAIR_RATIO.expression,
                "one of d - 1 equal shares of its variance",
                check=derived(lambda value: value / sp.sqrt(d - 1)),
            ),
        ),
        PAIR_RATIO,
        domain={"d": lambda source, shape: source.randint(2, 40)},
    )


def copied_rejection() -> Derivation:
    """Pseudo-replication: the variance that a naive test does not know of."""
    naive, inflation = sp.symbols("naive inflation", positive=True)
    return Derivation(
        "copied-rejection",
        "Copying a concept's value to its samples makes a null significant",
        "reconstructed",
        (
            Step("test", sp.erfc(naive / sp.sqrt(2)), "two-sided tail of a standard normal at the critical value"),
            Step(
                "inflated",
                sp.erfc(z / sp.sqrt(inflation) / sp.sqrt(2)),
                "the correlation's variance is larger by the design effect",
                check=derived(lambda tail: tail.subs(naive, z / sp.sqrt(inflation))),
            ),
            Step(
                "design effect",
                COPIED_REJECTION.expression,
                "1 + (k - 1) rho_x for k copies",
                check=derived(lambda tail: tail.subs(inflation, 1 + (k - 1) * rho_x)),
            ),
        ),
        COPIED_REJECTION,
        domain={"rho_x": reals(0, 1)},
    )


def detectable(dimension: int, standard_error: float, critical: float = 1.96) -> Any:
    """Power of a two-sided test of that standard error against a sector fully determined by v_d."""
    from scipy.stats import norm

    shift = PAIR_CORRELATION(d=dimension) / standard_error
    return float(norm.cdf(-critical - shift) + norm.cdf(-critical + shift))
