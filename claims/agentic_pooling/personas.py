"""Is a language model a log pool of its personas? The additive head is; the author without a name is not."""

from __future__ import annotations

from functools import partial
from typing import Any

import corollary as co
from corollary.claims.agentic_pooling.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.agentic_pooling import composition, persona_model
    from corollary.sims.agentic_pooling import personas as sims


def _mixture_wins(found: dict[str, float], author: str = "") -> bool:
    return all(found[f"{author}log_m{seen}"] > 2 * found[f"{author}linear_m{seen}"] for seen in (1, 2, 3))


def _log_pool_wins(found: dict[str, float], author: str = "") -> bool:
    return all(found[f"{author}linear_m{seen}"] > 2 * found[f"{author}log_m{seen}"] for seen in (1, 2, 3))


@PAPER.claim(
    "mixture-is-no-log-pool",
    says="What a reader predicts who does not know which of three personas writes is their mixture, and no "
    "log pool of them comes near it while the context is short.",
    where="reconstructed",
    status="reconstructed",
)
def mixture_is_no_log_pool() -> co.Phenomenon:

    def observe(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:
        """Both kinds of author at once, on the same personas."""

        keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
        found = jax.jit(jax.vmap(lambda key: composition.exact_misfits(key, 8)))(keys)
        rows = {
            f"{name}_m{seen}": np.asarray(values)[:, number]
            for name, values in found.items()
            for number, seen in enumerate(sims.CONTEXT_LENGTHS)
        }
        return [{name: float(values[row]) for name, values in rows.items()} for row in range(len(seeds))]

    return co.Phenomenon(
        observe=observe,
        shows=partial(_mixture_wins, author="mixture/"),
        effect="mixture/log_m1",
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "the log pool fits better": partial(_log_pool_wins, author="mixture/"),
            "an author who is the personas' log pool": partial(_mixture_wins, author="product/"),
        },
    )


@PAPER.claim(
    "trained-mixture-is-no-log-pool",
    depth="full",
    says="A transformer trained on three personas and a nameless author composes them as a mixture: the best "
    "mixture of its named predictions fits its nameless one far better than the best log pool.",
    where="reconstructed",
    status="reconstructed",
)
def trained_mixture_is_no_log_pool() -> co.Phenomenon:

    return co.Phenomenon(
        observe=_trained,
        shows=_mixture_wins,
        effect="log_m1",
        point={"author": "mixture"},
        prevalence=0.5,
        seeds=36,
        batch=12,
        wrong={
            "the log pool fits better": _log_pool_wins,
            "a random distribution fits as well as a persona": lambda found: (
                found["stranger_linear_m3"] < 2 * found["linear_m3"]
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
        observe=_trained,
        shows=_log_pool_wins,
        effect="linear_m1",
        point={"author": "product"},
        prevalence=0.5,
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
    says="In the trained transformer the fall of P(A) along persona profiles over sqrt(2 kappa) is ||Proj "
    "g_A|| within 2% at kappa = 1e-4.",
    where="reconstructed",
    status="reconstructed",
)
def trained_steering_slopes() -> co.Phenomenon:

    return co.Phenomenon(
        observe=_trained,
        point={"author": "mixture"},
        effect="all_ratio_0.0001",
        prevalence=0.5,
        seeds=36,
        batch=12,
        shows=lambda found: abs(found["all_ratio_0.0001"] - 1) < 0.02,
        wrong={
            "as near at kappa = 0.1": lambda found: abs(found["all_ratio_0.1"] - 1) < 5e-4,
            "one persona does as well as all": lambda found: found["pure_predicted"] > 0.98 * found["all_predicted"],
        },
    )


def _trained(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:

    return co.train_and_measure(persona_model.RUN, seeds, {"author": point["author"]})
