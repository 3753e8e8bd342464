"""OASR's training laws on trial: schedule, penalties, moments."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import oasr as sims
    from corollary.theory.circuits_rome import oasr as theory

LOSS = "OASR, loss and released code"


@PAPER.claim(
    "oasr-schedule",
    says="The sparsity weight rises linearly to 20 times its first value over the first .8 of the epochs, falls "
    "linearly to .01 of it over the last .2, and stays.",
    where=LOSS,
)
def schedule() -> co.Value:
    at: list[dict[str, Any]] = [
        {"step": float(step), "warm": 32.0, "cool": 8.0, "most": 20.0, "least": 0.01, "start": 1.0}
        for step in (0, 16, 31, 32, 36, 39, 40, 55)
    ]
    at.append({"step": 10.0, "warm": 8.0, "cool": 5.0, "most": 3.0, "least": 0.5, "start": 0.4})
    return co.Value(
        predicts=theory.schedule,
        computes=sims.weight,
        at=at,
        within=1e-5,
        wrong={
            "constant": lambda start: start,
            "it stays at its height": lambda step, warm, cool, most, start: theory.schedule(
                step, warm, cool, most, most, start
            ),
            "down to 0": lambda step, warm, cool, most, start: theory.schedule(step, warm, cool, most, 0.0, start),
            "from 0": lambda step, warm, cool, most, least, start: (
                theory.schedule(step, warm, cool, most, least, start) - start * (step == 0)
            ),
        },
    )


POINTS = [
    {"l": 0.1, "E": 81, "R": 9, "weight": 2.0, "overlap": 1.04},
    {"l": -0.8, "E": 257, "R": 40, "weight": 6.0, "overlap": 4.0},
]


@PAPER.claim(
    "oasr-pull",
    says="Sparsity and overlap terms as released pull on the logit of an edge of the reference by sigmoid'(l) "
    "(lambda_s/|E| + lambda_o/|R|).",
    where=LOSS,
    status="reconstructed",
)
def pull() -> co.Value:
    return co.Value(
        predicts=theory.PULL,
        computes=sims.pull,
        at=POINTS,
        within=1e-4,
        wrong={
            "overlap over all edges": theory.PULL_PER_EDGE,
            "sparsity a sum": lambda l, E, R, weight, overlap: theory.PULL(
                l=l, E=1, R=R, weight=weight, overlap=overlap
            ),
            "overlap rewarded": lambda l, E, R, weight, overlap: theory.PULL(
                l=l, E=E, R=R, weight=weight, overlap=1e-12
            ),
        },
    )


@PAPER.claim(
    "oasr-pull-per-edge",
    says="With the overlap term over all edges, as it is written elsewhere, an edge of the reference is pulled by "
    "sigmoid'(l) (lambda_s + lambda_o)/|E|: the same weight repels |E|/|R| times less, 28 times at IOI's sizes.",
    where=LOSS,
    status="reconstructed",
)
def per_edge() -> co.Value:
    return co.Value(
        predicts=theory.PULL_PER_EDGE,
        computes=lambda l, E, R, weight, overlap: sims.pull(l, E, R, weight, overlap, "graph"),
        at=POINTS,
        within=1e-4,
        wrong={"over the reference": theory.PULL, "no overlap term": lambda l, E, weight: theory.PULL_PER_EDGE(
            l=l, E=E, weight=weight, overlap=1e-12)},
    )  # fmt: skip


STEPS = [
    {"first": 1.0, "second": -0.6, "share": 0.3, "rate": 0.01},
    {"first": -0.4, "second": 1.0, "share": 0.8, "rate": 0.02},
]


@PAPER.claim(
    "oasr-shared-moments",
    says="With one optimizer for both steps, as released, a logit under fixed gradients g and lambda_c h moves by "
    "-rate (g + lambda_c h)/sqrt((g^2 + lambda_c^2 h^2)/2) in two steps: lambda_c counts.",
    where=LOSS,
    status="reconstructed",
)
def shared() -> co.Value:
    return co.Value(
        predicts=theory.SHARED,
        computes=sims.moved,
        at=STEPS,
        within=2e-3,
        wrong={
            "moments apart": theory.SEPARATE,
            "plain descent": lambda first, second, share, rate: -rate * (first + share * second),
            "one loss for both": lambda first, second, share, rate: theory.SEPARATE(
                first=first + share * second, second=first + share * second, rate=rate
            ),
        },
    )


@PAPER.claim(
    "oasr-separate-moments",
    says="With moments for each loss the completeness step is as long as the fidelity step however small lambda_c is.",
    where=LOSS,
    status="reconstructed",
)
def separate() -> co.Value:
    return co.Value(
        predicts=theory.SEPARATE,
        computes=lambda first, second, share, rate: sims.moved(first, second, share, rate, "separate"),
        at=[{"first": 1.0, "second": 0.5, "share": 0.007, "rate": 0.01}],
        within=2e-3,
        wrong={"moments shared": theory.SHARED, "lambda_c counts": lambda rate, share: -rate * (1 + share)},
    )
