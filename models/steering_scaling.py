"""How a steering vector's factor and direction should start and learn, as a function of the model's width n.

With Adam, the three parts of a change of z = alpha v, which are alpha dv, v dalpha and dalpha dv, all move every
coordinate by Theta(1) at every width exactly if eta_alpha eta_v = Theta(1), alpha_0 = O(eta_alpha) and
v_0 = O(eta_v) (arXiv 2605.05983, Section 4). With SGD the product is Theta(n), and alpha_0^2 = Theta(eta_alpha)
(reconstructed). Both are for a trained or muP readout, whose gradient in z has coordinates Theta(1/n).

At one width a Theta has no meaning, so the laws are read as amounts: how far the parameters can travel in the steps
that there are, against where they start, and one step's change of z against the stream that it is added to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import jax
from jax.typing import ArrayLike

OPTIMIZERS = ("adam", "sgd")

LEARNT = 0.1
"""A parameter that cannot travel this share of its initial size is not learnt, and a vector that cannot reach this
share of the stream's root mean square does not steer."""

SAFE_RATIO = 3.0
"""alpha_0 / eta_alpha below which Adam flips the sign of alpha in more than 1 run in 200 (reconstructed: 0.6% at 3, 15%
at 1.5, half of all runs below 1, in the linear model at n = 1024)."""


class ScalingWarning(UserWarning):
    """Initial values or learning rates that break a scaling law, which the message names."""


_NAMES = ("alpha_0", "v_deviation", "eta_alpha", "eta_v")


@partial(jax.tree_util.register_dataclass, data_fields=list(_NAMES), meta_fields=[])
@dataclass(frozen=True)
class Scaling:
    """alpha_0: the factor's start. v_deviation: the standard deviation of every
    coordinate of v_0. eta_alpha, eta_v: the
    initial learning rates; eta_alpha = 0 keeps the factor fixed."""

    alpha_0: ArrayLike
    v_deviation: ArrayLike
    eta_alpha: ArrayLike
    eta_v: ArrayLike


def derived_scaling(
    width: int,
    beta: ArrayLike = 0.5,
    spread: ArrayLike = 1.0,
    c_alpha: ArrayLike = 0.05,
    c_v: ArrayLike = 0.25,
    optimizer: str = "adam",
) -> Scaling:
    """alpha_0 = beta sqrt(n), v_0 ~ N(0, spread / n), eta_alpha = c_alpha sqrt(n), eta_v = c_v / sqrt(n); for SGD,
    eta_alpha = c_alpha n and eta_v = c_v.

    The constants are in units of the root mean square of the steered stream: beta of its order or below, and
    c_alpha well below beta. Source: arXiv 2605.05983, Section 4; for SGD reconstructed.
    Raises ValueError for a width below 2 or an unknown optimizer.
    """
    if width < 2:
        raise ValueError(f"width={width} is not allowed; allowed: an integer >= 2")
    _known(optimizer)
    root = math.sqrt(width)
    deviation = spread**0.5 / root
    if optimizer == "sgd":
        return Scaling(beta * root, deviation, c_alpha * width, c_v)
    return Scaling(beta * root, deviation, c_alpha * root, c_v / root)


def broken_laws(
    scaling: Scaling, width: int, steps: int, optimizer: str = "adam", hidden_rms: float = 1.0
) -> list[str]:
    """A line for every law that these numbers break, with the threshold; none for a scaling that keeps them.

    steps: of training with a learning rate that decays linearly to 0. hidden_rms: of the stream where z is added.
    Raises ValueError for an unknown optimizer, a parameter that is not finite, a negative deviation or learning rate,
    or a start from which nothing ever moves.
    """
    _known(optimizer)
    alpha, deviation, eta_alpha, eta_v = (float(getattr(scaling, name)) for name in _NAMES)
    for name, value in zip(_NAMES, (alpha, deviation, eta_alpha, eta_v), strict=True):
        if not math.isfinite(value) or (value < 0 and name != "alpha_0"):
            raise ValueError(f"{name}={value} is not allowed; allowed: a finite number, and >= 0 unless it is alpha_0")
    if alpha == 0 and (deviation == 0 or eta_alpha == 0):
        raise ValueError("alpha_0=0 is not allowed; allowed: not 0, unless v_deviation and eta_alpha are above 0")
    if optimizer == "sgd":
        return _sgd(abs(alpha), eta_alpha, eta_v, width, steps, hidden_rms)
    return _adam(abs(alpha), deviation, eta_alpha, eta_v, steps, hidden_rms)


