"""Claims about the exact learners of one head."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_queries import oracle
    from corollary.sims.attention_queries import single_head as sims
    from corollary.theory.attention_queries import counts

if TYPE_CHECKING:
    Learner = Callable[[oracle.Oracle], sims.Head]


def _learned(W: np.ndarray, v: np.ndarray, learner: Learner) -> np.ndarray:
    """W and v as learned, [d + 1, d]; 0 where a logit was lost."""
    head = learner(oracle.Oracle(sims.hidden_head(sims.Head(W, v))))
    return np.nan_to_num(np.vstack([head.W, head.v]))


@PAPER.claim("exact", where="Theorem 4.1", says="Asked d^2 + d queries, the learner recovers W and v exactly.")
def exact() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        d = int(generator.integers(2, 8))
        return {"W": generator.standard_normal((d, d)), "v": generator.standard_normal(d)}

    def transposed(W: np.ndarray, v: np.ndarray) -> np.ndarray:
        return np.vstack([_learned(W, v, sims.learn_exactly)[:-1].T, v])

    return co.Identity(
        left=lambda W, v: np.vstack([W, v]),
        right=lambda W, v: _learned(W, v, sims.learn_exactly),
        draw=draw,
        digits=9,
        wrong={
            "asks [u ; e_j] for [u + e_j ; e_j]": lambda W, v: _learned(W, v, sims.skipping_the_sum),
            "takes W for its transpose": transposed,
        },
    )


@PAPER.claim(
    "exact-count",
    where="Theorem 4.1; optimality reconstructed",
    says="d^2 + d value queries suffice, and none of the answers can be spared: as many as there are independent "
    "parameters.",
)
def exact_count() -> co.Recovery:
    return co.Recovery(
        attempt=sims.exact,
        at=co.Depths(quick=[{"d": 4}], standard=co.grid(d=[2, 5, 8]), full=co.grid(d=[1, 2, 5, 8, 16])),
        needs=counts.EXACT,
        succeeds=0.9,
        dropped=partial(sims.exact, withhold=True),
        wrong={
            "d^2: v comes free": lambda d: d**2,
            "d^2 + 2 d": lambda d: d**2 + 2 * d,
            "d (d + 1) / 2: W symmetric": lambda d: d * (d + 1) // 2,
        },
    )


@PAPER.claim(
    "recentring",
    where="saturated logits",
    status="reconstructed",
    says="Probes c e_j with c shrinking recover W to rounding at entries up to 1e5, where plain probes lose it.",
)
def recentring() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        size = 10.0 ** generator.uniform(1.5, 5)
        return {"W": size * generator.standard_normal((6, 6)), "v": generator.standard_normal(6)}

    return co.Identity(
        left=lambda W, v: np.vstack([W, v]),
        right=lambda W, v: _learned(W, v, sims.learn_recentred),
        draw=draw,
        digits=9,
        wrong={"without recentring": lambda W, v: _learned(W, v, sims.learn_exactly)},
    )
