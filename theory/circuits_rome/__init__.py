"""Circuits counted in closed form (arXiv 2605.12671): how many there are, how they overlap, and what search sees."""

from corollary.theory.circuits_rome import (
    attribution,
    collisions,
    edges,
    gates,
    induction,
    monotone,
    mutual,
    oasr,
    overlap,
    parts,
    stages,
)
from corollary.theory.circuits_rome.quantities import QUANTITIES

DERIVATIONS = {
    "edges-serial": edges.serial,
    "edges-parallel": edges.parallel,
    "edges-attention": edges.attention,
    "gate-kept": gates.kept,
    "gate-open": gates.hard_concrete,
    "overlap-variance": overlap.moments,
    "overlap-iou": overlap.chance_iou,
    "stage-overlap": stages.stage_overlap,
    "stage-counts": stages.counts,
    "induction-iou": induction.iou,
    "target-count": collisions.count,
    "critical-margins": collisions.critical,
    "parts": parts.accuracy,
    "conservation": parts.conservation,
    "hidden-copies": attribution.gradient,
    "mutual-intersection": mutual.intersection,
    "overlap-bound": mutual.bound,
    "oasr-pull": oasr.pull,
    "oasr-moments": oasr.moments,
}

__all__ = ["DERIVATIONS", "QUANTITIES", "monotone"]
