"""The near-disjoint agents: each holds one private outcome likely that all others shut out (arXiv 2509.06701, Thms
34-36)."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.sims.agentic_pooling.pooling import pooled_gains


def near_disjoint(eps: ArrayLike, agents: int) -> Float[Array, "agents outcomes"]:
    """Mass eps on the agent's private outcome, eps**(agents + 1) on the other private ones, the rest on outcome 0; as
    log-probabilities."""
    log_eps = jnp.log(jnp.asarray(eps, jnp.float64))
    own = jnp.eye(agents, dtype=bool)
    private = jnp.where(own, log_eps, (agents + 1) * log_eps)
    shared = jnp.log1p(-jnp.sum(jnp.exp(private), axis=1, keepdims=True))
    return jnp.concatenate([shared, private], axis=1)


def relative_gains(eps: ArrayLike, weights: Float[Array, " agents"]) -> Float[Array, " agents"]:
    """Each agent's gain from the log pool over eps log(1 / eps)."""
    return pooled_gains(near_disjoint(eps, len(weights)), weights) / (eps * jnp.log(1 / eps))


@jax.jit
def deviation(eps: ArrayLike, weights: Float[Array, " agents"]) -> Float[Array, " agents"]:
    """How far the relative gains stay below 1."""
    return 1 - relative_gains(eps, weights)


def deviations(eps: Sequence[float], weights: Sequence[float]) -> dict[str, np.ndarray]:
    """ "deviation" [eps, agents]."""
    shares = jnp.asarray(weights, jnp.float64)
    return {"deviation": np.asarray(jax.vmap(lambda mass: deviation(mass, shares))(jnp.asarray(eps, jnp.float64)))}
