"""The high-dimensional limit: how fast it is reached, and what its printed form leaves out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import pretraining

LONG = 200_000
"""The prompt length at which the next order is read off; 1/LONG is the size of the orders after it."""


@PAPER.claim(
    "next-order",
    says="The high-dimensional optimum errs by (d/l - 1)/l relative, its least error by a b d/l.",
    where="correction to Theorems 4.2 and 4.3",
    status="reconstructed",
)
def next_order() -> co.Identity:
    exact, limit = (theory.coefficients(model, isotropic=True) for model in ("literal", "high-dimensional"))

    def constants(phi_per_mille: int, a: float, b: float, sigma: float) -> list[float]:
        """l (tau_opt / its limit - 1) and G_min less its limit, of the exact forms at a large l and d = phi l."""
        d = phi_per_mille * LONG // 1000
        point = {"d": d, "l": LONG, "a": a, "b": b, "sigma": sigma, "m": 0.9 * d, "v": 1 / d}
        temperature = LONG * (exact.optimal_temperature(**point) / limit.optimal_temperature(**point) - 1)
        return [temperature, exact.minimum_error(**point) - limit.minimum_error(**point)]

    def predicted(temperature: Callable[[float], float], error: Callable[[float], float]) -> Any:
        return lambda phi_per_mille, a, b: [temperature(phi_per_mille / 1000), a * b * error(phi_per_mille / 1000)]

    return co.Identity(
        left=constants,
        right=predicted(lambda phi: phi - 1, lambda phi: phi),
        draw=lambda generator: {
            "phi_per_mille": int(generator.integers(300, 3000)),
            **{name: float(generator.uniform(0.5, 2)) for name in ("a", "b", "sigma")},
        },
        digits=3,
        wrong={
            "query column left out": predicted(
                lambda phi: phi / (1 + phi), lambda phi: phi * (1 + 2 * phi) / (1 + phi) ** 2
            ),
            "unbiased covariances": predicted(lambda phi: phi, lambda phi: phi),
        },
    )


def printed_point() -> co.Point:
    """Large noise, few labelled points, a task mean: where the printed formula falls below the Bayes error."""
    d = 6
    home = {"Sigma_x": np.eye(d), "Sigma_w": 0.25 * np.eye(d), "mu_w": np.ones(d), "sigma": 4.0, "l": 12}
    layer = {"M11": pretraining.CONSTRUCTED_M11(**home), "v21": pretraining.CONSTRUCTED_V21(**home).ravel()}
    return {**home, **layer, "mu_x": np.zeros(d), "v22": 1 / d}


def printed_claim(model: str) -> Callable[[], co.Mean]:
    def build() -> co.Mean:
        printed = theory.closed_form("optimal_temperature", "printed")
        return co.Mean(
            predicts=theory.closed_form("optimal_temperature", model),
            measures=sims.literal_moments_given_inputs,
            compares=co.ratio(2, 1),
            at=[printed_point()],
            mutants=False,
            within=co.Depths(0.04, 0.01, 0.004),
            wrong={} if model == "printed" else {"as printed": printed},
        )

    return build


PAPER.claim(
    "printed-readout-moment",
    says="Theorem 4.3 with the readout's second moment as printed, without v21 v21^T, gives the optimal temperature.",
    where="Theorems 4.2 and 4.3 as printed",
    corrected_by="full-readout-moment",
    kinder="The omitted term is of lower order under the theorem's assumptions, and zero at Prop. 4.4's parameters "
    "if the tasks have mean zero.",
)(printed_claim("printed"))

PAPER.claim(
    "full-readout-moment",
    says="With the whole second moment of the readout, and at finite size, the optimal temperature is exact.",
    where="Theorem 4.3",
    status="corrected",
)(printed_claim("literal"))
