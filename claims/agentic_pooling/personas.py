"""Is a language model a log pool of its personas? The additive head is; the author without a name is not."""

from __future__ import annotations

from collections.abc import Mapping

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    from corollary.sims.agentic_pooling import composition, persona_model

SHORT = (1, 2, 3)
"""Tokens of context for which the two pools differ by more than what a trained network misses."""


def _mixture_wins(row: Mapping[str, float]) -> bool:
    return all(row[f"log_m{seen}"] > 2 * row[f"linear_m{seen}"] for seen in SHORT)


def _log_pool_wins(row: Mapping[str, float]) -> bool:
    return all(row[f"linear_m{seen}"] > 2 * row[f"log_m{seen}"] for seen in SHORT)


@PAPER.claim(
    "mixture-is-no-log-pool",
    says="What a reader predicts who does not know which of three personas writes is their mixture, and no log pool "
    "of them comes near it while the context is short.",
    where="reconstructed",
    status="reconstructed",
)
def mixture_is_no_log_pool() -> co.Phenomenon:
    return co.Phenomenon(
        measures=composition.composed,
        point={"author": "mixture", "contexts": 8},
        shows=_mixture_wins,
        effect="log_m1",
        seeds=48,
        batch=24,
        wrong={
            "the log pool fits better": _log_pool_wins,
            "an author who is the personas' log pool": co.Control({"author": "product", "contexts": 8}),
        },
    )


@PAPER.claim(
    "trained-mixture-is-no-log-pool",
    depth="full",
    says="A transformer trained on three personas and a nameless author composes them as a mixture: the best mixture"
    " of its named predictions fits its nameless one more than twice as well as the best log pool, for one to "
    "three tokens of context.",
    where="reconstructed",
    status="reconstructed",
)
def trained_mixture_is_no_log_pool() -> co.Phenomenon:
    return co.Phenomenon(
        measures=persona_model.RUN,
        point={"author": "mixture"},
        shows=_mixture_wins,
        effect="log_m1",
        seeds=36,
        batch=12,
        wrong={
            "the log pool fits better": _log_pool_wins,
            "a random distribution fits as well as a persona": lambda row: (
                row["stranger_linear_m3"] < 2 * row["linear_m3"]
            ),
            "trained on the personas' log pool": co.Control({"author": "product"}),
        },
    )


@PAPER.claim(
    "trained-product-is-log-pool",
    depth="full",
    says="The same transformer trained on texts by the personas' log pool composes them as a log pool.",
    where="reconstructed",
    status="reconstructed",
)
def trained_product_is_log_pool() -> co.Phenomenon:
    return co.Phenomenon(
        measures=persona_model.RUN,
        point={"author": "product"},
        shows=_log_pool_wins,
        effect="linear_m1",
        seeds=36,
        batch=12,
        wrong={
            "the mixture fits better": _mixture_wins,
            "trained on a mixture of authors": co.Control({"author": "mixture"}),
        },
    )


@PAPER.claim(
    "trained-steering-slopes",
    depth="full",
    says="In the trained transformer the fall of P(A) along persona profiles over sqrt(2 kappa) is ||Proj g_A|| "
    "within 2% at kappa = 1e-4, and not at kappa = 0.1.",
    where="reconstructed",
    status="reconstructed",
)
def trained_steering_slopes() -> co.Phenomenon:
    def near(row: Mapping[str, float], budget: str = "0.0001") -> bool:
        return abs(row[f"all_ratio_{budget}"] - 1) < 0.02

    return co.Phenomenon(
        measures=persona_model.RUN,
        point={"author": "mixture"},
        effect="all_ratio_0.0001",
        shows=near,
        seeds=36,
        batch=12,
        wrong={
            "at a budget of 0.1": co.Control(shows=lambda row: near(row, "0.1")),
            "one persona does as well as all": lambda row: row["pure_predicted"] > 0.98 * row["all_predicted"],
        },
    )
