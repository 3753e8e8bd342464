"""The cylindrical geometry of steering in pictures (arXiv 2605.01844)."""

from corollary.figures.cylindrical_steering.cylinder import cylinder
from corollary.figures.cylindrical_steering.evidence import helix, pairs
from corollary.figures.cylindrical_steering.overlap import identifiability, interference
from corollary.figures.cylindrical_steering.recipes import recipes
from corollary.figures.cylindrical_steering.sectors import population, sectors
from corollary.figures.cylindrical_steering.trained import toy

FIGURES = {
    "cylinder": cylinder,
    "sectors": sectors,
    "population": population,
    "identifiability": identifiability,
    "interference": interference,
    "pairs": pairs,
    "helix": helix,
    "recipes": recipes,
    "toy": toy,
}
