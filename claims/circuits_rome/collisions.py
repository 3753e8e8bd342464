"""Circuits that meet a target on trial."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import collisions as sims
    from corollary.theory.circuits_rome import collisions as theory

EXISTENCE = "existence of many circuits, local linearity and margins"


def _case(m: int, k: int, q: int, eps: float, T: float, mu: float = 0.0, sigma: float = 1.0) -> dict[str, Any]:
    return {"m": m, "k": k, "q": q, "eps": eps, "T": T, "mu": mu, "sigma": sigma}


CASES = [_case(12, 4, 1, 0.5, 1.0), _case(11, 5, 3, 1.3, 0.5, 0.2, 1.4)]


@PAPER.claim(
    "target-count",
    says="Of additive margins N(mu, sigma^2), C(m, k) [Phi((T - k mu + eps)/(sigma sqrt k)) - Phi((T - k mu - eps)/"
    "(sigma sqrt k))]^q circuits of k edges are expected to meet q margins.",
    where=EXISTENCE,
    status="reconstructed",
)
def count() -> co.Mean:
    def over_all(m: int, k: int, **point: float) -> float:
        """With sigma sqrt(m) in place of sigma sqrt(k)."""
        changed = {**point, "sigma": point["sigma"] * (m / k) ** 0.5}
        return theory.COUNT(m=m, k=k, **changed)

    return co.Mean(
        predicts=theory.COUNT,
        measures=sims.counts,
        at=co.Depths(quick=CASES, standard=CASES, full=[*CASES, _case(18, 7, 1, 0.2, 1.0)]),
        within=co.Depths(quick=0.1, standard=0.05),
        wrong={
            "spread of all m edges": over_all,
            "one margin": lambda **point: theory.COUNT(**{**point, "q": point["q"] + 1}),
            "the mean left out": lambda **point: theory.COUNT(**{**point, "mu": 0.0, "T": 0.0}),
            "subsets of any order": lambda **point: theory.COUNT(**point) * point["k"],
        },
    )


@PAPER.claim(
    "target-pairs",
    says="Ordered pairs of circuits that meet the target and share j edges: C(m, k) C(k, j) C(m - k, k - j) P2(j/k)^q, "
    "P2 of standard normals of correlation j/k. They overlap as by chance, and no less.",
    where=EXISTENCE,
    status="reconstructed",
)
def pairs() -> co.Mean:
    def row(m: int, k: int, q: int, eps: float, T: float, mu: float, sigma: float) -> list[float]:
        return theory.pairs(int(m), int(k), q, eps, T, mu, sigma)

    def independent(m: int, k: int, q: int, eps: float, T: float, mu: float, sigma: float) -> list[float]:
        m, k = int(m), int(k)
        hit = theory.HIT(k=k, eps=eps, T=T, mu=mu, sigma=sigma) ** q
        every = theory.pairs(m, k, 0, eps, T, mu, sigma)
        return [one * hit**2 for one in every]

    point = _case(9, 3, 2, 1.0, 0.6, 0.1, 1.2)
    names = [str(j) for j in range(4)]
    return co.Mean(
        predicts={name: lambda shared=int(name), **point: row(**point)[shared] for name in names},
        measures=sims.pairs,
        at=[point],
        within=0.12,
        wrong={
            "independent": independent,
            "correlation (j/k)^2": lambda m, k, q, eps, T, mu, sigma: [
                theory.pairs(int(m), int(k), 0, eps, T, mu, sigma)[j]
                * theory.both((T - k * mu) / (sigma * k**0.5), eps / (sigma * k**0.5), (j / k) ** 2) ** q
                for j in range(int(k) + 1)
            ],
        },
    )


@PAPER.claim(
    "margins-bring-uniqueness",
    says="With every margin that must be met the expected number of circuits falls by the same factor; beyond q* "
    "margins, 9.91 of 10-edge circuits among 40 at eps = 1/2, fewer than one is expected.",
    where=EXISTENCE,
    status="reconstructed",
)
def critical() -> co.Value:
    def ratio(m: int, k: int, eps: float, sigma: float) -> float:
        return theory.CRITICAL(m=m, k=k, eps=eps, sigma=sigma)

    def crossing(m: int, k: int, eps: float, sigma: float) -> float:
        return sims.crossing(m, k, eps, sigma)

    return co.Value(
        predicts=theory.CRITICAL,
        computes=crossing,
        at=[{"m": 40, "k": 10, "eps": 0.5, "sigma": 1.0}, {"m": 25, "k": 6, "eps": 1.1, "sigma": 1.7}],
        within=1e-6,
        wrong={
            "spread of all m edges": lambda m, k, eps, sigma: ratio(m, k, eps, sigma * (m / k) ** 0.5),
            "all subsets": lambda m, k, eps, sigma: ratio(m, k, eps, sigma) * 1.5,
            "one half as wide": lambda m, k, eps, sigma: ratio(m, k, eps / 2, sigma),
        },
    )


@PAPER.claim(
    "collisions-reach-the-target",
    says="Once more circuits are there than cells of margins, so that many coincide, a faithful one has an equivalent.",
    where=f"{EXISTENCE}, read as a pigeonhole argument alone",
    corrected_by="crowded-elsewhere",
    kinder="Some circuits are equivalent to one another; that a faithful one is takes the count at the target.",
)
def pigeonhole() -> co.Witness:
    return co.Witness(computes=lambda: sims.crowded_cell()["faithful"] >= 2, states=True)


@PAPER.claim(
    "crowded-elsewhere",
    says="Of two-edge circuits of margins 0, 0, 1, 1 four coincide, and the one that reaches 2 is alone.",
    where=f"{EXISTENCE}, read as a pigeonhole argument alone",
    status="corrected",
)
def crowded() -> co.Witness:
    return co.Witness(
        computes=sims.crowded_cell,
        states={"most that coincide": 4, "faithful": 1},
        wrong={
            "the crowd is at the target": {"most that coincide": 4, "faithful": 4},
            "none coincide": {"most that coincide": 1, "faithful": 1},
        },
    )


@PAPER.claim(
    "low-overlap-families",
    says="Among 9 edges 12 circuits of 3 can share 1 at most pairwise, as many as Johnson's bound allows.",
    where=f"{EXISTENCE}, low overlap",
    status="reconstructed",
)
def families() -> co.Witness:
    def known() -> dict[str, Any]:
        lines = sims.affine_lines()
        most = max(len(set(one) & set(other)) for one in lines for other in lines if one != other)
        return {"circuits": len(lines), "most in common": most, "allowed": theory.johnson(9, 3, 1)}

    return co.Witness(
        computes=known,
        states={"circuits": 12, "most in common": 1, "allowed": 12},
        wrong={
            "edges over circuit size": {"circuits": 3, "most in common": 1, "allowed": 3},
            "all of them": {"circuits": 84, "most in common": 2, "allowed": 84},
        },
    )
