"""The least credit that makes one output law counterfactual-credit-attributing, as a jit-able minimum over events.

By duality, a probability R of no credit is possible exactly when every event A has
(Q(A) - delta) R <= e^eps P(A) and (e^eps Q(A) - e^eps + 1 - delta) R <= P(A);
the events that bind collect the outputs of smallest P/Q, so sorting by that ratio finds them all (reconstructed).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


def largest_survival(
    p: Float[Array, " outputs"],
    q: Float[Array, " outputs"],
    eps: Float[Array, ""] | float,
    delta: Float[Array, ""] | float = 0.0,
) -> Float[Array, ""]:
    """R*, the largest probability of no credit. p, q: output laws with and without the document, float64."""
    ratio = jnp.where(q > 0, p / jnp.where(q > 0, q, 1.0), jnp.inf)
    order = jnp.argsort(ratio)
    P, Q, E = jnp.cumsum(p[order]), jnp.cumsum(q[order]), jnp.exp(eps)
    rare, room = Q - delta, E * Q - jnp.expm1(eps) - delta
    ends = jnp.minimum(_quotient(E * P, rare), _quotient(P, room))
    return jnp.minimum(1.0, ends.min())


def _quotient(mass: Float[Array, " events"], demand: Float[Array, " events"]) -> Float[Array, " events"]:
    """mass / demand where something is demanded, else no constraint."""
    binds = demand > 0
    return jnp.where(binds, mass / jnp.where(binds, demand, 1.0), jnp.inf)


@jax.jit
def stepwise(
    p: Float[Array, "texts tokens"], q: Float[Array, "texts tokens"], eps: Float[Array, ""] | float
) -> Float[Array, "texts tokens"]:
    """Per text, the probabilities of (token, no credit) in the least crediting eps-CCA retrofit of its next token."""
    R = jax.vmap(lambda one, other: largest_survival(one, other, eps))(p, q)[:, None]
    low, high = jnp.exp(-eps) * q * R, jnp.minimum(p, jnp.exp(eps) * q * R)
    room = (high - low).sum(1, keepdims=True)
    share = jnp.where(room > 0, (R - low.sum(1, keepdims=True)) / jnp.where(room > 0, room, 1.0), 0.0)
    return low + jnp.clip(share, 0.0, 1.0) * (high - low)
