"""The axis-gated model: minimal strength, population curve, angle."""

from __future__ import annotations

from dataclasses import replace
from math import acos, atan, cos, pi, sin, tan
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import axis_gated as sims
    from corollary.sims.cylindrical_steering import steerability
    from corollary.theory.cylindrical_steering import axis_gated as theory
    from corollary.theory.cylindrical_steering import symbols


T, G = 2.0, 0.35


def _draw_reaching(rng: Any, falling: bool = False) -> dict[str, float]:
    """A sample that some length activates; falling: with cos(phi) < 0."""

    while True:
        point = {
            "theta": rng.uniform(0.2, 1.3),
            "phi": rng.uniform(-np.pi, np.pi),
            "T": rng.uniform(0.5, 3),
            "g": rng.uniform(0.1, 1),
            "rho": rng.uniform(0, 0.9),
        }
        least = -1 / np.tan(point["theta"]) / (4 * point["T"] * point["g"] * (1 - point["rho"]))
        if np.cos(point["phi"]) > 0.98 * least and not (falling and np.cos(point["phi"]) > -0.02):
            return {name: float(value) for name, value in point.items()}


@PAPER.claim(
    "minimal-strength",
    says="A sample is active from length 2T / (cos(theta) + sqrt(cos(theta)^2 + 4 cos(theta) T g (1 - rho) "
    "sin(theta) cos(phi))) on.",
    where="reconstructed",
    status="reconstructed",
)
def minimal_strength() -> co.Identity:
    measured = jax.jit(lambda theta, phi, T, g, rho: sims.first_active(theta, jnp.cos(phi), T, g, rho))
    form = theory.MINIMAL_STRENGTH

    def variant(change: dict[Any, Any]) -> Any:
        return replace(form, expression=form.expression.subs(change))

    return co.Identity(
        left=measured,
        right=lambda theta, phi, T, g, rho: form(theta=theta, phi=phi, T=T, g=g, rho=rho),
        draw=_draw_reaching,
        digits=8,
        wrong={
            "the larger root": lambda **point: theory.RELEASE_STRENGTH(**point),
            "whatever the phase": lambda theta, T: T / cos(theta),
            "without the penalty": lambda **point: variant({symbols.rho: 0})(**point),
            "the opposite phase": lambda **point: variant({symbols.phi: symbols.phi + pi})(**point),
        },
    )


@PAPER.claim(
    "release-strength",
    says="A sample with cos(phi) < 0 is active within a window only: steered further it is lost again.",
    where="reconstructed",
    status="reconstructed",
)
def release_strength() -> co.Identity:
    measured = jax.jit(lambda theta, phi, T, g, rho: sims.last_active(theta, jnp.cos(phi), T, g, rho))
    return co.Identity(
        left=measured,
        right=lambda **point: theory.RELEASE_STRENGTH(**point),
        draw=lambda rng: _draw_reaching(rng, falling=True),
        digits=8,
        wrong={
            "the minimal strength": lambda **point: theory.MINIMAL_STRENGTH(**point),
            "the length of largest score": lambda theta, phi, g, rho: -1 / (2 * g * (1 - rho) * sin(theta) * cos(phi)),
            "where the score is back at 0": lambda theta, phi, g, rho: -1 / (g * (1 - rho) * sin(theta) * cos(phi)),
        },
    )


@PAPER.claim(
    "never-share",
    says="A share 1 - arccos(-cot(theta) / (4 T g (1 - rho))) / pi of uniform phases is never active: the "
    "suppressing sector.",
    where="reconstructed",
    status="reconstructed",
)
def never_share() -> co.Mean:
    points = co.grid(theta=[0.8, 1.2], T=[T], g=[G], rho=[0.0, 0.5])
    return co.Mean(
        predicts=theory.NEVER_SHARE,
        measures=sims.never,
        within=0.01,
        at=co.Depths(quick=points[:1] + points[2:], standard=[*points, {"theta": 0.6, "T": 1.5, "g": 0.6, "rho": 0.1}]),
        wrong={
            "half of all": lambda: 0.5,
            "those that are active": lambda **point: 1 - theory.NEVER_SHARE(**point),
            "twice the threshold's room": lambda theta, T, g, rho: (
                1 - acos(max(-1, -1 / tan(theta) / (2 * T * g * (1 - rho)))) / pi
            ),
            "tangent for cotangent": lambda theta, T, g, rho: (
                1 - acos(max(-1, -tan(theta) / (4 * T * g * (1 - rho)))) / pi
            ),
        },
    )


