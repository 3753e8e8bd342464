"""How close two laws of texts are, in float64: (eps, delta)-closeness of arXiv 2605.01425, both directions."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

Law = Float[Array, "*batch outputs"]


def minimal_delta(P: Law, Q: Law, eps: Float[Array, ""] | float) -> Float[Array, "*batch"]:
    """The least delta at which P and Q are (eps, delta)-close."""
    return jnp.maximum(excess(P, Q, eps), excess(Q, P, eps))


def excess(P: Law, Q: Law, eps: Float[Array, ""] | float) -> Float[Array, "*batch"]:
    """sup over events of P - e^eps Q: one direction alone."""
    return jnp.maximum(P - jnp.exp(eps) * Q, 0.0).sum(-1)


def minimal_eps(P: Law, Q: Law) -> Float[Array, "*batch"]:
    """max |ln P/Q|: the least eps at delta = 0; infinite when one law misses an output of the other."""
    ratios = jnp.where((P == 0) & (Q == 0), 0.0, jnp.abs(jnp.log(P) - jnp.log(Q)))
    return ratios.max(-1)


def total_variation(P: Law, Q: Law) -> Float[Array, "*batch"]:
    """sup over events of |P - Q|."""
    return excess(P, Q, 0.0)


def max_divergence(P: Law, Q: Law) -> Float[Array, "*batch"]:
    """D_inf(P||Q) = max ln P/Q over the outputs of P."""
    return jnp.where(P > 0, jnp.log(P) - jnp.log(Q), -jnp.inf).max(-1)
