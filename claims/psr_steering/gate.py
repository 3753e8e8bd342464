"""Soft and hard gates of a Gaussian pre-activation: what constants, affine functions and ReLU probes leave."""

from __future__ import annotations

from math import exp, pi, sqrt
from typing import Any

import corollary as co
from corollary.claims.psr_steering.paper import PAPER

with co.lazily():
    from corollary.sims.psr_steering import gate as sims
    from corollary.theory.psr_steering import gate as theory

SOFT = [{"m": 0.0, "s": 1.0}, {"m": -1.3, "s": 1.3}, {"m": 0.7, "s": 1.3}, {"m": -2.0, "s": 1.0}]


@PAPER.claim(
    "gate-moments",
    says="A ReLU gate of N(m, s^2) has mean m Phi(m/s) + s phi(m/s), mean square (m^2 + s^2) Phi(m/s) + m s phi(m/s), "
    "and covariance s^2 Phi(m/s) with its pre-activation; to 2%, m/s from -2 to .54.",
    where="probe of one layer",
    status="reconstructed",
)
def gate_moments() -> co.Mean:
    forms = {"first": theory.FIRST, "second": theory.SECOND, "with activation": theory.WITH_ACTIVATION}

    def half_normal(m: float, s: float) -> dict[str, float]:
        return {"first": s * (2 / pi) ** 0.5, "second": s**2, "with activation": s**2}

    return co.Mean(
        predicts=forms,
        measures=sims.moments,
        at=co.Depths(quick=SOFT[:1], standard=SOFT),
        within=0.02,
        wrong={
            "the half-normal": {name: _entry(half_normal, name) for name in forms},
            "no variance of the pre-activation": {**forms, "second": lambda m, s: theory.FIRST(m=m, s=s) ** 2},
            "the covariance of an open gate": {**forms, "with activation": lambda m, s: s**2},
        },
    )


def _entry(of: Any, name: str) -> Any:
    return lambda m, s: of(m, s)[name]


@PAPER.claim(
    "soft-gate",
    says="Of a ReLU gate the best constant leaves 1 - (E g)^2 / E g^2 and the best affine coefficient (Var g - "
    "s^2 Phi(m/s)^2) / E g^2: .68 and .18 half open, 1 and 1 as it gets rare.",
    where="constant against token-wise",
    status="reconstructed",
)
def soft_gate() -> co.Value:
    forms = {"constant": theory.CONSTANT, "affine": theory.AFFINE}
    return co.Value(
        predicts=forms,
        computes=sims.fitted_errors,
        at=SOFT,
        within=2e-6,
        wrong={
            "the half-normal's kappa": {**forms, "constant": lambda: 1 - 2 / pi},
            "the affine fit has no intercept": {
                **forms,
                "affine": lambda m, s: 1 - (theory.WITH_ACTIVATION(m=m, s=s) / s) ** 2 / theory.SECOND(m=m, s=s),
            },
            "half of the variance": {**forms, "affine": lambda m, s: theory.CONSTANT(m=m, s=s) / 2},
        },
    )


HARD = [{"tau": -1.0}, {"tau": 0.0}, {"tau": 0.5}, {"tau": 1.0}, {"tau": 2.0}]
PARTS = ("start", "slope", "probe")


@PAPER.claim(
    "probe-is-exact",
    says="A ReLU probe of one layer predicts any gate that the stream determines.",
    where="strength decodable from the token's own activation",
    corrected_by="hard-gate",
    kinder="It stands for gates that are themselves a ReLU of a direction, and for triggers that are coded one by one.",
)
def exact() -> co.Value:
    return co.Value(
        predicts=lambda: 0.0,
        computes=lambda tau: sims.hard_errors(tau)["probe"],
        at=HARD,
        within=1e-3,
        scale=lambda: 1.0,
    )


@PAPER.claim(
    "hard-gate",
    says="Of a gate that opens at tau the best ReLU probe starts where p B(t) = A(t) C(t) and leaves 9% to 23% of the "
    "power, tau from -1 to 2, an affine coefficient 9% to 85%, a constant Phi(tau).",
    where="reconstructed",
    status="corrected",
)
def hard_gate() -> co.Value:
    def part(which: int) -> Any:
        return lambda tau: theory.hard_probe(tau)[which]

    forms = {"constant": theory.HARD_CONSTANT, "affine": theory.HARD_AFFINE, "probe": part(2), "start": part(0)}

    def at_threshold(tau: float) -> float:
        """Relative error of the best slope, started at the threshold."""
        power = (1 + tau**2) * theory.HARD_CONSTANT(tau=-tau) - tau * _density(tau)
        return 1 - (_density(tau) - tau * theory.HARD_CONSTANT(tau=-tau)) ** 2 / (
            power * theory.HARD_CONSTANT(tau=-tau)
        )

    return co.Value(
        predicts=forms,
        computes=sims.hard_errors,
        at=HARD,
        within=2e-5,
        wrong={
            "it starts at the threshold": {**forms, "start": lambda tau: tau, "probe": at_threshold},
            "an affine probe does as well": {**forms, "probe": theory.HARD_AFFINE},
            "a constant leaves what is open": {**forms, "constant": lambda tau: theory.HARD_CONSTANT(tau=-tau)},
        },
    )


def _density(tau: float) -> float:
    return exp(-(tau**2) / 2) / sqrt(2 * pi)
