"""Gates of Gaussian pre-activations: their moments by sampling, and probes fitted to them on a fine grid."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.optimize import minimize_scalar

from corollary.sims.numerics.gaussian import normal

ROWS = 16384
EDGE, STEPS = 9.0, 36_001
"""Of the grid of a standard normal variable."""


def moments(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """g, g^2, and g times the deviation of a from its mean. point: m, s. The key is consumed."""
    a = point["m"] + point["s"] * normal(key, (ROWS,))
    gate = jnp.maximum(a, 0)
    return {"first": gate, "second": gate**2, "with activation": gate * (a - point["m"])}


def _grid() -> tuple[np.ndarray, np.ndarray]:
    q = np.linspace(-EDGE, EDGE, STEPS)
    weight = np.exp(-(q**2) / 2)
    return q, weight / weight.sum()


def _left(target: np.ndarray, features: np.ndarray, weight: np.ndarray) -> float:
    """Relative squared error of the weighted least-squares fit."""
    root = np.sqrt(weight)
    fit = np.linalg.lstsq(features * root[:, None], target * root)[0]
    return float(weight @ (target - features @ fit) ** 2 / (weight @ target**2))


def fitted_errors(m: float, s: float) -> dict[str, float]:
    """Of a ReLU gate: what a constant and an affine function of the pre-activation leave."""
    q, weight = _grid()
    gate, one = np.maximum(m + s * q, 0), np.ones_like(q)
    return {"constant": _left(gate, one[:, None], weight), "affine": _left(gate, np.stack([one, q], 1), weight)}


def _hard(tau: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    step = 2 * EDGE / (STEPS - 1)
    first = int((tau + EDGE) / step)
    q = tau + step * (np.arange(STEPS) - first + 0.5)  # the threshold lies between two points
    weight = np.exp(-(q**2) / 2)
    return q, weight / weight.sum(), (q > tau).astype(float)


def hard_errors(tau: float) -> dict[str, float]:
    """Of a hard gate, which opens at tau: what a constant, an affine function and the best ReLU probe leave, and where
    that one starts."""
    q, weight, gate = _hard(tau)
    one = np.ones_like(q)

    def probe(t: float) -> float:
        return _left(gate, np.maximum(q - t, 0)[:, None], weight)

    grid = np.linspace(-6, tau + 2, 60)
    near = grid[int(np.argmin([probe(t) for t in grid]))]
    found = minimize_scalar(probe, bounds=(near - 0.2, near + 0.2), method="bounded", options={"xatol": 1e-7})
    return {
        "constant": _left(gate, one[:, None], weight),
        "affine": _left(gate, np.stack([one, q], 1), weight),
        "probe": float(found.fun),
        "start": float(found.x),
    }
