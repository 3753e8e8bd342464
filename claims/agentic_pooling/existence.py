"""Where strict unanimity exists, and how much everyone can gain at once."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache, partial
from typing import Any

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import constructions, measures, pooling, search
    from corollary.theory.agentic_pooling import exact, symmetric
    from corollary.theory.agentic_pooling import near_disjoint as theory_near_disjoint


UNEVEN = {"beta1": 0.2, "beta2": 0.8}
EVEN = {"beta1": 0.5, "beta2": 0.5}


@PAPER.claim(
    "unanimity-exists",
    says="Strictly unanimous log pools exist for two to five agents on one outcome more than agents, and for "
    "two to four agents on three outcomes.",
    where="Thm 9",
)
def unanimity_exists() -> co.Witness:

    def near_disjoint(agents: int, eps: Fraction) -> bool:
        """Equal weights: the pool's private masses are eps ** agents, up to the normaliser."""
        shared = 1 - eps - (agents - 1) * eps ** (agents + 1)
        group = [[shared, *(eps if j == i else eps ** (agents + 1) for j in range(agents))] for i in range(agents)]
        pool = exact.normalized([shared, *[eps**agents] * agents])
        pooled = exact.is_log_pool(group, [Fraction(1, agents)] * agents, pool)
        return pooled and set(exact.gain_signs(group, pool)) == {1}

    def cloned(agents: int, a: Fraction = Fraction(1, 5), ratio: Fraction = Fraction(1, 16)) -> bool:
        """The symmetric pair, its second agent cloned."""
        mode = 1 - a - a * ratio**2
        group = [[mode, a, a * ratio**2], *[[mode, a * ratio**2, a]] * (agents - 1)]
        weights = [Fraction(1, 2), *[Fraction(1, 2 * (agents - 1))] * (agents - 1)]
        pool = exact.normalized([mode, a * ratio, a * ratio])
        return exact.is_log_pool(group, weights, pool) and set(exact.gain_signs(group, pool)) == {1}

    def found(**pair: Fraction) -> dict[str, bool]:
        return {
            **{f"{n} agents, {n + 1} outcomes": near_disjoint(n, Fraction(1, 1000)) for n in range(2, 6)},
            **{f"{n} agents, 3 outcomes": cloned(n, **pair) for n in range(2, 5)},
        }

    states = {
        **{f"{n} agents, {n + 1} outcomes": True for n in range(2, 6)},
        **{f"{n} agents, 3 outcomes": True for n in range(2, 5)},
    }
    return co.Witness(
        computes=found,
        states=states,
        wrong={
            "a second outcome with half the mass": lambda: found(a=Fraction(1, 2)),
            "seconds that are nearly as likely for both": lambda: found(ratio=Fraction(3, 4)),
        },
    )


@PAPER.claim(
    "quarter-suffices",
    says="The near-disjoint agents are unanimous for every private mass eps below 1/4 and all weights.",
    where="Thm 34",
    corrected_by="small-mass-suffices",
)
def quarter_suffices() -> co.Witness:

    def found() -> dict[str, bool]:
        """Weights (1/5, 4/5) and eps = (2/3)**5, so that the pool is rational."""
        root, weights = Fraction(2, 3), (Fraction(1, 5), Fraction(4, 5))
        eps = root**5
        shared = 1 - eps - eps**3
        agents = [[shared, eps, eps**3], [shared, eps**3, eps]]
        pool = exact.normalized([shared, root**13, root**7])
        return {
            "eps below 1/4": eps < Fraction(1, 4),
            "pooled": exact.is_log_pool(agents, weights, pool),
            "unanimous": set(exact.gain_signs(agents, pool)) == {1},
        }

    return co.Witness(computes=found, states={"eps below 1/4": True, "pooled": True, "unanimous": True})


@PAPER.claim(
    "small-mass-suffices",
    says="In units of eps log(1/eps), agent i gains at least (1 - e_i)(1 + log p_0 / log(1/eps)) - (n + 1) "
    "sum_{j != i} e_j with e_j = eps^(n (1 - beta_j)) / p_0, so that the construction is unanimous once "
    "eps is small enough for the weights.",
    where="Thms 34-36",
    status="corrected",
)
def small_mass_suffices() -> co.Bound:

    agents = 3

    def slack(params: Any, factor: float = 1.0, others: int = agents + 1) -> Any:
        """factor: of the own loss; others: of what the other agents' private outcomes cost."""
        log_eps = jnp.log(0.25) - jax.nn.softplus(3 * params["beliefs"][0, 0])
        eps, weights = jnp.exp(log_eps), jax.nn.softmax(params["weights"])
        shared = 1 - eps - (agents - 1) * eps ** (agents + 1)
        masses = eps ** (agents * (1 - weights)) / shared
        bound = (1 - factor * masses) * (1 - jnp.log(shared) / log_eps) - others * (masses.sum() - masses)
        return (
            pooling.pooled_gains(constructions.near_disjoint(eps, agents), weights) / (-eps * log_eps) - bound
        ).min()

    return co.Bound(
        draw=partial(pooling.draw_group, agents=agents, outcomes=agents),
        slack=slack,
        wrong={
            "n in place of n + 1": partial(slack, others=agents),
            "half the loss on the own outcome": partial(slack, factor=0.5),
        },
    )


