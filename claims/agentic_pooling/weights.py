"""Raising one component of a pool under a budget: what must move, what need not, and a corollary that says nothing."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import pooling
    from corollary.sims.agentic_pooling import weights as sims
    from corollary.theory.agentic_pooling import exact
    from corollary.theory.agentic_pooling import pooling as distributions
    from corollary.theory.agentic_pooling import weights as theory

if TYPE_CHECKING:
    Params = dict[str, jax.Array]

AGENTS, OUTCOMES = 4, 5


@PAPER.claim(
    "weight-shift",
    says="A change of weights moves log P by sum_i dbeta_i v_i - Lambda with the constant Lambda = KL(P || P'): the "
    "remainder is orthogonal to every profile.",
    where="Thm 18; the remainder reconstructed",
)
def weight_shift() -> co.Identity:
    shift = jax.jit(sims.shift)

    def reversed_constant(agents: np.ndarray, weights: np.ndarray, change: np.ndarray) -> np.ndarray:
        stated = theory.weight_shift(agents, weights, change)
        after, before = distributions.pool(agents, weights + change), distributions.pool(agents, weights)
        return stated.shift + stated.constant - distributions.divergence(after, before)

    return co.Identity(
        left=lambda agents, weights, change: shift(jnp.log(agents), weights, change),
        right=lambda agents, weights, change: theory.weight_shift(agents, weights, change).shift,
        draw=pooling.random_group,
        digits=9,
        wrong={
            "no remainder": lambda agents, weights, change: (
                change @ theory.weight_shift(agents, weights, change).profiles
            ),
            "KL(P' || P) for the constant": reversed_constant,
            "beliefs not centred": lambda agents, weights, change: change @ jnp.log(agents),
        },
    )


@PAPER.claim(
    "weight-shift-divergence",
    says="Lambda is KL(P || P'), and the norm of log P' - log P about its mean is that of sum_i dbeta_i v_i.",
    where="Thm 18; the remainder reconstructed",
    status="reconstructed",
)
def weight_shift_divergence() -> co.Identity:
    @jax.jit
    def taken(agents: jax.Array, weights: jax.Array, change: jax.Array) -> jax.Array:
        """KL(P || P'), the standard deviation and the norm of log P' - log P, from the two pools."""
        log_agents = jnp.log(agents)
        before, after = pooling.log_pool(log_agents, weights), pooling.log_pool(log_agents, weights + change)
        sides = sims.both_sides(log_agents, weights, change)
        return jnp.stack([pooling.divergence(before, after), sides["spread"], sides["norm"]])

    def stated(agents: np.ndarray, weights: np.ndarray, change: np.ndarray, back: bool = False) -> np.ndarray:
        one = theory.weight_shift(agents, weights, change)
        if back:
            one = theory.weight_shift(agents, weights + change, -change)
        return np.array([one.constant, one.spread, one.norm])

    return co.Identity(
        left=taken,
        right=lambda agents, weights, change: stated(agents, weights, change),
        draw=pooling.random_group,
        digits=9,
        wrong={
            "KL(P' || P)": lambda agents, weights, change: stated(agents, weights, change, back=True),
            "half of them": lambda agents, weights, change: stated(agents, weights, change) / 2,
        },
    )


@PAPER.claim(
    "forced-weight",
    says="Raising H by delta forces sum (dbeta_i)^+ |<v_i, v_H>| over the anti-aligned components above delta "
    "||v_H||^2 - sd(dL) ||v_H|| - sum (dbeta_i)^- <v_i, v_H> over the aligned ones. Sharper than the theorem, "
    "which has ||dL|| + ||r|| for the standard deviation.",
    where="Thm 19, sharpened",
    status="reconstructed",
)
def forced_weight() -> co.Bound:
    def slack(params: Params, relief: float = 1.0, budget: float = 1.0) -> jax.Array:
        """Relative to what is demanded, so that tiny changes of weights count as much as large ones."""
        sides = sims.both_sides(*sims.change(params))
        missing = sides["demanded"] - budget * sides["spread"] * sides["size"] - relief * sides["relieved"]
        return (sides["forced"] - missing) / sides["demanded"]

    return co.Bound(
        draw=partial(sims.draw_change, agents=AGENTS, outcomes=OUTCOMES),
        slack=slack,
        wrong={
            "without the aligned components": partial(slack, relief=0.0),
            "half the budget": partial(slack, budget=0.5),
        },
    )


@PAPER.claim(
    "forced-weight-sides",
    says="Both sides of that bound, measured on the two pools, are those that the profiles give.",
    where="Thm 19, sharpened",
    status="reconstructed",
)
def forced_weight_sides() -> co.Identity:
    @jax.jit
    def taken(agents: jax.Array, weights: jax.Array, change: jax.Array) -> jax.Array:
        sides = sims.both_sides(jnp.log(agents), weights, change)
        bound = sides["demanded"] - sides["spread"] * sides["size"] - sides["relieved"]
        return jnp.stack([sides["forced"], bound])

    def stated(agents: np.ndarray, weights: np.ndarray, change: np.ndarray, raised: int = 0) -> np.ndarray:
        return np.array(theory.forced_sum(theory.weight_shift(agents, weights, change), change, raised))

    return co.Identity(
        left=taken,
        right=lambda agents, weights, change: stated(agents, weights, change),
        draw=pooling.random_group,
        digits=9,
        wrong={
            "of another component": lambda agents, weights, change: stated(agents, weights, change, raised=1),
            "of the opposite change": lambda agents, weights, change: stated(agents, weights, -change),
            "twice both": lambda agents, weights, change: 2 * stated(agents, weights, change),
        },
    )


@PAPER.claim(
    "forced-weight-as-printed",
    depth="standard",
    says="The same bound with ||dL|| + ||r|| as the budget holds, for it is weaker.",
    where="Thm 19",
)
def forced_weight_as_printed() -> co.Bound:
    def slack(params: Params, relief: float = 1.0) -> jax.Array:
        sides = sims.both_sides(*sims.change(params))
        budget = (sides["norm"] + sides["mean"]) * sides["size"]
        return (sides["forced"] - sides["demanded"] + budget + relief * sides["relieved"]) / sides["demanded"]

    return co.Bound(
        draw=partial(sims.draw_change, agents=AGENTS, outcomes=OUTCOMES),
        slack=slack,
        wrong={"without the aligned components": partial(slack, relief=0.0)},
    )


@PAPER.claim(
    "raising-one-raises-its-opposite",
    says="Raising a component while the pool hardly moves raises a component anti-aligned with it.",
    where="abstract",
    corrected_by="forced-weight",
    kinder="Thm 19 has the condition that the abstract leaves out: if no aligned component is lowered to pay for the "
    "raise, an opposed one must rise.",
)
def raising_one_raises_its_opposite() -> co.Witness:
    def counterexample() -> dict[str, bool]:
        """H and its twin against their opposite: the twin pays, the pool and the opposite do not move."""
        friend = [Fraction(4, 7), Fraction(1, 7), Fraction(2, 7)]
        foe = [friend[1], friend[0], friend[2]]
        uniform, step = [Fraction(1, 3)] * 3, Fraction(1, 20)
        weights = [Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)]
        moved = [weights[0] + step, weights[1] - step, weights[2]]
        # On equal masses the sign of <v_foe, v_H> is that of minus the squared log-odds of the exchanged outcomes.
        return {
            "an anti-aligned component": foe[0] < foe[1] and friend[0] > friend[1],
            "raised": moved[0] > weights[0],
            "pool unmoved": exact.is_log_pool([friend, friend, foe], weights, uniform)
            and exact.is_log_pool([friend, friend, foe], moved, uniform),
            "its opposite rises": moved[2] > weights[2],
        }

    return co.Witness(
        computes=counterexample,
        states={"an anti-aligned component": True, "raised": True, "pool unmoved": True, "its opposite rises": True},
    )


@PAPER.claim(
    "strict-case-applies",
    says="The strict special case (one anti-aligned component, no aligned one lowered, budget below delta ||v_H||) "
    "can be met by a change of normalised weights.",
    where="Thm 19, special case",
    corrected_by="strict-case-is-empty",
    kinder="The case is met if weights need not add up to one, or if a component uncorrelated with H may pay; the "
    "general inequality of Thm 19 stands.",
)
def strict_case_applies() -> co.Witness:
    def least_ratio() -> dict[str, bool]:
        """<dL, v_H> / (delta ||v_H||^2) at least, which the budget needs below 1, by exact linear programs."""
        aligned = [[], [Fraction(0)], [Fraction(1, 3)], [Fraction(1), Fraction(2)]]
        least = [
            theory.least_movement(others, Fraction(k, 4), normalized=True) for others in aligned for k in (1, 4, 8)
        ]
        return {"can be met": min(least) < 1}

    return co.Witness(computes=least_ratio, states={"can be met": True})


@PAPER.claim(
    "strict-case-is-empty",
    says="With normalised weights the strict case needs sd(dL) >= delta ||v_H|| (1 + |<v_W, v_H>| / ||v_H||^2), more"
    " than its budget allows: no change of weights meets it (H, one aligned component and W, on five outcomes).",
    where="Thm 19, special case",
    status="corrected",
)
def strict_case_is_empty() -> co.Bound:
    def slack(params: Params, lowered: int = 2, factor: float = 1.0) -> jax.Array:
        """lowered: the component that pays, W or the aligned one; the other of the two keeps or raises its weight."""
        log_agents, weights, share = sims.strict_case(params)
        change = jnp.array([share, 1 - share, -1.0]) if lowered == 2 else jnp.array([1.0, -1.0, 0.0])
        sides = sims.both_sides(log_agents, weights, 0.5 * weights[lowered] * change)
        ratio = sides["spread"] * sides["size"] / sides["demanded"]
        return ratio - (1 - factor * sides["alignment"][2] / sides["alignment"][0])

    return co.Bound(
        draw=partial(sims.draw_strict_case, outcomes=OUTCOMES),
        slack=slack,
        wrong={
            "also when an aligned component pays": partial(slack, lowered=1),
            "twice the anti-alignment": partial(slack, factor=2.0),
        },
    )


@PAPER.claim(
    "anti-aligned-exists",
    says="The others' weighted alignment with H is Cov_P(log P, log P_H) - beta_H ||v_H||^2; where that is negative,"
    " as it is when P is uniform, some component is anti-aligned.",
    where="reconstructed",
    status="reconstructed",
)
def anti_aligned_exists() -> co.Identity:
    @jax.jit
    def measured(agents: jax.Array, weights: jax.Array) -> jax.Array:
        log_p = pooling.log_pool(jnp.log(agents), weights)
        centred = sims.profiles(jnp.log(agents), log_p)
        return weights[1:] @ (centred[1:] @ (jnp.exp(log_p) * centred[0]))

    def with_own(agents: np.ndarray, weights: np.ndarray, factor: float) -> float:
        variance = theory.weight_shift(agents, weights, 0 * weights).inner[0, 0]
        return theory.other_alignment(agents, weights, 0) + factor * variance

    return co.Identity(
        left=measured,
        right=lambda agents, weights: theory.other_alignment(agents, weights, 0),
        draw=pooling.random_group,
        wrong={
            "with H's own part": lambda agents, weights: with_own(agents, weights, weights[0]),
            "H's own part unweighted": lambda agents, weights: with_own(agents, weights, weights[0] - 1),
        },
    )


@PAPER.claim(
    "twin-pays",
    depth="standard",
    says="Where a near-duplicate of the raised component exists, it pays for most of the raise that moves the pool "
    "least.",
    where="reconstructed",
    status="reconstructed",
)
def twin_pays() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.compensation,
        point={"twin": True, "budget": 1e-3},
        effect="second_share",
        prevalence=0.7,
        seeds=96,
        batch=24,
        shows=lambda row: row["second_share"] > 0.5,
        wrong={
            "a component that is no near-duplicate": co.Control({"twin": False, "budget": 1e-3}),
            "the anti-aligned rise by as much": lambda row: row["anti_aligned_rise"] > 0.5,
        },
    )
