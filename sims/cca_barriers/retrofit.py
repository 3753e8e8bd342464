"""The fewest queries a call with which a black-box retrofitter approximates optimal credit, by linear programming
over its strategies (arXiv 2605.01425, Theorem 5.5)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from corollary.sims.cca_barriers.linear_programs import optimum


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
    worst = optimum(
        objective, np.vstack([above, below]), np.concatenate([optimal, -optimal]), total, np.ones(1), bounds
    )
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
        best = -optimum(-credit_in, credit_out[None], np.array([alpha]), total, np.ones(1), (0, None))
        return best >= gamma - alpha - 1e-9

    too_few, most = -1, inside
    while most - too_few > 1:
        middle = (too_few + most) // 2
        too_few, most = (too_few, middle) if enough(middle) else (middle, most)
    return most


def minimum_queries_by_bits(bits: Sequence[int], gamma: float, alpha: float) -> dict[str, np.ndarray]:
    """ "queries", int [bits]: the fewest a call at prompts of length 1, by linear programming."""
    return {"queries": np.array([symmetric_minimum_queries(l, 1, gamma, alpha) for l in bits])}
