"""Steering by correlated features in pictures (arXiv 2508.12535)."""

from corollary.figures.corrsteer.reliability import reliability
from corollary.figures.corrsteer.selection import selection
from corollary.figures.corrsteer.steering import steering

FIGURES = {"selection": selection, "steering": steering, "reliability": reliability}
