"""The exact error of true softmax attention over the n = l - 1 labelled points (reconstructed).

Given query and task, scores and values are jointly Gaussian over keys; regressing values on scores leaves
residuals independent of the weights. So the prediction's first two moments need only the score variance h,
the score-value covariance rho and the weights' moments A1 = h (1 - P2), P2, A2. What is left is an average
over query (and task).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from corollary.theory.calculus.quadrature import chi_squared_nodes, gaussian_nodes
from corollary.theory.calculus.random_energy import participation, score_second_moment, two_head_moments

LOG_TEMPERATURES = np.linspace(-3.0, 5.0, 25)
NEGLIGIBLE = 1e-13
"""Weights of nodes of the squared norm that are left out: two heads cost a double integral at each."""


def isotropic_error(
    *, a: float, b: float, d: int, l: int, m: float, v: float, sigma: float, tau: float, heads: int = 1
) -> float:
    """G(tau) for Sigma_x = a I, Sigma_w = b I, zero means, M11 = m I, v22 = v, over l - 1 keys.

    heads = 2: a second head with -M11 and -v22. Relative error below 1e-7.
    """
    signal, cross, square, noise = _radial(a, b, d, l, m / tau, sigma, heads)
    return float(signal - 2 * v * cross + v**2 * (square + noise) + sigma**2)


def error(parameters: dict[str, Any], tau: float) -> float:
    """G(tau) of one head with any means, covariances and blocks; arrays [d, d], [d], all float64.

    Averages over queries (and over tasks when m21 != 0) by `gaussian_nodes`: about 1e-8 relative up to 4
    variables, about 1e-4 above.
    """
    given = {name: np.asarray(value, dtype=np.float64) for name, value in parameters.items()}
    if np.any(given["m21"]):
        return _error_given_tasks(given, tau)
    S, W, M, mu_x, mu_w = (given[name] for name in ("Sigma_x", "Sigma_w", "M11", "mu_x", "mu_w"))
    v22, count = float(given["v22"]), int(given["l"]) - 1
    nodes, weights = gaussian_nodes(len(mu_x))
    x = mu_x + nodes @ np.linalg.cholesky(S).T
    readout = given["v21"] + v22 * mu_w
    B_p = v22**2 * W + np.outer(readout, readout)
    H = v22 * W + np.outer(readout, mu_w)
    Su = x @ M.T @ S / tau
    h = np.einsum("ij,ij->i", x @ M.T / tau, Su)
    square = np.einsum("ij,jk,ik->i", Su, B_p, Su)
    along = x @ H.T - mu_x @ B_p
    task = W + np.outer(mu_w, mu_w)
    free = np.einsum("ij,jk,ik->i", x, task, x) - 2 * x @ (H.T @ mu_x) + mu_x @ B_p @ mu_x
    spread = np.trace(S @ B_p) + v22**2 * float(given["sigma"]) ** 2
    values = _combine(count, h, free, np.einsum("ij,ij->i", along, Su), square, spread)
    return float(weights @ values + given["sigma"] ** 2)


def optimal_temperature(error_at: Callable[[float], float], scale: float) -> float:
    """The minimiser of error_at(tau) over tau > 0, inf when no temperature beats the uniform weights.

    scale: the temperature at which scores have standard deviation about 1; the search spans e^-3 to e^5 of it.
    """
    from scipy.optimize import minimize_scalar

    if scale == 0:
        return float("nan")
    logs = np.log(scale) + LOG_TEMPERATURES
    errors = np.array([error_at(float(np.exp(log))) for log in logs])
    best = int(np.argmin(errors))
    if best == len(logs) - 1:
        return float("inf")
    low, high = logs[max(best - 1, 0)], logs[best + 1]
    best_log = minimize_scalar(
        lambda log: error_at(float(np.exp(log))), bounds=(low, high), method="bounded", options={"xatol": 1e-9}
    )
    return float(np.exp(best_log.x))


def trained(*, a: float, b: float, d: int, l: int, sigma: float, heads: int = 1) -> dict[str, float]:
    """The best isotropic head at tau = 1: m, v, h = m^2 a^2 d (mean score variance) and the error.

    Raises ValueError for two heads, whose best scores are infinitesimal (h -> 0).
    """
    from scipy.optimize import minimize_scalar

    if heads != 1:
        raise ValueError(f"heads = {heads}: must be 1, as two opposite heads are best in the limit h -> 0")

    def lowest(log_variance: float) -> float:
        m = float(np.exp(log_variance / 2)) / (a * np.sqrt(d))
        return best_readout(a=a, b=b, d=d, l=l, m=m, sigma=sigma)[1]

    best_log = minimize_scalar(lowest, bounds=(-7.0, 3.0), method="bounded", options={"xatol": 1e-9})
    m = float(np.exp(best_log.x / 2)) / (a * np.sqrt(d))
    v, lowest_error = best_readout(a=a, b=b, d=d, l=l, m=m, sigma=sigma)
    return {"m": m, "v": v, "h": float(np.exp(best_log.x)), "error": lowest_error}


def best_readout(*, a: float, b: float, d: int, l: int, m: float, sigma: float, heads: int = 1) -> tuple[float, float]:
    """(v, error): the best v22 for M11 = m I at tau = 1, the error being a parabola in it."""
    signal, cross, square, noise = _radial(a, b, d, l, m, sigma, heads)
    v = cross / (square + noise)
    return float(v), float(signal - cross * v + sigma**2)


def _radial(a: float, b: float, d: int, l: int, k: float, sigma: float, heads: int) -> tuple:
    """E y^2 - sigma^2, and the coefficients of v and v^2 in the error, averaged over the query's squared norm."""
    squared, weights = chi_squared_nodes(d)
    squared, weights = squared[weights > NEGLIGIBLE], weights[weights > NEGLIGIBLE]
    r = a * squared
    h = k**2 * a * r
    if heads == 1:
        P2, A2 = participation(l - 1, h), score_second_moment(l - 1, h)
        A1 = h * (1 - P2)
    else:
        A1, P2, A2 = np.array([two_head_moments(l - 1, value) for value in h]).T
    cross = weights @ (A1 / h * a * b * k * r)
    square = weights @ (A2 / h**2 * a**2 * b * k**2 * r)
    return a * b * d, cross, square, weights @ (P2 * (a * b * d + sigma**2 - a * b))


