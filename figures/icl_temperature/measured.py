"""Errors and optimal temperatures from simulated moments (r^2, r q, q^2), with intervals."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from corollary.point import Point
from corollary.trials.confidence import mean_radius
from corollary.trials.moments import Moments

ALPHA = 0.05
"""Of the intervals drawn, which are time-uniform as those of a trial are."""


def matrices(point: Point) -> Point:
    """The point of an isotropic form (a, b, m, v, d and perhaps means) written out for the general ones."""
    eye, zero = np.eye(int(point["d"])), np.zeros(int(point["d"]))
    full = {"Sigma_x": point["a"] * eye, "Sigma_w": point["b"] * eye, "M11": point["m"] * eye, "v22": point["v"]}
    return {"mu_x": zero, "mu_w": zero, "v21": zero, **point, **full}


def errors(moments: Moments, temperatures: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """(G, half-width) at each temperature, from the same prompts."""
    inverse = 1 / np.atleast_1d(np.asarray(temperatures, np.float64))
    contrasts = np.stack([np.ones_like(inverse), -2 * inverse, inverse**2], axis=1)
    return contrasts @ moments.mean, _radius(moments) * _spread(contrasts, moments)


def optimum(moments: Moments) -> tuple[float, float]:
    """(E q^2 / E r q, half-width), to first order in the moments' errors."""
    _, cross, square = moments.mean
    contrast = np.array([[0.0, -square / cross**2, 1 / cross]])
    return float(square / cross), float(_radius(moments) * _spread(contrast, moments)[0])


def gain(moments: Moments) -> tuple[float, float]:
    """(g1^2/g2, half-width): what the best temperature takes off the error at infinite temperature, to first order."""
    _, cross, square = moments.mean
    contrast = np.array([[0.0, 2 * cross / square, -((cross / square) ** 2)]])
    return float(cross**2 / square), float(_radius(moments) * _spread(contrast, moments)[0])


def _radius(moments: Moments) -> float:
    return mean_radius(moments.count, ALPHA, moments.count)


def _spread(contrasts: np.ndarray, moments: Moments) -> np.ndarray:
    return np.sqrt(np.einsum("ki,ij,kj->k", contrasts, moments.covariance, contrasts))
