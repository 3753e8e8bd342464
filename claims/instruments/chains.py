"""What Langevin chains report in one direction, and where two valleys cross."""

from __future__ import annotations

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    from corollary.sims.instruments import known as sims
    from corollary.theory.instruments import chains as theory


@PAPER.claim(
    "soft-count",
    says="Plain SGLD reports (1/2) nbeta h / (kappa (1 - eps kappa / 4)) for a direction of curvature h, with "
    "kappa = nbeta h + gamma, and its virial 1 / (1 - eps kappa / 4) says how far off that is.",
    where="arXiv 2308.12108, estimator; its bias reconstructed",
    status="reconstructed",
)
def soft_count() -> co.Mean:
    quick, more = _one_direction("sgld")
    return co.Mean(
        predicts={"estimate": theory.DISCRETISED, "virial": theory.VIRIAL},
        measures=sims.quadratic_moments,
        at=co.Depths(quick, quick + more),
        within=co.Depths(0.03, 0.02, 0.005),
        wrong={
            "no correction for the step": {"estimate": theory.SOFT_COUNT, "virial": theory.VIRIAL},
            "half a parameter, d / 2": {"estimate": lambda h: 0.5, "virial": theory.VIRIAL},
            "a virial of 1": {"estimate": theory.DISCRETISED, "virial": lambda h: 1.0},
            "forgets the localisation": {
                "estimate": lambda h, nbeta, eps: 0.5 / (1 - eps * nbeta * h / 4),
                "virial": theory.VIRIAL,
            },
        },
    )


@PAPER.claim(
    "averaged-noise",
    says="SGLD whose noise is shared half and half by consecutive steps reports the soft count itself, with "
    "virial 1, at the same step size.",
    where="reconstructed",
    status="reconstructed",
)
def averaged_noise() -> co.Mean:
    quick, more = _one_direction("averaged")
    return co.Mean(
        predicts={"estimate": theory.SOFT_COUNT, "virial": lambda h: 1.0},
        measures=sims.quadratic_moments,
        at=co.Depths(quick, quick + more),
        within=co.Depths(0.03, 0.02, 0.005),
        wrong={
            "plain SGLD's estimate": {"estimate": theory.DISCRETISED, "virial": lambda h: 1.0},
            "plain SGLD's virial": {"estimate": theory.SOFT_COUNT, "virial": theory.VIRIAL},
            "half a parameter, d / 2": {"estimate": lambda h: 0.5, "virial": lambda h: 1.0},
        },
    )


@PAPER.claim(
    "minibatch-noise",
    says="Minibatches of gradient variance c raise plain SGLD's estimate by the factor 1 + eps nbeta^2 c / 4.",
    where="reconstructed",
    status="reconstructed",
)
def minibatch_noise() -> co.Mean:
    def doubled(h: float, nbeta: float, gamma: float, eps: float, batch: int) -> float:
        return theory.BATCHES(h=h, nbeta=nbeta, gamma=gamma, eps=eps, batch=batch / 2)

    point = {"steps": 64, "chains": 128, "examples": 64}
    quick = [{**point, "batch": 16, "h": 1.0, "nbeta": 100.0, "gamma": 20.0, "eps": 4e-3}]
    more = [{**point, "batch": 4, "h": 2.0, "nbeta": 40.0, "gamma": 40.0, "eps": 5e-3}]
    return co.Mean(
        predicts=theory.BATCHES,
        measures=sims.minibatch_gaps,
        at=co.Depths(quick, quick + more),
        within=co.Depths(0.03, 0.02, 0.005),
        wrong={
            "no minibatch noise": theory.DISCRETISED,
            "twice the noise": doubled,
            "no step size at all": theory.SOFT_COUNT,
        },
    )


@PAPER.claim(
    "crossing-coefficient",
    says="At the origin of (x y)^2 chains report 1/2 + z - z K_1(z) / K_0(z) with z = gamma^2 / (8 nbeta), "
    "which is still far below the coefficient 1/2 where it is measured.",
    where="reconstructed",
    status="reconstructed",
)
def crossing_coefficient() -> co.Mean:
    point = {"chains": 256, "gamma": 1.0}
    quick = [{**point, "nbeta": 100.0, "eps": 8e-3, "steps": 128}]
    return co.Mean(
        predicts=theory.CROSSING,
        measures=sims.crossing_gaps,
        at=co.Depths(quick, [*quick, {**point, "nbeta": 1000.0, "eps": 1e-3, "steps": 512}]),
        within=co.Depths(0.05, 0.03, 0.01),
        wrong={
            "the coefficient itself, 1/2": lambda nbeta: 0.5,
            "d / 2": lambda nbeta: 1.0,
            "twice the localisation": lambda nbeta, gamma: theory.CROSSING(nbeta=nbeta, gamma=2 * gamma),
        },
    )


def _one_direction(sampler: str) -> tuple[list[co.Point], list[co.Point]]:
    """Points for depth quick, and what deeper ones add."""
    settings = [(0.8, 1000.0, 200.0, 4e-4), (4.0, 250.0, 500.0, 8e-4), (0.5, 100.0, 40.0, 1.5e-2)]
    points: list[co.Point] = [
        {"sampler": sampler, "steps": 64, "chains": 128, "h": h, "nbeta": nbeta, "gamma": gamma, "eps": eps}
        for h, nbeta, gamma, eps in settings
    ]
    return points[:1], points[1:]
