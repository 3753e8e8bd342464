"""The search over exponents (k, m): what its largest correlation is worth."""

from __future__ import annotations

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax

    from corollary.sims.cylindrical_steering import exponent_search


NULL = {"n": 100}


@PAPER.claim(
    "search-outside",
    says="A permutation test at the exponents (k, m) of largest correlation rejects a true null in 5% of data "
    "sets at level .05.",
    where="Implication 2, scan of exponents",
    corrected_by="search-inside",
    kinder="The largest correlation and its exponents stand as a description, little inflated among thousands of "
    "samples; only the p-value is too small.",
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
        within=co.Depths(quick=0.4, standard=0.2, full=0.1),
        wrong={"10%": lambda: 0.1, "1%": lambda: 0.01, "a fifth": lambda: 0.2},
    )


@PAPER.claim(
    "exact-search",
    says="Over all orders of five samples' steerabilities the test with the search repeated in every order rejects in "
    "exactly 6 of 120 at level .05; with the exponents kept it does not.",
    where="Implication 2, scan of exponents",
    status="corrected",
)
def exact_search() -> co.Value:
    return co.Value(
        predicts=lambda: 0.05,
        computes=exponent_search.rejected_orders,
        at=co.grid(seed=[0, 1, 2, 3]),
        wrong={
            "the exponents kept": co.Recomputed(lambda seed: exponent_search.rejected_orders(seed, "outside")),
            "one order less": lambda: 5 / 120,
            "two-sided": lambda: 0.1,
        },
    )


@PAPER.claim(
    "search-power",
    says="It sees the planted exponents (2, 1) in 100 samples under noise as large as the effect, and is "
    "silent where steerability depends on neither angle nor length.",
    where="Implication 2, scan of exponents",
    status="reconstructed",
)
def search_power() -> co.Phenomenon:
    def observe(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
        return exponent_search.tested(key, 100, point["noise"])

    return co.Phenomenon(
        measures=observe,
        shows=lambda row: row["inside"] <= 0.05,
        effect="peak",
        point={"noise": 1.0},
        prevalence=0.5,
        seeds=120,
        batch=24,
        wrong={
            "nothing planted": co.Control({"noise": float("inf")}),
            "a correlation over a half": lambda row: row["peak"] > 0.5,
        },
    )
