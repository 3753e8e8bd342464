"""How much everyone can gain at once: searches for the largest least gain, and a single agent's ceiling."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import pooling
    from corollary.sims.agentic_pooling import search as sims
    from corollary.theory.agentic_pooling import symmetric as theory

if TYPE_CHECKING:
    Params = dict[str, jax.Array]

GROUPS = ((3, 2), (4, 3), (5, 2), (5, 3))
"""(outcomes, agents) that are searched."""


@PAPER.claim(
    "single-agent-ceiling",
    depth="standard",
    says="No distribution gives an agent on four outcomes more than W(3 / e), Lambert's W; some gives almost that.",
    where="reconstructed",
    status="reconstructed",
)
def single_agent_ceiling() -> co.Bound:
    outcomes = 4

    def slack(params: Params, others: int) -> jax.Array:
        belief, q = jax.nn.log_softmax(params["beliefs"])
        return theory.ceiling(others) - pooling.gain(belief, q)

    return co.Bound(
        draw=partial(pooling.draw_group, agents=2, outcomes=outcomes),
        tight=1e-2,
        slack=partial(slack, others=outcomes - 1),
        wrong={
            "W((K - 2) / e)": partial(slack, others=outcomes - 2),
            "W(1 / e), as for the pair": partial(slack, others=1),
        },
    )


@PAPER.claim(
    "largest-gain",
    depth="standard",
    says="No group of n agents on K outcomes gives every agent more than W(m/e), m = K - 1 - ceil((K - 1)/n), for "
    "(K, n) = (3, 2), (4, 3), (5, 2) and (5, 3). That none exceeds it is searched for, not proved.",
    where="reconstructed",
    status="reconstructed",
)
def largest_gain() -> co.Bound:
    def draw(key: jax.Array) -> Params:
        keys = jax.random.split(key, len(GROUPS))
        starts = [sims.mixed_start(one, agents, outcomes) for one, (outcomes, agents) in zip(keys, GROUPS, strict=True)]
        return {f"{name}{number}": part for number, one in enumerate(starts) for name, part in one.items()}

    def slack(params: Params, limit: Callable[[int, int], float]) -> jax.Array:
        """The least over the groups of what their least gain leaves of the limit, in units of the limit."""
        least = []
        for number, group in enumerate(GROUPS):
            one = {name: params[f"{name}{number}"] for name in ("beliefs", "weights")}
            least.append(pooling.pooled_gains(*sims.floored(one, 1e-12)).min() / limit(*group))
        return 1 - jnp.max(jnp.stack(least))

    return co.Bound(
        draw=draw,
        tight=0.02,
        search=co.Depths(standard=co.Search(8192, 64, 600, 0.02), full=co.Search(1 << 16, 512, 2000)),
        slack=partial(slack, limit=theory.largest_gain),
        wrong={
            "W(1/e), as for two agents on three outcomes": partial(slack, limit=lambda *group: theory.ceiling(1)),
            "one twentieth lower": partial(slack, limit=lambda *group: 0.95 * theory.largest_gain(*group)),
        },
    )


@PAPER.claim(
    "search-reaches-largest-gain",
    depth="standard",
    says="A search from structured starts comes within 1% of W(m/e) with every probability above 1e-12, for (K, n) ="
    " (3, 2), (4, 3), (5, 2), (5, 3) and (6, 3).",
    where="reconstructed",
    status="reconstructed",
)
def search_reaches() -> co.Identity:
    groups = (*GROUPS, (6, 3))
    climbed = cache(lambda outcomes, agents: sims.best_least_gain(0, outcomes, agents, 1e-12))
    at_random = cache(lambda outcomes, agents: sims.random_least_gain(0, outcomes, agents, 100_000))

    def draw(rng: np.random.Generator) -> dict[str, int]:
        outcomes, agents = groups[rng.integers(len(groups))]
        return {"outcomes": outcomes, "agents": agents}

    return co.Identity(
        left=lambda outcomes, agents: climbed(outcomes, agents),
        right=theory.largest_gain,
        draw=draw,
        digits=2,
        wrong={
            "the ceiling of a single agent": lambda outcomes: theory.ceiling(outcomes - 1),
            "what random search reaches": lambda outcomes, agents: at_random(outcomes, agents),
            "one outcome shut out in all": lambda outcomes: theory.ceiling(outcomes - 2),
        },
    )