@PAPER.claim(
    "activation",
    says="At length lam the phases with cos(phi) >= (T / (lam cos(theta)) - 1) / (g (1 - rho) lam sin(theta)) "
    "are active: a smooth population curve from steps, and not a monotone one.",
    where="reconstructed",
    status="reconstructed",
)
def activation() -> co.Mean:
    def ever(lam: float, theta: float, T: float, g: float, rho: float) -> float:
        """Active at some length up to lam: the curve kept at its peak."""

        return theory.ACTIVATION(lam=min(lam, 2 * T / cos(theta)), theta=theta, T=T, g=g, rho=rho)

    quick = co.grid(lam=[2.0, 8.0, 14.0], theta=[0.8], T=[T], g=[G], rho=[0.0, 0.3])
    return co.Mean(
        predicts=theory.ACTIVATION,
        scale=lambda: 1.0,
        measures=sims.activation,
        support=(0.0, 1.0),
        within=0.01,
        at=co.Depths(
            quick=quick, standard=[*quick, *co.grid(lam=[2.2, 5.0, 9.0], theta=[0.5, 1.2], T=[1.5], g=[0.6], rho=[0.1])]
        ),
        wrong={
            "monotone in the length": ever,
            "whatever the penalty": lambda lam, theta, T, g, rho: theory.ACTIVATION(
                lam=lam, theta=theta, T=T, g=g, rho=0.0
            ),
            "one minus it": lambda **point: 1 - theory.ACTIVATION(**point),
            "half at every length": lambda: 0.5,
        },
    )


@PAPER.claim(
    "crossing",
    says="All penalties' population curves meet in one point: P = 1/2 at lam = T / cos(theta).",
    where="reconstructed",
    status="reconstructed",
)
def crossing() -> co.Identity:
    def at(length: Any) -> Any:
        return theory.ACTIVATION.expression.subs(symbols.lam, length)

    return co.Identity(
        left=theory.crossing(),
        right=at(theory.CROSSING.expression),
        domain=theory.OPEN_ANGLE,
        wrong={
            "at T": at(symbols.T),
            "at 1.1 T / cos(theta)": at(sp.Rational(11, 10) * symbols.T / sp.cos(symbols.theta)),
            "at T / sin(theta)": at(symbols.T / sp.sin(symbols.theta)),
            "a third": sp.Rational(1, 3),
        },
    )


@PAPER.claim(
    "best-angle",
    says="In phase the score is largest at sin(theta) = (-1 + sqrt(1 + 8 h^2)) / (4 h), h = g (1 - rho) lam.",
    where="reconstructed",
    status="reconstructed",
)
def best_angle() -> co.Identity:
    return co.Identity(
        left=jax.jit(sims.best_angle),
        right=lambda lam, g, rho: theory.BEST_ANGLE(lam=lam, g=g, rho=rho),
        digits=6,
        draw=lambda rng: {"lam": rng.uniform(0.3, 9), "g": rng.uniform(0.1, 1), "rho": rng.uniform(0.05, 0.9)},
        wrong={
            "on the axis": lambda: 0.0,
            "without the penalty": lambda lam, g: theory.BEST_ANGLE(lam=lam, g=g, rho=0.0),
            "where the interaction peaks": lambda: pi / 4,
            "the ratio of its terms": lambda lam, g, rho: atan(g * (1 - rho) * lam),
        },
    )


