"""Axis, normal space and balance: what holds for any sum of contributions, and how the energy is shared."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import effects
    from corollary.sims.cylindrical_steering import geometry as sims
    from corollary.theory.cylindrical_steering import decomposition


@PAPER.claim(
    "balance",
    says="Along the axis the contributions add up to |v_d|; in the normal space the others' add up to the "
    "opposite of the concept's own.",
    where="definition of the axis",
)
def balance() -> co.Identity:
    measured = jax.jit(sims.decompose)

    def own(v: Any) -> Any:
        along, normal = measured(v)
        return np.append(np.asarray(normal[0]), jnp.sum(along))

    def others(v: Any, sign: float = -1.0) -> Any:
        _, normal = decomposition.decompose(np.asarray(v).T)
        return np.append(sign * normal[:, 1:].sum(1), np.linalg.norm(v.sum(0)))

    def draw(rng: Any) -> dict[str, Any]:
        shape = [(3, 2), (7, 5), (40, 16), (200, 48)][rng.integers(4)]
        return {"v": rng.normal(size=shape)}

    def around_another_axis(v: Any) -> Any:
        axis = v[0] + 2 * v[1]
        axis = axis / np.linalg.norm(axis)
        rest = v - np.outer(v @ axis, axis)
        return np.append(-rest[1:].sum(0), np.linalg.norm(v.sum(0)))

    return co.Identity(
        left=own,
        right=others,
        draw=draw,
        wrong={
            "the same, not the opposite": lambda v: others(v, 1.0),
            "of directions, without strengths": lambda v: others(v / np.linalg.norm(v, axis=1, keepdims=True)),
            "around another axis": around_another_axis,
        },
    )


@PAPER.claim(
    "orthonormal-null",
    says="Cancelling normal components tell overlapping concepts from orthonormal ones, which have none.",
    where="the cylinder as evidence against the linear hypothesis",
    corrected_by="orthonormal-normals",
    kinder="It stands where a single concept changes. What overlap does change is the spread of slopes over samples, "
    "which can carry the argument.",
)
def orthonormal_null() -> co.Witness:
    def energies() -> list[Fraction]:
        """Two orthonormal concepts changed by 3 and 4: |v_i|^2 less the square of <v_i, v_d> / |v_d|."""
        alpha = [Fraction(3), Fraction(4)]
        total = sum(a**2 for a in alpha)
        return [a**2 - a**4 / total for a in alpha]

    return co.Witness(computes=energies, states=[0, 0])


@PAPER.claim(
    "orthonormal-normals",
    says="Orthonormal concepts have normal components of energy alpha_i^2 (1 - alpha_i^2 / |alpha|^2) too: "
    "they vanish only when a single concept changes.",
    where="reconstructed",
    status="reconstructed",
)
def orthonormal_normals() -> co.Identity:
    energy = jax.jit(lambda alpha, frame: jnp.sum(sims.decompose(alpha[:, None] * frame)[1] ** 2, axis=1))

    def draw(rng: Any) -> dict[str, Any]:
        return {"alpha": rng.normal(size=6), "frame": np.linalg.qr(rng.normal(size=(9, 9)))[0][:6]}

    return co.Identity(
        left=energy,
        right=lambda alpha: alpha**2 * (1 - alpha**2 / (alpha @ alpha)),
        draw=draw,
        wrong={
            "all of the energy": lambda alpha: alpha**2,
            "without the square": lambda alpha: alpha**2 * (1 - np.abs(alpha) / np.linalg.norm(alpha)),
            "none": lambda alpha: 0 * alpha,
        },
    )


@PAPER.claim(
    "balance-energy",
    says="Isotropic Gaussian contributions have the share (N + d - 1) / (N d) of their energy along the axis "
    "of their sum.",
    where="reconstructed",
    status="reconstructed",
)
def balance_energy() -> co.Mean:
    small = [{"N": 5, "d": 3}, {"N": 20, "d": 10}]
    return co.Mean(
        predicts=decomposition.AXIAL_SHARE,
        measures=effects.axial_energy,
        compares=co.ratio(0, 1),
        within=0.01,
        at=co.Depths(quick=small, standard=[*small, {"N": 60, "d": 20}], full=[*small, {"N": 100, "d": 30}]),
        wrong={
            "one share in N": lambda N: 1 / N,
            "without the mean part": lambda N, d: (N - 1) / (N * d),
            "one dimension in d": lambda d: 1 / d,
            "both, counted twice": lambda N, d: (N + d) / (N * d),
        },
    )


@PAPER.claim(
    "normal-magnitude",
    says="The steering vector's normal part has length |v| sin(theta), a function of v and v_d alone.",
    where="Theorem 4.1",
)
def normal_magnitude() -> co.Identity:
    length = jax.jit(lambda v, axis: jnp.linalg.norm(sims.split(v, axis)[1]))

    def theta(v: Any, axis: Any) -> float:
        return float(np.arccos(v @ axis / np.linalg.norm(v)))

    def draw(rng: Any) -> dict[str, Any]:
        axis = rng.normal(size=12)
        return {"v": rng.normal(size=12), "axis": axis / np.linalg.norm(axis)}

    return co.Identity(
        left=length,
        draw=draw,
        right=lambda v, axis: np.linalg.norm(v) * np.sin(theta(v, axis)),
        wrong={
            "cosine for sine": lambda v, axis: np.linalg.norm(v) * np.cos(theta(v, axis)),
            "of a unit vector": lambda v, axis: np.sin(theta(v, axis)),
            "tangent for sine": lambda v, axis: np.linalg.norm(v) * np.tan(theta(v, axis)),
        },
    )


@PAPER.claim(
    "plane-share",
    says="A plane of the m-dimensional normal space holds 2/m of the energy of a random normal part: the "
    "length within the plane is predictable only where the vector lies in it.",
    where="Theorem 4.1",
    status="reconstructed",
)
def plane_share() -> co.Mean:
    return co.Mean(
        predicts=lambda m: 2 / m,
        measures=effects.plane_share,
        within=0.02,
        at=co.Depths(quick=[{"m": 5}, {"m": 31}], standard=[{"m": 5}, {"m": 31}, {"m": 127}]),
        wrong={"all of it": lambda: 1.0, "one dimension of m": lambda m: 1 / m, "of m - 1": lambda m: 2 / (m - 1)},
    )
