"""Retrofitting credit onto a black box: how many queries a call it takes, and that fewer do not do (Theorem 5.5)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import linear_programs, oracles, search
    from corollary.theory import cca_barriers as theory
    from corollary.theory.cca_barriers import hard_family, queries, symbols


@PAPER.claim(
    "retrofit-bound",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="The search-based retrofitter needs (gamma - 2 alpha) 2^(l-1) queries a call: derived.",
)
def retrofit_bound() -> co.Identity:

    sharp = (symbols.gamma - 2 * symbols.alpha) * 2 ** (symbols.l - 1)
    return co.Identity(
        left=theory.DERIVATIONS["retrofit-bound"](),
        right=sharp,
        domain=symbols.DOMAIN,
        wrong={
            "all 2^l secrets": 2 * sharp,
            "alpha once": (symbols.gamma - symbols.alpha) * 2 ** (symbols.l - 1),
            "margin squared": sharp * (symbols.gamma - 2 * symbols.alpha),
        },
    )


def _draw(bits: tuple[int, ...]) -> Any:
    def draw(generator: Any) -> dict[str, Any]:
        l = int(generator.choice(bits))
        gamma = int(generator.integers(2, 40))
        return {
            "l": l,
            "k": int(generator.integers(1, min(l, 3) + 1)),
            "g": gamma,
            "a": int(generator.integers(0, gamma)),
        }

    return draw


def _needed(l: int, k: int, g: int, a: int) -> int:

    return queries.retrofit_queries(l, k, Fraction(g, 40), Fraction(a, 80))


def _share_rounded_up(l: int, k: int, g: int, a: int) -> int:
    return max(0, -((Fraction(a, 40) - Fraction(g, 40)) * 2 ** (l - k) // 1))


@PAPER.claim(
    "retrofit-queries",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="The fewest queries of an alpha-approximate retrofitter, by a linear program over all "
    "deterministic strategies for secrets of up to 3 bits: ceil((gamma - 2 alpha) 2^(l-1)) at prompts"
    " of length 1.",
)
def retrofit_queries() -> co.Identity:

    def solved(l: int, k: int, g: int, a: int) -> int:
        return 1 + linear_programs.minimum_queries(l, k, g / 40, a / 80)

    return co.Identity(
        left=solved,
        right=lambda l, k, g, a: 1 + _needed(l, k, g, a),
        draw=_draw((1, 2, 3)),
        wrong={
            "all 2^l secrets": lambda l, k, g, a: 1 + 2 * _needed(l, k, g, a),
            "alpha once": lambda l, k, g, a: 1 + _needed(l, k, g, a // 2),
            "one query more": lambda l, k, g, a: 2 + _needed(l, k, g, a),
        },
    )


@PAPER.claim(
    "retrofit-queries-longer",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="Over strategies averaged by symmetry, up to 8 bits: at longer prompts (gamma - 2 alpha) 2^(l-k) "
    "does not suffice, the exact number is a quadratic's root.",
)
def retrofit_queries_longer() -> co.Identity:

    def solved(l: int, k: int, g: int, a: int) -> int:
        return 1 + linear_programs.symmetric_minimum_queries(l, k, g / 40, a / 80)

    return co.Identity(
        left=solved,
        right=lambda l, k, g, a: 1 + _needed(l, k, g, a),
        draw=_draw((4, 6, 8)),
        wrong={
            "(gamma - 2 alpha) 2^(l-k) rounded up": lambda l, k, g, a: 1 + _share_rounded_up(l, k, g, a),
            "as at length 1": lambda l, k, g, a: 1 + _needed(l, 1, g, a),
        },
    )


@PAPER.claim(
    "retrofit-thresholds",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="In rationals: l = 6, gamma = 3/4, alpha = 1/8 takes 16 queries, 15 reach credit 19/32 of 5/8; l "
    "= 4, k = 2 takes 3, not 2.",
)
def retrofit_thresholds() -> co.Witness:

    gamma, alpha = Fraction(3, 4), Fraction(1, 8)

    def found() -> list[Any]:
        return [
            queries.retrofit_queries(6, 1, gamma, alpha),
            queries.credit_inside(6, 1, 15, alpha),
            queries.credit_inside(6, 1, 16, alpha),
            queries.retrofit_queries(4, 2, gamma, alpha),
            queries.credit_inside(4, 2, 2, alpha),
        ]

    exact = [16, Fraction(19, 32), Fraction(5, 8), 3, Fraction(23, 40)]
    return co.Witness(
        computes=found,
        states=exact,
        wrong={"2 at l = 4, k = 2": [*exact[:3], 2, Fraction(5, 8)], "all 2^l secrets": [32, *exact[1:]]},
    )


@PAPER.claim(
    "worst-length",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="Prompts of length 1 are the worst, and from alpha = gamma/2 on approximation is free: by linear "
    "programming at every length.",
)
def worst_length() -> co.Witness:

    cases = [(l, g / 20, a / 20) for l in (3, 6) for g in (5, 12, 19) for a in (0, 2, 4)]
    rows = [
        [linear_programs.symmetric_minimum_queries(l, k, gamma, alpha) for k in range(1, l + 1)]
        for l, gamma, alpha in cases
    ]
    free = [not any(row) for row in rows]

    def found(worst: int) -> list[bool]:
        return [all(max(row) == row[worst - 1] for row in rows), *free]

    def stating(share: float) -> list[bool]:
        return [True, *(alpha >= share * gamma for _, gamma, alpha in cases)]

    return co.Witness(
        computes=lambda: found(1),
        states=stating(0.5),
        wrong={
            "length 2 is the worst": lambda: found(2),
            "free from alpha = gamma on": stating(1.0),
            "free from alpha = gamma/4 on": stating(0.25),
        },
    )


@PAPER.claim(
    "retrofit-strategy",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="A retrofitter with that many queries reaches credit gamma - alpha on prefixes and alpha "
    "elsewhere, up to l = 16.",
)
def retrofit_strategy() -> co.Mean:

    def point(l: int, gamma: str, alpha: str) -> dict[str, Any]:
        q = queries.retrofit_queries(l, 1, Fraction(gamma), Fraction(alpha))
        return {"l": l, "k": 1, "q": q, "gamma": float(gamma), "alpha": float(alpha), "thinned": 1}

    few = [point(6, "0.8", "0.1")]
    more = [*few, point(16, "0.9", "0.3")]

    def sides(inside: Any, outside: Any) -> Any:
        return {"on prefixes": inside, "elsewhere": outside}

    return co.Mean(
        predicts=sides(lambda gamma, alpha: gamma - alpha, lambda alpha: alpha),
        measures=search.retrofit_credits,
        at=co.Depths(few, more),
        scale=sides(lambda: 1.0, lambda: 1.0),
        within=co.Depths(quick=0.02, standard=0.015, full=0.005),
        wrong={
            "exact credit": sides(lambda gamma: gamma, lambda: 0.0),
            "off by alpha above": sides(lambda gamma, alpha: gamma + alpha, lambda alpha: alpha),
            "roles exchanged": sides(lambda alpha: alpha, lambda gamma, alpha: gamma - alpha),
        },
    )


@PAPER.claim(
    "retrofit-shortfall",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="One query fewer and the best strategy stays below gamma - alpha: .594 of .625 at l = 6, .575 at "
    "l = 4, k = 2.",
)
def retrofit_shortfall() -> co.Mean:

    def point(l: int, k: int, q: int) -> dict[str, Any]:
        return {"l": l, "k": k, "q": q, "gamma": 0.75, "alpha": 0.125, "thinned": 0}

    def sides(inside: Any) -> Any:
        return {"on prefixes": inside, "elsewhere": lambda alpha: alpha}

    def unscaled(l: int, k: int, q: int, alpha: float) -> float:
        return alpha + q / 2 ** (l - k) * (1 - alpha)

    return co.Mean(
        predicts=sides(queries.credit_inside),
        measures=search.retrofit_credits,
        at=[point(6, 1, 15), point(4, 2, 2)],
        scale={"on prefixes": lambda: 1.0, "elsewhere": lambda: 1.0},
        within=co.Depths(quick=0.015, full=0.005),
        wrong={
            "gamma - alpha is reached": sides(lambda gamma, alpha: gamma - alpha),
            "tentative credit alpha": sides(unscaled),
            "all 2^l secrets": sides(lambda l, q, alpha: queries.credit_inside(l + 1, 1, q, alpha)),
        },
    )


@PAPER.claim(
    "scaling-secrets",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="Queries a call grow linearly with the number of secrets: no logarithm is lost.",
)
def scaling_secrets() -> co.Exponent:

    return co.Exponent(
        along="N",
        predicts=1,
        at=co.Depths(quick=co.grid(N=[32, 64, 128, 256]), standard=co.grid(N=[64, 128, 256, 512, 1024, 2048])),
        computes=lambda N: linear_programs.symmetric_minimum_queries(round(math.log2(N)), 1, 0.75, 0.125),
        wrong={"the square root": 0.5, "independent of the secrets": 0, "the paper's bound, locally": 0.8},
    )


@PAPER.claim(
    "scaling-margin",
    where="Theorem 5.5, sharpened",
    status="reconstructed",
    says="Queries a call grow linearly with the margin gamma - 2 alpha, where the reduction proves a square.",
)
def scaling_margin() -> co.Exponent:

    return co.Exponent(
        along="margin",
        predicts=1,
        at=co.grid(margin=[0.05, 0.1, 0.2, 0.4, 0.8]),
        computes=lambda margin: linear_programs.symmetric_minimum_queries(10, 1, 0.1 + margin, 0.05),
        wrong={"the paper's square": 2, "independent of the margin": 0},
    )


@PAPER.claim(
    "theorem-5.5",
    where="Theorem 5.5",
    depth="standard",
    says="The reduction's bound (2^l/3)/N_B never exceeds the fewest queries that suffice.",
)
def theorem_5_5() -> co.Bound:

    def draw(key: Any) -> dict[str, Any]:
        margin, alpha, bits = 2 * jax.random.normal(key, (3,), jnp.float64)
        return {"margin": margin, "alpha": alpha, "l": bits}

    def slack(bound: Any) -> Any:
        def value(params: Any) -> Any:
            gamma = jax.nn.sigmoid(params["margin"])
            alpha, bits = gamma / 2 * jax.nn.sigmoid(params["alpha"]), 1 + jax.nn.softplus(params["l"])
            sharp = jnp.log(gamma - 2 * alpha) + (bits - 1) * jnp.log(2.0)
            return sharp - bound(bits, gamma, alpha)

        return value

    def reduction(bits: Any, gamma: Any, alpha: Any) -> Any:
        calls = jnp.log(4 * bits * jnp.log(12 * bits)) - 2 * jnp.log(gamma - 2 * alpha)
        return bits * jnp.log(2.0) - jnp.log(3.0) - calls

    return co.Bound(
        slack=slack(reduction),
        draw=draw,
        wrong={"all secrets": slack(lambda bits, gamma, alpha: bits * jnp.log(2.0) + jnp.log(gamma - 2 * alpha))},
    )


@PAPER.claim(
    "exact-retrofit",
    where="Theorem 5.5, matching upper bound",
    status="reconstructed",
    says="Evaluating everything below a prompt, 2 (2^(l-k+1) - 1) counted queries, retrofits with the optimal credit.",
)
def exact_retrofit() -> co.Identity:

    def draw(generator: Any) -> dict[str, Any]:
        l = int(generator.choice([2, 4]))
        k = int(generator.choice([0, 1, l]))
        secret, on_path = "".join(generator.choice(["0", "1"], l)), bool(generator.integers(0, 2)) or k == 0
        prompt = secret[:k] if on_path else "10"[int(secret[0])] + secret[1:k]
        return {
            "secret": secret,
            "prompt": prompt,
            "eps": float(generator.uniform(0.1, 1)),
            "gamma": float(generator.uniform(0.1, 0.9)),
        }

    def run(secret: str, prompt: str, eps: float, gamma: float) -> list[float]:
        oracle = oracles.hidden_model(secret, eps, gamma)
        return [1 + oracles.exact_credit(oracle, prompt, len(secret), eps), oracle.count]

    def stating(credit: Any, count: Any) -> Any:
        def value(secret: str, prompt: str, gamma: float) -> list[float]:
            on_path = secret.startswith(prompt)
            return [1 + (credit(gamma) if on_path else 0.0), count(len(secret), len(prompt))]

        return value

    return co.Identity(
        left=run,
        right=stating(lambda gamma: gamma, queries.exact_retrofit_queries),
        draw=draw,
        wrong={
            "with the document only": stating(
                lambda gamma: gamma, lambda l, k: queries.exact_retrofit_queries(l, k) // 2
            ),
            "leaves only": stating(lambda gamma: gamma, lambda l, k: 2 ** (l - k + 1)),
            "survival for credit": stating(lambda gamma: 1 - gamma, queries.exact_retrofit_queries),
        },
    )


@PAPER.claim(
    "reduction",
    where="Theorem 5.5",
    says="End to end: Algorithm 3 on an exact retrofit recovers the secret, and the base queries of all "
    "calls add up to sum over k of 2 n * 2 (2^(l-k+1) - 1).",
)
def reduction() -> co.Recovery:

    def attempt(key: Any, point: dict[str, Any], budget: int) -> co.Recovery:
        seed = int(jax.random.randint(key, (), 0, 2**31 - 1))
        runs = oracles.reduction(seed, point["l"], 0.4, 0.8, point["samples"], 40)
        return runs["recovered"] & (runs["queries"] <= budget), np.minimum(runs["queries"], budget)

    def total(l: int, samples: int, sets: int = 2) -> int:
        return sum(sets * samples * queries.exact_retrofit_queries(l, k) for k in range(1, l + 1))

    return co.Recovery(
        attempt=attempt,
        at=co.Depths(co.grid(l=[2], samples=[5]), co.grid(l=[3], samples=[6]), co.grid(l=[2, 4, 6, 8], samples=[8])),
        needs=total,
        succeeds=2 / 3,
        fails=1 / 3,
        attempts=400,
        wrong={
            "one prompt a bit": lambda l, samples: total(l, samples, 1),
            "one call in all": lambda l: queries.exact_retrofit_queries(l, 1),
            "one query fewer": lambda l, samples: total(l, samples) - 1,
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

    def worst(credit: Any) -> list[Fraction]:
        return [
            max(abs(credit(gamma) - best) for k in range(5) for best in (hard_family.optimal_credit(4, k, gamma), 0))
            for gamma in gammas
        ]

    def found(divisor: int) -> list[Any]:
        half = Fraction(1, 2)
        return [worst(lambda gamma: gamma / divisor), all(error <= half for error in worst(lambda gamma: half))]

    return co.Witness(
        computes=lambda: found(2),
        states=[[gamma / 2 for gamma in gammas], True],
        wrong={"gamma/3": lambda: found(3), "gamma/4 is within reach": [[gamma / 4 for gamma in gammas], True]},
    )
