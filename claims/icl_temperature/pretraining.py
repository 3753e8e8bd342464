"""What the paper says of the layer that it constructs (Prop. 4.4), and what holds in its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import corollary as co
from corollary.claims.icl_temperature.errors import at_temperature
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import bayes, isotropic

NOISE = 0.1
"""Of labels in pretraining, and in testing where nothing else is said."""


def constructed(d: int, l: int, **shift: float) -> co.Point:
    """Isotropic inputs, and what Prop. 4.4 constructs from infinitely many prompts without shift."""
    product = co.ClosedForm(isotropic.PRETRAINED["constructed"])(sigma_train=NOISE, l=l)
    return {"d": d, "l": l, "a": 1.0, "b": 1.0, "sigma": NOISE, "m": d * product, "v": 1 / d, **shift}


def on_constructed(
    points: Callable[[], list[co.Point]],
    predicts: Callable[[], Any],
    wrong: Callable[[], Mapping[str, Any]],
    least_error: bool = False,
) -> Callable[[], co.Mean]:
    """Builds a claim on the optimal temperature of the constructed layer, or on its error there."""

    def build() -> co.Mean:
        exact = theory.closed_form("optimal_temperature", "literal", isotropic=True)
        at_optimum = co.Contrast(lambda point: at_temperature({"tau": exact(**point)}))
        return co.Mean(
            predicts=predicts(),
            measures=sims.literal_moments_given_inputs,
            compares=at_optimum if least_error else co.ratio(2, 1),
            at=co.Depths(points()[:1], points()),
            mutants=False,
            within=co.Depths(0.05, 0.015, 0.004),
            wrong=wrong(),
        )

    return build


def unshifted() -> list[co.Point]:
    return [constructed(12, 12), constructed(12, 24), constructed(5, 100)]


def rescaled() -> list[co.Point]:
    return [constructed(12, 12, a=2.0, sigma=0.0), constructed(12, 24, a=2.0, sigma=0.0)]


def tuned() -> list[co.Point]:
    return [constructed(12, 24), constructed(12, 12, a=2.0)]


def exact(quantity: str) -> Callable[[], co.ClosedForm]:
    return lambda: theory.closed_form(quantity, "literal", isotropic=True)


PAPER.claim(
    "temperature-1-without-shift",
    says="Without shift, temperature 1 is already optimal at the parameters of Prop. 4.4.",
    where="remark after Prop. 4.4",
    corrected_by="temperature-without-shift",
    kinder="It stands for prompts much longer than the dimension, and at any length for parameters that minimise the "
    "pretraining error.",
)(on_constructed(unshifted, lambda: lambda: 1.0, lambda: {"9": lambda: 9.0}))

PAPER.claim(
    "temperature-without-shift",
    says="Without shift, the optimal temperature at the parameters of Prop. 4.4 is near 1 + d/l: 2 at l = d, 1.05 at "
    "l = 20 d.",
    where="Theorem 4.3 at Prop. 4.4's parameters",
    status="corrected",
)(
    on_constructed(
        unshifted, exact("optimal_temperature"), lambda: {"1": lambda: 1.0, "1 + 2 d/l": lambda d, l: 1 + 2 * d / l}
    )
)

PAPER.claim(
    "temperature-c-for-inputs-scaled-by-c",
    says="For inputs of covariance c I and no noise, tau = c is optimal and undoes the shift.",
    where="remark on input covariance shift",
    corrected_by="temperature-for-scaled-inputs",
    kinder="It stands for prompts much longer than the dimension, and for any layer whose best temperature is 1 "
    "before the inputs are scaled.",
)(on_constructed(rescaled, lambda: lambda a: a, lambda: {"1": lambda: 1.0}))

PAPER.claim(
    "temperature-for-scaled-inputs",
    says="For inputs of covariance c I and no noise, the best temperature at Prop. 4.4's parameters is about c (1 + "
    "d/l).",
    where="Theorem 4.3 at Prop. 4.4's parameters",
    status="corrected",
)(on_constructed(rescaled, exact("optimal_temperature"), lambda: {"c": lambda a: a, "1 + d/l": lambda d, l: 1 + d / l}))

PAPER.claim(
    "tuned-reaches-bayes",
    says="The optimal temperature restores alignment with the Bayes predictor: the tuned error is the Bayes error.",
    where="discussion of Theorem 4.3",
    corrected_by="tuned-error",
    kinder="Under isotropic shifts both errors tend to the label noise as prompts grow, and they nearly agree "
    "wherever that noise dominates.",
)(
    on_constructed(
        tuned, lambda: bayes.ISOTROPIC_BAYES, lambda: {"noise alone": lambda sigma: sigma**2}, least_error=True
    )
)

PAPER.claim(
    "tuned-error",
    says="The tuned error of the constructed layer is g0 - g1^2/g2, above the Bayes error.",
    where="Theorem 4.3",
    status="corrected",
)(on_constructed(tuned, exact("minimum_error"), lambda: {"the Bayes error": bayes.ISOTROPIC_BAYES}, least_error=True))
