"""The least credit (arXiv 2605.01425, program B.4) as a linear program for a solver (HiGHS), as it stands."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog

Array = np.ndarray


def least_credit(p: Array, q: Array, eps: float, delta: float = 0.0) -> float:
    """The least credit of an (eps, delta)-CCA augmentation, program B.4 with slacks for delta. p, q: float64 [outputs],
    laws with and without the document.

    Unknowns: v (uncredited share of each output), R = sum p v, and the excesses of each direction, all divided by the
    scale of their output so that rare outputs count. Raises ValueError when the solver fails.
    """
    scale = np.maximum(p, q)
    scale = np.where(scale > 0, scale, 1.0)
    size, a, b, E = len(p), p / scale, q / scale, np.exp(eps)
    eye, none = np.eye(size), np.zeros((size, size))
    forward = np.hstack([np.diag(a), -E * b[:, None], -eye, none])
    backward = np.hstack([-E * np.diag(a), b[:, None], none, -eye])
    zeros = np.zeros(size)
    spent = np.array([[*zeros, -delta, *scale, *zeros], [*zeros, -delta, *zeros, *scale]])
    total = np.array([[*p, -1.0, *zeros, *zeros]])
    objective = np.array([*zeros, -1.0, *zeros, *zeros])
    slack_limit = (0, 0) if delta == 0 else (0, None)
    bounds = [(0, 1)] * (size + 1) + [slack_limit] * (2 * size)
    upper = np.vstack([forward, backward, spent])
    return 1 + optimum(objective, upper, np.zeros(2 * size + 2), total, np.zeros(1), bounds)


def optimum(objective: Array, upper: Array, limits: Array, equal: Array, totals: Array, bounds: object) -> float:
    """The least objective @ x with upper @ x <= limits, equal @ x = totals and x within bounds. Raises ValueError when
    the solver fails."""
    solution = linprog(
        objective,
        A_ub=upper,
        b_ub=limits,
        A_eq=equal,
        b_eq=totals,
        bounds=bounds,
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if not solution.success:
        raise ValueError(f"the linear program was not solved: {solution.message}")
    return float(solution.fun)
