"""Constants against one direction with a coefficient of its own at every token."""

from __future__ import annotations

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.psr_steering import prediction as sims
    from corollary.theory.psr_steering import prediction as theory


def _drawn(generator: np.random.Generator) -> co.Point:
    """A law of 4 to 8 atoms in 3 to 7 dimensions."""
    return {
        "count": int(generator.integers(4, 9)),
        "d": int(generator.integers(3, 8)),
        "seed": int(generator.integers(1000)),
    }


@PAPER.claim(
    "one-direction",
    says="The best coefficient along the best direction leaves 1 - lambda_max(E m m') / E|Delta|^2, m the conditional "
    "mean, not centred.",
    where="one direction a layer",
    status="reconstructed",
)
def one_direction() -> co.Identity:
    return co.Identity(
        left=sims.along_one_direction,
        right=lambda **law: theory.one_direction(*sims.atoms(**law)),
        draw=_drawn,
        digits=9,
        wrong={
            "the covariance's top eigenvalue": lambda **law: theory.centred_direction(*sims.atoms(**law)),
            "a constant": lambda **law: theory.constant(*sims.atoms(**law)),
        },
    )


@PAPER.claim(
    "best-constant",
    says="The best constant leaves 1 - |E Delta|^2 / E|Delta|^2.",
    where="constant steering",
    status="reconstructed",
)
def constant() -> co.Identity:
    return co.Identity(
        left=sims.constant,
        right=lambda **law: theory.constant(*sims.atoms(**law)),
        draw=_drawn,
        digits=9,
        wrong={
            "one direction": lambda **law: theory.one_direction(*sims.atoms(**law)),
            "the law's middle for its mean": lambda **law: theory.constant(
                np.full(law["count"], 1 / law["count"]), sims.atoms(**law).means, sims.atoms(**law).noise
            ),
        },
    )


@PAPER.claim(
    "mean-direction",
    says="Along the mean difference the best coefficient gains Var(u.m) / E|Delta|^2 over a constant, u along it.",
    where="constant against token-wise",
    status="reconstructed",
)
def mean_direction() -> co.Identity:
    return co.Identity(
        left=sims.along_the_mean,
        right=lambda **law: theory.mean_direction(*sims.atoms(**law)),
        draw=_drawn,
        digits=9,
        wrong={
            "as the best direction": lambda **law: theory.one_direction(*sims.atoms(**law)),
            "as a constant": lambda **law: theory.constant(*sims.atoms(**law)),
        },
    )


@PAPER.claim(
    "any-function",
    says="The conditional mean, the best function of the stream, leaves 1 - E|m|^2 / E|Delta|^2.",
    where="strength decodable from the token's own activation",
    status="reconstructed",
)
def any_function() -> co.Identity:
    return co.Identity(
        left=sims.by_the_atom,
        right=lambda **law: theory.any_function(*sims.atoms(**law)),
        draw=_drawn,
        digits=9,
        wrong={"one direction": lambda **law: theory.one_direction(*sims.atoms(**law))},
    )
