"""What can be built on a black box: exact retrofits, and Algorithm 3 on top of them, with every query counted
(arXiv 2605.01425, Theorem 5.5)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.cca_barriers import oracles as sims
    from corollary.theory.cca_barriers import hard_family
    from corollary.theory.cca_barriers import retrofit as theory


@PAPER.claim(
    "exact-retrofit",
    where="Theorem 5.5, matching upper bound",
    status="reconstructed",
    says="Evaluating everything below a prompt, 2 (2^(l-k+1) - 1) counted queries, retrofits with the optimal credit.",
)
def exact_retrofit() -> co.Value:
    generator = np.random.default_rng(0)
    points = []
    for number in range(20):
        l = (2, 4, 5)[number % 3]
        k, on_path = int(generator.choice([0, 1, l])), bool(generator.integers(0, 2))
        secret = "".join(generator.choice(["0", "1"], l))
        prompt = secret[:k] if on_path or k == 0 else "10"[int(secret[0])] + secret[1:k]
        eps, gamma = float(generator.uniform(0.1, 1)), float(generator.uniform(0.1, 0.9))
        points.append({"secret": secret, "prompt": prompt, "l": l, "k": k, "eps": eps, "gamma": gamma})

    def computed(secret: str, prompt: str, eps: float, gamma: float) -> dict[str, float]:
        oracle = sims.hidden_model(secret, eps, gamma)
        return {"credit": sims.exact_credit(oracle, prompt, len(secret), eps), "queries": oracle.count}

    def optimal(secret: str, prompt: str, gamma: float) -> float:
        return gamma if secret.startswith(prompt) else 0.0

    count = theory.exact_retrofit_queries

    def stating(credit: Callable[..., float], queries: Callable[..., int]) -> dict[str, Callable[..., float]]:
        return {"credit": credit, "queries": queries}

    return co.Value(
        predicts=stating(optimal, count),
        computes=computed,
        at=points,
        scale=stating(lambda: 1.0, lambda: 1),
        wrong={
            "with the document only": stating(optimal, lambda l, k: count(l, k) // 2),
            "leaves only": stating(optimal, lambda l, k: 2 ** (l - k + 1)),
            "survival for credit": stating(lambda secret, prompt, gamma: 1 - optimal(secret, prompt, gamma), count),
            "credit off the path too": stating(lambda gamma: gamma, count),
        },
    )


@PAPER.claim(
    "reduction",
    where="Theorem 5.5",
    says="End to end: Algorithm 3 on an exact retrofit recovers the secret, and the base queries of all "
    "calls add up to sum over k of 2 n * 2 (2^(l-k+1) - 1).",
)
def reduction() -> co.Recovery:
    def total(l: int, samples: int, prompts: int = 2) -> int:
        return sum(prompts * samples * theory.exact_retrofit_queries(l, k) for k in range(1, l + 1))

    def points(bits: tuple[int, ...], samples: int) -> list[co.Point]:
        return co.grid(l=list(bits), samples=[samples], eps=[0.4], gamma=[0.8])

    return co.Recovery(
        attempt=sims.reduction_attempts,
        at=co.Depths(points((2,), 5), points((3,), 6), points((2, 4, 5, 8), 8)),
        needs=total,
        succeeds=2 / 3,
        attempts=400,
        wrong={
            "one prompt a bit": lambda l, samples: total(l, samples, 1),
            "one call in all": lambda l: theory.exact_retrofit_queries(l, 1),
        },
    )


@PAPER.claim(
    "constant-credit",
    where="Theorem 5.5, tightness in alpha",
    status="reconstructed",
    says="Crediting always with gamma/2 is a gamma/2-approximation of the hard family with no query at "
    "all; with 1/2, a 1/2-approximation of any model.",
)
def constant_credit() -> co.Witness:
    gammas = [Fraction(1, 5), Fraction(3, 5), Fraction(9, 10)]

    def worst(credit: Callable[[Fraction], Fraction]) -> list[Fraction]:
        return [
            max(abs(credit(gamma) - best) for k in range(5) for best in (hard_family.optimal_credit(4, k, gamma), 0))
            for gamma in gammas
        ]

    def computed(divisor: int) -> list[Any]:
        half = Fraction(1, 2)
        return [worst(lambda gamma: gamma / divisor), all(error <= half for error in worst(lambda gamma: half))]

    return co.Witness(
        computes=lambda: computed(2),
        states=[[gamma / 2 for gamma in gammas], True],
        wrong={"gamma/3": lambda: computed(3), "gamma/4 is within reach": [[gamma / 4 for gamma in gammas], True]},
    )
