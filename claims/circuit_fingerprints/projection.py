"""Node scores on random decoders, whatever their weights."""

from __future__ import annotations

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.circuit_fingerprints import projection as sims
    from corollary.theory.circuit_fingerprints import projection as theory

FAMILIES = ["gpt2", "llama"]


def drawn(generator: np.random.Generator) -> co.Point:
    """A random decoder of some family."""
    return {"family": str(generator.choice(FAMILIES)), "seed": int(generator.integers(3))}


@PAPER.claim(
    "native-space-decouples",
    says="Projecting within each component removes what output matrices share: scores differ from inner products in "
    "the stream.",
    where="node scores in native space",
    corrected_by="native-space",
    kinder="It saves memory: what a head mixes is narrower than what it writes.",
)
def decouples() -> co.Witness:
    def differ() -> bool:
        one, other = sims.in_head("gpt2", 0), sims.in_stream("gpt2", 0)
        return bool(np.abs(one - other).max() > 1e-9 * np.abs(other).max())

    return co.Witness(computes=lambda: {"scores differ": differ()}, states={"scores differ": True})


@PAPER.claim(
    "native-space",
    says="A head's score in its own space is the inner product of what it writes with the direction, by associativity.",
    where="node scores in native space",
    status="corrected",
)
def native() -> co.Identity:
    return co.Identity(
        left=sims.in_head,
        right=sims.in_stream,
        draw=drawn,
        digits=11,
        wrong={
            "the carried direction at norm 1": sims.renormalised,
            "half": lambda family, seed: sims.in_stream(family, seed) / 2,
        },
    )


@PAPER.claim(
    "adjoint",
    says="<z, t W'> = <z W, t>, term by term for a head of width 2 in a stream of width 3.",
    where="node scores",
    status="reconstructed",
)
def adjoint() -> co.Identity:
    wrong = theory.RESIDUAL.expression.subs({theory.W[0, 1]: theory.W[1, 0]})
    return co.Identity(left=theory.adjoint(), right=theory.NATIVE, wrong={"one weight twice": wrong})


@PAPER.claim(
    "scores-add-up",
    says="Over all components, the embedding included, scores add up to the difference of the streams behind the last "
    "block along the direction.",
    where="node scores",
    status="reconstructed",
)
def add_up() -> co.Value:
    return co.Value(
        predicts=lambda family, seed: sims.sums(family, seed)["stream"],
        computes=lambda family, seed: sims.sums(family, seed)["sources"],
        at=co.grid(family=FAMILIES, seed=[0, 1]),
        within=1e-10,
        wrong={
            "without the embedding": co.Recomputed(
                lambda family, seed: sims.sums(family, seed)["without the embedding"]
            ),
            "heads alone": lambda family, seed: float(sims.in_stream(family, seed).sum()),
            "directions at norm 1 in each head": lambda family, seed: float(sims.renormalised(family, seed).sum()),
        },
    )
