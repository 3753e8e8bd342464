"""What the difference vector tells of a concept: nothing certain, on average d / N, and for sparse codes nearly all."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import asin, pi, sqrt
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.cylindrical_steering import identifiability as sims
    from corollary.theory.cylindrical_steering import identifiability as theory


def _dictionary(d: int, count: int, seed: int = 0) -> Any:
    drawn = np.random.default_rng(seed).normal(size=(d, count))
    return drawn / np.linalg.norm(drawn, axis=0)


@PAPER.claim(
    "not-injective",
    says="With more concepts than dimensions one difference vector is compatible with any strength of a "
    "concept, of either sign; with independent concepts with a single one.",
    where="Lemma 4.2",
)
def not_injective() -> co.Witness:
    overlapping = [[Fraction(x) for x in row] for row in ((1, 0, 1, 2), (0, 1, 1, -1), (1, 1, 0, 3))]
    independent = [row[:3] for row in overlapping]
    alpha = [Fraction(x) for x in (1, -2, 3, 1)]

    def total(directions: Any, strengths: Any) -> list[Fraction]:
        return [sum((a * s for a, s in zip(row, strengths, strict=True)), Fraction(0)) for row in directions]

    def found(directions: Any = overlapping) -> dict[str, Any]:
        start = alpha[: len(directions[0])]
        moved = {str(s): theory.strengths_with(directions, start, 0, Fraction(s)) for s in (-5, 0, 7)}
        return {
            s: None if one is None else (one[0], total(directions, one) == total(directions, start))
            for s, one in moved.items()
        }

    return co.Witness(
        computes=found,
        states={s: (int(s), True) for s in ("-5", "0", "7")},
        wrong={
            "with independent concepts": lambda: found(independent),
            "the strength is fixed": dict.fromkeys(("-5", "0", "7")),
        },
    )


@PAPER.claim(
    "leverage-sum",
    says="The leverages add up to the rank of the dictionary, and the least-norm strengths of A alpha are the "
    "projection that has them on its diagonal.",
    where="reconstructed",
    status="reconstructed",
)
def leverage_sum() -> co.Identity:
    @jax.jit
    def measured(directions: jax.Array) -> jax.Array:
        """The strengths read off each concept alone: its own, and the sum of all of these."""
        own = jnp.diag(sims.least_norm_strengths(directions, directions.T))
        return jnp.append(own, jnp.sum(own))

    def draw(rng: Any) -> dict[str, Any]:
        d, count = [(4, 9), (12, 12), (16, 40), (20, 7)][rng.integers(4)]
        return {"directions": rng.normal(size=(d, count))}

    def with_sum(own: Any, total: float) -> Any:
        return np.append(own, total)

    return co.Identity(
        left=measured,
        draw=draw,
        digits=7,
        right=lambda directions: with_sum(theory.leverages(directions), min(directions.shape)),
        wrong={
            "to the number of concepts": lambda directions: with_sum(
                theory.leverages(directions), directions.shape[1] + 1
            ),
            "all alike": lambda directions: with_sum(
                np.full(directions.shape[1], (min(directions.shape) + 0.01) / directions.shape[1]),
                min(directions.shape),
            ),
            "their square roots": lambda directions: with_sum(
                np.sqrt(0.9 * theory.leverages(directions)), min(directions.shape)
            ),
        },
    )


@PAPER.claim(
    "sector-unpredictable",
    says="With more concepts than dimensions the sign of a concept's normal part, hence its sensitive sector, "
    "cannot be told from v_d better than by chance.",
    where="Theorem 4.3",
    corrected_by="sign-accuracy",
    kinder="v_d does not determine the sign, as Lemma 4.2 has it, and with far more concepts than dimensions the "
    "accuracy falls to 1/2.",
)
def sector_unpredictable() -> co.Mean:
    return co.Mean(
        predicts=lambda: 0.5, measures=sims.mean_agreement, within=0.01, at=[{"d": 32, "N": 64}, {"d": 32, "N": 128}]
    )


@PAPER.claim(
    "sign-accuracy",
    says="Dense Gaussian strengths: the best reading of v_d has the sign of concept i right with probability "
    "1/2 + arcsin(sqrt(h_i)) / pi, h_i its leverage.",
    where="Theorem 4.3",
    status="corrected",
)
def sign_accuracy() -> co.Mean:
    def of(accuracy: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], float]:
        return lambda directions: float(np.mean(accuracy(theory.leverages(directions))))

    points = [{"directions": _dictionary(32, count)} for count in (64, 128, 256)]
    return co.Mean(
        predicts=lambda directions: float(np.mean(theory.sign_accuracies(directions))),
        measures=sims.agreement,
        at=co.Depths(quick=points[1:2], standard=points),
        within=0.003,
        wrong={
            "without the arcsine": of(lambda h: 0.5 + np.sqrt(h) / np.pi),
            "linear in the leverage": of(lambda h: 0.5 + h / 2),
            "the leverage, not its root": of(lambda h: 0.5 + np.arcsin(h) / np.pi),
            "chance": lambda: 0.5,
        },
    )


@PAPER.claim(
    "sign-accuracy-law",
    says="Over random concepts the accuracy is 1/2 + arcsin(sqrt(d / N)) / pi, from N = d on.",
    where="Theorem 4.3",
    status="corrected",
)
def sign_accuracy_law() -> co.Mean:
    points = [{"d": 32, "N": count} for count in (64, 128, 256)]
    return co.Mean(
        predicts=theory.MEAN_SIGN_ACCURACY,
        measures=sims.mean_agreement,
        at=co.Depths(quick=points[:2], standard=points),
        within=0.004,
        wrong={
            "without the arcsine": lambda d, N: 0.5 + sqrt(d / N) / pi,
            "linear in d / N": lambda d, N: 0.5 + d / (2 * N),
            "chance above N = d": lambda d, N: 0.5 if d < N else 1.0,
            "d / N, not its root": lambda d, N: 0.5 + asin(min(1.0, d / N)) / pi,
        },
    )


@PAPER.claim(
    "sign-is-certain",
    says="Up to N = d concepts the best reading of v_d has the sign right with certainty.",
    where="Theorem 4.3",
    status="corrected",
)
def sign_is_certain() -> co.Identity:
    def least(d: int, N: int, seed: int) -> float:
        return float(np.min(sims.mean_agreement(jax.random.key(seed), {"d": d, "N": N})))

    return co.Identity(
        left=least,
        right=lambda: 1.0,
        draw=lambda rng: {"d": 33, "N": int(rng.choice([5, 21, 33])), "seed": int(rng.integers(2**31))},
        digits=5,
        wrong={
            "the law beyond N = d, at N + 1": lambda d, N: 0.5 + asin(sqrt(d / (d + 1))) / pi,
            "chance": lambda: 0.5,
        },
    )


@PAPER.claim(
    "sparse-is-unique",
    says="When any 2k concepts are independent, k-sparse strengths are the only ones of their sum; with k + 1 "
    "of them they need not be.",
    where="reconstructed",
    status="reconstructed",
)
def sparse_is_unique() -> co.Witness:
    nodes = (-3, -2, -1, 1, 2, 3, 4)
    directions = [[Fraction(x) ** power for x in nodes] for power in range(4)]
    planted = {1: Fraction(3), 4: Fraction(1)}

    def solutions(size: int) -> int:
        total = [sum((planted[i] * row[i] for i in planted), Fraction(0)) for row in directions]
        return len(theory.sparse_solutions(directions, total, size))

    return co.Witness(
        computes=lambda: solutions(2), states=1, wrong={"three may be active": lambda: solutions(3), "none": 0}
    )


@PAPER.claim(
    "sparse-recovery",
    says="Sparse strengths tell the sign of a concept from v_d: with 3 of 64 concepts active in 32 dimensions "
    "orthogonal matching pursuit is right by 95% where dense strengths allow 75%.",
    where="reconstructed",
    status="reconstructed",
)
def sparse_recovery() -> co.Phenomenon:
    def observe(key: jax.Array, point: co.Point) -> dict[str, jax.Array]:
        return sims.sparse_accuracy(key, 32, point["N"], point["k"], 8)

    return co.Phenomenon(
        measures=observe,
        shows=lambda row: row["pursuit"] > 0.95,
        effect="pursuit",
        point={"N": 64, "k": 3},
        prevalence=0.5,
        seeds=48,
        batch=24,
        wrong={
            "no better than the dense bound": lambda row: row["pursuit"] < 0.75,
            "8 of 64 concepts active": co.Control({"N": 64, "k": 8}),
        },
    )
