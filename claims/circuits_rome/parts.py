"""Room for disjoint circuits on trial."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import edges as graphs
    from corollary.sims.circuits_rome import parts as sims
    from corollary.theory.circuits_rome import edges
    from corollary.theory.circuits_rome import parts as theory

DISJOINT = "exponentially many faithful circuits"


@PAPER.claim(
    "part-accuracy",
    says="Of margins that add up, N(mu, sigma^2) an edge and prompt, each of N disjoint parts has accuracy "
    "Phi(Z/sqrt N), Z = sqrt(m) mu/sigma: a decision is shared out without any cancelling.",
    where=DISJOINT,
    status="reconstructed",
)
def accuracy() -> co.Mean:
    points = [{"m": 240, "mu": 0.12, "sigma": 1.0, "N": 4}, {"m": 90, "mu": 0.25, "sigma": 1.7, "N": 3}]
    return co.Mean(
        predicts=theory.ACCURACY,
        measures=sims.correct,
        at=co.Depths(quick=points, standard=[*points, {**points[0], "N": 8}]),
        within=co.Depths(quick=0.02, standard=0.015),
        support=(0, 1),
        wrong={
            "Phi(Z/N)": lambda m, mu, sigma, N: theory.ACCURACY(m=m, mu=mu, sigma=sigma, N=N**2),
            "Phi(Z)": lambda m, mu, sigma: theory.ACCURACY(m=m, mu=mu, sigma=sigma, N=1),
            "m for sqrt m": lambda m, mu, sigma, N: theory.ACCURACY(m=m**2, mu=mu, sigma=sigma, N=N),
        },
    )


@PAPER.claim(
    "room",
    says="A model of strength Z has room for (Z/z)^2 disjoint circuits of accuracy Phi(z): 4.88 of accuracy .8 at "
    "Z = 1.859.",
    where=DISJOINT,
    status="reconstructed",
)
def room() -> co.Identity:
    m, N, mu, sigma, z = theory.m, theory.N, theory.mu, theory.sigma, theory.z_alpha
    return co.Identity(
        left=theory.accuracy(),
        right=(theory.STRENGTH.expression / z) ** 2,
        wrong={"Z/z": theory.STRENGTH.expression / z, "of N edges each": m * mu / (sigma * z) / N},
    )


@PAPER.claim(
    "conservation",
    says="N disjoint circuits that each add up to the full margin V, on average V + error, leave edges that add up to "
    "-(N - 1) V - N error: equal values need active cancelling, equal decisions do not.",
    where=DISJOINT,
    status="reconstructed",
)
def conservation() -> co.Value:
    points = [{"m": 30, "N": 3, "k": 7, "seed": 0}, {"m": 17, "N": 2, "k": 4, "seed": 5}]
    for point in points:
        made: dict[str, Any] = sims.remainder(**point)
        point.update({"V": made["V"], "error": made["error"]})
    return co.Value(
        predicts=theory.REMAINDER,
        computes=lambda m, N, k, seed: sims.remainder(m, N, k, seed)["rest"],
        at=points,
        within=1e-9,
        wrong={
            "nothing is left": lambda: 0.0,
            "-N V": lambda N, V: -N * V,
            "the errors average out": lambda N, V: -(N - 1) * V,
        },
    )


@PAPER.claim(
    "exponentially-many-disjoint",
    says="A model of width d has 2^(d/48) mutually disjoint faithful circuits or more: at GPT-2 small's width of 768, "
    "2^16.",
    where=f"{DISJOINT}, read as disjoint ones",
    corrected_by="disjoint-ceiling",
    kinder="Distinct ones, and ones that overlap little, can be exponentially many.",
)
def exponentially() -> co.Witness:
    return co.Witness(computes=lambda: graphs.listed(12, 12) >= 2**16, states=True)


@PAPER.claim(
    "disjoint-ceiling",
    says="Disjoint circuits of k edges or more number floor(|E|/k) at most: 32491 in GPT-2 small, however short, and "
    "28 of the 1158 edges that IOI takes.",
    where=f"{DISJOINT}, read as disjoint ones",
    status="corrected",
)
def ceiling() -> co.Witness:
    def most(k: int) -> int:
        return int(theory.CEILING(E=edges.SERIAL(L=12, H=12), k=k))

    return co.Witness(
        computes=lambda: [graphs.listed(12, 12) // k for k in (1, 3, 1158)],
        states=[most(1), most(3), most(1158)],
        wrong={
            "of the parallel graph": [int(edges.PARALLEL(L=12, H=12)) // k for k in (1, 3, 1158)],
            "rounded up": [-(-32491 // k) for k in (1, 3, 1158)],
        },
    )
