"""Rollouts whose texts do not depend on the document, and iid tokens: how fast eps' and credit grow with the length."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.cca_barriers import models
from corollary.sims.cca_barriers.closeness import minimal_delta, minimal_eps
from corollary.sims.cca_barriers.composition import composed
from corollary.sims.cca_barriers.repair import padded
from corollary.sims.cca_barriers.trees import conditional_law, rollout_law


@partial(jax.jit, static_argnames="L")
def growth_eps(c: Float[Array, ""] | float, L: int) -> Float[Array, ""]:
    """The exact eps' of the text-independent rollout of L steps."""
    return composed(models.growth(c, L)).eps


@partial(jax.jit, static_argnames="L")
def growth_delta(c: Float[Array, ""] | float, L: int, eps: Float[Array, ""] | float) -> Float[Array, ""]:
    """The least delta of the same rollout at eps."""
    law = rollout_law(models.growth(c, L))
    return minimal_delta(conditional_law(law), law.counterfactual, eps)


@partial(jax.jit, static_argnames="L")
def independent_credit(theta: Float[Array, ""] | float, L: int) -> Float[Array, ""]:
    """The credit of a rollout of L iid tokens, each credited as little as 0-CCA allows."""
    return 1 - rollout_law(models.independent(theta, L)).uncredited.sum()


def growth_curve(c: float, lengths: Sequence[int]) -> dict[str, np.ndarray]:
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
        values += [minimal_eps(conditional_law(law), law.counterfactual), 1 - law.uncredited.sum()]
    return jnp.stack(values)
