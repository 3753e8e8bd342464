"""Small tilts of a fixed pool: when near-copies of it can all be better off."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from typing import Any

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import constructions, measures, pooling, regions
    from corollary.theory.agentic_pooling import exact as theory_exact
    from corollary.theory.agentic_pooling import tilts as theory
    from corollary.theory.agentic_pooling import volumes


@PAPER.claim(
    "no-small-tilts",
    says="No decomposition of a pool into small tilts of it is strictly unanimous.",
    where="Thm 55",
    corrected_by="small-tilt-condition",
)
def no_small_tilts() -> co.Witness:

    def unanimous(p: Fraction, tilt: Fraction) -> bool:
        pool = [1 - 2 * p, p, p]
        agents = [
            theory_exact.normalized([pool[0], p * tilt, p / tilt]),
            theory_exact.normalized([pool[0], p / tilt, p * tilt]),
        ]
        return theory_exact.is_log_pool(agents, [Fraction(1, 2)] * 2, pool) and set(
            theory_exact.gain_signs(agents, pool)
        ) == {1}

    def found() -> dict[str, bool]:
        """P = (.9, .05, .05), tilted by factors as near 1 as one likes."""
        return {
            f"unanimous by factors {tilt}": unanimous(Fraction(1, 20), tilt)
            for tilt in (Fraction(11, 10), Fraction(101, 100), Fraction(1001, 1000))
        }

    return co.Witness(
        computes=found,
        states={f"unanimous by factors {tilt}": False for tilt in ("11/10", "101/100", "1001/1000")},
    )


@PAPER.claim(
    "small-tilt-condition",
    says="Small tilts of P cannot be unanimous where E_P[g^2 (1 + (log P + H)/2)] is positive definite on the "
    "tilts g uncorrelated with log P; where it has a negative direction, g and -g are.",
    where="Thm 55",
    status="corrected",
)
def small_tilt_condition() -> co.Bound:

    agents, outcomes, size = 3, 4, 1e-3

    def draw(key: Any) -> Any:
        numbers = jax.random.normal(key, (2 * agents + 2, outcomes), jnp.float64)
        return {
            "pool": numbers[0],
            "tilts": numbers[1 : 1 + agents],
            "first_order": numbers[1 + agents : -1, 0],
            "weights": numbers[-1, :agents],
        }

    def slack(params: Any, condition: Any) -> Any:
        """Minus the least gain over size**2. Tilts are free of log P except for a part of the size's own order, for any
        larger part costs some agent more than the second order can return."""
        pool = 0.04 + (1 - 0.04 * outcomes) * jax.nn.softmax(1.5 * params["pool"])
        log_p, weights = jnp.log(pool), jax.nn.softmax(params["weights"])
        surprise = log_p - pool @ log_p
        surprise = surprise / jnp.sqrt(pool @ surprise**2)
        free = params["tilts"] - (params["tilts"] @ pool)[:, None]
        free = free - (free @ (pool * surprise))[:, None] * surprise
        free = free - weights @ free
        free = free / jnp.sqrt(jnp.max((free**2) @ pool))
        first_order = params["first_order"] - weights @ params["first_order"]
        direction = free + size * first_order[:, None] * surprise
        least = pooling.gain(constructions.tilted(log_p, size * direction), log_p).min()
        return jnp.where(condition(log_p), -least / size**2, jnp.inf)

    return co.Bound(
        draw=draw,
        slack=partial(slack, condition=lambda log_p: regions.least_curvature(jax.lax.stop_gradient(log_p)) > 0.05),
        wrong={
            "unconditionally": partial(slack, condition=lambda log_p: True),
            "where the mean curvature is positive": partial(
                slack, condition=lambda log_p: jnp.sum(jnp.exp(log_p) * log_p) + 2 > 0
            ),
        },
    )


@PAPER.claim(
    "tilt-expansion",
    says="A small tilt's gain is -eps Cov(log P, g) - eps^2 E[g^2 (1 + (log P + H)/2)] up to the third order.",
    where="Thm 55; second order reconstructed",
)
def tilt_expansion() -> co.Exponent:

    pool, direction = np.array([0.5, 0.3, 0.15, 0.05]), np.array([1.0, -0.5, 0.7, -2.0])
    exact = jax.jit(
        lambda eps: pooling.gain(
            constructions.tilted(jnp.log(pool), eps * jnp.asarray(direction)[None]), jnp.log(pool)
        )[0]
    )
    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0 * 2**k for k in range(6)]),
        predicts=-3,
        within=0.15,
        computes=lambda scale: abs(float(exact(1 / scale)) - theory.tilted_gain(pool, direction, 1 / scale)),
        wrong={"only to the second": -2, "to the fourth": -4},
    )


@PAPER.claim(
    "opposite-tilts",
    says="Two opposite tilts between the rare outcomes of (1 - 2p, p, p) both gain 2p eps^2 ((log(1/p) - H)/2 "
    "- 1) to second order.",
    where="reconstructed",
    status="reconstructed",
)
def opposite_tilts() -> co.Mean:

    return co.Mean(
        predicts=theory.SYMMETRIC_GAIN,
        measures=measures.tilt_gain,
        at=co.grid(p=[0.01, 0.05, 0.1, 0.2], eps=[3e-3, 1e-2]),
        within=1e-3,
        wrong={
            "without the surprisal": theory.SYMMETRIC_GAIN.replace(-1, -2 * theory.p * theory.eps**2),
            "without the entropy": theory.SYMMETRIC_GAIN.replace(
                -1, 2 * theory.p * theory.eps**2 * (sp.log(1 / theory.p) / 2 - 1)
            ),
            "half the tilt": theory.SYMMETRIC_GAIN.replace(-1, theory.SYMMETRIC_GAIN.expression / 4),
        },
    )


@PAPER.claim(
    "tilt-threshold",
    says="Opposite tilts of (1 - 2p, p, p) gain exactly where log(1/p) - H > 2, that is p < 0.0785670.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_threshold() -> co.Identity:

    bisected = jax.jit(measures.tilt_threshold)
    return co.Identity(
        left=lambda eps: bisected(eps),
        right=lambda eps: theory.threshold(),
        digits=5,
        draw=lambda rng: {"eps": rng.uniform(2e-3, 4e-3)},
        wrong={
            "log(1/p) = 2": lambda eps: math.exp(-2),
            "log(1/p) = 2 + log 3": lambda eps: math.exp(-2) / 3,
            "none": lambda eps: 0.0,
        },
    )


@PAPER.claim(
    "tilt-share",
    says="Uniformly drawn pools admit unanimous decompositions into arbitrarily small tilts with probability "
    "0.13 on three outcomes, 0.51 on six and 0.79 on ten.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_share() -> co.Mean:

    return co.Mean(
        predicts=lambda outcomes: volumes.small_tilt_share(outcomes, 15),
        measures=regions.tilt_share,
        at=co.Depths(quick=co.grid(outcomes=[6]), standard=co.grid(outcomes=[3, 6, 10])),
        within=0.06,
        wrong={
            "never": lambda: 0.0,
            "always": lambda: 1.0,
            "as with four outcomes": lambda: volumes.small_tilt_share(4, 15),
        },
    )


@PAPER.claim(
    "tilt-share-of-gains",
    says="On three outcomes the gains of two actual tilts of size 0.001 are both positive as often as the "
    "quadratic form predicts.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_share_of_gains() -> co.Mean:

    return co.Mean(
        predicts=lambda: volumes.small_tilt_share(3, 16),
        measures=regions.opposite_tilts,
        at=[{"size": 1e-3}],
        within=0.04,
        wrong={"never": lambda: 0.0, "as with four outcomes": lambda: volumes.small_tilt_share(4, 15)},
    )
