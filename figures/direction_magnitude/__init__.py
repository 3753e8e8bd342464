"""Figures of direction against magnitude."""

from corollary.figures.direction_magnitude.damage import damage
from corollary.figures.direction_magnitude.injections import injections
from corollary.figures.direction_magnitude.language_model import divergences, language_model
from corollary.figures.direction_magnitude.minimal_pairs import minimal_pairs
from corollary.figures.direction_magnitude.notebook_noise import notebook_noise

FIGURES = {
    "damage": damage,
    "matching": notebook_noise,
    "injections": injections,
    "pairs": minimal_pairs,
    "language-model": language_model,
    "divergences": divergences,
}
