"""Attempts at recovering random hidden models, each with a fresh oracle under a budget: (key, point, budget) ->
(recovered [attempts], queries [attempts])."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jaxtyping import Bool, Int

from corollary.sims.attention_queries.oracle import Hidden, NotLearned, Oracle, withheld

Attempts = tuple[Bool[np.ndarray, " attempts"], Int[np.ndarray, " attempts"]]
Draw = Callable[[np.random.Generator], tuple[Hidden, Any]]
"""rng -> (a hidden model, its parameters)."""

EXACT = 1e-7
"""Relative error up to which a model counts as recovered exactly."""

TRIALS_AT_ONCE = 14
"""Of the learners that solve a batch of trials together."""


def generator(key: jax.Array) -> np.random.Generator:
    """NumPy's generator seeded by a JAX key, which is consumed."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def attempt(
    key: jax.Array,
    budget: int,
    number: int,
    draw: Draw,
    error: Callable[[Oracle, Any, np.random.Generator], float],
    tolerance: float = EXACT,
    withhold: bool = False,
) -> Attempts:
    """`number` attempts. The key is consumed.

    error: (oracle, hidden parameters to compare with, rng) -> relative error of what was learned. withhold: whether
    the answer to one query of the budget, drawn at random in each attempt, is replaced by 0.
    """
    rng = generator(key)
    # A learner misled may also take the model for one that it refuses.
    failures = (NotLearned, np.linalg.LinAlgError, *([ValueError] if withhold else []))
    recovered, queries = [], []
    for _ in range(number):
        hidden, truth = draw(rng)
        oracle = Oracle(withheld(hidden, int(rng.integers(budget))) if withhold else hidden, budget)
        try:
            gap = error(oracle, truth, rng)
        except failures:
            gap = np.inf
        recovered.append(gap < tolerance)
        queries.append(oracle.queries)
    return np.array(recovered), np.array(queries)