@PAPER.claim(
    "near-disjoint-gain",
    says="The near-disjoint agents' gain is eps log(1/eps), less (n + 1) sum_{j != i} eps^(n (1 - beta_j)) + "
    "eps^(n (1 - beta_i)) + eps / log(1/eps) of it to leading order.",
    where="Thm 36; the rest reconstructed",
)
def near_disjoint_gain() -> co.Mean:

    def forms(change: Any = lambda expression: expression) -> dict[str, Any]:
        return {
            f"agent {i + 1}": co.ClosedForm(change(theory_near_disjoint.leading_deviation(2, i).expression))
            for i in range(2)
        }

    masses = [1e-4, 1e-5]
    points = [
        {"agents": 2, "eps": mass, **weights} for weights in (EVEN, {"beta1": 0.45, "beta2": 0.55}) for mass in masses
    ]
    return co.Mean(
        predicts=forms(),
        measures=measures.existence_deviation,
        at=points,
        within=6e-3,
        wrong={
            "n for n + 1": forms(lambda e: e.subs(sp.Integer(3), sp.Integer(2))),
            "eps / log(1/eps) alone": forms(lambda e: -theory_near_disjoint.eps / sp.log(theory_near_disjoint.eps)),
            "without eps / log(1/eps)": forms(
                lambda e: e + theory_near_disjoint.eps / sp.log(theory_near_disjoint.eps)
            ),
        },
    )


@PAPER.claim(
    "rate-of-uneven-weights",
    says="Where n (1 - beta_max) < 1 the construction approaches its limit as eps^(n (1 - beta_max)).",
    where="reconstructed",
    status="reconstructed",
)
def rate_of_uneven_weights() -> co.Exponent:

    deviation = jax.jit(lambda eps: measures.near_disjoint_deviation(eps, jnp.array([0.2, 0.8], jnp.float64), 2)[0])
    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0**k for k in range(5, 11)]),
        within=0.02,
        predicts=-0.4,
        computes=lambda scale: deviation(1 / scale),
        wrong={"eps": -1, "eps^(n beta_max)": -1.6, "eps^(1 - beta_max)": -0.2},
    )


@PAPER.claim(
    "rate-of-balanced-weights",
    says="Where n (1 - beta_max) > 1 the construction approaches its limit as eps / log(1/eps).",
    where="reconstructed",
    status="reconstructed",
)
def rate_of_balanced_weights() -> co.Exponent:

    deviation = jax.jit(
        lambda eps: measures.near_disjoint_deviation(eps, jnp.array([0.1, 0.4, 0.5], jnp.float64), 3)[2]
    )
    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0 ** (k / 2) for k in range(6, 13)]),
        within=0.05,
        predicts=-1,
        computes=lambda scale: deviation(1 / scale) * jnp.log(scale),
        wrong={"eps^(n (1 - beta_max))": -1.5, "eps^(1 - beta_max)": -0.5},
    )


@PAPER.claim(
    "symmetric-gain",
    says="Both agents of the symmetric pair gain G(a, d) from their log pool.",
    where="reconstructed",
    status="reconstructed",
)
def symmetric_gain() -> co.Mean:

    points = co.grid(a=[0.05, 0.2, 0.4], d=[1e-6, 1e-3, 0.03])
    return co.Mean(
        predicts=symmetric.GAIN,
        measures=measures.symmetric_gain,
        at=points,
        within=1e-9,
        wrong={
            "the arithmetic mean for the pool's mass": symmetric.GAIN.replace(1, (symmetric.a + symmetric.d) / 2),
            "an unnormalised pool": symmetric.GAIN.replace(2, symmetric.GAIN.lines[2] * 0 + 1),
            "the limit d -> 0": lambda a: a * math.log((1 - a) / a),
        },
    )


