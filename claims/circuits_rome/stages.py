"""Staged redundancy on trial, against all subsets listed."""

from __future__ import annotations

from math import comb, prod

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import stages as sims
    from corollary.theory.circuits_rome import stages as theory

MANY = "many circuits of one task"
TASKS = [
    {"R": [3, 4, 2], "k": [1, 2, 1], "F": 3},
    {"R": [2, 3], "k": [1, 1], "F": 0},
    {"R": [5, 4], "k": [2, 3], "F": 1},
]


@PAPER.claim(
    "stage-counts",
    says="Of a task in stages of interchangeable units, the faithful sets of each size are the coefficients of the "
    "product of the stages' generating functions.",
    where=MANY,
    status="reconstructed",
)
def counts() -> co.Value:
    def sized(R: list, k: list, F: int) -> list[int]:
        return theory.by_size(R, k, F)

    def spread(R: list, k: list, F: int) -> list[float]:
        counted = theory.by_size(R, k, F)
        return [prod(comb(of, need) for of, need in zip(R, k, strict=True))] * len(counted)

    return co.Value(
        predicts=sized,
        computes=sims.by_size,
        at=TASKS,
        within=0.01,
        scale=lambda R, F: [1.0] * (sum(R) + F + 1),
        wrong={
            "minimal circuits at every size": spread,
            "units that are all needed": lambda R, k, F: theory.by_size(R, R, F),
            "one unit is enough": lambda R, k, F: theory.by_size([sum(R)], [1], F),
            "no idle edge": lambda R, k, F: [*theory.by_size(R, k, 0), *[0] * F],
        },
    )


@PAPER.claim(
    "stage-probability",
    says="A random set of edges is faithful with the product of the stages' binomial tails.",
    where=MANY,
    status="reconstructed",
)
def probability() -> co.Value:
    return co.Value(
        predicts=lambda R, k, p: theory.probability(R, k, p),
        computes=sims.probability,
        at=[{**task, "p": p} for task, p in zip(TASKS, (0.3, 0.62, 0.8), strict=True)],
        wrong={
            "every unit needed": lambda R, k, p: prod(p**of for of in R),
            "the needed units alone": lambda R, k, p: prod(p**need for need in k),
            "exactly as many as needed": lambda R, k, p: prod(
                comb(of, need) * p**need * (1 - p) ** (of - need) for of, need in zip(R, k, strict=True)
            ),
        },
    )


@PAPER.claim(
    "stage-minimal",
    says="Its minimal circuits number prod C(R, k), two of them share sum k^2/R edges on average, and min floor(R/k) "
    "faithful sets can be disjoint.",
    where=MANY,
    status="reconstructed",
)
def minimal() -> co.Value:
    def facts(R: list, k: list) -> list[float]:
        return [theory.minimal(R, k), theory.overlap(R, k), theory.packing(R, k)]

    return co.Value(
        predicts=facts,
        computes=sims.minimal_facts,
        at=TASKS,
        wrong={
            "as many disjoint ones as the largest stage": lambda R, k: [
                *facts(R, k)[:2],
                max(of // need for of, need in zip(R, k, strict=True)),
            ],
            "overlap of random sets": lambda R, k: [facts(R, k)[0], sum(k) ** 2 / sum(R), facts(R, k)[2]],
            "one choice a stage": lambda R, k: [prod(R), *facts(R, k)[1:]],
        },
    )
