"""A gated neuron on Gaussian pre-activations."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals

ROWS = 8192


@static()
def responses(key: Array, point: dict) -> dict[str, Float[Array, " rows"]]:
    """ "mean": z = SiLU(u_g) u_u. "square": its square. u_g and u_u: mean 0, deviations v_g and v_u, correlation r.
    The key is consumed."""
    one, other = normals(key, (ROWS,), (ROWS,))
    gate = point["v_g"] * one
    up = point["v_u"] * (point["r"] * one + jnp.sqrt(1 - point["r"] ** 2) * other)
    response = jax.nn.silu(gate) * up
    return {"mean": response, "square": response**2}


def mean_response(key: Array, point: dict) -> Float[Array, " rows"]:
    """The response alone."""
    return responses(key, point)["mean"]


def squared_response(key: Array, point: dict) -> Float[Array, " rows"]:
    """Its square alone."""
    return responses(key, point)["square"]


@static()
def aligned_response(key: Array, point: dict) -> Float[Array, " rows"]:
    """The response with gate and up weights alike; point: v, the deviation of both."""
    return mean_response(key, {"v_g": point["v"], "v_u": point["v"], "r": jnp.float64(1.0)})
