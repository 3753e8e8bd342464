"""What `corollary evaluate icl-temperature/...` offers. Importing this table imports neither SymPy nor SciPy."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

from corollary.formulas.quantity import (
    Argument,
    Quantity,
    above,
    covariance,
    finite,
    integer,
    matrix,
    nonnegative,
    one_of,
    positive,
    vector,
)

MODELS = ("literal", "masked", "linear", "softmax", "high-dimensional", "printed")

MODEL = Argument(
    "model",
    "literal: linearised softmax, the query a key; masked: the query no key; linear: plain linear attention; softmax: "
    "true softmax, masked; high-dimensional: the limit; printed: the limit as the paper prints it",
    one_of(*MODELS),
    "literal",
)
TAU = Argument("tau", "attention temperature", positive, 1.0, ("temperature",))
DIMENSION = Argument("d", "input dimension; may be left to the arrays", integer(1), None, ("dimension",))
LENGTH = Argument("l", "prompt length: l - 1 labelled points and the query", integer(3), aliases=("length",))
SIGMA = Argument("sigma", "standard deviation of the label noise", nonnegative, 0.0, ("noise",))
SIGMA_X = Argument("Sigma_x", "input covariance", covariance("d"), 1.0, ("a", "input_covariance"))
SIGMA_W = Argument("Sigma_w", "task covariance", covariance("d"), 1.0, ("b", "task_covariance"))
MU_X = Argument("mu_x", "input mean", vector("d"), 0.0, ("input_mean",))
MU_W = Argument("mu_w", "task mean", vector("d"), 0.0, ("task_mean",))
ATTENTION = (
    Argument("M11", "input block of K^T Q; by default what pretraining leaves", matrix("d"), None, ("m",)),
    Argument("m21", "label block of K^T Q", vector("d"), 0.0),
    Argument("v21", "what V reads of the inputs", vector("d"), 0.0),
    Argument("v22", "what V reads of the labels; by default 1/d (softmax: the trained value)", finite, None, ("v",)),
)
PRETRAINING = (
    Argument(
        "pretraining",
        "constructed: Prop. 4.4's M11; population: the optimum over infinitely many prompts",
        one_of("constructed", "population"),
        "constructed",
    ),
    Argument("Sigma_train", "input covariance in pretraining", covariance("d"), 1.0),
    Argument("sigma_train", "label noise in pretraining; by default sigma", nonnegative, None),
    Argument("l_train", "prompt length in pretraining; by default l", integer(3), None),
)
DISTRIBUTION = (DIMENSION, LENGTH, SIGMA, SIGMA_X, MU_X, SIGMA_W, MU_W)
KEYS = Argument("n", "number of keys", integer(1), aliases=("keys",))
SCORE_VARIANCE = Argument("h", "variance of the scores", nonnegative, aliases=("score_variance",))


def _later(name: str) -> Callable[..., Any]:
    """The function of that name in `evaluation`, imported when it is called."""

    def call(**values: Any) -> Any:
        return getattr(importlib.import_module("corollary.theory.icl_temperature.evaluation"), name)(**values)

    return call


def _remark(value: Any) -> str | None:
    if math.isinf(value):
        return "the optimum is at infinity: the cross moment is not positive, uniform weights are best"
    return "undefined: the scores never reach the labels (g2 = 0)" if math.isnan(value) else None


LAYER = (*DISTRIBUTION, *ATTENTION, *PRETRAINING)
THEOREM_4_3 = "arXiv 2511.01292, Theorem 4.3; exact forms reconstructed"
SIZE = Argument("d", "input dimension", integer(1), aliases=("dimension",))

QUANTITIES = {
    "error": Quantity(
        function=_later("error"),
        arguments=(MODEL, TAU, *LAYER),
        source="arXiv 2511.01292, Theorem 4.2; exact forms reconstructed",
        multiprecise=True,
    ),
    "optimal_temperature": Quantity(
        function=_later("optimal_temperature"),
        arguments=(MODEL, *LAYER),
        source=THEOREM_4_3,
        multiprecise=True,
        remark=_remark,
    ),
    "minimum_error": Quantity(
        function=_later("minimum_error"), arguments=(MODEL, *LAYER), source=THEOREM_4_3, multiprecise=True
    ),
    "error_coefficients": Quantity(
        function=_later("error_coefficients"), arguments=(MODEL, *LAYER), source="reconstructed", multiprecise=True
    ),
    "bayes_error": Quantity(
        function=_later("bayes_error"),
        arguments=(DIMENSION, LENGTH, SIGMA, SIGMA_X, SIGMA_W),
        source="reconstructed (ridge asymptotics, arXiv 1507.03003)",
        multiprecise=True,
    ),
    "recovered_fraction": Quantity(
        function=_later("recovered_fraction"),
        arguments=(DIMENSION, LENGTH, SIGMA, SIGMA_X, SIGMA_W, MU_W, ATTENTION[0], *ATTENTION[2:], *PRETRAINING),
        source="reconstructed",
        multiprecise=True,
    ),
    "leave_one_out_temperature": Quantity(
        function=_later("leave_one_out_temperature"),
        arguments=LAYER,
        source="reconstructed",
        multiprecise=True,
        remark=_remark,
    ),
    "participation": Quantity(
        function=_later("participation"), arguments=(KEYS, SCORE_VARIANCE), source="reconstructed"
    ),
    "score_second_moment": Quantity(
        function=_later("score_second_moment"), arguments=(KEYS, SCORE_VARIANCE), source="reconstructed"
    ),
    "trained_score_variance": Quantity(
        function=_later("trained_score_variance"),
        arguments=(
            SIZE,
            Argument("l", "prompt length; by default the limit of long prompts", integer(3), None, ("length",)),
            SIGMA,
        ),
        source="reconstructed",
        multiprecise=True,
    ),
    "finite_pretraining_temperature": Quantity(
        function=_later("finite_pretraining_temperature"),
        arguments=(SIZE, LENGTH, SIGMA, Argument("prompts_per_parameter", "pretraining prompts over d^2", above(1))),
        source="reconstructed",
        multiprecise=True,
    ),
}
"""Name -> quantity; what each is, the paper's declaration says."""
