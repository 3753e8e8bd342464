"""What survives a split of an agent, and how far a pool may move before somebody loses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.agentic_pooling.draws import group
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import constructions, measures, pooling, search
    from corollary.theory.agentic_pooling import distributions, exact
    from corollary.theory.agentic_pooling import power_family as theory_power_family


def _split(agents: Any, weights: Any, share: Any, direction: Any) -> tuple[Any, Any]:
    """(log_agents, weights) with the first agent split in two."""

    log_agents = jnp.log(agents)
    parts = constructions.split(log_agents[0], direction, share)
    shares = jnp.stack([share * weights[0], (1 - share) * weights[0]])
    return jnp.concatenate([parts, log_agents[1:]]), jnp.concatenate([shares, weights[1:]])


@PAPER.claim(
    "split-keeps-pool",
    says="Splitting an agent into parts whose log pool it is leaves the group's pool unchanged.",
    where="Lemma 13",
)
def split_keeps_pool() -> co.Identity:

    @jax.jit
    def measured(agents: Any, weights: Any, share: Any, direction: Any, spent: Any = None) -> co.Identity:
        """The pool after the split; spent: the parts' shares of the weight, where not those of the split."""
        log_agents, shares = _split(agents, weights, share, direction)
        if spent is not None:
            shares = shares.at[:2].set(weights[0] * jnp.stack([spent, 1 - spent]))
        return jnp.exp(pooling.log_pool(log_agents, shares))

    return co.Identity(
        left=lambda agents, weights: distributions.pool(agents, weights),
        right=lambda agents, weights, share, direction: measured(agents, weights, share, direction),
        draw=group,
        wrong={
            "parts of equal weight": lambda agents, weights, share, direction: measured(
                agents, weights, share, direction, 0.5
            ),
            "shares exchanged": lambda agents, weights, share, direction: measured(
                agents, weights, share, direction, 1 - share
            ),
        },
    )


@PAPER.claim(
    "clones-keep-gains",
    says="Cloning an agent, its weight shared among the clones, leaves every gain unchanged.",
    where="Lemma 48",
)
def clones_keep_gains() -> co.Identity:

    @jax.jit
    def cloned(agents: Any, weights: Any) -> co.Identity:
        log_agents = jnp.concatenate([constructions.clones(jnp.log(agents[0]), 3), jnp.log(agents[1:])])
        shares = jnp.concatenate([jnp.array([0.2, 0.3, 0.5]) * weights[0], weights[1:]])
        return pooling.pooled_gains(log_agents, shares)[2:]

    def tripled(agents: Any, weights: Any) -> Any:
        heavier = weights.copy()
        heavier[0] *= 3
        return distributions.gain(agents, distributions.pool(agents, heavier / heavier.sum()))

    return co.Identity(
        left=cloned,
        right=lambda agents, weights: distributions.gain(agents, distributions.pool(agents, weights)),
        draw=group,
        wrong={
            "every clone at the full weight": tripled,
            "the linear pool": lambda agents, weights: distributions.gain(agents, weights @ agents),
        },
    )


@PAPER.claim(
    "chain-rule",
    says="The parts' weighted gain in the whole is the parent's gain plus the parts' weighted gain inside the parent.",
    where="reconstructed",
    status="reconstructed",
)
def chain_rule() -> co.Identity:

    @jax.jit
    def parts(agents: Any, q: Any, share: Any, direction: Any) -> co.Identity:
        """(share-weighted, unweighted) gains of the first agent's parts under q."""
        gains = pooling.gain(constructions.split(jnp.log(agents[0]), direction, share), jnp.log(q))
        return jnp.stack([share * gains[0] + (1 - share) * gains[1], gains.sum()])

    def parent(agents: Any, q: Any) -> float:

        return float(distributions.gain(agents[:1], q)[0])

    def right(agents: Any, q: Any, share: Any, direction: Any, mean: int = 0, inside: bool = True) -> Any:
        return parent(agents, q) + (parts(agents, agents[0], share, direction)[mean] if inside else 0.0)

    return co.Identity(
        left=lambda agents, q, share, direction: parts(agents, q, share, direction)[0],
        right=lambda agents, q, share, direction: right(agents, q, share, direction),
        draw=group,
        wrong={
            "unweighted inside": lambda agents, q, share, direction: right(agents, q, share, direction, mean=1),
            "without the parts' gain inside": lambda agents, q, share, direction: right(
                agents, q, share, direction, inside=False
            ),
        },
    )


