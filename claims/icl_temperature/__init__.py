"""The claims of arXiv 2511.01292, each with the wrong answers that its trial must reject."""

from corollary.claims.icl_temperature import (
    bayes,
    conditioned,
    dense,
    errors,
    finite_pretraining,
    high_dimensional,
    isotropic,
    leave_one_out,
    optimum,
    pretraining,
    recovery,
    scaling,
    scores,
    softmax,
    training_attention,
    training_classification,
    training_regression,
)
from corollary.claims.icl_temperature.paper import PAPER

__all__ = [
    "PAPER",
    "bayes",
    "conditioned",
    "dense",
    "errors",
    "finite_pretraining",
    "high_dimensional",
    "isotropic",
    "leave_one_out",
    "optimum",
    "pretraining",
    "recovery",
    "scaling",
    "scores",
    "softmax",
    "training_attention",
    "training_classification",
    "training_regression",
]