def _error_given_tasks(given: dict[str, np.ndarray], tau: float) -> float:
    S, W, mu_x, mu_w = (given[name] for name in ("Sigma_x", "Sigma_w", "mu_x", "mu_w"))
    v22, sigma, size = float(given["v22"]), float(given["sigma"]), len(mu_x)
    nodes, weights = gaussian_nodes(2 * size)
    x = mu_x + nodes[:, :size] @ np.linalg.cholesky(S).T
    w = mu_w + nodes[:, size:] @ np.linalg.cholesky(W).T
    of_label = x @ given["m21"] / tau
    u = x @ given["M11"].T / tau + w * of_label[:, None]
    readout = given["v21"] + v22 * w
    h = np.einsum("ij,ij->i", u @ S, u) + (of_label * sigma) ** 2
    rho = np.einsum("ij,ij->i", readout @ S, u) + v22 * of_label * sigma**2
    free = np.einsum("ij,ij->i", w, x) - readout @ mu_x
    spread = np.einsum("ij,ij->i", readout @ S, readout) + (v22 * sigma) ** 2
    values = _combine(int(given["l"]) - 1, h, free**2, free * rho, rho**2, spread)
    return float(weights @ values + sigma**2)


def _combine(
    count: int, h: np.ndarray, free: np.ndarray, along: np.ndarray, square: np.ndarray, spread: np.ndarray | float
) -> np.ndarray:
    """Squared error before label noise, from the score variance h and the averages of rho and rho^2."""
    P2, A2 = participation(count, h), score_second_moment(count, h)
    safe = np.where(h > 0, h, 1.0)
    return free - 2 * (1 - P2) * along + A2 / safe * (square / safe) + P2 * (spread - square / safe)
