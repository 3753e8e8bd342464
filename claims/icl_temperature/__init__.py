"""The claims of arXiv 2511.01292, each with the wrong answers that its trial must reject."""

from claims.icl_temperature import bayes, conditioned, errata, errors, softmax, temperature, training  # noqa: F401
from claims.icl_temperature.paper import PAPER

__all__ = ["PAPER"]
