"""The exact scaling law of one attention layer."""

from __future__ import annotations

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.prompts import REFERENCE

with co.lazily():
    import jax

    from corollary.sims.icl_temperature import scaling as sims


@PAPER.claim(
    "scaling-law",
    says="Scaling inputs and labels by sqrt(c) and the temperature by c scales every prediction by sqrt(c), prompt by "
    "prompt, linearised or true softmax.",
    where="scaling law",
    status="reconstructed",
)
def scaling_law() -> co.Identity:
    def point(c: float) -> co.Point:
        return {**REFERENCE, "m21": [0.2, -0.1], "tau": 1.3, "c": c}

    @jax.jit
    def scaled(seed: int, c: float, exponent: float = 1.0) -> jax.Array:
        return sims.scaled_predictions(jax.random.key(seed), point(c), exponent)

    return co.Identity(
        left=jax.jit(lambda seed, c: sims.predictions(jax.random.key(seed), point(c))),
        right=scaled,
        draw=lambda generator: {"seed": int(generator.integers(2**31)), "c": float(generator.uniform(1.5, 4))},
        digits=11,
        wrong={
            "temperature by sqrt(c)": lambda seed, c: scaled(seed, c, 0.5),
            "temperature unscaled": lambda seed, c: scaled(seed, c, 0.0),
        },
    )
