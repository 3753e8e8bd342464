"""Circuit fingerprints in pictures (arXiv 2602.09784)."""

from corollary.figures.circuit_fingerprints.direction import direction
from corollary.figures.circuit_fingerprints.induction import induction
from corollary.figures.circuit_fingerprints.trained import trained

FIGURES = {"induction": induction, "direction": direction, "trained": trained}
