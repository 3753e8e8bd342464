"""The helix probe: what its score is worth on paths that are no helix."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import helix as sims
    from corollary.theory.cylindrical_steering import helix as theory


def _probes(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
    return sims.probe_path(key, point["path"], point["k"])


@PAPER.claim(
    "helix-diagnostic",
    says="That a linear probe reads a helix off the vectors shows that they trace one: a random walk of the "
    "same length does not fit.",
    where="helix probing experiment",
    corrected_by="walk-looks-helical",
    kinder="The vectors may trace a helix all the same, and patching with its points is a test of its own; the probe "
    "alone does not show it.",
)
def helix_diagnostic() -> co.Phenomenon:
    return co.Phenomenon(
        measures=_probes,
        shows=lambda row: row["circle"] < 0.9,
        effect="circle",
        point={"path": "walk", "k": 5},
        prevalence=0.5,
        seeds=48,
        batch=24,
    )


@PAPER.claim(
    "walk-looks-helical",
    says="Five principal components of a random walk of 50 points explain over 95% of the best helix and of "
    "its circle.",
    where="helix probing experiment",
    status="corrected",
)
def walk_looks_helical() -> co.Phenomenon:
    return co.Phenomenon(
        measures=_probes,
        shows=lambda row: row["explained"] > 0.95 and row["circle"] > 0.95,
        effect="circle",
        point={"path": "walk", "k": 5},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "independent points": co.Control({"path": "noise", "k": 5}),
            "a straight line with noise": co.Control({"path": "line", "k": 5}),
            "without an intercept it fits to 1%": lambda row: row["error"] < 0.01 / 3,
        },
    )


@PAPER.claim(
    "helix-radius",
    says="The search by unnormalised error reports the smallest radius that it tries, .1, for vectors on a "
    "helix of radius .3.",
    where="helix probing experiment",
    status="reconstructed",
)
def helix_radius() -> co.Phenomenon:
    return co.Phenomenon(
        measures=_probes,
        shows=lambda row: abs(row["radius"] - 0.1) < 0.01,
        effect="radius",
        point={"path": "helix", "k": 5},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "errors relative to the targets' size": co.Control(
                shows=lambda row: abs(row["relative_radius"] - 0.1) < 0.01
            ),
            "the radius of the helix": lambda row: abs(row["radius"] - 0.3) < 0.05,
            "a better fit than the floor allows": lambda row: row["error"] < 0.99 * row["floor"],
        },
    )


@PAPER.claim(
    "helix-floor",
    says="Centred predictors without an intercept leave at least |mean of the targets|^2 / 3, about 1/12 for "
    "a helix of height 1.",
    where="helix probing experiment",
    status="reconstructed",
)
def helix_floor() -> co.Bound:
    target = theory.targets(12, 1.0, 0.1, 0.0)
    least, y = theory.floor_of(target), jnp.asarray(target)

    def slack(params: Any, bound: float = least) -> Any:
        centred = params - params.mean(axis=0)
        basis = jnp.linalg.qr(centred)[0]
        return jnp.mean((y - basis @ (basis.T @ y)) ** 2) - bound

    return co.Bound(
        slack=slack,
        draw=lambda key: jax.random.normal(key, (12, 5), jnp.float64),
        tight=2e-3,
        search=co.Depths(co.Search(256, 8, 300, 0.05), co.Search(1024, 16, 600, 0.05)),
        wrong={
            "a tenth more than 1/12": lambda params: slack(params, 1.1 * theory.FLOOR()),
            "the spread of the targets": lambda params: slack(params, float(target.var(axis=0).mean()) + least),
        },
    )


@PAPER.claim(
    "helix-chance",
    says="With an intercept k predictors that carry nothing explain k / (n - 1) of a helix of n points.",
    where="reconstructed",
    status="reconstructed",
)
def helix_chance() -> co.Mean:
    return co.Mean(
        predicts=theory.CHANCE,
        measures=sims.chance_level,
        within=0.02,
        at=co.Depths(quick=co.grid(n=[12], k=[5]), standard=co.grid(n=[12, 50], k=[5, 10])),
        wrong={"k / n": lambda n, k: k / n, "nothing": lambda: 0.0, "one predictor's": lambda n: 1 / (n - 1)},
    )
