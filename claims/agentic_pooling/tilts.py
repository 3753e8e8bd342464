"""Small tilts of a fixed pool: when near-copies of it can all be better off."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import pooling, regions
    from corollary.sims.agentic_pooling import tilts as sims
    from corollary.theory.agentic_pooling import exact
    from corollary.theory.agentic_pooling import regions as volumes
    from corollary.theory.agentic_pooling import tilts as theory

if TYPE_CHECKING:
    Params = dict[str, jax.Array]


@PAPER.claim(
    "no-small-tilts",
    says="No decomposition of a pool into small tilts of it is strictly unanimous.",
    where="Thm 55",
    corrected_by="small-tilt-condition",
    kinder="It stands to first order in the tilt: the weighted first-order gains add up to zero, so that they cannot "
    "all be positive.",
)
def no_small_tilts() -> co.Witness:
    def unanimous(p: Fraction, tilt: Fraction) -> bool:
        pool = [1 - 2 * p, p, p]
        agents = [exact.normalized([pool[0], p * tilt, p / tilt]), exact.normalized([pool[0], p / tilt, p * tilt])]
        return exact.is_log_pool(agents, [Fraction(1, 2)] * 2, pool) and set(exact.gain_signs(agents, pool)) == {1}

    def by_factor() -> dict[str, bool]:
        """P = (.9, .05, .05), tilted by factors as near 1 as one likes."""
        return {
            f"unanimous by factors {tilt}": unanimous(Fraction(1, 20), tilt)
            for tilt in (Fraction(11, 10), Fraction(101, 100), Fraction(1001, 1000))
        }

    return co.Witness(
        computes=by_factor, states={f"unanimous by factors {tilt}": False for tilt in ("11/10", "101/100", "1001/1000")}
    )


@PAPER.claim(
    "small-tilt-condition",
    says="Small tilts of P cannot be unanimous where E_P[g^2 (1 + (log P + H)/2)] is positive definite on the tilts "
    "g uncorrelated with log P (tried for three agents on four outcomes); where it has a negative direction, g "
    "and -g are.",
    where="Thm 55",
    status="corrected",
)
def small_tilt_condition() -> co.Bound:
    agents, outcomes, size = 3, 4, 1e-3

    def draw(key: jax.Array) -> Params:
        numbers = jax.random.normal(key, (2 * agents + 2, outcomes), jnp.float64)
        return {
            "pool": numbers[0],
            "tilts": numbers[1 : 1 + agents],
            "first_order": numbers[1 + agents : -1, 0],
            "weights": numbers[-1, :agents],
        }

    def slack(params: Params, condition: Callable[[jax.Array], jax.Array]) -> jax.Array:
        """Minus the least gain over size**2, for a pool moved towards the uniform one until the condition holds. Tilts
        are free of log P except for a part of the size's own order, for any larger part costs some agent more than the
        second order can return."""
        log_p = sims.flattened(jax.nn.log_softmax(1.5 * params["pool"]), condition)
        pool, weights = jnp.exp(log_p), jax.nn.softmax(params["weights"])
        surprise = log_p - pool @ log_p
        surprise = surprise / jnp.sqrt(pool @ surprise**2)
        free = params["tilts"] - (params["tilts"] @ pool)[:, None]
        free = free - (free @ (pool * surprise))[:, None] * surprise
        free = free - weights @ free
        free = free / jnp.sqrt(jnp.max((free**2) @ pool))
        first_order = params["first_order"] - weights @ params["first_order"]
        direction = free + size * first_order[:, None] * surprise
        return -pooling.gain(sims.tilted(log_p, size * direction), log_p).min() / size**2

    return co.Bound(
        draw=draw,
        slack=partial(slack, condition=lambda log_p: regions.curvatures(log_p)[0] > 0.05),
        wrong={
            "unconditionally": partial(slack, condition=lambda log_p: jnp.array(True)),
            "where the mean curvature is positive": partial(
                slack, condition=lambda log_p: regions.curvatures(log_p).mean() > 0.05
            ),
        },
    )


@PAPER.claim(
    "least-curvature",
    says="The least eigenvalue of that form is what two opposite small tilts of norm 1 lose at least, over their "
    "squared size, on four outcomes.",
    where="Thm 55; second order reconstructed",
    status="reconstructed",
)
def least_curvature() -> co.Identity:
    return co.Identity(
        left=lambda pool: sims.least_loss(pool, 1e-3),
        right=theory.least_curvature,
        draw=lambda rng: {"pool": 0.92 * rng.dirichlet(np.ones(4)) + 0.02},
        digits=4,
        wrong={
            "without the surprisal": lambda: 1.0,
            "twice that": lambda pool: 2 * theory.least_curvature(pool),
            "of the uniform pool": lambda pool: theory.least_curvature(np.full(4, 0.25)),
        },
    )


@PAPER.claim(
    "second-order-gain",
    says="A small tilt's gain is -eps Cov(log P, g) - eps^2 E[g^2 (1 + (log P + H)/2)] to second order.",
    where="Thm 55; second order reconstructed",
)
def second_order_gain() -> co.Value:
    def gain(p1: float, p2: float, g1: float, g2: float, eps: float) -> jax.Array:
        pool = np.array([p1, p2, 1 - p1 - p2])
        return sims.tilted_gain(pool, np.array([g1, g2, -(p1 * g1 + p2 * g2) / pool[2]]), eps)

    form, eps = theory.expansion().closed_form, theory.eps
    assert form is not None
    first = form.expression.coeff(eps, 1) * eps
    pools = ({"p1": 0.2, "p2": 0.5}, {"p1": 0.7, "p2": 0.05})
    directions = ({"g1": 1.0, "g2": -0.5}, {"g1": -0.3, "g2": 1.2})
    return co.Value(
        predicts=form,
        computes=gain,
        at=[{**pool, **direction, "eps": 2e-3} for pool in pools for direction in directions],
        within=3e-5,
        wrong={
            "the first order alone": co.ClosedForm(first),
            "twice the second order": co.ClosedForm(2 * form.expression - first),
            "the covariance with its sign turned": co.ClosedForm(form.expression - 2 * first),
        },
    )


@PAPER.claim(
    "tilt-expansion",
    says="What the second order leaves of a small tilt's gain is of the third order: on five outcomes, for three "
    "tilts.",
    where="Thm 55; second order reconstructed",
)
def tilt_expansion() -> co.Exponent:
    pool = np.array([0.4, 0.25, 0.2, 0.11, 0.04])
    directions = np.array([[1.0, -0.5, 0.7, -2.0, 0.3], [0.2, 1.0, -1.0, 0.4, 1.5], [-1.0, 0.3, 0.3, 0.8, -0.6]])

    def miss(scale: float) -> float:
        gaps = [
            float(sims.tilted_gain(pool, one, 1 / scale)) - theory.tilted_gain(pool, one, 1 / scale)
            for one in directions
        ]
        return float(np.sqrt(np.mean(np.square(gaps))))

    return co.Exponent(
        along="scale",
        at=co.grid(scale=[100.0 * 2**k for k in range(7)]),
        predicts=-3,
        within=0.01,
        computes=miss,
        wrong={"only to the second": -2, "to the fourth": -4},
    )


@PAPER.claim(
    "opposite-tilts",
    says="Two opposite tilts between the rare outcomes of (1 - 2p, p, p) both gain 2p eps^2 ((log(1/p) - H)/2 - 1) "
    "to second order.",
    where="reconstructed",
    status="reconstructed",
)
def opposite_tilts() -> co.Value:
    gain, p, eps = theory.SYMMETRIC_GAIN, theory.p, theory.eps
    return co.Value(
        predicts=gain,
        computes=sims.opposite_tilt_gain,
        at=co.grid(p=[0.01, 0.05, 0.1, 0.2], eps=[3e-3, 1e-2]),
        within=1e-3,
        wrong={
            "without the surprisal": gain.replace(-1, -2 * p * eps**2),
            "without the entropy": gain.replace(-1, 2 * p * eps**2 * (sp.log(1 / p) / 2 - 1)),
            "half the tilt": gain.replace(-1, gain.expression / 4),
        },
    )


@PAPER.claim(
    "tilt-threshold",
    says="Opposite tilts of (1 - 2p, p, p) gain exactly where log(1/p) - H > 2, that is p < 0.0785670.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_threshold() -> co.Identity:
    return co.Identity(
        left=lambda eps: sims.tilt_threshold(eps),
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
    says="Uniformly drawn pools admit unanimous decompositions into arbitrarily small tilts with probability 0.13 on"
    " three outcomes, 0.51 on six and 0.79 on ten.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_share() -> co.Mean:
    return co.Mean(
        predicts=lambda outcomes: volumes.small_tilt_share(outcomes, 15),
        measures=regions.tilt_share,
        at=co.Depths(quick=co.grid(outcomes=[6]), standard=co.grid(outcomes=[3, 6, 10])),
        within=co.Depths(quick=0.06, standard=0.03),
        support=(0, 1),
        wrong={
            "never": lambda: 0.0,
            "always": lambda: 1.0,
            "as with four outcomes": lambda: volumes.small_tilt_share(4, 15),
        },
    )


@PAPER.claim(
    "tilt-share-of-gains",
    says="On three outcomes the gains of two actual tilts of size 0.001 are both positive as often as the quadratic "
    "form predicts.",
    where="reconstructed",
    status="reconstructed",
)
def tilt_share_of_gains() -> co.Mean:
    return co.Mean(
        predicts=lambda: volumes.small_tilt_share(3, 16),
        measures=regions.opposite_tilts,
        at=[{"size": 1e-3}],
        within=0.04,
        support=(0, 1),
        wrong={"never": lambda: 0.0, "as with four outcomes": lambda: volumes.small_tilt_share(4, 15)},
    )
