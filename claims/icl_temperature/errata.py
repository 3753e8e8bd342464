"""What the paper states and its own theorem, or simulation, refutes; each beside the claim that holds."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.icl_temperature.errors import at_temperature, by_depth
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.points import TELLING

with co.lazily():
    import numpy as np

    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import bayes as theory_bayes


NOISE = 0.1


def constructed(d: int, l: int, **shift: float) -> dict[str, Any]:
    """Isotropic inputs, and what Prop. 4.4 constructs from infinitely many prompts without shift."""
    kappa = 1 / (1 + NOISE**2 / l)
    return {"d": d, "l": l, "a": 1.0, "b": 1.0, "sigma": NOISE, "m": d * kappa, "v": 1 / d, **shift}


UNSHIFTED = [constructed(12, 12), constructed(12, 24)]
RESCALED = [constructed(12, 12, a=2.0, sigma=0.0), constructed(12, 24, a=2.0, sigma=0.0)]


def optimum_claim(points: list[dict[str, Any]], predicts: Any, wrong: dict[str, Any]) -> Any:
    def build() -> co.Mean:

        return co.Mean(
            predicts=predicts(),
            measures=sims.literal_moments_given_inputs,
            compares=co.ratio(2, 1),
            at=by_depth(points[:1], points, points),
            mutants=False,
            within=by_depth(0.05, 0.02, 0.005),
            wrong=wrong,
        )

    return build


def exact_optimum() -> Any:

    return theory.coefficients("literal", isotropic=True).optimal_temperature


PAPER.claim(
    "temperature-1-without-shift",
    says="Without shift, temperature 1 is already optimal at the parameters of Prop. 4.4.",
    where="remark after Prop. 4.4",
    corrected_by="temperature-without-shift",
)(optimum_claim(UNSHIFTED, lambda: lambda: 1.0, {"2": lambda: 9.0}))

PAPER.claim(
    "temperature-without-shift",
    says="Without shift, the optimal temperature at the parameters of Prop. 4.4 is about 1 + d/l, and 1 only for l >> d.",
    where="Theorem 4.3 at Prop. 4.4's parameters",
    status="corrected",
)(optimum_claim(UNSHIFTED, exact_optimum, {"1": lambda: 1.0, "1 + 2 d/l": lambda d, l: 1 + 2 * d / l}))

PAPER.claim(
    "temperature-c-for-inputs-scaled-by-c",
    says="For inputs of covariance c I and no noise, tau = c is optimal and undoes the shift.",
    where="remark on input covariance shift",
    corrected_by="temperature-for-scaled-inputs",
)(optimum_claim(RESCALED, lambda: lambda a: a, {"1": lambda: 1.0}))

PAPER.claim(
    "temperature-for-scaled-inputs",
    says="For inputs of covariance c I and no noise, the best temperature at Prop. 4.4's parameters is about c (1 + d/l).",
    where="Theorem 4.3 at Prop. 4.4's parameters",
    status="corrected",
)(optimum_claim(RESCALED, exact_optimum, {"c": lambda a: a, "1 + d/l": lambda d, l: 1 + d / l}))


def least_error(point: dict[str, Any]) -> list[float]:
    """G at the optimum, as a contrast of (r^2, r q, q^2)."""
    return at_temperature({"tau": exact_optimum()(**point)})


def minimum_claim(predicts: Any, wrong: Any) -> Any:
    def build() -> co.Mean:

        points = [constructed(12, 24), constructed(12, 12, a=2.0)]
        return co.Mean(
            predicts=predicts(),
            measures=sims.literal_moments_given_inputs,
            compares=co.Contrast(least_error),
            at=by_depth(points[:1], points, points),
            mutants=False,
            within=by_depth(0.05, 0.015, 0.004),
            wrong=wrong(),
        )

    return build


def exact_minimum() -> Any:

    return theory.coefficients("literal", isotropic=True).minimum_error


def bayes() -> Any:

    return theory_bayes.ISOTROPIC_BAYES


PAPER.claim(
    "tuned-reaches-bayes",
    says="The optimal temperature restores alignment with the Bayes predictor: the tuned error is the Bayes error.",
    where="discussion of Theorem 4.3",
    corrected_by="tuned-error",
)(minimum_claim(bayes, lambda: {"noise alone": lambda sigma: sigma**2}))

PAPER.claim(
    "tuned-error",
    says="The tuned error is g0 - g1^2/g2; its excess is 1 + O(a b d/sigma^2) times the Bayes excess.",
    where="Theorem 4.3",
    status="corrected",
)(minimum_claim(exact_minimum, lambda: {"the Bayes error": bayes()}))

SHIFTED_MEAN = [{**point, "v22": 0.3} for point in TELLING[1:3]]


def mean_shift_claim(corrected: bool) -> Any:
    def build() -> co.Mean:

        exact = theory.coefficients("literal").error

        def without_mean(**point: Any) -> float:
            return exact(**{**point, "mu_x": [0.0, 0.0]})

        def scale_only(**point: Any) -> float:
            """The mean counted in the query's second moment alone."""
            return theory.coefficients("masked").error(**point)

        return co.Mean(
            predicts=exact if corrected else without_mean,
            measures=sims.literal_moments_given_inputs,
            compares=co.Contrast(at_temperature),
            at=SHIFTED_MEAN,
            mutants=False,
            within=by_depth(0.04, 0.01, 0.004),
            wrong={"mean ignored": without_mean, "mean in the query alone": scale_only} if corrected else {},
        )

    return build


PAPER.claim(
    "mean-shift-is-harmless",
    says="A shift of the input mean does not affect the model.",
    where="remark on mean shift",
    corrected_by="mean-shift",
)(mean_shift_claim(corrected=False))

PAPER.claim(
    "mean-shift",
    says="The input mean enters the error through the query, the mean value and the query column, in closed form.",
    where="Theorem 4.2 with input mean",
    status="corrected",
)(mean_shift_claim(corrected=True))


def printed_point() -> dict[str, Any]:
    """Large noise, few labelled points, a task mean: where the printed formula falls below the Bayes error."""

    d, length, sigma = 6, 12, 4.0
    W = 0.25 * np.eye(d)
    mean = np.ones(d)
    return {
        "Sigma_x": np.eye(d),
        "Sigma_w": W,
        "mu_x": np.zeros(d),
        "mu_w": mean,
        "M11": d / (1 + sigma**2 / (length * 0.25)) * np.eye(d),
        "v21": sigma**2 / (d * length) * mean / 0.25,
        "v22": 1 / d,
        "sigma": sigma,
        "l": length,
    }


def printed_claim(model: str) -> Any:
    def build() -> co.Mean:

        wrong = {} if model == "printed" else {"as printed": theory.coefficients("printed").optimal_temperature}
        return co.Mean(
            predicts=theory.coefficients(model).optimal_temperature,
            measures=sims.literal_moments_given_inputs,
            compares=co.ratio(2, 1),
            at=[printed_point()],
            mutants=False,
            within=by_depth(0.04, 0.01, 0.004),
            wrong=wrong,
        )

    return build


PAPER.claim(
    "printed-readout-moment",
    says="Theorem 4.3 with the readout's second moment as printed, without v21 v21^T, gives the optimal temperature.",
    where="Theorems 4.2 and 4.3 as printed",
    corrected_by="full-readout-moment",
)(printed_claim("printed"))

PAPER.claim(
    "full-readout-moment",
    says="With the whole second moment of the readout, and at finite size, the optimal temperature is exact.",
    where="Theorem 4.3",
    status="corrected",
)(printed_claim("literal"))
