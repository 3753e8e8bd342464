"""Whole curves at once, as named arrays: what figures keep and draw from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.cca_barriers import closeness, linear_programs, models
from corollary.sims.cca_barriers.search import prefix_search
from corollary.sims.cca_barriers.trees import conditional_law, padded, rollout_law

Curves = dict[str, np.ndarray]


def counterexample_frontier(p: float, eps: Sequence[float]) -> Curves:
    """ "delta", "one_sided": float64 [eps], the least delta of the counterexample's rollout, and what the first
    direction alone would say."""
    law = rollout_law(models.counterexample(p))
    P, Q = conditional_law(law), law.counterfactual
    return {
        "delta": np.array([closeness.minimal_delta(P, Q, one) for one in eps]),
        "one_sided": np.array([closeness.excess(P, Q, one) for one in eps]),
    }


def growth_curve(c: float, lengths: Sequence[int]) -> Curves:
    """By length, float64 [lengths]: "eps" and "credit" of the text-independent rollout, "padded_eps" and
    "padded_credit" of its repair."""
    rows = np.array([np.asarray(_growth(c, L)) for L in lengths])
    return dict(zip(("eps", "credit", "padded_eps", "padded_credit"), rows.T, strict=True))


@partial(jax.jit, static_argnames="L")
def _growth(c: Float[Array, ""] | float, L: int) -> Float[Array, " values"]:
    tree = models.growth(c, L)
    values = []
    for one in (tree, padded(tree, jnp.full(L, 1 - c))):
        law = rollout_law(one)
        values += [closeness.minimal_eps(conditional_law(law), law.counterfactual), 1 - law.uncredited.sum()]
    return jnp.stack(values)


def hard_family_curve(l: int, eps: float, gamma: float, shares: Sequence[float]) -> Curves:
    """By prompt length 0..l: "influence", float64 [l + 1], the document's total variation; "credit", float64 [l + 1,
    shares], the least credit at delta = share * gamma / 2^(l+1), by linear programming."""
    secret = jnp.arange(l) % 2
    laws = [models.hard_output_laws(secret, k, eps, gamma) for k in range(l + 1)]
    deltas = [share * gamma / 2 ** (l + 1) for share in shares]
    credit = [
        [linear_programs.least_credit(np.asarray(p), np.asarray(q), eps, delta) for delta in deltas] for p, q in laws
    ]
    return {"influence": np.array([closeness.total_variation(p, q) for p, q in laws]), "credit": np.array(credit)}


def prefix_search_curve(seed: int, l: int, gamma: float, alpha: float, samples: Sequence[int]) -> Curves:
    """ "recovered", int [samples]: how many of "attempts", int [], secrets with as many ones as zeros are recovered
    with so many samples an estimate."""
    point = {"l": l, "ones": l // 2, "rounds": l, "gamma": gamma, "alpha": alpha}
    runs = [prefix_search(jax.random.fold_in(jax.random.key(seed), n), point, 2 * l * n)[0] for n in samples]
    return {"recovered": np.array([run.sum() for run in runs]), "attempts": np.array(len(runs[0]))}


def retrofit_curve(bits: Sequence[int], gamma: float, alpha: float) -> Curves:
    """ "queries", int [bits]: the fewest a call at prompts of length 1, by linear programming."""
    return {"queries": np.array([linear_programs.symmetric_minimum_queries(l, 1, gamma, alpha) for l in bits])}
