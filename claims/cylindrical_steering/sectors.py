"""The effect on one sample, the sensitive sector, and how likely a sample is to be in it."""

from __future__ import annotations

from dataclasses import replace
from math import acos, cos, pi, sin
from statistics import NormalDist
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    import numpy as np

    from corollary.sims.cylindrical_steering import effects
    from corollary.theory.calculus import sphere
    from corollary.theory.cylindrical_steering import sectors as theory


THETA, PAR, PERP = 0.7, 0.5, 1.3


def _points(*cases: tuple[int, float]) -> list[dict[str, Any]]:
    """Points (m, kappa): the threshold tau that makes kappa the least cosine."""

    return [
        {"m": m, "theta": THETA, "w_par": PAR, "w_perp": PERP, "tau": PAR * cos(THETA) + kappa * PERP * sin(THETA)}
        for m, kappa in cases
    ]


def _least_cosine(theta: float, w_par: float, w_perp: float, tau: float) -> float:
    return (tau - w_par * cos(theta)) / (w_perp * sin(theta))


def _as_in_a_plane(theta: float, w_par: float, w_perp: float, tau: float) -> float:
    return acos(_least_cosine(theta, w_par, w_perp, tau)) / pi


def _gaussian(m: int, theta: float, w_par: float, w_perp: float, tau: float) -> float:
    return NormalDist().cdf(-_least_cosine(theta, w_par, w_perp, tau) * m**0.5)


@PAPER.claim(
    "effect",
    says="The slope of the log-odds along a unit steering vector is w_par cos(theta) + |w_perp| sin(theta) cos(phi).",
    where="reconstructed",
    status="reconstructed",
)
def effect() -> co.Identity:
    sharpness = 2.0
    measured = jax.jit(lambda directions, base, steering: effects.slope(base, steering, directions, 0, sharpness))

    def draw(rng: Any) -> dict[str, Any]:
        d, count = [(4, 9), (16, 5), (24, 40)][rng.integers(3)]
        directions = rng.normal(size=(d, count))
        axis, steering = rng.normal(size=(2, d))
        return {
            "directions": directions / np.linalg.norm(directions, axis=0),
            "base": rng.normal(size=d),
            "steering": steering / np.linalg.norm(steering),
            "axis": axis / np.linalg.norm(axis),
        }

    def formula(directions: Any, base: Any, steering: Any, axis: Any, kind: str = "") -> float:
        w = theory.gradient(directions, base, 0, sharpness)
        if kind == "evenly":
            w = sharpness * (directions[:, 0] - directions[:, 1:].mean(1))
        w_par, w_perp = theory.split(w, axis)
        along, rest = theory.split(steering, axis)
        towards = w if kind == "whole" else w_perp
        cosine = rest @ towards / (np.linalg.norm(rest) * np.linalg.norm(towards))
        size = 1.0 if kind == "unsized" else float(np.linalg.norm(w_perp))
        return theory.EFFECT(w_par=w_par, w_perp=size, theta=float(np.arccos(along)), phi=float(np.arccos(cosine)))

    def variant(kind: str) -> Any:
        return lambda directions, base, steering, axis: formula(directions, base, steering, axis, kind)

    return co.Identity(
        left=measured,
        right=variant(""),
        draw=draw,
        digits=9,
        wrong={
            "phase to all of the gradient": variant("whole"),
            "length of the normal part left out": variant("unsized"),
            "all competitors weigh the same": variant("evenly"),
        },
    )


@PAPER.claim(
    "success",
    says="With a uniform phase in an m-dimensional normal space a sample is steered at level tau with "
    "probability I_{(1 - kappa)/2}((m - 1)/2, (m - 1)/2).",
    where="reconstructed",
    status="reconstructed",
)
def success() -> co.Mean:
    return co.Mean(
        predicts=theory.SUCCESS,
        measures=effects.success,
        within=0.02,
        at=co.Depths(
            quick=_points((2, 0.2), (3, -0.6), (7, 0.5)),
            standard=_points((2, 0.2), (3, -0.6), (7, 0.5), (7, -0.3), (12, 0.1)),
        ),
        wrong={
            "the share of a circle whatever m": _as_in_a_plane,
            "the Gaussian limit": _gaussian,
            "one half": lambda: 0.5,
        },
    )


