"""Latent agents in pictures (arXiv 2509.06701)."""

from corollary.figures.agentic_pooling.near_disjoint import near_disjoint
from corollary.figures.agentic_pooling.personas import personas
from corollary.figures.agentic_pooling.regions import atlas, rarity
from corollary.figures.agentic_pooling.search import largest_gain
from corollary.figures.agentic_pooling.suppression import suppression
from corollary.figures.agentic_pooling.symmetric import symmetric_pair
from corollary.figures.agentic_pooling.tilts import small_tilts
from corollary.figures.agentic_pooling.weights import moved_weights

FIGURES = {
    "atlas": atlas,
    "symmetric-pair": symmetric_pair,
    "largest-gain": largest_gain,
    "rarity": rarity,
    "small-tilts": small_tilts,
    "near-disjoint": near_disjoint,
    "moved-weights": moved_weights,
    "suppression": suppression,
    "personas": personas,
}
