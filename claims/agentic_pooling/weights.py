"""Raising one component of a pool under a budget: what must move, what need not, and a corollary that says nothing."""

from typing import Any

from corollary.claims.agentic_pooling.draws import group
from corollary.claims.agentic_pooling.paper import PAPER

AGENTS, OUTCOMES = 4, 4


@PAPER.claim(
    "weight-shift",
    "Identity",
    says="A change of weights moves log P by sum_i dbeta_i v_i - Lambda with the constant Lambda = KL(P || "
    "P'): the remainder is orthogonal to every profile.",
    where="Thm 18; the remainder reconstructed",
)
def weight_shift(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Identity
    from corollary.sims.agentic_pooling.weights import shift
    from corollary.theory.agentic_pooling.distributions import divergence, pool
    from corollary.theory.agentic_pooling.weight_changes import weight_shift as predicted

    measured = jax.jit(shift)

    def reversed_constant(agents: Any, weights: Any, change: Any) -> Any:
        found = predicted(agents, weights, change)
        return found.shift + found.constant - divergence(pool(agents, weights + change), pool(agents, weights))

    return Identity(
        **stated,
        left=lambda agents, weights, change: measured(jnp.log(agents), weights, change),
        right=lambda agents, weights, change: predicted(agents, weights, change).shift,
        draw=group,
        digits=9,
        wrong={
            "no remainder": lambda agents, weights, change: change @ predicted(agents, weights, change).profiles,
            "KL(P' || P) for the constant": reversed_constant,
            "beliefs not centred": lambda agents, weights, change: change @ jnp.log(agents),
        },
    )


@PAPER.claim(
    "forced-weight",
    "Bound",
    says="Raising H by delta forces sum (dbeta_i)^+ |<v_i, v_H>| over the anti-aligned components above delta "
    "||v_H||^2 - sd(dL) ||v_H|| - sum (dbeta_i)^- <v_i, v_H> over the aligned ones. Sharper than the "
    "theorem, which has ||dL|| + ||r|| for the standard deviation.",
    where="Thm 19, sharpened",
    status="reconstructed",
)
def forced_weight(stated: dict[str, Any]) -> Any:
    from functools import partial

    import jax.numpy as jnp

    from corollary import Bound
    from corollary.sims.agentic_pooling.weights import both_sides, change, draw_change

    def slack(params: Any, relief: float = 1.0, budget: float = 1.0) -> Any:
        """Relative to what is demanded, so that tiny changes of weights count as much as large ones."""
        found = both_sides(*change(params))
        missing = found["demanded"] - budget * found["spread"] * found["size"] - relief * found["relieved"]
        return jnp.where(found["demanded"] > 0, (found["forced"] - missing) / found["demanded"], jnp.inf)

    return Bound(
        **stated,
        draw=partial(draw_change, agents=AGENTS, outcomes=OUTCOMES),
        slack=slack,
        wrong={
            "without the aligned components": partial(slack, relief=0.0),
            "half the budget": partial(slack, budget=0.5),
        },
    )


@PAPER.claim(
    "forced-weight-as-printed",
    "Bound",
    depth="standard",
    says="The same bound with ||dL|| + ||r|| as the budget holds, for it is weaker.",
    where="Thm 19",
)
def forced_weight_as_printed(stated: dict[str, Any]) -> Any:
    from functools import partial

    import jax.numpy as jnp

    from corollary import Bound
    from corollary.sims.agentic_pooling.weights import both_sides, change, draw_change

    def slack(params: Any, relief: float = 1.0) -> Any:
        found = both_sides(*change(params))
        budget = (found["norm"] + found["mean"]) * found["size"]
        slack = found["forced"] - found["demanded"] + budget + relief * found["relieved"]
        return jnp.where(found["demanded"] > 0, slack / found["demanded"], jnp.inf)

    return Bound(
        **stated,
        draw=partial(draw_change, agents=AGENTS, outcomes=OUTCOMES),
        slack=slack,
        wrong={"without the aligned components": partial(slack, relief=0.0)},
    )


@PAPER.claim(
    "raising-one-raises-its-opposite",
    "Witness",
    says="Raising a component while the pool hardly moves raises a component anti-aligned with it.",
    where="abstract",
    corrected_by="forced-weight",
)
def raising_one_raises_its_opposite(stated: dict[str, Any]) -> Any:
    from fractions import Fraction

    from corollary import Witness
    from corollary.theory.agentic_pooling.exact import is_log_pool

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
            "pool unmoved": is_log_pool([friend, friend, foe], weights, uniform)
            and is_log_pool([friend, friend, foe], moved, uniform),
            "its opposite rises": moved[2] > weights[2],
        }

    return Witness(
        **stated,
        computes=found,
        states={"an anti-aligned component": True, "raised": True, "pool unmoved": True, "its opposite rises": True},
    )


