"""The claims of arXiv 2511.01292, each with the wrong answers that its trial must reject."""

from claims.icl_temperature import (  # noqa: F401
    bayes,
    conditioned,
    errata,
    errors,
    pretraining,
    softmax,
    temperature,
    training,
)
from claims.icl_temperature.paper import PAPER

__all__ = ["PAPER"]
