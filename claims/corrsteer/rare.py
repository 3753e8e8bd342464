"""Features that fire on few samples."""

from __future__ import annotations

import math

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.corrsteer import rare as sims
    from corollary.sims.corrsteer import released
    from corollary.theory.corrsteer import rare as theory


def _drawn(generator: np.random.Generator) -> co.Point:
    k = int(generator.integers(8, 30))
    return {
        "n": int(generator.integers(60, 300)),
        "k": k,
        "m": int(generator.integers(1, 7)),
        "spread": float(generator.uniform(0.1, 1)),
        "seed": int(generator.integers(1000)),
    }


@PAPER.claim(
    "rare-feature",
    says="A feature that fires on m of n samples, all of them among the k successes, has the correlation sqrt((n - "
    "k)/k) / sqrt(n (1 + cv^2)/m - 1), cv the variation of its activations: on one sample 1 / sqrt(k) or so, "
    "however strong.",
    where="selected features that are rare",
    status="reconstructed",
)
def feature() -> co.Identity:
    def formula(n: int, k: int, m: int, spread: float, seed: int, **changes: float) -> float:
        given = {"n": n, "k": k, "m": m, "cv": sims.variation(n, k, m, spread, seed)} | changes
        return theory.RARE(**given)

    return co.Identity(
        left=sims.correlation,
        right=formula,
        draw=_drawn,
        digits=9,
        wrong={
            "equal activations": lambda n, k, m, spread, seed: theory.EQUAL(n=n, k=k, m=m),
            "1 / sqrt(k)": lambda n, k, m, spread, seed: 1 / math.sqrt(k),
            "n + 1 samples": lambda n, k, m, spread, seed: formula(n + 1, k, m, spread, seed),
        },
    )


@PAPER.claim(
    "released-singletons",
    says="Nine of 31 features selected for SimpleQA in Llama fire on one of 1,167 samples: their common correlation "
    ".376991 is a singleton's with 7 successes, to 5e-6.",
    where="released features",
    status="reconstructed",
)
def singletons() -> co.Value:
    return co.Value(
        predicts={"one sample": lambda: theory.SINGLETON(n=1167, k=7)},
        computes=lambda: {"one sample": released.LLAMA_SIMPLE_QA["r"]},
        within=1.3e-5,
        wrong={
            "6 successes": {"one sample": lambda: theory.SINGLETON(n=1167, k=6)},
            "8 successes": {"one sample": lambda: theory.SINGLETON(n=1167, k=8)},
            "n for n - 1": {"one sample": lambda: math.sqrt(1160 / (7 * 1167))},
        },
    )


@PAPER.claim(
    "released-pairs",
    says="Nine of 25 features selected for SimpleQA in Gemma fire on two of 1,167 samples, with correlations at most "
    "what two equal activations give with 51 successes, and above what they give with 52.",
    where="released features",
    status="reconstructed",
)
def pairs() -> co.Witness:
    def between(k: int = 51, m: int = 2) -> dict[str, bool]:
        found = released.GEMMA_SIMPLE_QA
        most, next_most = (theory.EQUAL(n=found["n"], m=m, k=successes) for successes in (k, k + 1))
        return {"at most": found["high"] <= most, "more than with one more": found["low"] > next_most}

    return co.Witness(
        computes=between,
        states={"at most": True, "more than with one more": True},
        wrong={
            "52 successes": lambda: between(52),
            "50 successes": lambda: between(50),
            "one sample": lambda: between(m=1),
            "three samples": lambda: between(m=3),
        },
    )


COUNTS = [{"n": 300, "k": 15, "m": 2}, {"n": 60, "k": 20, "m": 3}]


@PAPER.claim(
    "rare-count",
    says="Of features that fire on m samples each, C(n - m, k - m) / C(n, k) fire on successes alone by chance, at n "
    "= 300 and 60; to 2%.",
    where="selected features that are rare",
    status="reconstructed",
)
def count() -> co.Mean:
    return co.Mean(
        predicts=lambda n, k, m: theory.expected(2000, n, k, m),
        measures=sims.all_positive,
        at=co.Depths(quick=COUNTS[1:], standard=COUNTS),
        within=0.02,
        wrong={
            "independent draws": lambda n, k, m: 2000 * (k / n) ** m,
            "one more sample": lambda n, k, m: theory.expected(2000, n, k, m + 1),
            "one more success": lambda n, k, m: theory.expected(2000, n, k + 1, m),
        },
    )


AT = [{"n": 1167, "rho": 0.1}, {"n": 400, "rho": 0.25}, {"n": 5000, "rho": 0.06}]


@PAPER.claim(
    "overtaken",
    says="A feature of correlation rho exceeds singletons on successes once there are more than n / (1 + rho^2 (n - "
    "1)) successes: to the next integer, at n from 400 to 5,000, rho from .06 to .25.",
    where="selected features that are rare",
    status="reconstructed",
)
def overtaken() -> co.Value:
    return co.Value(
        predicts=lambda n, rho: math.floor(theory.OVERTAKEN(n=n, rho=rho)) + 1,
        computes=sims.overtaken,
        at=AT,
        within=1e-9,
        wrong={
            "1 / rho^2": lambda n, rho: math.floor(1 / rho**2) + 1,
            "the root": lambda n, rho: math.floor(math.sqrt(theory.OVERTAKEN(n=n, rho=rho))) + 1,
        },
    )
