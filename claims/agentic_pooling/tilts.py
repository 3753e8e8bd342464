"""Small tilts of a fixed pool: when near-copies of it can all be better off."""

from typing import Any

from corollary.claims.agentic_pooling.paper import PAPER
from corollary.point import Depths, grid


@PAPER.claim(
    "no-small-tilts",
    "Witness",
    says="No decomposition of a pool into small tilts of it is strictly unanimous.",
    where="Thm 55",
    corrected_by="small-tilt-condition",
)
def no_small_tilts(stated: dict[str, Any]) -> Any:
    from fractions import Fraction

    from corollary import Witness
    from corollary.theory.agentic_pooling.exact import gain_signs, is_log_pool, normalized

    def unanimous(p: Fraction, tilt: Fraction) -> bool:
        pool = [1 - 2 * p, p, p]
        agents = [normalized([pool[0], p * tilt, p / tilt]), normalized([pool[0], p / tilt, p * tilt])]
        return is_log_pool(agents, [Fraction(1, 2)] * 2, pool) and set(gain_signs(agents, pool)) == {1}

    def found() -> dict[str, bool]:
        """P = (.9, .05, .05), tilted by factors as near 1 as one likes."""
        return {
            f"unanimous by factors {tilt}": unanimous(Fraction(1, 20), tilt)
            for tilt in (Fraction(11, 10), Fraction(101, 100), Fraction(1001, 1000))
        }

    return Witness(
        **stated,
        computes=found,
        states={f"unanimous by factors {tilt}": False for tilt in ("11/10", "101/100", "1001/1000")},
    )


@PAPER.claim(
    "small-tilt-condition",
    "Bound",
    says="Small tilts of P cannot be unanimous where E_P[g^2 (1 + (log P + H)/2)] is positive definite on the "
    "tilts g uncorrelated with log P; where it has a negative direction, g and -g are.",
    where="Thm 55",
    status="corrected",
)
def small_tilt_condition(stated: dict[str, Any]) -> Any:
    from functools import partial

    import jax
    import jax.numpy as jnp

    from corollary import Bound
    from corollary.sims.agentic_pooling.constructions import tilted
    from corollary.sims.agentic_pooling.pooling import gain
    from corollary.sims.agentic_pooling.regions import least_curvature

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
        least = gain(tilted(log_p, size * direction), log_p).min()
        return jnp.where(condition(log_p), -least / size**2, jnp.inf)

    return Bound(
        **stated,
        draw=draw,
        slack=partial(slack, condition=lambda log_p: least_curvature(jax.lax.stop_gradient(log_p)) > 0.05),
        wrong={
            "unconditionally": partial(slack, condition=lambda log_p: True),
            "where the mean curvature is positive": partial(
                slack, condition=lambda log_p: jnp.sum(jnp.exp(log_p) * log_p) + 2 > 0
            ),
        },
    )


@PAPER.claim(
    "tilt-expansion",
    "Exponent",
    says="A small tilt's gain is -eps Cov(log P, g) - eps^2 E[g^2 (1 + (log P + H)/2)] up to the third order.",
    where="Thm 55; second order reconstructed",
)
def tilt_expansion(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp
    import numpy as np

    from corollary import Exponent
    from corollary.sims.agentic_pooling.constructions import tilted
    from corollary.sims.agentic_pooling.pooling import gain
    from corollary.theory.agentic_pooling.tilts import tilted_gain

    pool, direction = np.array([0.5, 0.3, 0.15, 0.05]), np.array([1.0, -0.5, 0.7, -2.0])
    exact = jax.jit(lambda eps: gain(tilted(jnp.log(pool), eps * jnp.asarray(direction)[None]), jnp.log(pool))[0])
    return Exponent(
        **stated,
        along="scale",
        at=grid(scale=[10.0 * 2**k for k in range(6)]),
        predicts=-3,
        within=0.15,
        computes=lambda scale: abs(float(exact(1 / scale)) - tilted_gain(pool, direction, 1 / scale)),
        wrong={"only to the second": -2, "to the fourth": -4},
    )


@PAPER.claim(
    "opposite-tilts",
    "Mean",
    says="Two opposite tilts between the rare outcomes of (1 - 2p, p, p) both gain 2p eps^2 ((log(1/p) - H)/2 "
    "- 1) to second order.",
    where="reconstructed",
    status="reconstructed",
)
def opposite_tilts(stated: dict[str, Any]) -> Any:
    import sympy as sp

    from corollary import Mean
    from corollary.sims.agentic_pooling.measures import tilt_gain
    from corollary.theory.agentic_pooling.tilts import SYMMETRIC_GAIN, eps, p

    return Mean(
        **stated,
        predicts=SYMMETRIC_GAIN,
        measures=tilt_gain,
        at=grid(p=[0.01, 0.05, 0.1, 0.2], eps=[3e-3, 1e-2]),
        within=1e-3,
        wrong={
            "without the surprisal": SYMMETRIC_GAIN.replace(-1, -2 * p * eps**2),
            "without the entropy": SYMMETRIC_GAIN.replace(-1, 2 * p * eps**2 * (sp.log(1 / p) / 2 - 1)),
            "half the tilt": SYMMETRIC_GAIN.replace(-1, SYMMETRIC_GAIN.expression / 4),
        },
    )


@PAPER.claim(
    "tilt-threshold",
    "Identity",
    says="Opposite tilts of (1 - 2p, p, p) gain exactly where log(1/p) - H > 2, that is p < 0.0785670.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_threshold(stated: dict[str, Any]) -> Any:
    import math

    import jax

    from corollary import Identity
    from corollary.sims.agentic_pooling import measures
    from corollary.theory.agentic_pooling import tilts

    bisected = jax.jit(measures.tilt_threshold)
    return Identity(
        **stated,
        left=lambda eps: bisected(eps),
        right=lambda eps: tilts.threshold(),
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
    "Mean",
    says="Uniformly drawn pools admit unanimous decompositions into arbitrarily small tilts with probability "
    "0.13 on three outcomes, 0.51 on six and 0.79 on ten.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_share(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.agentic_pooling.regions import tilt_share as measured
    from corollary.theory.agentic_pooling.volumes import small_tilt_share

    return Mean(
        **stated,
        predicts=lambda outcomes: small_tilt_share(outcomes, 15),
        measures=measured,
        at=Depths(quick=grid(outcomes=[6]), standard=grid(outcomes=[3, 6, 10])),
        within=0.06,
        wrong={"never": lambda: 0.0, "always": lambda: 1.0, "as with four outcomes": lambda: small_tilt_share(4, 15)},
    )


@PAPER.claim(
    "tilt-share-of-gains",
    "Mean",
    says="On three outcomes the gains of two actual tilts of size 0.001 are both positive as often as the "
    "quadratic form predicts.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_share_of_gains(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.agentic_pooling.regions import opposite_tilts as measured
    from corollary.theory.agentic_pooling.volumes import small_tilt_share

    return Mean(
        **stated,
        predicts=lambda: small_tilt_share(3, 16),
        measures=measured,
        at=[{"size": 1e-3}],
        within=0.04,
        wrong={"never": lambda: 0.0, "as with four outcomes": lambda: small_tilt_share(4, 15)},
    )