@PAPER.claim(
    "angle-unimodal",
    says="At any length the population's activation is unimodal in the angle: no angle does worse than both "
    "of two that enclose it.",
    where="reconstructed",
    status="reconstructed",
)
def angle_unimodal() -> co.Bound:
    def draw(key: jax.Array) -> dict[str, jax.Array]:
        numbers = jax.random.normal(key, (6,), jnp.float64)
        return {"angles": 1.5 * numbers[:3], "lam": numbers[3], "T": numbers[4], "g": numbers[5]}

    def slack(params: Any, least_of: Any = jnp.minimum) -> Any:
        angles = jnp.sort(jnp.pi / 2 * jax.nn.sigmoid(params["angles"]))
        threshold, gain = jnp.exp(params["T"] / 2), jnp.exp(params["g"] + 1)
        lam = threshold * jnp.exp(params["lam"])
        shares = jax.vmap(lambda angle: sims.active_share(lam, angle, threshold, gain, 0.0))(angles)
        return shares[1] - least_of(shares[0], shares[2])

    return co.Bound(
        slack=slack,
        draw=draw,
        search=co.Depths(co.Search(4096, 16, 2), co.Search(1 << 15, 16, 2)),
        wrong={
            "rising with the angle": lambda params: slack(params, lambda before, after: before),
            "falling with the angle": lambda params: slack(params, lambda before, after: after),
            "no worse than the better of the two": lambda params: slack(params, jnp.maximum),
        },
    )


@PAPER.claim(
    "equal-phases-after-filtering",
    says="Dropping the samples that are never activated (St = 0) leaves the others' phases uniform.",
    where="pairwise analysis of the official code",
    corrected_by="filtered-phases",
    kinder="Implication 3 rests on the filtered pairs, and can be read as a statement about the samples that "
    "steering activates.",
)
def equal_phases_after_filtering() -> co.Mean:
    return co.Mean(
        predicts=lambda: 0.0,
        scale=lambda: 1.0,
        measures=sims.survivors,
        compares=co.ratio(0, 1),
        within=0.02,
        at=co.grid(theta=[0.8, 1.2], T=[T], g=[G], rho=[0.0]),
    )


@PAPER.claim(
    "filtered-phases",
    says="The samples that are left have mean cos(phi) = sin(phi_m) / phi_m, phi_m the widest phase that any "
    "length activates: the filter selects the sensitive sector.",
    where="pairwise analysis of the official code",
    status="corrected",
)
def filtered_phases() -> co.Mean:
    return co.Mean(
        predicts=theory.SURVIVING_COSINE,
        measures=sims.survivors,
        compares=co.ratio(0, 1),
        within=0.02,
        at=co.grid(theta=[0.8, 1.2], T=[T], g=[G], rho=[0.0]),
        wrong={
            "the edge of the sector": lambda **point: cos(pi * (1 - theory.NEVER_SHARE(**point))),
            "uniform phases": lambda: 0.0,
            "only favourable phases": lambda: 2 / pi,
        },
    )


@PAPER.claim(
    "three-steerabilities",
    says="The three numbers called steerability need not rank two concepts alike: presence slope against "
    "remaining length.",
    where="official code",
    status="reconstructed",
)
def three_steerabilities() -> co.Witness:
    def ranks(early: tuple[int, ...] = (1, 2, 2, 3, 3, 3), late: tuple[int, ...] = (1, 1, 1, 1, 2, 2)) -> dict:
        """Whether the concept that appears early beats the one that appears late, by each definition."""

        lengths = jnp.arange(1.0, 7.0)
        one, other = jnp.array([early]), jnp.array([late])
        return {
            "presence slope": bool(steerability.presence_slope(one) > steerability.presence_slope(other)),
            "remaining length": bool(
                (steerability.remaining_length(one, lengths) > steerability.remaining_length(other, lengths))[0]
            ),
            "bracketed length": bool(
                (steerability.bracketed_length(one, lengths) > steerability.bracketed_length(other, lengths))[0]
            ),
        }

    return co.Witness(
        computes=ranks,
        states={"presence slope": False, "remaining length": True, "bracketed length": True},
        wrong={
            "all alike": {"presence slope": True, "remaining length": True, "bracketed length": True},
            "without collapse": lambda: ranks(early=(1, 2, 2, 2, 2, 2), late=(1, 1, 1, 1, 1, 1)),
        },
    )
