"""Circuits in pictures (arXiv 2605.12671)."""

from corollary.figures.circuits_rome.margins import margins
from corollary.figures.circuits_rome.overlap import overlap

FIGURES = {"overlap": overlap, "margins": margins}
