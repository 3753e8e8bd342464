"""Equal copies behind a saturating readout, by automatic differentiation."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from corollary.models.circuits.attribution import gate_attribution


def of_copies(R: int, c: float) -> dict[str, float]:
    """ "gradient" and "integrated" score of one gate, and what closing it costs ("ablated"), in float64."""
    with jax.enable_x64(True):

        def readout(gates: jax.Array) -> jax.Array:
            return jnp.tanh(c * gates.sum())

        gates = jnp.ones(R)
        return {
            "gradient": float(gate_attribution(readout, R, dtype=jnp.float64)[0]),
            "ablated": float(readout(gates) - readout(gates.at[0].set(0.0))),
            "integrated": float(gate_attribution(readout, R, steps=2000, dtype=jnp.float64)[0]),
        }