@PAPER.claim(
    "symmetric-supremum",
    says="The symmetric pair's gain has the supremum W(1/e) = 0.27846, Lambert's W, approached as d -> 0.",
    where="reconstructed",
    status="reconstructed",
)
def symmetric_supremum() -> co.Identity:

    def lambert(x: Any) -> co.Identity:
        return sp.LambertW(x)

    return co.Identity(
        left=symmetric.supremum(),
        right=lambert(sp.exp(-1)),
        wrong={
            "W(1)": lambert(sp.Integer(1)),
            "1/e": sp.exp(-1),
            "W(2/e)": lambert(2 * sp.exp(-1)),
            "the best value of a": lambert(sp.exp(-1)) / (1 + lambert(sp.exp(-1))),
        },
    )


@PAPER.claim(
    "floor-loss",
    says="With no probability below d the best symmetric gain stays sqrt(a* d) / (1 - a*) (log(1/d) - log a* "
    "+ 2 log(1 - a*)) below its supremum, to leading order.",
    where="reconstructed",
    status="reconstructed",
)
def floor_loss() -> co.Mean:

    return co.Mean(
        predicts=symmetric.FLOOR_LOSS,
        measures=measures.floor_loss,
        at=co.grid(d=[1e-12, 1e-10, 1e-9]),
        within=1.5e-3,
        wrong={
            "sqrt(d) without the logarithm": symmetric.FLOOR_LOSS.replace(
                -1, sp.sqrt(symmetric.PEAK * symmetric.d) / (1 - symmetric.PEAK)
            ),
            "the logarithm of d alone": symmetric.FLOOR_LOSS.replace(
                -1, sp.sqrt(symmetric.PEAK * symmetric.d) / (1 - symmetric.PEAK) * sp.log(1 / symmetric.d)
            ),
            "linear in d": symmetric.FLOOR_LOSS.replace(-1, symmetric.FLOOR_LOSS.expression * sp.sqrt(symmetric.d)),
        },
    )


@PAPER.claim(
    "critical-floor",
    says="The symmetric pair gains exactly while d is below the zero of G(a, .) in (0, a).",
    where="reconstructed",
    status="reconstructed",
)
def critical_floor() -> co.Identity:

    bisected = jax.jit(measures.critical_floor)
    return co.Identity(
        left=lambda a: bisected(a),
        right=lambda a: symmetric.critical_floor(a),
        digits=7,
        draw=lambda rng: {"a": rng.uniform(0.15, 0.45)},
        wrong={
            "twice that": lambda a: 2 * symmetric.critical_floor(a),
            "a**3": lambda a: a**3,
            "the floor that a smaller second mass has": lambda a: symmetric.critical_floor(0.9 * a),
        },
    )


@PAPER.claim(
    "largest-gain",
    depth="standard",
    says="No group of n agents on K outcomes gives every agent more than W(m/e), m = K - 1 - ceil((K - 1)/n), "
    "and some groups come near it. That none exceeds it is searched for, not proved.",
    where="reconstructed",
    status="reconstructed",
)
def largest_gain() -> co.Bound:

    outcomes, agents = 4, 3

    def least(params: Any) -> Any:
        return pooling.pooled_gains(*search.floored(params, 1e-12)).min()

    return co.Bound(
        draw=partial(search.mixed_start, agents=agents, outcomes=outcomes),
        tight=0.02,
        search=co.Depths(standard=co.Search(8192, 64, 600, 0.02), full=co.Search(1 << 17, 512, 2000)),
        slack=lambda params: symmetric.largest_gain(outcomes, agents) - least(params),
        wrong={
            "W(1/e), as for two agents on three outcomes": lambda params: symmetric.ceiling(1) - least(params),
            "one twentieth lower": lambda params: 0.95 * symmetric.largest_gain(outcomes, agents) - least(params),
        },
    )


@PAPER.claim(
    "search-reaches-largest-gain",
    depth="standard",
    says="A search from structured starts comes within 1% of W(m/e) with every probability above 1e-12.",
    where="reconstructed",
    status="reconstructed",
)
def search_reaches() -> co.Identity:

    climbed = cache(lambda outcomes, agents: search.best_least_gain(0, outcomes, agents, 1e-12))
    at_random = cache(lambda outcomes, agents: search.random_least_gain(0, outcomes, agents, 100_000))

    def draw(rng: Any) -> dict[str, int]:
        outcomes, agents = ((3, 2), (4, 3), (6, 3))[rng.integers(3)]
        return {"outcomes": outcomes, "agents": agents}

    return co.Identity(
        left=lambda outcomes, agents: climbed(outcomes, agents),
        right=symmetric.largest_gain,
        draw=draw,
        digits=2,
        wrong={
            "the ceiling of a single agent": lambda outcomes: symmetric.ceiling(outcomes - 1),
            "what random search sees": lambda outcomes, agents: at_random(outcomes, agents),
            "one outcome excluded in all": lambda outcomes: (
                symmetric.ceiling(outcomes - 2) * (1 if outcomes < 6 else 1.1)
            ),
        },
    )