def _adam(alpha: float, deviation: float, eta_alpha: float, eta_v: float, steps: int, hidden_rms: float) -> list[str]:
    """Adam moves every parameter by about its learning rate a step, and steps / 2 times that in all."""
    lines = []
    far_alpha, far_v = eta_alpha * steps / 2, eta_v * steps / 2
    step_of_z = eta_v * max(alpha, eta_alpha)
    reach = (alpha + far_alpha) * (deviation + far_v)
    if step_of_z > hidden_rms:
        lines.append(
            f"law eta_v * max(alpha_0, eta_alpha) = Theta(1) is broken: a step moves each coordinate of z by "
            f"{step_of_z:.3g}, above hidden_rms={hidden_rms:.3g}, so training blows up"
        )
    if reach < LEARNT * hidden_rms:
        lines.append(
            f"law eta_alpha * eta_v = Theta(1) is broken: in {steps} steps no coordinate of z gets beyond {reach:.3g}, "
            f"below {LEARNT} * hidden_rms={LEARNT * hidden_rms:.3g}, so the vector cannot steer"
        )
    if far_alpha < LEARNT * alpha:
        lines.append(
            f"law alpha_0 = O(eta_alpha) is broken: in {steps} steps alpha travels at most {far_alpha:.3g}, below "
            f"{LEARNT} * alpha_0={LEARNT * alpha:.3g}, so the factor stays at its start"
        )
    if far_v < LEARNT * deviation:
        lines.append(
            f"law v_0 = O(eta_v) is broken: in {steps} steps v travels at most {far_v:.3g} a coordinate, below "
            f"{LEARNT} * its start {deviation:.3g}, so the direction stays random"
        )
    if 0 < alpha < SAFE_RATIO * eta_alpha:
        lines.append(
            f"law alpha_0 > eta_alpha is broken: alpha_0 / eta_alpha={alpha / eta_alpha:.3g}, below {SAFE_RATIO:g}, so "
            "the first steps can flip the sign of alpha (half of all runs below 1)"
        )
    return lines


def _sgd(alpha: float, eta_alpha: float, eta_v: float, width: int, steps: int, hidden_rms: float) -> list[str]:
    """SGD's steps follow the gradient, which is taken to be 1/n a coordinate of z: what a loss has that changes by
    Theta(1) when every coordinate of the stream does."""
    lines = []
    step_of_z, least = eta_v * alpha**2 / width, LEARNT * hidden_rms * 2 / steps
    if not least <= step_of_z <= hidden_rms:
        lines.append(
            f"law eta_v * alpha_0^2 = Theta(n) of SGD is broken: the left side over n is {step_of_z:.3g}, outside "
            f"{least:.3g}..{hidden_rms:.3g}, so the vector cannot steer in {steps} steps, or blows up"
        )
    product, least = eta_alpha * eta_v / width, LEARNT * (2 / steps) ** 2
    if not least <= product <= 1:
        lines.append(
            f"law eta_alpha * eta_v = Theta(n) of SGD is broken: the left side over n is {product:.3g}, outside "
            f"{least:.3g}..1, so the factor stays at its start, or is lost in one step"
        )
    return lines


def _known(optimizer: str) -> None:
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer={optimizer!r} is not allowed; allowed: {', '.join(OPTIMIZERS)}")
