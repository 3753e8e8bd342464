"""Raising one component of a pool under a budget: what must move, what need not, and a corollary that says nothing."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import corollary as co
from corollary.claims.agentic_pooling.draws import group
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import pooling
    from corollary.sims.agentic_pooling import weights as sims
    from corollary.theory.agentic_pooling import distributions, exact, weight_changes


AGENTS, OUTCOMES = 4, 4


@PAPER.claim(
    "weight-shift",
    says="A change of weights moves log P by sum_i dbeta_i v_i - Lambda with the constant Lambda = KL(P || "
    "P'): the remainder is orthogonal to every profile.",
    where="Thm 18; the remainder reconstructed",
)
def weight_shift() -> co.Identity:

    measured = jax.jit(sims.shift)

    def reversed_constant(agents: Any, weights: Any, change: Any) -> Any:
        found = weight_changes.weight_shift(agents, weights, change)
        return (
            found.shift
            + found.constant
            - distributions.divergence(
                distributions.pool(agents, weights + change), distributions.pool(agents, weights)
            )
        )

    return co.Identity(
        left=lambda agents, weights, change: measured(jnp.log(agents), weights, change),
        right=lambda agents, weights, change: weight_changes.weight_shift(agents, weights, change).shift,
        draw=group,
        digits=9,
        wrong={
            "no remainder": lambda agents, weights, change: (
                change @ weight_changes.weight_shift(agents, weights, change).profiles
            ),
            "KL(P' || P) for the constant": reversed_constant,
            "beliefs not centred": lambda agents, weights, change: change @ jnp.log(agents),
        },
    )


@PAPER.claim(
    "forced-weight",
    says="Raising H by delta forces sum (dbeta_i)^+ |<v_i, v_H>| over the anti-aligned components above delta "
    "||v_H||^2 - sd(dL) ||v_H|| - sum (dbeta_i)^- <v_i, v_H> over the aligned ones. Sharper than the "
    "theorem, which has ||dL|| + ||r|| for the standard deviation.",
    where="Thm 19, sharpened",
    status="reconstructed",
)
def forced_weight() -> co.Bound:

    def slack(params: Any, relief: float = 1.0, budget: float = 1.0) -> co.Bound:
        """Relative to what is demanded, so that tiny changes of weights count as much as large ones."""
        found = sims.both_sides(*sims.change(params))
        missing = found["demanded"] - budget * found["spread"] * found["size"] - relief * found["relieved"]
        return jnp.where(found["demanded"] > 0, (found["forced"] - missing) / found["demanded"], jnp.inf)

    return co.Bound(
        draw=partial(sims.draw_change, agents=AGENTS, outcomes=OUTCOMES),
        slack=slack,
        wrong={
            "without the aligned components": partial(slack, relief=0.0),
            "half the budget": partial(slack, budget=0.5),
        },
    )


@PAPER.claim(
    "forced-weight-as-printed",
    depth="standard",
    says="The same bound with ||dL|| + ||r|| as the budget holds, for it is weaker.",
    where="Thm 19",
)
def forced_weight_as_printed() -> co.Bound:

    def slack(params: Any, relief: float = 1.0) -> co.Bound:
        found = sims.both_sides(*sims.change(params))
        budget = (found["norm"] + found["mean"]) * found["size"]
        slack = found["forced"] - found["demanded"] + budget + relief * found["relieved"]
        return jnp.where(found["demanded"] > 0, slack / found["demanded"], jnp.inf)

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
)
def raising_one_raises_its_opposite() -> co.Witness:

    def found() -> dict[str, bool]:
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
        computes=found,
        states={"an anti-aligned component": True, "raised": True, "pool unmoved": True, "its opposite rises": True},
    )


@PAPER.claim(
    "strict-case-applies",
    says="The strict special case (one anti-aligned component, no aligned one lowered, budget below delta "
    "||v_H||) can be met by a change of normalised weights.",
    where="Thm 19, special case",
    corrected_by="strict-case-is-empty",
)
def strict_case_applies() -> co.Witness:

    def found() -> dict[str, bool]:
        """<dL, v_H> / (delta ||v_H||^2) at least, which the budget needs below 1, by exact linear programs."""
        aligned = [[], [Fraction(0)], [Fraction(1, 3)], [Fraction(1), Fraction(2)]]
        least = [
            weight_changes.least_movement(others, Fraction(k, 4), normalized=True)
            for others in aligned
            for k in (1, 4, 8)
        ]
        return {"can be met": min(least) < 1}

    return co.Witness(computes=found, states={"can be met": True})


@PAPER.claim(
    "strict-case-is-empty",
    says="With normalised weights the strict case needs sd(dL) >= delta ||v_H|| (1 + |<v_W, v_H>| / "
    "||v_H||^2), more than its budget allows: no change of weights meets it.",
    where="Thm 19, special case",
    status="corrected",
)
def strict_case_is_empty() -> co.Bound:

    def slack(params: Any, lowered: bool = False, factor: float = 1.0) -> co.Bound:
        """Components: H, one other, W. lowered: the other, aligned one pays instead of W."""
        log_agents, weights = pooling.group({name: params[name][:3] for name in ("beliefs", "weights")})
        target = jax.nn.softmax(params["target"][:2])
        step = jax.nn.sigmoid(params["step"]) * jnp.where(lowered, weights[1], weights[2])
        change = jnp.array([1.0, -1.0, 0.0]) if lowered else jnp.stack([target[0], target[1], -1.0])
        found = sims.both_sides(log_agents, weights, step * change)
        alignment = found["alignment"]
        ratio = found["spread"] / (step * change[0] * found["size"])
        bound = 1 - factor * alignment[2] / alignment[0]
        case = (alignment[2] < 0) & (alignment[1] >= 0)
        return jnp.where(case, ratio - bound, jnp.inf)

    return co.Bound(
        draw=partial(sims.draw_change, agents=AGENTS, outcomes=OUTCOMES),
        slack=slack,
        wrong={
            "also when an aligned component pays": partial(slack, lowered=True),
            "twice the anti-alignment": partial(slack, factor=2.0),
        },
    )


@PAPER.claim(
    "anti-aligned-exists",
    says="The others' weighted alignment with H is Cov_P(log P, log P_H) - beta_H ||v_H||^2; where that is "
    "negative, as it is when P is uniform, some component is anti-aligned.",
    where="reconstructed",
    status="reconstructed",
)
def anti_aligned_exists() -> co.Identity:

    @jax.jit
    def measured(agents: Any, weights: Any) -> co.Identity:
        log_p = pooling.log_pool(jnp.log(agents), weights)
        centred = sims.profiles(jnp.log(agents), log_p)
        return weights[1:] @ (centred[1:] @ (jnp.exp(log_p) * centred[0]))

    def whole(agents: Any, weights: Any) -> float:
        variance = weight_changes.weight_shift(agents, weights, 0 * weights).inner[0, 0]
        return weight_changes.other_alignment(agents, weights, 0) + weights[0] * variance

    return co.Identity(
        left=measured,
        right=lambda agents, weights: weight_changes.other_alignment(agents, weights, 0),
        draw=group,
        wrong={
            "with H's own part": whole,
            "H's own part unweighted": lambda agents, weights: (
                whole(agents, weights) - (weight_changes.weight_shift(agents, weights, 0 * weights).inner[0, 0])
            ),
        },
    )


@PAPER.claim(
    "twin-pays",
    depth="standard",
    says="Where a near-duplicate of the raised component exists, it pays for most of the raise that moves the "
    "pool least.",
    where="reconstructed",
    status="reconstructed",
)
def twin_pays() -> co.Phenomenon:

    def observe(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:

        return [sims.compensation(seed, bool(point["twin"])) for seed in seeds]

    return co.Phenomenon(
        observe=observe,
        point={"twin": 1},
        effect="second_share",
        prevalence=0.7,
        seeds=96,
        batch=24,
        shows=lambda found: found["second_share"] > 0.5,
        wrong={
            "a component that is no near-duplicate": co.Control({"twin": 0}),
            "the anti-aligned rise by as much": lambda found: found["anti_aligned_rise"] > 0.5,
        },
    )
