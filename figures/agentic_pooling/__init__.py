"""Latent agents in pictures (arXiv 2509.06701)."""

from corollary.figures.agentic_pooling.regions import atlas, largest_gain, rarity, symmetric_pair
from corollary.figures.agentic_pooling.steering import moved_weights, personas, suppression
from corollary.figures.agentic_pooling.tilts import near_disjoint, small_tilts

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
