"""The claims of arXiv 2511.01292, each with the wrong answers that its trial must reject."""

from corollary.claims.icl_temperature import (
    bayes,
    conditioned,
    errata,
    errors,
    pretraining,
    softmax,
    temperature,
    training,
)
from corollary.claims.icl_temperature.paper import PAPER

__all__ = ["PAPER", "bayes", "conditioned", "errata", "errors", "pretraining", "softmax", "temperature", "training"]
