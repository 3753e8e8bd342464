"""Claims about heads with several outputs, with biases, behind LayerNorm, and in known subspaces."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import corollary as co
from corollary.claims.attention_queries.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.attention_queries import models, oracle, single_head
    from corollary.sims.attention_queries import variants as sims
    from corollary.theory.attention_queries import counts


@PAPER.claim(
    "vector-head",
    where="heads with several outputs",
    status="reconstructed",
    says="Known in all its outputs, a head is recovered whenever V != 0, by alpha = <y - V b, V u> / ||V u||^2.",
)
def vector_head() -> co.Identity:
    def draw(generator: np.random.Generator) -> co.Point:
        # Of rank one or two, blind in its first output and in the sum of all.
        outputs = generator.standard_normal((4, generator.integers(1, 3)))
        outputs[0] = 0
        outputs[1:] -= outputs[1:].mean(axis=0)
        return {"W": generator.standard_normal((6, 6)), "V": outputs @ generator.standard_normal((outputs.shape[1], 6))}

    Read = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

    def learned(W: np.ndarray, V: np.ndarray, read: Read = lambda y, base, gain: y) -> np.ndarray:
        """read: what the learner is made to take for y, V b and V u being `base` and `gain`."""
        hidden = models.hidden(models.vector_head, {"W": W, "V": V})

        def answer(X: np.ndarray) -> np.ndarray:
            y, base, gain = hidden.answer(X), X[:, -1] @ V.T, (X[:, 0] - X[:, -1]) @ V.T
            return y if X.shape[1] == 1 else read(y, base, gain)

        head = sims.learn_vector_head(oracle.Oracle(oracle.Hidden(hidden.width, answer)))
        return np.vstack([np.nan_to_num(head.W), head.V])

    def unsquared(y: np.ndarray, base: np.ndarray, gain: np.ndarray) -> np.ndarray:
        return base + (y - base) * np.linalg.norm(gain, axis=1, keepdims=True)

    def along(W: np.ndarray, V: np.ndarray, direction: np.ndarray) -> np.ndarray:
        hidden = models.hidden(models.vector_head, {"W": W, "V": V})
        one = oracle.Hidden(hidden.width, lambda X: hidden.answer(X) @ direction)
        try:
            head = single_head.learn_exactly(oracle.Oracle(one)).W
        except ValueError:
            head = np.zeros_like(W)
        return np.vstack([np.nan_to_num(head), V])

    return co.Identity(
        left=lambda W, V: np.vstack([W, V]),
        right=learned,
        draw=draw,
        digits=9,
        wrong={
            "<y, V u>, without V b": lambda W, V: learned(W, V, lambda y, base, gain: y + base),
            "over ||V u||, not squared": lambda W, V: learned(W, V, unsquared),
            "its first output alone will do": lambda W, V: along(W, V, np.eye(4)[0]),
            "their sum will do": lambda W, V: along(W, V, np.ones(4)),
            "takes W for its transpose": lambda W, V: np.vstack([learned(W, V)[:6].T, V]),
        },
    )


@PAPER.claim(
    "biased-count",
    where="heads with biases",
    status="reconstructed",
    says="A head with biases is recovered, kappa and value offset included, by (d + 1)^2 queries, none of whose "
    "answers can be spared.",
)
def biased_count() -> co.Recovery:
    return co.Recovery(
        attempt=sims.biased,
        at=co.Depths(quick=[{"d": 4}], standard=co.grid(d=[3, 6])),
        needs=counts.BIASED,
        succeeds=0.9,
        dropped=partial(sims.biased, withhold=True),
        wrong={"d^2 + d, as without biases": counts.EXACT, "no offset: d (d + 2)": lambda d: d * (d + 2)},
    )


@PAPER.claim(
    "normalised-count",
    where="head behind LayerNorm",
    status="reconstructed",
    says="Behind LayerNorm, P W P and P v are recovered by d (d - 1) queries, none of whose answers can be spared.",
)
def normalised_count() -> co.Recovery:
    return co.Recovery(
        attempt=sims.normalised,
        at=co.Depths(quick=[{"d": 4}], standard=co.grid(d=[4, 7])),
        needs=counts.NORMALISED,
        succeeds=0.9,
        dropped=partial(sims.normalised, withhold=True),
        wrong={"d^2 + d, as without LayerNorm": counts.EXACT, "(d - 1)^2: values free": lambda d: (d - 1) ** 2},
    )


@PAPER.claim(
    "orthogonal-heads",
    where="orthogonal subspaces",
    status="reconstructed",
    says="Heads in two known orthogonal subspaces, of dimensions r and d - r, are recovered one by one with "
    "r^2 + r + (d - r)^2 + d - r queries, none of whose answers can be spared.",
)
def orthogonal_heads() -> co.Recovery:
    at = [{"d": 5, "r": 2}, {"d": 8, "r": 4}]
    return co.Recovery(
        attempt=sims.orthogonal_heads,
        at=co.Depths(quick=at[:1], standard=at),
        needs=counts.ORTHOGONAL,
        succeeds=0.9,
        dropped=partial(sims.orthogonal_heads, withhold=True),
        wrong={"d^2 + d, as for one head": lambda d, r: d**2 + d, "two of the first": lambda d, r: 2 * (r**2 + r)},
    )
