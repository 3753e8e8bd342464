"""What can be traded between factor and direction without changing a single steered activation, and Adam's eps, which
notices (reconstructed)."""

from __future__ import annotations

import math

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step


def gauge(optimizer: str, c: float) -> dict[str, float]:
    """Multipliers of alpha_0, v_0, eta_alpha and eta_v that leave every z_t the same. c > 0.

    Raises ValueError on an unknown optimizer or c <= 0.
    """
    if optimizer not in ("adam", "sign", "sgd"):
        raise ValueError(f"optimizer = {optimizer!r}: must be one of adam, sign, sgd")
    if not c > 0:
        raise ValueError(f"c = {c}: must be a number > 0")
    rate = c if optimizer != "sgd" else c**2
    return {"alpha_0": c, "v_0": 1 / c, "eta_alpha": rate, "eta_v": 1 / rate}


def kept_by_eps(alpha: float, scale: float, eps: float = 1e-8) -> float:
    """Root mean square of |G| / (|G| + eps) over G ~ N(0, (alpha scale)^2): what eps leaves of Adam's first step of v
    when the coordinates of g are N(0, scale^2)."""
    from scipy.integrate import quad

    ratio = eps / (alpha * scale)

    def integrand(x: float) -> float:
        return (x / (x + ratio)) ** 2 * math.exp(-x * x / 2)

    # The integrand bends at x = ratio, which may be small.
    inner = quad(integrand, 0, min(ratio, 8.0), epsabs=1e-14)[0]
    outer = quad(integrand, min(ratio, 8.0), 40, epsabs=1e-14, limit=400)[0]
    return math.sqrt(math.sqrt(2 / math.pi) * (inner + outer))


def sgd_gauge() -> Derivation:
    """One SGD step of a coordinate of z in another gauge is the same step."""
    alpha, v, g, s = sp.symbols("alpha v g s", real=True)
    ea, ev, c = sp.symbols("eta_alpha eta_v c", positive=True)
    moved = (c * alpha - c**2 * ea * s / c) * (v / c - ev / c**2 * c * alpha * g)
    plain = (alpha - ea * s) * (v - ev * alpha * g)
    return Derivation(
        "sgd-gauge",
        "SGD's steps of z = alpha v do not notice (c, 1/c, c^2, 1/c^2)",
        "reconstructed",
        (
            Step("scaled", moved, "<g, v> = s becomes s / c, and dL/dv = alpha g becomes c alpha g"),
            Step("plain", plain, "c cancels"),
        ),
        ClosedForm(plain),
    )


def adam_gauge() -> Derivation:
    """One Adam step of a coordinate of z in another gauge is the same step: its update does not notice a gradient's
    scale."""
    alpha, v, ga, gv = sp.symbols("alpha v ghat_alpha ghat_v", real=True)
    ea, ev, c = sp.symbols("eta_alpha eta_v c", positive=True)
    moved = (c * alpha - c * ea * ga) * (v / c - ev / c * gv)
    plain = (alpha - ea * ga) * (v - ev * gv)
    return Derivation(
        "adam-gauge",
        "Adam's steps of z = alpha v do not notice (c, 1/c, c, 1/c)",
        "reconstructed",
        (
            Step("scaled", moved, "normalised gradients ghat stay; start and rates scale alike"),
            Step("plain", plain, "c cancels"),
        ),
        ClosedForm(plain),
    )
