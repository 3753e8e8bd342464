"""The trained retrieval toy: its measure against rationals, and phenomena over independent trainings (depth full)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cca_barriers.paper import PAPER

with co.lazily():
    import jax
    import numpy as np
    from jax import numpy as jnp

    from corollary.sims.cca_barriers import retrieval as sims
    from corollary.sims.cca_barriers import retrieval_profile
    from corollary.theory.cca_barriers import composition, credit, laws, predictor

POINT = {"steps": 250, "batch": 64}
Statistic = Callable[[Mapping[str, float]], bool]


def _without_copying() -> co.Control:
    """An untrained network is no control: its laws depend on the document at random, and by more than a trained
    one's."""
    return co.Control({**POINT, "weight": 0.0})


@PAPER.claim(
    "retrieval-profile",
    where="retrieval toy",
    status="reconstructed",
    says="What the toy is measured by, in float64, agrees with rationals for random next-token laws: distances, least "
    "credit at eps = 0 and 1, and credit, eps' and delta of the stepwise retrofit, for 1 to 3 tokens.",
)
def retrieval_profile_exact() -> co.Identity:
    profile = jax.jit(retrieval_profile.profile)
    tokens, L, parts = 3, 3, 32

    def draw(generator: np.random.Generator) -> co.Point:
        texts = sum(tokens**depth for depth in range(L))
        return {name: 1 + generator.multinomial(parts - tokens, [0.2, 0.3, 0.5], texts) for name in ("p", "q")}

    def tables(counts: np.ndarray) -> tuple[jax.Array, ...]:
        ends = np.cumsum([tokens**depth for depth in range(L)])
        return tuple(jnp.asarray(part / parts) for part in np.split(counts, ends[:-1]))

    def simulated(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        measured = profile(tables(p), tables(q))
        return np.stack([np.asarray(measured[name]) for name in sorted(measured)])

    def node(x: str) -> int:
        return sum(tokens**depth for depth in range(len(x))) + int(x or "0", tokens)

    def law(counts: np.ndarray, x: str) -> dict[str, Fraction]:
        return {str(y): Fraction(int(count), parts) for y, count in enumerate(counts[node(x)])}

    def exact(at_one: float) -> Callable[..., np.ndarray]:
        def values(p: np.ndarray, q: np.ndarray) -> np.ndarray:
            return np.array([of_length(p, q, length) for length in range(1, L + 1)]).T

        def of_length(p: np.ndarray, q: np.ndarray, length: int) -> list[float]:
            def stepwise(document: bool, x: str) -> predictor.StepLaw:
                if len(x) == length:
                    return {(predictor.END, False): Fraction(1)}
                if not document:
                    return {(y, False): mass for y, mass in law(q, x).items()}
                return credit.mechanism(law(p, x), law(q, x), Fraction(1))

            rolled = predictor.rollout(stepwise, length + 1)
            P, Q = rolled.text, rolled.counterfactual
            named = {
                "total_variation": laws.total_variation(P, Q),
                "divergence": math.log(max(Q[w] / P[w] for w in P)),
                "credit_0": 1 - credit.largest_survival(P, Q, Fraction(1)),
                "credit_1": 1 - credit.largest_survival(P, Q, Fraction(math.exp(at_one))),
                "stepwise_credit": 1 - rolled.uncredited_mass,
                "stepwise_eps": math.log(composition.rollout_ratio(rolled) or 0),
                "stepwise_delta": composition.rollout_delta(rolled, Fraction(1)),
            }
            return [float(named[name]) for name in sorted(named)]

        return values

    return co.Identity(
        left=simulated,
        right=exact(1.0),
        draw=draw,
        wrong={"eps = 1/2 for credit_1": exact(0.5), "laws exchanged": lambda p, q: exact(1.0)(q, p)},
    )


def _phenomenon(effect: str, shows: Statistic, wrong: dict[str, Any]) -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN, shows=shows, effect=effect, point=POINT, prevalence=0.5, seeds=48, batch=12, wrong=wrong
    )


@PAPER.claim(
    "retrieval-divergence",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="D_inf between the texts without and with the document grows linearly in their length, by 0.4 a token or "
    "more (-ln(1 - weight) = 0.43 for the data); after training on texts that do not copy it does not.",
)
def retrieval_divergence() -> co.Phenomenon:
    def linear(rate: float) -> Statistic:
        return lambda row: row["divergence_straightness"] > 0.99 and row["divergence_rate"] > rate

    return _phenomenon(
        "divergence_rate", linear(0.4), {"no copying in the data": _without_copying(), "twice the rate": linear(0.86)}
    )


@PAPER.claim(
    "retrieval-credit",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="Pure CCA credits the document on over 80% of texts of 8 tokens even at eps = 1; without copying it does not.",
)
def retrieval_credit() -> co.Phenomenon:
    return _phenomenon(
        "credit_1",
        lambda row: row["credit_1"] > 0.8,
        {"no copying in the data": _without_copying(), "almost always": lambda row: row["credit_1"] > 0.99},
    )


@PAPER.claim(
    "retrieval-composition",
    where="retrieval toy",
    status="reconstructed",
    depth="full",
    says="The token-level 0-CCA retrofit of the trained network is not 0-CCA over 8 tokens, for any of "
    "four documents; that of the data's own process is.",
)
def retrieval_composition() -> co.Phenomenon:
    return _phenomenon(
        "stepwise_eps",
        lambda row: row["least_stepwise_eps"] > 0.02,
        {
            "the data's own process": co.Control({"weight": 0.35}, measures=sims.own_process),
            "as bad as the divergence": lambda row: row["stepwise_eps"] > 8 * row["divergence_rate"],
        },
    )
