"""The trained retrieval toy: phenomena over independent trainings (depth full)."""

from typing import Any

from corollary.claims.cca_barriers.paper import PAPER

POINT = {"steps": 250, "batch": 64}


def _observe(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:
    from corollary.sims.cca_barriers.retrieval import RUN
    from corollary.training.run import train_and_measure

    return train_and_measure(RUN, seeds, point)


@PAPER.claim(
    "retrieval-divergence",
    "Phenomenon",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="D_inf between the texts without and with the document grows linearly in their length, by about "
    "-ln(1 - weight) = 0.43 a token, or more.",
)
def retrieval_divergence(stated: dict[str, Any]) -> Any:
    from corollary import Phenomenon

    def linear(rate: float) -> Any:
        return lambda seen: seen["divergence_straightness"] > 0.99 and seen["divergence_rate"] > rate

    return Phenomenon(
        **stated,
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
    "Phenomenon",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="Pure CCA credits the document on over 80% of texts of 8 tokens even at eps = 1; without copying it does not.",
)
def retrieval_credit(stated: dict[str, Any]) -> Any:
    from corollary import Phenomenon
    from corollary.trials.phenomenon import Control

    return Phenomenon(
        **stated,
        observe=_observe,
        shows=lambda seen: seen["credit_1"] > 0.8,
        effect="credit_1",
        point=POINT,
        prevalence=0.5,
        seeds=48,
        batch=12,
        wrong={
            "no copying in the data": Control({**POINT, "weight": 0.0}),
            "almost never": lambda seen: seen["credit_1"] < 0.2,
        },
    )


@PAPER.claim(
    "retrieval-composition",
    "Phenomenon",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="The token-level 0-CCA retrofit of the trained network is not 0-CCA over 8 tokens, for any of "
    "four documents, though the data's own process would compose.",
)
def retrieval_composition(stated: dict[str, Any]) -> Any:
    from corollary import Phenomenon

    return Phenomenon(
        **stated,
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
