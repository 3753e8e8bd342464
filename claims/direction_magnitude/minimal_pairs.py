"""Accuracy on minimal pairs, with noise that the members share, or do not."""

from __future__ import annotations

from math import erf, sqrt

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    from corollary.sims.direction_magnitude import minimal_pairs as sims
    from corollary.theory.direction_magnitude import minimal_pairs as theory


def _phi(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


@PAPER.claim(
    "pair-accuracy",
    says="With margins of mean mu and spread tau and noise of spread sigma in each member, correlated by rho, "
    "accuracy is Phi(mu / sqrt(tau^2 + 2 sigma^2 (1 - rho))): noise that is shared costs nothing.",
    where="reconstructed",
    status="reconstructed",
)
def pair_accuracy() -> co.Mean:
    points = [
        {"mu": 1.2, "tau": 0.6, "sigma": 1.5, "rho": 0.9},
        {"mu": 1.2, "tau": 0.6, "sigma": 1.5, "rho": 0.0},
        {"mu": 0.7, "tau": 0.5, "sigma": 0.8, "rho": 0.4},
    ]
    return co.Mean(
        predicts=theory.ACCURACY,
        measures=sims.right,
        at=points,
        support=(0.0, 1.0),
        within=co.Depths(quick=0.01, standard=0.004),
        wrong={
            "sharing has no effect": lambda mu, tau, sigma: _phi(mu / sqrt(tau**2 + 2 * sigma**2)),
            "one member's noise": lambda mu, tau, sigma, rho: _phi(mu / sqrt(tau**2 + sigma**2 * (1 - rho))),
            "no noise": lambda mu, tau: _phi(mu / tau),
            "the noise adds up where it is shared": lambda mu, tau, sigma, rho: _phi(
                mu / sqrt(tau**2 + 2 * sigma**2 * (1 + rho))
            ),
        },
    )
