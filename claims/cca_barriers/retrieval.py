"""The trained retrieval toy: phenomena over independent trainings (depth full)."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    from corollary.sims.cca_barriers import retrieval as sims


POINT = {"steps": 250, "batch": 64}


def _observe(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:

    return co.train_and_measure(sims.RUN, seeds, point)


@PAPER.claim(
    "retrieval-divergence",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="D_inf between the texts without and with the document grows linearly in their length, by about "
    "-ln(1 - weight) = 0.43 a token, or more.",
)
def retrieval_divergence() -> co.Phenomenon:

    def linear(rate: float) -> co.Phenomenon:
        return lambda seen: seen["divergence_straightness"] > 0.99 and seen["divergence_rate"] > rate

    return co.Phenomenon(
        observe=_observe,
        shows=linear(0.4),
        effect="divergence_rate",
        point=POINT,
        prevalence=0.5,
        seeds=48,
        batch=12,
        wrong={"twice the rate": linear(0.86), "saturates": lambda seen: seen["divergence_straightness"] < 0.9},
    )


@PAPER.claim(
    "retrieval-credit",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="Pure CCA credits the document on over 80% of texts of 8 tokens even at eps = 1; without copying it does not.",
)
def retrieval_credit() -> co.Phenomenon:

    return co.Phenomenon(
        observe=_observe,
        shows=lambda seen: seen["credit_1"] > 0.8,
        effect="credit_1",
        point=POINT,
        prevalence=0.5,
        seeds=48,
        batch=12,
        wrong={
            "no copying in the data": co.Control({**POINT, "weight": 0.0}),
            "almost never": lambda seen: seen["credit_1"] < 0.2,
        },
    )


@PAPER.claim(
    "retrieval-composition",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="The token-level 0-CCA retrofit of the trained network is not 0-CCA over 8 tokens, for any of "
    "four documents, though the data's own process would compose.",
)
def retrieval_composition() -> co.Phenomenon:

    return co.Phenomenon(
        observe=_observe,
        shows=lambda seen: seen["least_stepwise_eps"] > 0.02,
        effect="stepwise_eps",
        point=POINT,
        prevalence=0.5,
        seeds=48,
        batch=12,
        wrong={
            "composes": lambda seen: seen["least_stepwise_eps"] < 1e-6,
            "as bad as the divergence": lambda seen: seen["stepwise_eps"] > 8 * seen["divergence_rate"],
        },
    )
