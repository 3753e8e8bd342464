"""The search over exponents (k, m): what its largest correlation is worth."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import exponent_search


NULL = {"n": 100}


@PAPER.claim(
    "search-outside",
    says="A permutation test at the exponents (k, m) of largest correlation rejects a true null in 5% of data "
    "sets at level .05.",
    where="Implication 2, scan of exponents",
    corrected_by="search-inside",
)
def search_outside() -> co.Mean:

    return co.Mean(
        predicts=lambda: 0.05,
        measures=exponent_search.null_rejections,
        compares=co.Contrast(lambda point: [1.0, 0.0]),
        at=[NULL],
        within=0.5,
    )


@PAPER.claim(
    "search-inside",
    says="With the whole search repeated in every permutation it rejects in 5%.",
    where="Implication 2, scan of exponents",
    status="corrected",
)
def search_inside() -> co.Mean:

    return co.Mean(
        predicts=lambda: 0.05,
        measures=exponent_search.null_rejections,
        compares=co.Contrast(lambda point: [0.0, 1.0]),
        at=[NULL],
        within=co.Depths(quick=0.4, standard=0.3, full=0.1),
        wrong={"10%": lambda: 0.1, "1%": lambda: 0.01, "a fifth": lambda: 0.2},
    )


@PAPER.claim(
    "search-power",
    says="It sees the planted exponents (2, 1) in 100 samples under noise as large as the effect, and is "
    "silent where steerability depends on neither angle nor length.",
    where="Implication 2, scan of exponents",
    status="reconstructed",
)
def search_power() -> co.Phenomenon:

    def observe(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:

        keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
        found = jax.jit(jax.vmap(lambda key: exponent_search.tested(key, 100, point["noise"])))(keys)
        return [{name: float(values[row]) for name, values in found.items()} for row in range(len(seeds))]

    return co.Phenomenon(
        observe=observe,
        shows=lambda found: found["inside"] <= 0.05,
        effect="peak",
        point={"noise": 1.0},
        prevalence=0.5,
        seeds=120,
        batch=24,
        wrong={
            "nothing planted": co.Control({"noise": float("inf")}),
            "a correlation over a half": lambda found: found["peak"] > 0.5,
        },
    )
