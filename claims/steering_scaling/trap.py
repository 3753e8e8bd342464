"""What a factor that starts below its learning rate does to signSGD, and to Adam."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.steering_scaling.paper import PAPER

with co.lazily():
    from corollary.sims.steering_scaling import linear_model as sims
    from corollary.theory.steering_scaling import trap as theory

TRAPS = (
    {"n": 256, "beta": 0.5, "lam": 1.0, "c_a": 1.0, "c_v": 0.05},
    {"n": 255, "beta": 0.3, "lam": 4.0, "c_a": 1.0, "c_v": 0.08},
)


@PAPER.claim(
    "efficient-means-learning",
    corrected_by="trap",
    kinder="The paper asks for steps of order one, no more; Adam's momentum leaves the trap, and the tuned runs "
    "start with alpha_0 > eta_alpha.",
    says="A stable and efficient parameterisation learns: no run of it is stuck.",
    where="Section 4, efficiency read as progress",
)
def efficient_means_learning() -> co.Mean:
    return co.Mean(
        predicts=lambda: 0.0, measures=sims.trapped, scale=lambda: 1.0, within=0.05, at=TRAPS[:1], support=(0.0, 1.0)
    )


@PAPER.claim(
    "trap",
    says="If alpha_0 < eta_alpha, signSGD circles with period two for ever with a probability that tends to 1/2.",
    where="reconstructed",
    status="reconstructed",
)
def trap() -> co.Mean:
    more = [
        {"n": 1024, "beta": 0.5, "lam": 1.0, "c_a": 1.0, "c_v": 0.05},
        {"n": 1024, "beta": 0.5, "lam": 2.0, "c_a": 1.0, "c_v": 0.02},
    ]
    return co.Mean(
        predicts=theory.TRAP,
        measures=sims.trapped,
        at=co.Depths(quick=TRAPS, standard=[*TRAPS, *more]),
        within=co.Depths(quick=0.08, standard=0.05, full=0.03),
        support=(0.0, 1.0),
        wrong={
            "one half at every width": lambda: 0.5,
            "never": lambda: 0.0,
            "c1 = 1": lambda c_v, n, lam: math.erf(c_v * math.sqrt(n / lam / 2)) / 2,
            "lam where its root belongs": lambda c_v, n, lam: math.erf(c_v * math.sqrt(n / math.pi) / lam) / 2,
        },
    )


@PAPER.claim(
    "sign-flip",
    says="Adam with alpha_0 = eta_alpha / 2 flips the factor's sign half of the time, and with 8 eta_alpha never in "
    "forty steps.",
    where="Section 4; law reconstructed",
    status="reconstructed",
)
def sign_flip() -> co.Mean:
    point = {"n": 256, "lam": 1.0, "c_a": 1.0, "c_v": 0.05, "steps": 40, "y": 2.0}
    return co.Mean(
        predicts=lambda beta: 0.5 if beta < 1 else 0.0,
        measures=sims.flipped,
        scale=lambda: 0.5,
        at=[{"beta": 0.5, **point}, {"beta": 8.0, **point}],
        within=co.Depths(quick=0.1, standard=0.06),
        support=(0.0, 1.0),
        wrong={
            "never": lambda: 0.0,
            "whatever the start": lambda: 0.5,
            "one time in four": lambda beta: 0.25 if beta < 1 else 0.0,
        },
    )


@PAPER.claim(
    "adam-leaves-the-trap",
    says="From starts in which signSGD circles for ever, Adam's momentum comes half of the way to the target within "
    "forty steps, every time.",
    where="Section 4; law reconstructed",
    status="reconstructed",
)
def adam_leaves_the_trap() -> co.Mean:
    point = {"lam": 1.0, "c_a": 1.0, "c_v": 0.1, "y": 2.0, "steps": 40}
    return co.Mean(
        predicts=lambda optimizer: 1.0 if optimizer == "adam" else 0.0,
        measures=sims.arrived,
        scale=lambda: 1.0,
        at=[
            {"n": 65, "beta": beta, **point, "optimizer": optimizer}
            for beta in (0.3, 0.8)
            for optimizer in ("sign", "adam")
        ],
        within=co.Depths(quick=0.05, standard=0.02),
        support=(0.0, 1.0),
        wrong={"signSGD leaves too": lambda: 1.0, "neither does": lambda: 0.0, "half of the time": lambda: 0.5},
    )
