"""The Bayes error of linear regression in context, to leading order in high dimensions (classical ridge
asymptotics).

With t_i the eigenvalues of Sigma_w Sigma_x and n = l - 1 labelled points, the excess over the label noise is
kappa sum t_i / (t_i + kappa), kappa the root of kappa = sigma^2 / n + (kappa / n) sum t_i / (t_i + kappa).
Source: reconstructed (ridge regression asymptotics, e.g. Dobriban and Wager, arXiv 1507.03003). Zero input
means.
"""

from __future__ import annotations

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, series, solved, stated
from corollary.theory.icl_temperature.symbols import MEANINGS, a, b, d, l, n, phi, sigma

lam, s = sp.symbols("lam s", positive=True)
ratio_stieltjes = sp.Symbol("m_MP", positive=True)

ISOTROPIC_SOURCE = "reconstructed (ridge asymptotics, arXiv 1507.03003)"

STIELTJES = 2 / (1 - phi + lam + sp.sqrt((1 - phi + lam) ** 2 + 4 * phi * lam))
"""The Marchenko-Pastur Stieltjes transform at -lambda, aspect ratio phi."""

ISOTROPIC_BAYES = ClosedForm(
    sigma**2 * (1 + phi * ratio_stieltjes),
    ((n, l - 1), (lam, sigma**2 / (a * b * n)), (phi, d / n), (ratio_stieltjes, STIELTJES)),
    meanings=MEANINGS,
)
"""The Bayes error at Sigma_x = a I, Sigma_w = b I, zero means."""

ONE_INPUT_BAYES = ClosedForm(
    sigma**2 * (1 + sp.exp(lam / 2) * sp.expint(n / 2, lam / 2) / 2),
    ((n, l - 1), (lam, sigma**2 / (a * b))),
    meanings=MEANINGS,
)
"""The exact Bayes error at d = 1: sigma^2 (1 + E 1/(lam + t)), t a chi-squared variable of n degrees of freedom."""

FIRST_ORDER_RATIO = ClosedForm(1 / (lam * (1 + lam) ** 2))
"""n/d times the excess over 1 of (tuned excess)/(Bayes excess), as d/n vanishes at fixed lam = sigma^2/(a b n)."""


def bayes_error(*, Sigma_x: ArrayLike, Sigma_w: ArrayLike, sigma: float, l: int) -> float:
    """The Bayes error, asymptotic, at mu_x = 0. Arrays [d, d] symmetric positive definite; sigma >= 0, l >= 2.

    At finite size the simulated excess is larger by a factor 1 + (1.4 to 2.2) / n.
    """
    from scipy.optimize import brentq

    root = np.linalg.cholesky(np.asarray(Sigma_w, dtype=np.float64))
    eigenvalues = np.linalg.eigvalsh(root.T @ np.asarray(Sigma_x, dtype=np.float64) @ root)
    count = l - 1
    low, high = sigma**2 / count, (sigma**2 + eigenvalues.sum()) / count

    def gap(kappa: float) -> float:
        return kappa - low - kappa / count * float(np.sum(eigenvalues / (eigenvalues + kappa)))

    if sigma == 0 and count >= len(eigenvalues):
        return 0.0
    start = low if sigma > 0 else high * np.finfo(float).eps
    kappa = brentq(gap, start, high, xtol=1e-300, rtol=4 * np.finfo(float).eps)
    return float(sigma**2 + kappa * np.sum(eigenvalues / (eigenvalues + kappa)))


def bayes_error_isotropic() -> Derivation:
    """The Bayes error at isotropic inputs: the fixed point is a quadratic with one positive root."""
    kappa, t = sp.symbols("kappa t", positive=True)
    fixed = kappa - s**2 / n - kappa / n * d * t / (t + kappa)
    middle = n * t - d * t - s**2
    root = (-middle + sp.sqrt(middle**2 + 4 * n * t * s**2)) / (2 * n)
    excess = kappa * d * t / (t + kappa)
    named = {t: a * b, s: sigma}
    definitions = ISOTROPIC_BAYES.definitions[1:]
    steps = (
        Step("fixed point", fixed, "kappa = s^2/n + (kappa/n) sum t_i/(t_i + kappa) with all t_i = t"),
        Step("root", root, "its only positive solution", solved(kappa), symbol=kappa),
        Step("excess", excess, "kappa sum t_i/(t_i + kappa)", stated),
        Step(
            "excess at the root",
            n * root - s**2,
            "the fixed point says kappa sum t_i/(t_i + kappa) = n kappa - s^2",
            derived(lambda form: form.subs(kappa, root)),
            follows="excess",
        ),
        Step(
            "error",
            sigma**2 * (1 + phi * ratio_stieltjes),
            "t = a b, in the Marchenko-Pastur transform's terms",
            derived(lambda form: sigma**2 + form.subs(named)),
            where=definitions,
        ),
    )
    return Derivation(
        "bayes_error",
        "The Bayes error under isotropic inputs is explicit.",
        ISOTROPIC_SOURCE,
        steps,
        ClosedForm(ISOTROPIC_BAYES.expression, definitions, meanings=MEANINGS),
    )


def bayes_ratio() -> Derivation:
    """When the tuned temperature is near Bayes: excess errors, to first order in d / n at lambda fixed."""
    tuned = (phi + lam) / (1 + phi + lam)
    ratio = tuned / (lam * STIELTJES)
    expansion = 1 + phi * FIRST_ORDER_RATIO.expression
    r = sp.Symbol("r", positive=True)
    steps = (
        Step("tuned", tuned, "its excess over a b d (high-dimensional, l for n): X / (1 + X), X = phi + lambda"),
        Step(
            "ratio",
            ratio,
            "over the Bayes excess sigma^2 phi m_MP, with a b d / sigma^2 = phi / lambda",
            derived(lambda form: form / lam / STIELTJES),
        ),
        Step("many examples", expansion, "phi -> 0 at fixed lambda, to first order", series(phi, 2)),
        Step(
            "unlimited context",
            1 + r,
            "l -> oo at fixed d: phi, lambda -> 0 with phi / lambda = r = a b d/sigma^2",
            derived(lambda form: sp.limit(form.subs(phi, r * lam), lam, 0)),
            follows="ratio",
        ),
    )
    return Derivation(
        "bayes_ratio", "Tuning temperature is near Bayes only where noise dominates.", "reconstructed", steps
    )