@PAPER.claim(
    "rare-success",
    says="In 63 and 255 normal dimensions the same formula holds far in the tail, where the Gaussian limit does not.",
    where="reconstructed",
    status="reconstructed",
)
def rare_success() -> co.Mean:
    one_less = replace(theory.SUCCESS, expression=theory.SUCCESS.expression.subs(sphere.m, sphere.m - 1))
    return co.Mean(
        predicts=theory.SUCCESS,
        measures=effects.rare_success,
        within=0.03,
        at=co.Depths(quick=_points((63, 0.4), (255, 0.25)), full=_points((63, 0.4), (255, 0.25), (1023, 0.14))),
        wrong={
            "the Gaussian limit": _gaussian,
            "the share of a circle": _as_in_a_plane,
            "one normal dimension less": one_less,
        },
    )


@PAPER.claim(
    "effect-moments",
    says="Given theta, the slope has mean w_par cos(theta) and variance |w_perp|^2 sin(theta)^2 / m: theta "
    "explains none of what the phase decides.",
    where="reconstructed",
    status="reconstructed",
)
def effect_moments() -> co.Mean:
    square = co.ClosedForm(theory.MEAN_EFFECT.expression**2 + theory.EFFECT_VARIANCE.expression)

    def wrong(spread: Any) -> Any:
        def values(m: int, theta: float, w_par: float, w_perp: float) -> list[float]:
            mean = w_par * cos(theta)
            return [mean, mean**2 + w_perp**2 * spread(m, sin(theta))]

        return values

    points = [{"m": m, "theta": 0.9, "w_par": 0.6, "w_perp": 2.0} for m in (2, 7, 31)]
    return co.Mean(
        predicts={"mean": theory.MEAN_EFFECT, "square": square},
        measures=effects.effect_moments,
        within=0.02,
        at=co.Depths(quick=points[:2], standard=points),
        wrong={
            "all of the normal part": wrong(lambda m, sine: sine**2),
            "of m - 1 dimensions": wrong(lambda m, sine: sine**2 / max(m - 1, 0.5)),
            "theta explains it all": wrong(lambda m, sine: 0.0),
            "sine for its square": wrong(lambda m, sine: sine / m),
        },
    )


_MEAN = {"m": 3, "theta": 0.9, "w_par": 0.6, "w_perp": 2.0}


@PAPER.claim(
    "population-error",
    says="The mean slope of M samples misses the axial term by |w_perp|^2 sin(theta)^2 / (m M) in mean square.",
    where="reconstructed",
    status="reconstructed",
)
def population_error() -> co.Mean:
    def error(M: int, m: int, theta: float, w_perp: float, **others: float) -> float:
        return theory.MEAN_SQUARED_ERROR(M=M, m=m, theta=theta, w_perp=w_perp)

    return co.Mean(
        predicts=theory.MEAN_SQUARED_ERROR,
        measures=effects.mean_error,
        within=0.03,
        at=[{**_MEAN, "M": 4}, {**_MEAN, "m": 7, "theta": 0.4, "M": 9}],
        wrong={
            "of one sample": lambda **point: error(**{**point, "M": 1}),
            "over M - 1": lambda M, **point: error(M - 1, **point),
            "in a plane": lambda **point: error(**{**point, "m": 2}),
            "twice": lambda **point: 2 * error(**point),
        },
    )


@PAPER.claim(
    "population-rate",
    says="The error of the population's mean slope falls as M^(-1/2): unpredictable one by one, estimable together.",
    where="reconstructed",
    status="reconstructed",
)
def population_rate() -> co.Exponent:
    def points(*sizes: int) -> list[dict[str, Any]]:
        return [{**_MEAN, "M": size} for size in sizes]

    return co.Exponent(
        along="M",
        predicts=-1,
        measures=effects.mean_error,
        within=co.Depths(quick=0.1, standard=0.07),
        at=co.Depths(quick=points(4, 16, 64, 128), standard=points(4, 8, 16, 32, 64, 128, 256)),
        chunks=co.Depths(quick=120, standard=640, full=1000),
        wrong={"as M^(-1/4)": -0.5, "as 1 / M": -2, "not at all": 0},
    )
