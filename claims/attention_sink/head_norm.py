"""Head-wise RMSNorm as an operation."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.attention_sink.paper import PAPER

with co.lazily():
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.attention_sink import head_norm as sims
    from corollary.theory.attention_sink import head_norm as theory


def _drawn(rng: Any) -> dict[str, Any]:
    heads, width = ((3, 5), (4, 2))[rng.integers(2)]
    outputs = rng.normal(size=(7, heads, width)) * rng.uniform(0.1, 5, (7, heads, 1))
    return {"outputs": outputs, "gain": rng.uniform(0.4, 2, width)}


@PAPER.claim(
    "head-norm-power",
    says="Head-wise RMSNorm gives every head at every position the power of its width, over the gain: the variance is "
    "equal everywhere, and no head is silent.",
    where="head-wise RMSNorm",
)
def power() -> co.Identity:
    def measured(outputs: Any, gain: Any) -> Any:
        return np.asarray(sims.power_over_gain(sims.head_normed(outputs, gain), gain))

    def stated(outputs: Any, width: Any = None) -> Any:
        return np.full(outputs.shape[:-1], theory.POWER(width=width or outputs.shape[-1]))

    def jointly(outputs: Any, gain: Any) -> Any:
        return np.asarray(sims.power_over_gain(sims.jointly_normed(outputs, gain), gain))

    return co.Identity(
        left=measured,
        right=stated,
        draw=_drawn,
        digits=6,
        wrong={
            "one norm over the heads together": jointly,
            "power 1": lambda outputs: stated(outputs, 1),
            "over all heads' channels": lambda outputs: stated(outputs, outputs.shape[-1] * outputs.shape[-2]),
            "as it was": lambda outputs: np.sum(outputs**2, axis=-1),
        },
    )


@PAPER.claim(
    "head-norm-direction",
    says="It leaves the direction of each head's output, and so its correlation between positions, as it was.",
    where="head-wise RMSNorm",
    status="reconstructed",
)
def direction() -> co.Identity:
    def cosines(x: Any) -> Any:
        unit = x / np.linalg.norm(x, axis=-1, keepdims=True)
        return np.einsum("thw,shw->hts", unit, unit)

    def normed(outputs: Any) -> Any:
        return cosines(np.asarray(sims.head_normed(outputs, jnp.ones(outputs.shape[-1]))))

    def joined(outputs: Any) -> Any:
        return np.broadcast_to(
            cosines(outputs.reshape(len(outputs), 1, -1)), (outputs.shape[1], len(outputs), len(outputs))
        )

    return co.Identity(
        left=normed,
        right=lambda outputs: cosines(outputs),
        draw=_drawn,
        digits=6,
        wrong={
            "of all heads together": joined,
            "centred too": lambda outputs: cosines(outputs - outputs.mean(axis=-1, keepdims=True)),
        },
    )
