"""Is a language model a log pool of its personas? The additive head is; the author without a name is not."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.agentic_pooling import composition, persona_model
    from corollary.theory.agentic_pooling import suppression

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
        seeds=96,
        batch=12,
        wrong={
            "at a budget of 0.1": co.Control(shows=lambda row: near(row, "0.1")),
            "one persona does as well as all": lambda row: row["pure_predicted"] > 0.98 * row["all_predicted"],
        },
    )


@cache
def _languages() -> dict[str, np.ndarray]:
    """`exact_steering` of eight random sets of three personas, each [8, ...]."""
    return composition.exact_languages(languages=8, contexts=100, seed=0)


def _misses(scale: float, direction: str = "all") -> np.ndarray:
    """The share [8] by which the slope at kappa = 1 / scale misses its first-order value."""
    found = _languages()
    budget = int(np.argmin(np.abs(np.log(np.array(composition.BUDGETS) * scale))))
    return found[direction][:, budget] / found[f"{direction}/predicted"] - 1


@PAPER.claim(
    "steering-slopes",
    depth="standard",
    says="On exact mixtures of eight random sets of three personas the suppression along persona profiles over "
    "sqrt(2 kappa) misses ||Proj g_A|| by a share of the order of sqrt(kappa), with one Gram matrix for all "
    "contexts.",
    where="reconstructed",
    status="reconstructed",
)
def steering_slopes() -> co.Exponent:
    return co.Exponent(
        along="scale",
        at=co.grid(scale=[10.0, 100.0, 1000.0, 10000.0]),
        predicts=-0.5,
        within=0.03,
        computes=lambda scale: np.sqrt(np.mean(_misses(scale) ** 2)),
        wrong={"kappa": -1, "no error": 0},
    )


@PAPER.claim(
    "steering-slope",
    depth="standard",
    says="At kappa = 1e-4 those slopes are ||Proj g_A|| within 2%, the projection taken in the mean over contexts.",
    where="reconstructed",
    status="reconstructed",
)
def steering_slope() -> co.Value:
    def point(language: int) -> co.Point:
        """Contexts laid side by side as one distribution, whatever is centred is so in each."""
        log_p, components = composition.exact_mixture(language, contexts=4)
        masses = np.exp(log_p)
        event = np.isin(np.arange(log_p.shape[1]), composition.EVENT).astype(float)

        def flat(values: np.ndarray) -> np.ndarray:
            centred = values - (masses * values).sum(-1, keepdims=True)
            return centred.reshape(*values.shape[:-2], -1)

        profiles = flat(np.moveaxis(components, 1, 0))
        target = flat(np.broadcast_to(event, log_p.shape))
        return {"language": language, "pool": masses.ravel() / len(masses), "target": target, "profiles": profiles}

    def apart(pool: np.ndarray, target: np.ndarray, profiles: np.ndarray, contexts: int = 20) -> float:
        """With coefficients of their own in every context."""
        shape = (contexts, -1)
        directions = np.moveaxis(profiles.reshape(len(profiles), *shape), 1, 0)
        rows = zip(pool.reshape(shape), target.reshape(shape), directions, strict=True)
        return float(np.sqrt(sum(suppression.projected_norm(*row) ** 2 for row in rows)))

    return co.Value(
        predicts=lambda pool, target, profiles: suppression.projected_norm(pool, target, profiles),
        computes=lambda language: composition.exact_slope(language, contexts=4),
        at=[point(language) for language in range(3)],
        within=0.02,
        wrong={
            "two personas": lambda pool, target, profiles: suppression.projected_norm(pool, target, profiles[:2]),
            "coefficients refitted in every context": apart,
            "every direction there is": lambda pool, target: float(np.sqrt(pool @ target**2)),
        },
    )
