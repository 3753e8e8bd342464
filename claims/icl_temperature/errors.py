"""The error and its optimum at every temperature: exact forms of each model, general and isotropic."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER
from corollary.claims.icl_temperature.points import (
    FIXED_TASK,
    ISOTROPIC,
    LARGER,
    RANDOM_TASK,
    REFERENCE,
    SMALL,
    TELLING,
    tempered,
)

with co.lazily():
    import numpy as np

    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import evaluation


MOMENTS = "exact extension of Theorem 4.2"
WITHIN = (0.03, 0.008, 0.002)
"""Relative margins by depth, for conditioned measures."""


def forms(polynomial: Any) -> dict[str, Any]:
    """g0, g1, g2 as closed forms by name."""
    return {f"g{index}": polynomial.form(index) for index in range(3)}


def at_temperature(point: dict[str, Any]) -> list[float]:
    """G(tau) as a contrast of the means of (r^2, r q, q^2)."""
    return [1.0, -2 / point["tau"], 1 / point["tau"] ** 2]


def by_depth(quick: Any, standard: Any, full: Any) -> Any:

    return co.Depths(quick, standard, full)


def telling() -> Any:
    return by_depth(TELLING[:2], TELLING, [*TELLING, *tempered(LARGER, 0.7)])


def small() -> Any:
    return by_depth(SMALL[:1], SMALL, LARGER)


@PAPER.claim(
    "error",
    says="The ICL error of literal linearised attention at temperature tau is a closed form, for any means and covariances.",
    where="Theorem 4.2",
    status="corrected",
)
def error() -> co.Mean:

    exact = theory.coefficients("literal").error
    return co.Mean(
        predicts=exact,
        measures=sims.literal_moments_given_inputs,
        compares=co.Contrast(at_temperature),
        at=telling(),
        within=by_depth(*WITHIN),
        wrong={
            "the query column left out (masked form)": theory.coefficients("masked").error,
            "the high-dimensional limit": theory.coefficients("high-dimensional").error,
            "the printed formula": theory.coefficients("printed").error,
            "tau where tau**2 belongs": lambda **point: exact(**{**point, "tau": point["tau"] ** 2}),
        },
    )


@PAPER.claim(
    "optimal-temperature",
    says="The temperature that minimises the error of literal linearised attention is its second over its cross moment.",
    where="Theorem 4.3",
    status="corrected",
)
def optimal_temperature() -> co.Mean:

    exact = theory.coefficients("literal").optimal_temperature
    return co.Mean(
        predicts=exact,
        measures=sims.literal_moments_given_inputs,
        compares=co.ratio(2, 1),
        at=telling(),
        within=by_depth(*WITHIN),
        wrong={
            "the query column left out (masked form)": theory.coefficients("masked").optimal_temperature,
            "the high-dimensional limit": theory.coefficients("high-dimensional").optimal_temperature,
            "the printed formula": theory.coefficients("printed").optimal_temperature,
            "cross over second moment": co.ClosedForm(1 / exact.expression, exact.definitions),
        },
    )


@PAPER.claim(
    "moments-literal",
    says="The three coefficients of the error of literal attention, query column included, are exact at every size.",
    where=MOMENTS,
    status="reconstructed",
)
def moments_literal() -> co.Mean:

    return co.Mean(
        predicts=forms(theory.coefficients("literal")),
        measures=sims.literal_moments,
        at=small(),
        mutants=False,
        within=by_depth(0.08, 0.02, 0.005),
        wrong={
            "masked moments": forms(theory.coefficients("masked")),
            "high-dimensional moments": forms(theory.coefficients("high-dimensional")),
        },
    )


@PAPER.claim(
    "moments-masked",
    says="The three coefficients of the error of masked linearised attention are exact at every size.",
    where=MOMENTS,
    status="reconstructed",
)
def moments_masked() -> co.Mean:

    exact = theory.coefficients("masked")
    return co.Mean(
        predicts=forms(exact),
        measures=sims.masked_moments_given_contexts,
        at=small(),
        within=by_depth(0.03, 0.015, 0.003),
        wrong={
            "literal moments": forms(theory.coefficients("literal")),
            "high-dimensional moments": forms(theory.coefficients("high-dimensional")),
            "nu^2 for nu (nu + 1)": {**forms(exact), "g2": without_wishart_term(exact.form(2))},
        },
    )


def without_wishart_term(square: Any) -> Any:
    """g2 with the Wishart second moment's nu (nu + 1) replaced by the squared mean's nu^2."""
    [line] = [place for place, (symbol, _) in enumerate(square.definitions) if symbol.name == "E1"]
    definition = square.definitions[line][1]
    [nu] = [symbol for symbol in definition.free_symbols if symbol.name == "nu"]
    return square.replace(line, definition.subs(nu * (nu + 1), nu**2))


@PAPER.claim(
    "moments-linear",
    says="The three coefficients of the error of plain linear attention are exact, uncentred means included.",
    where="linear-attention baseline",
    status="reconstructed",
)
def moments_linear() -> co.Mean:

    return co.Mean(
        predicts=forms(theory.coefficients("linear")),
        measures=sims.linear_moments_given_contexts,
        at=small(),
        within=by_depth(0.03, 0.015, 0.003),
        wrong={"centred moments": forms(theory.coefficients("masked"))},
    )


@PAPER.claim(
    "moments-fixed-task",
    says="With label keys on (m21 != 0) the three coefficients at a fixed task are exact.",
    where=MOMENTS,
    status="reconstructed",
)
def moments_fixed_task() -> co.Mean:

    exact = theory.coefficients("literal", given_task=True)

    def without_label_keys(**point: Any) -> list[float]:
        return [exact.form(index)(**{**point, "m21": [0.0, 0.0]}) for index in range(3)]

    return co.Mean(
        predicts=forms(exact),
        measures=sims.literal_moments,
        at=[FIXED_TASK],
        mutants=False,
        within=by_depth(0.06, 0.02, 0.005),
        wrong={"label keys dropped": without_label_keys},
    )


@PAPER.claim(
    "moments-random-task",
    says="With label keys on, the three coefficients averaged over random tasks are a finite sum of those at fixed tasks.",
    where=MOMENTS,
    status="reconstructed",
)
def moments_random_task() -> co.Mean:

    exact = theory.coefficients("literal", given_task=True)

    def averaged(**point: Any) -> Any:
        return evaluation.error_coefficients(model="literal", d=len(point["mu_x"]), **point)

    def at_the_mean_task(*, mu_w: Any, **point: Any) -> list[float]:
        return [exact.form(index)(**point, w=mu_w) for index in range(3)]

    def two_nodes_an_axis(*, mu_w: Any, Sigma_w: Any, **point: Any) -> Any:
        """Gauss-Hermite's two-point rule, exact to degree three in the task where g2 has degree four."""
        root = np.linalg.cholesky(Sigma_w)
        signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * len(mu_w))).reshape(len(mu_w), -1).T
        return np.mean([at_the_mean_task(mu_w=np.asarray(mu_w) + root @ sign, **point) for sign in signs], axis=0)

    return co.Mean(
        predicts=averaged,
        measures=sims.literal_moments,
        at=[RANDOM_TASK],
        within=by_depth(0.06, 0.02, 0.005),
        wrong={
            "label keys dropped": lambda **point: averaged(**{**point, "m21": [0.0, 0.0]}),
            "the mean task alone": at_the_mean_task,
            "two nodes an axis": two_nodes_an_axis,
        },
    )


