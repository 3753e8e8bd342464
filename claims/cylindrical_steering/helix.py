"""The helix probe: what its score is worth on paths that are no helix."""

from typing import Any

from corollary.claims.cylindrical_steering.paper import PAPER
from corollary.point import Depths, grid


def _probes(seeds: list[int], point: dict[str, Any]) -> list[dict[str, float]]:
    import jax
    import jax.numpy as jnp

    from corollary.sims.cylindrical_steering.helix import probe_path

    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
    found = jax.jit(jax.vmap(lambda key: probe_path(key, point["path"], point["k"])))(keys)
    return [{name: float(values[row]) for name, values in found.items()} for row in range(len(seeds))]


@PAPER.claim(
    "helix-diagnostic",
    "Phenomenon",
    says="That a linear probe reads a helix off the vectors shows that they trace one: a random walk of the "
    "same length does not fit.",
    where="helix probing experiment",
    corrected_by="walk-looks-helical",
)
def helix_diagnostic(stated: dict[str, Any]) -> Any:
    from corollary import Phenomenon

    return Phenomenon(
        **stated,
        observe=_probes,
        shows=lambda found: found["circle"] < 0.9,
        effect="circle",
        point={"path": "walk", "k": 5},
        prevalence=0.5,
        seeds=48,
        batch=24,
    )


@PAPER.claim(
    "walk-looks-helical",
    "Phenomenon",
    says="Five principal components of a random walk of 50 points explain over 95% of the best helix and of "
    "its circle.",
    where="helix probing experiment",
    status="corrected",
)
def walk_looks_helical(stated: dict[str, Any]) -> Any:
    from corollary import Phenomenon
    from corollary.trials.phenomenon import Control

    return Phenomenon(
        **stated,
        observe=_probes,
        shows=lambda found: found["explained"] > 0.95 and found["circle"] > 0.95,
        effect="circle",
        point={"path": "walk", "k": 5},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "independent points": Control({"path": "noise", "k": 5}),
            "a straight line with noise": Control({"path": "line", "k": 5}),
            "without an intercept it fits to 1%": lambda found: found["error"] < 0.01 / 3,
        },
    )


@PAPER.claim(
    "helix-radius",
    "Phenomenon",
    says="The search by unnormalised error reports the smallest radius that it tries, .1, for vectors on a "
    "helix of radius .3.",
    where="helix probing experiment",
    status="reconstructed",
)
def helix_radius(stated: dict[str, Any]) -> Any:
    from corollary import Phenomenon

    return Phenomenon(
        **stated,
        observe=_probes,
        shows=lambda found: abs(found["radius"] - 0.1) < 0.01,
        effect="radius",
        point={"path": "helix", "k": 5},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "the radius of the helix": lambda found: abs(found["radius"] - 0.3) < 0.05,
            "a better fit than the floor allows": lambda found: found["error"] < 0.99 * found["floor"],
        },
    )


@PAPER.claim(
    "helix-floor",
    "Bound",
    says="Centred predictors without an intercept leave at least |mean of the targets|^2 / 3, about 1/12 for "
    "a helix of height 1.",
    where="helix probing experiment",
    status="reconstructed",
)
def helix_floor(stated: dict[str, Any]) -> Any:
    import jax
    import jax.numpy as jnp

    from corollary import Bound, Search
    from corollary.theory.cylindrical_steering.helix import FLOOR, floor_of, targets

    target = targets(12, 1.0, 0.1, 0.0)
    least, y = floor_of(target), jnp.asarray(target)

    def slack(params: Any, bound: float = least) -> Any:
        centred = params - params.mean(axis=0)
        basis = jnp.linalg.qr(centred)[0]
        return jnp.mean((y - basis @ (basis.T @ y)) ** 2) - bound

    return Bound(
        **stated,
        slack=slack,
        draw=lambda key: jax.random.normal(key, (12, 5), jnp.float64),
        tight=2e-3,
        search=Depths(Search(256, 8, 300, 0.05), Search(1024, 16, 600, 0.05)),
        wrong={
            "a tenth more than 1/12": lambda params: slack(params, 1.1 * FLOOR()),
            "the spread of the targets": lambda params: slack(params, float(target.var(axis=0).mean()) + least),
        },
    )


@PAPER.claim(
    "helix-chance",
    "Mean",
    says="With an intercept k predictors that carry nothing explain k / (n - 1) of a helix of n points.",
    where="reconstructed",
    status="reconstructed",
)
def helix_chance(stated: dict[str, Any]) -> Any:
    from corollary import Mean
    from corollary.sims.cylindrical_steering.helix import chance_level
    from corollary.theory.cylindrical_steering.helix import CHANCE

    return Mean(
        **stated,
        predicts=CHANCE,
        measures=chance_level,
        within=0.02,
        at=Depths(quick=grid(n=[12], k=[5]), standard=grid(n=[12, 50], k=[5, 10])),
        wrong={"k / n": lambda n, k: k / n, "nothing": lambda: 0.0, "one predictor's": lambda n: 1 / (n - 1)},
    )
