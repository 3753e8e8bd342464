"""The criterion on coefficients: why it needs a gauge, and what it says in the least-norm one."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    import sympy as sp
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import effects
    from corollary.theory.cylindrical_steering import beta_criterion as theory
    from corollary.theory.cylindrical_steering import symbols


@PAPER.claim(
    "beta-criterion",
    says="A normal direction favours the concept exactly when beta_c exceeds the sum of the other betas.",
    where="section 4, high-sensitivity condition",
    corrected_by="least-norm-criterion",
    kinder="With coefficients that add up to zero, such as those of least norm, it is well defined: it names a "
    "half-plane, so that sectors remain.",
)
def beta_criterion() -> co.Witness:
    normals = [[Fraction(x) for x in row] for row in ((3, 1), (-1, 2), (-2, 0), (1, -4), (-3, 3), (2, -2))]
    beta = [Fraction(x, 2) for x in (3, -1, 2, 1, -2, 1)]

    def verdicts() -> list[tuple[bool, bool]]:
        """(same vector, favoured) with t added to all six coefficients; the contributions add up to zero."""
        vector = theory.combine(normals, beta)
        moved = [[b + t for b in beta] for t in (-3, 0, 3)]
        found = {(theory.combine(normals, one) == vector, theory.favours(one, 0)) for one in moved}
        return sorted(found)

    return co.Witness(computes=verdicts, states=[(True, True)])


@PAPER.claim(
    "gauge",
    says="Adding t to every coefficient leaves the vector and moves the criterion by -(N - 2) t.",
    where="reconstructed",
    status="reconstructed",
)
def gauge() -> co.Identity:
    return co.Identity(
        left=theory.gauge(),
        right=theory.GAUGE_SHIFT,
        wrong={
            "by -(N - 1) t": -(symbols.N - 1) * theory.t,
            "by -N t": -symbols.N * theory.t,
            "not at all": sp.Integer(0),
        },
    )


@PAPER.claim(
    "least-norm-criterion",
    says="With coefficients of least norm, which add up to zero, the criterion reads <v_c_perp, (V V^T)^+ v> "
    "> 0: a half-plane.",
    where="section 4, high-sensitivity condition",
    status="corrected",
)
def least_norm_criterion() -> co.Identity:
    @jax.jit
    def measured(contributions: jax.Array, angle: jax.Array) -> jax.Array:
        """beta_c less the others, the coefficients found by least squares, for one phase in the plane."""
        plane = effects.plane_coordinates(contributions)
        beta = jnp.linalg.lstsq(plane, jnp.stack([jnp.cos(angle), jnp.sin(angle)]))[0]
        return beta[0] - jnp.sum(beta[1:])

    in_plane = jax.jit(effects.plane_coordinates)

    def half_plane(contributions: Any, angle: float, kind: str = "") -> float:
        plane = np.asarray(in_plane(contributions))
        vector = np.array([np.cos(angle), np.sin(angle)])
        if kind == "own direction":
            return float(2 * plane[:, 0] @ vector / (plane[:, 0] @ plane[:, 0]))
        if kind == "centre":
            return float(2 * theory.sector_centre(plane, 0) @ vector)
        return float((1 if kind == "once" else 2) * theory.least_norm(plane, vector)[0])

    def variant(kind: str) -> Any:
        return lambda contributions, angle: half_plane(contributions, angle, kind)

    def draw(rng: Any) -> dict[str, Any]:
        count = int(rng.integers(3, 12))
        directions = rng.normal(size=(count, 32))
        return {
            "contributions": rng.uniform(0.5, 2, (count, 1))
            * directions
            / np.linalg.norm(directions, axis=1, keepdims=True),
            "angle": float(rng.uniform(0, 2 * np.pi)),
        }

    return co.Identity(
        left=measured,
        right=variant(""),
        draw=draw,
        digits=8,
        wrong={
            "beta_c once": variant("once"),
            "centred on v_c_perp itself": variant("own direction"),
            "without its scale": variant("centre"),
        },
    )


@PAPER.claim(
    "half-plane",
    says="Exactly half of the phases meet the least-norm criterion, whatever the dictionary.",
    where="section 4, high-sensitivity condition",
    status="corrected",
)
def half_plane() -> co.Identity:
    measured = jax.jit(lambda key, N, d: effects.favoured_share(key, {"N": N, "d": d}), static_argnums=(1, 2))

    def share(N: int, d: int, seed: int) -> float:
        return float(np.mean(measured(jax.random.key(seed), N, d)))

    return co.Identity(
        left=share,
        right=lambda: 0.5,
        draw=lambda rng: {"N": (3, 6, 11)[rng.integers(3)], "d": 33, "seed": int(rng.integers(2**31))},
        digits=3,
        wrong={"the others share what is left": lambda N: 1 / N, "a third": lambda: 1 / 3, "all": lambda: 1.0},
    )
