"""What edge scores add up to, on random decoders."""

from __future__ import annotations

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER

with co.lazily():
    from corollary.sims.circuit_fingerprints import edges as sims
    from corollary.theory.circuit_fingerprints import edges as theory

NO_MLP_BEHIND = co.grid(family=["neox"], seed=[0, 1, 2])


@PAPER.claim(
    "published-edges-add-up",
    says="The scores of all edges into a head, S (phi_q R_q + phi_k R_k + phi_v R_v), divide up its score S.",
    where="edge scores",
    corrected_by="published-edge-sum",
    kinder="The ranking of the edges into one head is right; those of different heads are not on one scale.",
)
def published() -> co.Value:
    return co.Value(
        predicts=sims.scores_of_last_heads,
        computes=lambda family, seed: sims.into_last_heads(family, seed, normalise=False),
        at=NO_MLP_BEHIND,
        within=0.05,
    )


@PAPER.claim(
    "published-edge-sum",
    says="They add up to S^2: with shares over their sum, they add up to S.",
    where="edge scores",
    status="corrected",
)
def squared() -> co.Value:
    def predicted(family: str, seed: int) -> list[float]:
        scores = sims.scores_of_last_heads(family, seed)
        return [*(theory.PUBLISHED(S=one) for one in scores), *(theory.CONSERVED(S=one) for one in scores)]

    def computed(family: str, seed: int) -> list[float]:
        return [*sims.into_last_heads(family, seed, normalise=False), *sims.into_last_heads(family, seed)]

    return co.Value(
        predicts=predicted,
        computes=computed,
        at=NO_MLP_BEHIND,
        within=1e-8,
        wrong={
            "S twice": lambda family, seed: 2 * sims.scores_of_last_heads(family, seed),
            "|S| and S": lambda family, seed: [
                *map(abs, sims.scores_of_last_heads(family, seed)),
                *sims.scores_of_last_heads(family, seed),
            ],
            "published shares both times": co.Recomputed(
                lambda family, seed: 2 * sims.into_last_heads(family, seed, normalise=False)
            ),
        },
    )


@PAPER.claim(
    "importance-is-conserved",
    says="Normalised, what flows into the heads and the MLP of a block is their importance: what they write along the "
    "direction and what passes through the blocks above.",
    where="back-propagation of importance",
    status="reconstructed",
)
def conserved() -> co.Value:
    def predicted(family: str, seed: int) -> list[float]:
        first = sims.importance_of_first_block(family, seed)
        return [*sims.importance_of_last_heads(family, seed), first["of heads"], first["of mlp"]]

    def computed(family: str, seed: int) -> list[float]:
        first = sims.importance_of_first_block(family, seed)
        return [*sims.into_last_heads(family, seed), first["heads"], first["mlp"]]

    return co.Value(
        predicts=predicted,
        computes=computed,
        at=co.grid(family=["gpt2", "llama"], seed=[0, 1]),
        within=1e-8,
        wrong={
            "what heads write themselves, in front of an MLP": lambda family, seed: [
                *sims.scores_of_last_heads(family, seed),
                *predicted(family, seed)[-2:],
            ],
            "twice": lambda family, seed: [2 * one for one in predicted(family, seed)],
            "published shares": co.Recomputed(
                lambda family, seed: [
                    *sims.into_last_heads(family, seed, normalise=False),
                    *computed(family, seed)[-2:],
                ]
            ),
        },
    )
