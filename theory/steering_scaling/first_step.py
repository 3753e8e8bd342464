"""The first steps with their constants (reconstructed): in the paper's scaling, alpha_0 = beta sqrt n, v_0 ~ N(0,
lam / n), eta_alpha = c_a sqrt n, eta_v = c_v / sqrt n; and for any exponents on heads with a residual layer."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm

beta, c_a, c_v, lam, n, weight = sp.symbols("beta c_a c_v lam n weight", positive=True)
kappa = sp.Symbol("kappa", real=True)
agreement = sp.Symbol("agreement", nonnegative=True)
inputs, positions = sp.symbols("inputs positions", positive=True, integer=True)
rate, eta_v = sp.symbols("rate eta_v", positive=True)
HALF_NORMAL = sp.sqrt(2 / sp.pi)

FEATURES = {
    "z": ClosedForm(beta * sp.sqrt(lam)),
    "alpha dv": ClosedForm(beta * c_v),
    "dalpha v": ClosedForm(c_a * sp.sqrt(lam)),
    "dalpha dv": ClosedForm(c_a * c_v),
}
"""Root mean squares under Adam without eps, on any network whose gradient has no zero, at any width; |alpha dv| and
|dalpha dv| are the same in every coordinate."""

SQUARES = {name: ClosedForm(form.expression**2) for name, form in FEATURES.items()}

LOSS = {
    "alpha dv": ClosedForm(beta * c_v * HALF_NORMAL * weight * n ** (1 - kappa)),
    "dalpha v": ClosedForm(c_a * sp.sqrt(lam) * HALF_NORMAL * weight * n ** (sp.Rational(1, 2) - kappa)),
}
"""Expected first-order fall of the loss, -E <g, d>, when g has iid N(0, weight^2 n^(-2 kappa)) coordinates; the second
up to a factor 1 + O(1 / n)."""

POSITIONS_LOSS = ClosedForm(HALF_NORMAL * sp.sqrt(positions * (1 - agreement + agreement * positions)))
"""Expected fall of the loss, alpha eta_v = 1 and kappa = 1, when the gradients of `positions` positions share the
fraction `agreement` of their variance: the sum has that many times their own variance, and its square times the
shared one."""

INPUTS_MOVE = ClosedForm(rate * inputs * HALF_NORMAL * eta_v)
"""|dalpha dv| of Adam's first step when the factor is a . x with iid N(0, 1) inputs x: every entry of a moves by `rate`
along its input's sign, and alpha by `rate` times the inputs' sum of sizes."""


def margin_weight(positions: int, classes: int) -> float:
    """Standard deviation of n^kappa g's coordinates under a linear head U n^-kappa with the margin loss."""
    return math.sqrt(_pushes(positions, classes).sum())


def _pushes(positions: int, classes: int) -> np.ndarray:
    """Inner products [positions, positions] of what positions push the readout by: position b has label b mod classes,
    and pushes its label's readout by -1, every other by 1 / (classes - 1)."""
    pushes = np.full((positions, classes), 1 / (classes - 1))
    pushes[np.arange(positions), np.arange(positions) % classes] = -1.0
    return pushes @ pushes.T


def residual_weights(positions: int, classes: int, z: float) -> tuple[float, float]:
    """(standard deviation of n^kappa g's coordinates, of n^(kappa - 1/2) <g, x>) on a head with a residual layer
    x + tanh(x W_1) W_2 / 2, at large width; z: root mean square of the steering, along the standard normal direction x.

    Through the layer the gradient is the readout's times W_2, gated by sech^2 of each position's preactivation
    N(0, 1) + z Y, times W_1; Y is the same at every position, and what x makes of W_1.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    gates = np.cosh(nodes[:, None] + z * nodes) ** -2.0  # [own, shared]
    same, other = weights @ gates**2, (weights @ gates) ** 2
    products = _pushes(positions, classes)
    own, between = np.trace(products), products.sum() - np.trace(products)
    gated = 0.25 * (own * same + between * other)
    return math.sqrt(products.sum() + weights @ gated), math.sqrt(products.sum() + weights @ (nodes**2 * gated))


def term_sizes(
    n: float,
    alpha_0: float,
    v_0: float,
    eta_alpha: float,
    eta_v: float,
    adaptive: float,
    kappa: float,
    rate: float,
    positions: int,
    classes: int,
) -> dict[str, float]:
    """Root mean squares of the first step's terms at large width, and of "second z", z after one step.

    alpha_0, v_0, eta_alpha, eta_v: exponents of n, the learning rates with the factor `rate`. adaptive: 1 for signSGD
    and Adam, 0 for SGD.
    """
    alpha, v, rate_a, rate_v = (float(n) ** x for x in (alpha_0, v_0, eta_alpha, eta_v))
    rate_a, rate_v = rate * rate_a, rate * rate_v
    along, across = residual_weights(positions, classes, alpha * v)
    g, overlap = along * n**-kappa, across * v * n ** (0.5 - kappa)
    typical = math.sqrt(2 / math.pi)
    sizes = {"z": alpha * v, "gd2": rate_a * overlap}
    if adaptive:
        dalpha, dv = rate_a, rate_v
        # The factor's sign and the direction's move are correlated: both follow g.
        together = 4 * alpha * rate_a * rate_v * v * (2 / math.pi) / math.sqrt(n)
        sizes["second z"] = math.sqrt((alpha**2 + dalpha**2) * (v**2 + dv**2) + together)
        sizes |= {"gd1": alpha * dv * n * typical * g, "gd3": dalpha * dv * n * typical * g}
    else:
        dalpha, dv = rate_a * overlap, rate_v * alpha * g
        sizes |= {"gd1": alpha * dv * n * g, "gd2": math.sqrt(3) * dalpha * overlap, "gd3": dalpha * dv * n * g}
    return {**sizes, "d1": alpha * dv, "d2": dalpha * v, "d3": dalpha * dv}


def mean_coordinate(n: float, alpha_0: float, v_0: float, eta_v: float, rate: float) -> float:
    """Mean |coordinate| of z after signSGD's first step, up to a factor 1 + O(n^-1/2), while |dalpha| < alpha_0.

    alpha_0, v_0, eta_v: exponents of n, the learning rates with the factor `rate`. v_0's normal coordinates move by
    the same amount along g's signs, which makes them folded normals.
    """
    alpha, spread, moved = float(n) ** alpha_0, float(n) ** v_0, rate * float(n) ** eta_v
    ratio = moved / spread
    folded = math.sqrt(2 / math.pi) * math.exp(-(ratio**2) / 2) + ratio * math.erf(ratio / math.sqrt(2))
    return alpha * spread * folded