@PAPER.claim(
    "safe-divergence",
    depth="standard",
    says="Every Q with KL(P || Q) below 2 min_i (Delta_i / osc log P_i)^2 keeps all gains of a unanimous "
    "group positive.",
    where="Thm 17, made quantitative",
    status="reconstructed",
)
def safe_divergence() -> co.Bound:

    def draw(key: Any) -> co.Bound:
        start = search.structured_start(key, agents=2, outcomes=3)
        return {**start, "direction": jax.random.normal(jax.random.fold_in(key, 1), (4,), jnp.float64)}

    def slack(params: Any, power: int = 2, factor: float = 2.0) -> Any:
        """Least gain at a Q inside the ball; infinite where the group is not unanimous, or Q fell outside."""
        log_agents, weights = search.floored(params, 1e-9)
        log_p = pooling.log_pool(log_agents, weights)
        gains = pooling.gain(log_agents, log_p)
        radius = factor * jnp.min(gains / jnp.ptp(log_agents, axis=1)) ** power
        direction = params["direction"][:3] - jnp.exp(log_p) @ params["direction"][:3]
        share = jax.nn.sigmoid(3 * params["direction"][3])
        log_q = jax.nn.log_softmax(log_p + direction * jnp.sqrt(2 * radius * share / (jnp.exp(log_p) @ direction**2)))
        inside = (gains.min() > 0) & (pooling.divergence(log_p, log_q) < radius)
        return jnp.where(inside, pooling.gain(log_agents, log_q).min(), jnp.inf)

    return co.Bound(
        draw=draw,
        slack=slack,
        wrong={
            "without the square": lambda params: slack(params, power=1),
            "two hundred times the radius": lambda params: slack(params, factor=400.0),
        },
    )


@PAPER.claim(
    "power-family",
    says="In the power family the flatter agent gains psi'(t) - psi'(1) and the sharper one loses (2t - "
    "1)(psi'(2t - 1) - psi'(t)), psi(t) = log sum_o P_1(o)^t.",
    where="Thm 46",
)
def power_family() -> co.Mean:

    slope = sp.diff(theory_power_family.PSI, theory_power_family.t)
    masses = ({"p1": 0.6, "p2": 0.3, "p3": 0.1}, {"p1": 0.05, "p2": 0.25, "p3": 0.7})
    points = [{**mass, **point} for mass in masses for point in co.grid(t=[1.25, 1.5, 2.5])]
    return co.Mean(
        predicts={"flatter": theory_power_family.FIRST_GAIN, "sharper": theory_power_family.SECOND_GAIN},
        measures=measures.power_gains,
        at=points,
        within=1e-9,
        wrong={
            "psi in place of its slope": {
                "flatter": co.ClosedForm(
                    theory_power_family.PSI - theory_power_family.PSI.subs(theory_power_family.t, 1)
                ),
                "sharper": theory_power_family.SECOND_GAIN,
            },
            "both gain": {
                "flatter": theory_power_family.FIRST_GAIN,
                "sharper": co.ClosedForm(-theory_power_family.SECOND_GAIN.expression),
            },
            "the slope at 2t - 1": {
                "flatter": co.ClosedForm(
                    slope.subs(theory_power_family.t, 2 * theory_power_family.t - 1)
                    - slope.subs(theory_power_family.t, 1)
                ),
                "sharper": theory_power_family.SECOND_GAIN,
            },
        },
    )


@PAPER.claim(
    "benefit-does-not-descend",
    says="An agent that gains can be split, the pool unchanged, so that a part loses; even both parts of an "
    "agent of a unanimous pair can lose.",
    where="Thm 14; the second part reconstructed",
)
def benefit_does_not_descend() -> co.Witness:

    def split(agent: Any, tilt: Fraction) -> list[Any]:
        """Two parts of equal share: the first outcome's mass over and times the tilt."""
        return [exact.normalized([agent[0] / tilt, *agent[1:]]), exact.normalized([agent[0] * tilt, *agent[1:]])]

    def found(power_tilt: int = 1000, pair_tilt: int = 7) -> dict[str, Any]:
        flatter = exact.normalized([Fraction(36), Fraction(9), Fraction(1)])
        sharper = exact.normalized([mass**2 for mass in (Fraction(36), Fraction(9), Fraction(1))])
        power_pool = exact.normalized([Fraction(6**3), Fraction(3**3), Fraction(1)])
        power_group = [*split(flatter, Fraction(power_tilt)), sharper]
        a, ratio = Fraction(1, 5), Fraction(1, 16)
        mode = 1 - a - a * ratio**2
        pair = [[mode, a, a * ratio**2], [mode, a * ratio**2, a]]
        pair_pool = exact.normalized([mode, a * ratio, a * ratio])
        pair_group = [*split(pair[0], Fraction(pair_tilt)), pair[1]]
        shares = [Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)]
        return {
            "pools unchanged": exact.is_log_pool(power_group, shares, power_pool)
            and exact.is_log_pool(pair_group, shares, pair_pool),
            "parent gains": exact.gain_signs([flatter], power_pool)[0],
            "its first part": exact.gain_signs(power_group, power_pool)[0],
            "unanimous pair": exact.gain_signs(pair, pair_pool),
            "its parts": exact.gain_signs(pair_group, pair_pool),
        }

    return co.Witness(
        computes=found,
        states={
            "pools unchanged": True,
            "parent gains": 1,
            "its first part": -1,
            "unanimous pair": (1, 1),
            "its parts": (-1, -1, 1),
        },
        wrong={
            "a mild split of the parent": lambda: found(power_tilt=2),
            "a mild split of the pair": lambda: found(pair_tilt=2),
        },
    )
