"""What survives a split of an agent, and how far a pool may move before somebody loses."""

from __future__ import annotations

from collections.abc import Sequence
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

    from corollary.sims.agentic_pooling import pooling, search
    from corollary.sims.agentic_pooling import splits as sims
    from corollary.theory.agentic_pooling import exact
    from corollary.theory.agentic_pooling import pooling as distributions
    from corollary.theory.agentic_pooling import splits as theory

CLONES = (0.2, 0.3, 0.5)
"""How three clones share their agent's weight."""


@PAPER.claim(
    "split-keeps-pool",
    says="Splitting an agent into parts whose log pool it is leaves the group's pool unchanged.",
    where="Lemma 13",
)
def split_keeps_pool() -> co.Identity:
    @jax.jit
    def after(
        agents: jax.Array, weights: jax.Array, share: float, direction: jax.Array, spent: float | None = None
    ) -> jax.Array:
        return jnp.exp(pooling.log_pool(*sims.with_first_split(jnp.log(agents), weights, direction, share, spent)))

    return co.Identity(
        left=lambda agents, weights: distributions.pool(agents, weights),
        right=lambda agents, weights, share, direction: after(agents, weights, share, direction),
        draw=pooling.random_group,
        wrong={
            "parts of equal weight": lambda agents, weights, share, direction: after(
                agents, weights, share, direction, 0.5
            ),
            "shares exchanged": lambda agents, weights, share, direction: after(
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
    def cloned(agents: jax.Array, weights: jax.Array) -> jax.Array:
        return pooling.pooled_gains(*sims.with_first_cloned(jnp.log(agents), weights, jnp.array(CLONES)))

    def gains(agents: np.ndarray, q: np.ndarray) -> np.ndarray:
        own = distributions.gain(agents, q)
        return np.concatenate([np.full(len(CLONES), own[0]), own[1:]])

    def tripled(agents: np.ndarray, weights: np.ndarray) -> np.ndarray:
        heavier = weights * np.where(np.arange(len(weights)) == 0, len(CLONES), 1)
        return gains(agents, distributions.pool(agents, heavier / heavier.sum()))

    return co.Identity(
        left=cloned,
        right=lambda agents, weights: gains(agents, distributions.pool(agents, weights)),
        draw=pooling.random_group,
        wrong={
            "every clone at the full weight": tripled,
            "the linear pool": lambda agents, weights: gains(agents, weights @ agents),
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
    def parts(agents: jax.Array, q: jax.Array, share: float, direction: jax.Array) -> jax.Array:
        """The gains [2] of the first agent's parts under q."""
        return pooling.gain(sims.split(jnp.log(agents[0]), direction, share), jnp.log(q))

    def whole(agents: np.ndarray, q: np.ndarray, share: float, direction: np.ndarray) -> float:
        return float(np.array([share, 1 - share]) @ parts(agents, q, share, direction))

    def parent(agents: np.ndarray, q: np.ndarray) -> float:
        return float(distributions.gain(agents[:1], q)[0])

    return co.Identity(
        left=whole,
        right=lambda agents, q, share, direction: parent(agents, q) + whole(agents, agents[0], share, direction),
        draw=pooling.random_group,
        wrong={
            "unweighted inside": lambda agents, q, share, direction: (
                parent(agents, q) + float(parts(agents, agents[0], share, direction).sum())
            ),
            "without the parts' gain inside": lambda agents, q: parent(agents, q),
        },
    )


@PAPER.claim(
    "turning-distance",
    says="An agent's gain can vanish at a total variation of Delta_i / osc log P_i from a pool that benefits it, by "
    "moving mass from its likeliest outcome to its least likely one.",
    where="Thm 17, made quantitative",
    status="reconstructed",
)
def turning_distance() -> co.Identity:
    def draw(rng: np.random.Generator) -> dict[str, np.ndarray]:
        log_agents, weights = _unanimous_groups()[rng.integers(2)]
        chosen = rng.integers(len(weights))
        return {"log_agents": np.asarray(log_agents[chosen]), "weights": np.asarray(weights[chosen])}

    def scaled(power: float, factor: float = 1.0) -> Any:
        return lambda log_agents, weights: factor * distributions.turning_distance(np.exp(log_agents), weights) ** power

    return co.Identity(
        left=sims.least_turning_move,
        right=scaled(1.0),
        draw=draw,
        digits=9,
        wrong={"the square": scaled(2.0), "half of that": scaled(1.0, 0.5), "the whole variation": scaled(1.0, 2.0)},
    )


@PAPER.claim(
    "safe-divergence",
    depth="standard",
    says="Every Q with KL(P || Q) below 2 min_i (Delta_i / osc log P_i)^2 keeps all gains of a unanimous group "
    "positive: pairs on three outcomes and groups of three on four.",
    where="Thm 17, made quantitative",
    status="reconstructed",
)
def safe_divergence() -> co.Bound:
    tables = [
        {
            "log_agents": jnp.asarray(log_agents),
            "weights": jnp.asarray(weights),
            "radius": jnp.array(
                [
                    distributions.safe_divergence(np.exp(one), np.asarray(beta))
                    for one, beta in zip(np.asarray(log_agents), weights, strict=True)
                ]
            ),
        }
        for log_agents, weights in _unanimous_groups()
    ]

    def draw(key: jax.Array) -> dict[str, jax.Array]:
        """A group of each size by its row, and a direction and a share of the radius to move its pool by."""
        drawn = {}
        for number, table in enumerate(tables):
            row_key, move_key = jax.random.split(jax.random.fold_in(key, number))
            outcomes = table["log_agents"].shape[2]
            drawn[f"row{number}"] = jax.random.randint(row_key, (), 0, len(table["radius"])).astype(jnp.float64)
            drawn[f"move{number}"] = jax.random.normal(move_key, (outcomes + 1,), jnp.float64)
        return drawn

    def slack(params: dict[str, jax.Array], power: float = 1.0, factor: float = 1.0) -> jax.Array:
        """The least gain at a Q at most the radius away, over both sizes. power, factor: of the radius in units of
        2."""
        least = []
        for number, table in enumerate(tables):
            log_agents, weights, safe = (values[params[f"row{number}"].astype(int)] for values in table.values())
            move = params[f"move{number}"]
            spent = factor * 2 * (safe / 2) ** power * jax.nn.sigmoid(3 * move[-1])
            log_p = pooling.log_pool(log_agents, weights)
            least.append(pooling.gain(log_agents, search.moved(log_p, move[:-1], spent)).min())
        return jnp.min(jnp.stack(least))

    return co.Bound(
        draw=draw,
        slack=slack,
        wrong={"without the square": partial(slack, power=0.5), "forty times the radius": partial(slack, factor=40.0)},
    )


def _unanimous_groups() -> list[tuple[jax.Array, jax.Array]]:
    """(log_agents, weights) of 64 unanimous groups of two on three outcomes, and of three on four."""
    return [search.unanimous_groups(0, 3, 2, 64), search.unanimous_groups(1, 4, 3, 64)]


@PAPER.claim(
    "power-family",
    says="In the power family the flatter agent gains psi'(t) - psi'(1) and the sharper one loses (2t - 1)(psi'(2t -"
    " 1) - psi'(t)), psi(t) = log sum_o P_1(o)^t.",
    where="Thm 46",
)
def power_family() -> co.Value:
    psi, t = theory.PSI, theory.t
    slope = sp.diff(psi, t)
    masses = ({"p1": 0.6, "p2": 0.3, "p3": 0.1}, {"p1": 0.05, "p2": 0.25, "p3": 0.7})

    def forms(flatter: Any = theory.FIRST_GAIN, sharper: Any = theory.SECOND_GAIN) -> dict[str, Any]:
        return {"flatter": flatter, "sharper": sharper}

    return co.Value(
        predicts=forms(),
        computes=sims.power_gains,
        at=[{**mass, **point} for mass in masses for point in co.grid(t=[1.25, 1.5, 2.5])],
        wrong={
            "psi in place of its slope": forms(flatter=co.ClosedForm(psi - psi.subs(t, 1))),
            "both gain": forms(sharper=co.ClosedForm(-theory.SECOND_GAIN.expression)),
            "the slope at 2t - 1": forms(flatter=co.ClosedForm(slope.subs(t, 2 * t - 1) - slope.subs(t, 1))),
        },
    )


@PAPER.claim(
    "benefit-does-not-descend",
    says="An agent that gains can be split, the pool unchanged, so that a part loses; even both parts of an agent of"
    " a unanimous pair can lose.",
    where="Thm 14; the second part reconstructed",
)
def benefit_does_not_descend() -> co.Witness:
    def split(agent: Sequence[Fraction], tilt: Fraction) -> list[Sequence[Fraction]]:
        """Two parts of equal share: the first outcome's mass over and times the tilt."""
        return [exact.normalized([agent[0] / tilt, *agent[1:]]), exact.normalized([agent[0] * tilt, *agent[1:]])]

    def signs(power_tilt: int = 1000, pair_tilt: int = 7) -> dict[str, Any]:
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
        computes=signs,
        states={
            "pools unchanged": True,
            "parent gains": 1,
            "its first part": -1,
            "unanimous pair": (1, 1),
            "its parts": (-1, -1, 1),
        },
        wrong={
            "a mild split of the parent": lambda: signs(power_tilt=2),
            "a mild split of the pair": lambda: signs(pair_tilt=2),
        },
    )
