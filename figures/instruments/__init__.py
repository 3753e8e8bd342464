"""The instruments against known truth, in pictures."""

from collections.abc import Callable

from matplotlib.figure import Figure

from corollary.figures.instruments.bdm import complexity
from corollary.figures.instruments.known import learning_coefficients
from corollary.figures.instruments.persistence import loops
from corollary.storage.results import Results

FIGURES: dict[str, Callable[[Results], Figure]] = {
    "learning-coefficients": learning_coefficients,
    "loops": loops,
    "complexity": complexity,
}
