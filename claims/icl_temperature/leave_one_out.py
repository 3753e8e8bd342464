"""The temperature estimated from demonstrations alone."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.prompts import random_point

with co.lazily():
    import numpy as np

    from corollary.sims.icl_temperature import leave_one_out as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import score_moments


def points() -> list[co.Point]:
    """Short prompts with every parameter on but v21 and m21, and a long one of doubled inputs."""
    short = [random_point(3, 5, 5), random_point(5, 6, 7)]
    long = {"Sigma_x": 2 * np.eye(20), "Sigma_w": np.eye(20), "M11": np.eye(20), "v22": 1.0, "sigma": 0.1, "l": 61}
    long |= {"mu_x": np.zeros(20), "mu_w": np.zeros(20)}
    return [{name: value for name, value in point.items() if name != "v21"} for point in (*short, long)]


@PAPER.claim(
    "leave-one-out",
    says="From the demonstrations alone, the pooled leave-one-out ratio estimates the optimal temperature of one "
    "demonstration fewer.",
    where="label-only estimator",
    status="reconstructed",
)
def leave_one_out() -> co.Mean:
    def predicted(form: co.ClosedForm, **point: Any) -> float:
        return form(**{"v21": np.zeros(len(point["mu_x"])), **point})

    masked = theory.closed_form("optimal_temperature", "masked")
    return co.Mean(
        predicts=lambda **point: predicted(score_moments.LEAVE_ONE_OUT.optimal_temperature, **point),
        measures=sims.leave_one_out_moments,
        compares=co.ratio(2, 1),
        at=co.Depths(points()[:1], points()),
        within=co.Depths(0.03, 0.012, 0.002),
        wrong={
            "the whole context": lambda **point: predicted(masked, **point),
            "the limit of long contexts": lambda **point: predicted(masked, **{**point, "l": 10**9}),
            "each demonstration kept among its own": co.Remeasured(sims.leave_none_out_moments),
        },
    )
