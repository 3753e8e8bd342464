"""The Bayes error of linear regression in context, to leading order in high dimensions (classical ridge asymptotics).

With t_i the eigenvalues of Sigma_w Sigma_x and n = l - 1 labelled points, the excess over the label noise is
kappa sum t_i / (t_i + kappa), kappa the root of kappa = sigma^2 / n + (kappa / n) sum t_i / (t_i + kappa).
Source: reconstructed (ridge regression asymptotics, e.g. Dobriban and Wager, arXiv 1507.03003). Zero input means.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from corollary.closed_form import ClosedForm
from theory.icl_temperature.symbols import MEANINGS, a, b, d, l, n, phi, sigma

lam, s = sp.symbols("lambda s", positive=True)
ratio_stieltjes = sp.Symbol("m_MP", positive=True)

STIELTJES = (-(1 - phi + lam) + sp.sqrt((1 - phi + lam) ** 2 + 4 * phi * lam)) / (2 * phi * lam)
"""The Marchenko-Pastur Stieltjes transform at -lambda, aspect ratio phi."""

ISOTROPIC_BAYES = ClosedForm(
    sigma**2 * (1 + phi * ratio_stieltjes),
    ((n, l - 1), (lam, sigma**2 / (a * b * n)), (phi, d / n), (ratio_stieltjes, STIELTJES)),
    meanings=MEANINGS,
)
"""The Bayes error at Sigma_x = a I, Sigma_w = b I, zero means."""


def bayes_error(*, Sigma_x: Any, Sigma_w: Any, sigma: float, l: int) -> float:  # noqa: E741
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