@PAPER.claim(
    "error-drawn",
    says="Drawn prompt by prompt, the squared error of the layer at a temperature averages to the closed form.",
    where="Theorem 4.2",
    status="corrected",
)
def error_drawn() -> co.Mean:

    return co.Mean(
        predicts=theory.coefficients("literal").error,
        measures=sims.literal_error,
        at=tempered([REFERENCE], 0.7),
        mutants=False,
        within=by_depth(0.04, 0.01, 0.004),
        wrong={"the query column left out": theory.coefficients("masked").error},
    )


def isotropic_claim(model: str, other: str, what: str) -> Any:
    """Builds a claim on the isotropic form of `what`, "error" or "optimal_temperature"; `other`: a model it is not."""

    def build() -> co.Mean:

        def form(name: str) -> Any:
            return getattr(theory.coefficients(name, isotropic=True), what)

        return co.Mean(
            predicts=form(model),
            measures=getattr(sims, f"{model}_moments_given_inputs"),
            compares=co.Contrast(at_temperature) if what == "error" else co.ratio(2, 1),
            at=by_depth(ISOTROPIC[:2], ISOTROPIC, ISOTROPIC),
            within=by_depth(0.03, 0.008, 0.002),
            wrong={
                f"the form of {other} attention": form(other),
                "the high-dimensional limit": form("high-dimensional"),
            },
        )

    return build


for _model, _other in (("literal", "masked"), ("masked", "linear"), ("linear", "masked")):
    for _what, _theorem in (("error", "Theorem 4.2"), ("optimal_temperature", "Theorem 4.3")):
        PAPER.claim(
            f"{_what.replace('_', '-')}-isotropic-{_model}",
            says=f"Under isotropic shift the {_what.replace('_', ' ')} of {_model} attention has a scalar closed form.",
            where=f"isotropic form of {_theorem}",
            status="reconstructed",
        )(isotropic_claim(_model, _other, _what))