@PAPER.claim(
    "strict-case-applies",
    "Witness",
    says="The strict special case (one anti-aligned component, no aligned one lowered, budget below delta "
    "||v_H||) can be met by a change of normalised weights.",
    where="Thm 19, special case",
    corrected_by="strict-case-is-empty",
)
def strict_case_applies(stated: dict[str, Any]) -> Any:
    from fractions import Fraction

    from corollary import Witness
    from corollary.theory.agentic_pooling.weight_changes import least_movement

    def found() -> dict[str, bool]:
        """<dL, v_H> / (delta ||v_H||^2) at least, which the budget needs below 1, by exact linear programs."""
        aligned = [[], [Fraction(0)], [Fraction(1, 3)], [Fraction(1), Fraction(2)]]
        least = [least_movement(others, Fraction(k, 4), normalized=True) for others in aligned for k in (1, 4, 8)]
        return {"can be met": min(least) < 1}

    return Witness(**stated, computes=found, states={"can be met": True})


@PAPER.claim(
    "strict-case-is-empty",
    "Bound",
    says="With normalised weights the strict case needs sd(dL) >= delta ||v_H|| (1 + |<v_W, v_H>| / "
    "||v_H||^2), more than its budget allows: no change of weights meets it.",
    where="Thm 19, special case",
    status="corrected",
)
def strict_case_is_empty(stated: dict[str, Any]) -> Any:
    from functools import partial

    import jax
    import jax.numpy as jnp

    from corollary import Bound
    from corollary.sims.agentic_pooling.pooling import group as agents_of
    from corollary.sims.agentic_pooling.weights import both_sides, draw_change

    def slack(params: Any, lowered: bool = False, factor: float = 1.0) -> Any:
        """Components: H, one other, W. lowered: the other, aligned one pays instead of W."""
        log_agents, weights = agents_of({name: params[name][:3] for name in ("beliefs", "weights")})
        target = jax.nn.softmax(params["target"][:2])
        step = jax.nn.sigmoid(params["step"]) * jnp.where(lowered, weights[1], weights[2])
        change = jnp.array([1.0, -1.0, 0.0]) if lowered else jnp.stack([target[0], target[1], -1.0])
        found = both_sides(log_agents, weights, step * change)
        alignment = found["alignment"]
        ratio = found["spread"] / (step * change[0] * found["size"])
        bound = 1 - factor * alignment[2] / alignment[0]
        case = (alignment[2] < 0) & (alignment[1] >= 0)
        return jnp.where(case, ratio - bound, jnp.inf)

    return Bound(
        **stated,
        draw=partial(draw_change, agents=AGENTS, outcomes=OUTCOMES),
        slack=slack,
        wrong={
            "also when an aligned component pays": partial(slack, lowered=True),
            "twice the anti-alignment": partial(slack, factor=2.0),
        },
    )


@PAPER.claim(
    "anti-aligned-exists",
    "Identity",
    says="The others' weighted alignment with H is Cov_P(log P, log P_H) - beta_H ||v_H||^2; where that is "
    "negative, as it is when P is uniform, some component is anti-aligned.",
    where="reconstructed",
    status="reconstructed",
)
def anti_aligned_exists(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Identity
    from corollary.sims.agentic_pooling.pooling import log_pool
    from corollary.sims.agentic_pooling.weights import profiles
    from corollary.theory.agentic_pooling.weight_changes import other_alignment, weight_shift

    @jax.jit
    def measured(agents: Any, weights: Any) -> Any:
        log_p = log_pool(jnp.log(agents), weights)
        centred = profiles(jnp.log(agents), log_p)
        return weights[1:] @ (centred[1:] @ (jnp.exp(log_p) * centred[0]))

    def whole(agents: Any, weights: Any) -> float:
        variance = weight_shift(agents, weights, 0 * weights).inner[0, 0]
        return other_alignment(agents, weights, 0) + weights[0] * variance

    return Identity(
        **stated,
        left=measured,
        right=lambda agents, weights: other_alignment(agents, weights, 0),
        draw=group,
        wrong={
            "with H's own part": whole,
            "H's own part unweighted": lambda agents, weights: (
                whole(agents, weights) - (weight_shift(agents, weights, 0 * weights).inner[0, 0])
            ),
        },
    )


@PAPER.claim(
    "twin-pays",
    "Phenomenon",
    depth="standard",
    says="Where a near-duplicate of the raised component exists, it pays for most of the raise that moves the "
    "pool least.",
    where="reconstructed",
    status="reconstructed",
)
def twin_pays(stated: dict[str, Any]) -> Any:
    from corollary import Phenomenon
    from corollary.trials.phenomenon import Control

    def observe(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:
        from corollary.sims.agentic_pooling.weights import compensation

        return [compensation(seed, bool(point["twin"])) for seed in seeds]

    return Phenomenon(
        **stated,
        observe=observe,
        point={"twin": 1},
        effect="second_share",
        prevalence=0.7,
        seeds=96,
        batch=24,
        shows=lambda found: found["second_share"] > 0.5,
        wrong={
            "a component that is no near-duplicate": Control({"twin": 0}),
            "the anti-aligned rise by as much": lambda found: found["anti_aligned_rise"] > 0.5,
        },
    )
