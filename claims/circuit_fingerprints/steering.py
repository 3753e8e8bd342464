"""Steps between prototypes on trial, and what they do in compiled induction."""

from __future__ import annotations

from math import sqrt

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER

with co.lazily():
    from corollary.sims.circuit_fingerprints import steering as sims
    from corollary.theory.circuit_fingerprints import induction
    from corollary.theory.circuit_fingerprints import steering as theory


@PAPER.claim(
    "step-lengths",
    says="Between prototypes of norm rho at angle psi a replacement step is 4 rho sin(psi/2)^2 long, a magnitude step "
    "2 rho sin(psi/2).",
    where="steering",
    status="reconstructed",
)
def lengths() -> co.Value:
    return co.Value(
        predicts={"replacement": theory.REPLACEMENT, "magnitude": theory.MAGNITUDE},
        computes=sims.lengths,
        at=[{"rho": 1.3, "psi": 0.7}, {"rho": 0.4, "psi": 2.1}],
        within=1e-12,
        wrong={
            "magnitude with |d_s - d_t|": lambda rho, psi: [theory.REPLACEMENT(rho=rho, psi=psi)] * 2,
            "arcs": lambda rho, psi: [rho * psi**2, rho * psi],
        },
    )


@PAPER.claim(
    "simplex-steps",
    says="In a regular simplex of k centred prototypes they are 2 rho k/(k - 1) and rho sqrt(2 k/(k - 1)) long, the "
    "latter the prototypes' distance.",
    where="steering",
    status="reconstructed",
)
def simplex() -> co.Value:
    return co.Value(
        predicts={"replacement": theory.SIMPLEX_REPLACEMENT, "magnitude": theory.SIMPLEX_MAGNITUDE},
        computes=lambda k, rho: sims.simplex_lengths(k, rho * sqrt((k - 1) / k) * sqrt(k / (k - 1))),
        at=[{"k": 2, "rho": 1.0}, {"k": 4, "rho": 0.7}, {"k": 7, "rho": 1.3}],
        within=1e-10,
        wrong={
            "orthogonal prototypes": lambda rho: [2 * rho, sqrt(2) * rho],
            "two of them": lambda rho: [4 * rho, 2 * rho],
        },
    )


@PAPER.claim(
    "two-prototypes",
    says="Of two prototypes a magnitude step is the difference of means, and a replacement step twice that.",
    where="steering",
    status="reconstructed",
)
def two() -> co.Value:
    return co.Value(
        predicts={"replacement": lambda: theory.TWO_REPLACEMENT, "magnitude": lambda: theory.TWO_MAGNITUDE},
        computes=lambda seed: {name: x for name, x in sims.of_two(seed).items() if name != "off"},
        at=[{"seed": 0}, {"seed": 1}],
        within=1e-10,
        wrong={
            "one length for both": lambda: [1.0, 1.0],
            "prototypes not centred": co.Recomputed(
                lambda seed: {name: x for name, x in sims.of_two(seed, centred=False).items() if name != "off"}
            ),
        },
    )


@PAPER.claim(
    "svd-step",
    says="Projecting centred prototypes on all k - 1 of their principal directions changes nothing; on fewer it does.",
    where="steering",
    status="reconstructed",
)
def svd() -> co.Value:
    return co.Value(
        predicts=lambda: 0.0,
        computes=lambda seed, k: sims.full_rank(seed, k),
        at=[{"seed": 0, "k": 3}, {"seed": 1, "k": 8}],
        within=1e-10,
        scale=lambda: 1.0,
        wrong={
            "on k - 2 of them": co.Recomputed(lambda seed, k: sims.full_rank(seed, k, rank=k - 2)),
            "a tenth of a unit": lambda: 0.1,
        },
    )


STEERED = [{"R1": 1, "R2": 3, "alpha": 1.0}, {"R1": 3, "R2": 2, "alpha": 0.3}, {"R1": 3, "R2": 1, "alpha": 0.35}]
ANSWERS, READOUT = 7, 10.0


@PAPER.claim(
    "steered-logits",
    says="In compiled induction a step from one of k answers to another changes their logits' difference by 2 c R2 "
    "alpha sqrt(2k/(k - 1)), and the prediction once alpha exceeds sqrt((k - 1)/(2k))/2 = .327.",
    where="steering; tried on a compiled model",
    status="reconstructed",
)
def logits() -> co.Value:
    def row(R2: int, alpha: float, k: int = ANSWERS) -> list[float]:
        change = theory.LOGITS(c=READOUT, R2=R2, alpha=alpha, k=k)
        return [change, float(change > 2 * READOUT * R2 / 2)]

    return co.Value(
        predicts=row,
        computes=sims.logit_change,
        at=STEERED,
        scale=lambda R2: [READOUT * R2, 1.0],
        within=1e-8,
        wrong={
            "orthogonal prototypes": lambda R2, alpha: [2 * sqrt(2) * READOUT * R2 * alpha, row(R2, alpha)[1]],
            "always steered": lambda R2, alpha: [row(R2, alpha)[0], 1.0],
            "of eight tokens": lambda R2, alpha: row(R2, alpha, 8),
        },
    )


@PAPER.claim(
    "unembedding-steers-best",
    says="At one length, a step along the fingerprint changes the logits R2/sqrt(1 + R1^2 + R2^2) times as much as one "
    "along the unembedding's difference: their cosine.",
    where="steering; tried on a compiled model",
    status="reconstructed",
)
def against() -> co.Value:
    return co.Value(
        predicts=induction.COSINE,
        computes=sims.against_unembedding,
        at=[{"R1": 3, "R2": 2}, {"R1": 1, "R2": 3}, {"R1": 3, "R2": 1}],
        within=1e-9,
        wrong={"as much": lambda: 1.0, "behind BOS": lambda R2: induction.BEHIND_BOS(R2=R2)},
    )
