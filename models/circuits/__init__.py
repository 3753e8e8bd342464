"""Circuits as masks on the edges of a decoder: search, pruning to what matters, and what two of them share.

Searches take functions of a mask, one number an edge, and so run on any model; `task` makes them of a decoder.
"""

from corollary.models.circuits.acdc import acdc
from corollary.models.circuits.attribution import gate_attribution
from corollary.models.circuits.definitions import incompleteness, minimality, unfaithfulness
from corollary.models.circuits.disjoint import Circuit, enumerate_circuits
from corollary.models.circuits.edge_pruning import EdgePruning, prune
from corollary.models.circuits.faithfulness import areas, curve, top_masks
from corollary.models.circuits.finalise import finalised, stages
from corollary.models.circuits.fingerprint_edges import FingerprintRead, fingerprint_read
from corollary.models.circuits.fingerprint_steering import displacement, isolated_states, prototypes, steered
from corollary.models.circuits.gates import binary_gate, hard_concrete
from corollary.models.circuits.minimal import minimal
from corollary.models.circuits.oasr import Oasr, discover
from corollary.models.circuits.overlap import Overlap, iou, mutual_iou, overlap, precision_recall, regions
from corollary.models.circuits.task import Task

__all__ = [
    "Circuit",
    "EdgePruning",
    "FingerprintRead",
    "Oasr",
    "Overlap",
    "Task",
    "acdc",
    "areas",
    "binary_gate",
    "curve",
    "discover",
    "displacement",
    "enumerate_circuits",
    "finalised",
    "fingerprint_read",
    "gate_attribution",
    "hard_concrete",
    "incompleteness",
    "iou",
    "isolated_states",
    "minimal",
    "minimality",
    "mutual_iou",
    "overlap",
    "precision_recall",
    "prototypes",
    "prune",
    "regions",
    "stages",
    "steered",
    "top_masks",
    "unfaithfulness",
]
