"""Sizes of the first step with their constants, in the paper's scaling: alpha_0 = beta sqrt n, v_0 ~ N(0, lam / n),
eta_alpha = c_a sqrt n, eta_v = c_v / sqrt n, Adam without eps (reconstructed)."""

from __future__ import annotations

import math

import sympy as sp

from corollary.formulas.closed_form import ClosedForm

beta, c_a, c_v, lam, n, weight = sp.symbols("beta c_a c_v lam n weight", positive=True)
kappa = sp.Symbol("kappa", real=True)

FEATURES = {
    "z": ClosedForm(beta * sp.sqrt(lam)),
    "alpha dv": ClosedForm(beta * c_v),
    "dalpha v": ClosedForm(c_a * sp.sqrt(lam)),
    "dalpha dv": ClosedForm(c_a * c_v),
}
"""Root mean squares, on any network and at any width; |alpha dv| and |dalpha dv| are the same in every coordinate."""

SQUARES = {name: ClosedForm(form.expression**2) for name, form in FEATURES.items()}

_half_normal = sp.sqrt(2 / sp.pi)
LOSS = {
    "alpha dv": ClosedForm(beta * c_v * _half_normal * weight * n ** (1 - kappa)),
    "dalpha v": ClosedForm(c_a * sp.sqrt(lam) * _half_normal * weight * n ** (sp.Rational(1, 2) - kappa)),
}
"""Expected first-order fall of the loss, -E <g, d>, when g has iid N(0, weight^2 n^(-2 kappa)) coordinates; the second
up to a factor 1 + O(1 / n)."""


def margin_weight(positions: int, classes: int) -> float:
    """Standard deviation of n^kappa g's coordinates under a linear head U n^-kappa with the margin loss.

    Position b has label b mod classes, and pushes its label's readout by -1, every other by 1 / (classes - 1)."""
    pushes = [sum(-1.0 if b % classes == c else 1 / (classes - 1) for b in range(positions)) for c in range(classes)]
    return math.hypot(*pushes)
