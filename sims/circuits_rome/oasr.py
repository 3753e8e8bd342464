"""One step and one logit of the released search, by automatic differentiation and by its optimizer."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from corollary.models.circuits.oasr import Oasr, penalty, pulls, scheduled


def pull(l: float, E: int, R: int, weight: float, overlap: float, per: str = "reference") -> float:
    """Gradient of the penalties in the logit of one edge of a reference of R among E edges."""
    found = jnp.arange(E)[None] < R
    weights = pulls(found, E, Oasr(per=per))
    return float(jax.grad(lambda logits: penalty(logits, weights, weight, overlap))(jnp.full(E, l))[0])


def weight(step: float, warm: float, cool: float, most: float, least: float, start: float) -> float:
    return float(scheduled(step, start, most, least, warm, cool))


def moved(first: float, second: float, share: float, rate: float, moments: str = "shared") -> float:
    """Mean movement of a logit in a fidelity step and a completeness step, long after the start, gradients fixed."""
    with jax.enable_x64(True):
        optimizer = optax.adam(rate)
        value = jnp.zeros(())
        own = [optimizer.init(value), optimizer.init(value)]

        def pair(state: tuple[Any, Any], _: None) -> tuple[Any, Any]:
            value, own = state
            for turn, gradient in enumerate((first, share * second)):
                which = 0 if moments == "shared" else turn
                update, state_of = optimizer.update(jnp.asarray(gradient), own[which], value)
                own = [state_of if place == which else one for place, one in enumerate(own)]
                value = value + update
            return (value, own), value

        values: Any
        _, values = jax.lax.scan(pair, (value, own), None, length=9000)
        late = np.asarray(values)[-1001:]
        return float((late[-1] - late[0]) / 1000)
