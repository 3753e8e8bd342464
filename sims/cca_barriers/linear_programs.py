"""The optimisation problems of arXiv 2605.01425 handed to a linear programming solver (HiGHS) as they stand."""

from __future__ import annotations

import itertools

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
    return 1 + _solve(objective, upper, np.zeros(2 * size + 2), total, np.zeros(1), bounds)


def approximable(l: int, k: int, q: int, gamma: float, alpha: float) -> bool:
    """Whether some mixture of all deterministic strategies with q evaluations of M_z(s1, .) credits to within alpha of
    the optimum at a prompt of length k, whatever the secret.

    Until the secret is hit all answers are alike, so a strategy is a set of q leaves, a bit without a hit, and a bit
    for each possible hit.
    """
    leaves = 2**l
    inside = np.arange(leaves) < leaves >> k
    columns = []
    for queried in itertools.combinations(range(leaves), q):
        for missed in (0.0, 1.0):
            for hits in itertools.product((0.0, 1.0), repeat=q):
                credit = np.full(leaves, missed)
                credit[list(queried)] = hits
                columns.append(credit)
    credits = np.array(columns).T
    optimal = np.where(inside, gamma, 0.0)
    # The unknown after the mixture is the largest deviation from the optimum, to be minimised.
    above = np.hstack([credits, -np.ones((leaves, 1))])
    below = np.hstack([-credits, -np.ones((leaves, 1))])
    objective = np.zeros(len(columns) + 1)
    objective[-1] = 1.0
    total = np.array([[*np.ones(len(columns)), 0.0]])
    bounds = [(0, None)] * (len(columns) + 1)
    worst = _solve(objective, np.vstack([above, below]), np.concatenate([optimal, -optimal]), total, np.ones(1), bounds)
    return worst <= alpha + 1e-9


def minimum_queries(l: int, k: int, gamma: float, alpha: float) -> int:
    """The fewest evaluations that some mixture of all deterministic strategies needs; l <= 3 or a few minutes."""
    return next(q for q in range(2**l + 1) if approximable(l, k, q, gamma, alpha))


def symmetric_minimum_queries(l: int, k: int, gamma: float, alpha: float) -> int:
    """The same for larger l, over strategies averaged over the symmetries of the leaves: only the number of leaves
    evaluated inside the prompt's subtree matters."""
    inside = 2 ** (l - k)
    outside = 2**l - inside

    def enough(q: int) -> bool:
        within = np.arange(max(0, q - outside), min(q, inside) + 1)
        found_in, found_out = within / inside, (q - within) / outside
        # Columns: no hit -> 0, then no hit -> 1. A hit reveals on which side the secret lies.
        credit_in = np.concatenate([found_in, np.ones(len(within))])
        credit_out = np.concatenate([np.zeros(len(within)), 1 - found_out])
        total = np.ones((1, len(credit_in)))
        best = -_solve(-credit_in, credit_out[None], np.array([alpha]), total, np.ones(1), (0, None))
        return best >= gamma - alpha - 1e-9

    too_few, most = -1, inside
    while most - too_few > 1:
        middle = (too_few + most) // 2
        too_few, most = (too_few, middle) if enough(middle) else (middle, most)
    return most


def _solve(objective: Array, upper: Array, limits: Array, equal: Array, totals: Array, bounds: object) -> float:
    found = linprog(
        objective,
        A_ub=upper,
        b_ub=limits,
        A_eq=equal,
        b_eq=totals,
        bounds=bounds,
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if not found.success:
        raise ValueError(f"the linear program was not solved: {found.message}")
    return float(found.fun)
