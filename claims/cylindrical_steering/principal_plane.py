"""The plane in which phases are read: its second axis, the first principal component of the other concepts."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import principal_plane as sims
    from corollary.theory.cylindrical_steering import principal_plane as theory


def _case(lam_1: float, lam_j: float, d: int, r: int, N: int) -> dict[str, Any]:
    """A point of rank r in d dimensions, with the spectrum that the simulation is given."""
    spectrum = (lam_1, *[lam_j] * (r - 1), *[0.0] * (d - r))
    return {"spectrum": spectrum, "N": N, "lam_1": lam_1, "lam_j": lam_j, "d": d, "r": r}


CASES = [_case(2.0, 1.0, 4, 3, 6), _case(4.0, 1.0, 5, 2, 8), _case(2.0, 1.5, 4, 4, 5)]


def _phases(kind: str) -> int:
    """How many phases, sizes or cosines of it a direction has, read with PC1 and with its opposite."""

    others = jnp.asarray([[0.0, 3.0, 1.0], [1.0, -2.0, 1.0], [2.0, 1.0, -1.0]], jnp.float64)
    vector, own = jnp.asarray([1.0, 2.0, 0.5], jnp.float64), jnp.asarray([1.0, 0.0, 0.0], jnp.float64)
    component = sims.first_component(others)
    read = [float(sims.phase(vector, own, sign * component)) for sign in (1, -1)]
    form = {"phase": lambda x: x, "size": abs, "cosine": lambda x: float(jnp.cos(x))}[kind]
    return len({round(form(x), 9) for x in read})


@PAPER.claim(
    "phase-in-plane",
    says="A steering direction has one phase in the plane of a concept's normal and PC1 of the others.",
    where="section 4, the normal plane",
    corrected_by="phase-up-to-sign",
    kinder="It stands up to a sign: the size and the cosine of the phase, and so any sector symmetric about the "
    "concept's normal, are well defined.",
)
def phase_in_plane() -> co.Witness:
    return co.Witness(computes=lambda: _phases("phase"), states=1)


@PAPER.claim(
    "phase-up-to-sign",
    says="PC1 has no sign: a direction has two phases, of one size and one cosine.",
    where="section 4, the normal plane",
    status="corrected",
)
def phase_up_to_sign() -> co.Witness:
    return co.Witness(
        computes=lambda: [_phases(kind) for kind in ("phase", "size", "cosine")],
        states=[2, 1, 1],
        wrong={"one phase": [1, 1, 1], "two cosines too": [2, 2, 2]},
    )


@PAPER.claim(
    "pc1-turn",
    says="Noise of variance sigma^2 in every entry turns PC1 by a mean squared angle of sigma^2 sum_j (lam_1 "
    "+ lam_j) / (lam_1 - lam_j)^2: near a tie the phase is the noise's.",
    where="reconstructed",
    status="reconstructed",
)
def pc1_turn() -> co.Mean:
    return co.Mean(
        predicts=theory.TURN,
        measures=sims.turns,
        within=0.03,
        at=co.Depths(quick=CASES[:2], standard=CASES),
        wrong={
            "the largest alone above": lambda lam_1, lam_j, d, r: (
                (r - 1) * lam_1 / (lam_1 - lam_j) ** 2 + (d - r) / lam_1
            ),
            "the gap not squared": lambda lam_1, lam_j, d, r: (
                (r - 1) * (lam_1 + lam_j) / (lam_1 - lam_j) + (d - r) / lam_1
            ),
            "one direction": lambda lam_1, lam_j: (lam_1 + lam_j) / (lam_1 - lam_j) ** 2,
            "within the span alone": lambda lam_1, lam_j, r: (r - 1) * (lam_1 + lam_j) / (lam_1 - lam_j) ** 2,
        },
    )


@PAPER.claim(
    "pc1-of-random-concepts",
    says="Leaving out a tenth of 200 random concepts in 32 dimensions turns their PC1 by more than 8 degrees; "
    "with half of a direction in common it stays within 5.",
    where="section 4, the normal plane",
    status="reconstructed",
)
def pc1_of_random_concepts() -> co.Phenomenon:
    def observe(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
        return sims.refitted(key, 32, 200, point["shared"])

    return co.Phenomenon(
        measures=observe,
        shows=lambda row: row["left_out"] > 8,
        effect="left_out",
        point={"shared": 0.0},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "a direction in common leaves more than 5": co.Control({"shared": 0.5}, lambda row: row["left_out"] > 5),
            "it stays within 5": lambda row: row["left_out"] < 5,
            "by leaving the mean in": lambda row: row["centred"] > 45,
        },
    )
