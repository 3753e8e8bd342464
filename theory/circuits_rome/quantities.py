"""What `corollary evaluate circuits-rome/...` computes, with every argument's domain."""

from __future__ import annotations

from typing import Any

from corollary.formulas.quantity import (
    Argument,
    Quantity,
    above,
    finite,
    integer,
    interval,
    nonnegative,
    positive,
    probability,
    vector,
)
from corollary.theory.circuits_rome import (
    attribution,
    collisions,
    edges,
    gates,
    induction,
    mutual,
    oasr,
    overlap,
    parts,
    stages,
)

LAYERS, HEADS = Argument("L", "layers", integer(1)), Argument("H", "heads in a layer", integer(1))
GATE = (
    Argument("log_alpha", "location of the gate", finite),
    Argument("beta", "temperature of the gate", positive, 2 / 3),
    Argument("g", "how far it is stretched below 0, minus gamma", positive, 0.1),
    Argument("zeta", "its upper end", above(1), 1.1),
)
GRAPH = Argument("N", "edges of the graph", integer(2))
PAIR = (GRAPH, Argument("a", "edges of one circuit", integer(1)), Argument("b", "edges of the other", integer(1)))
SHARED = Argument("x", "edges that both have", integer(1))
UNITS = Argument("R", "units of each stage", vector("s"))
NEEDS = Argument("k", "units that each stage needs", vector("s"))
KEEP = Argument("p", "probability with which an edge is kept", probability)
PREVIOUS = Argument("R1", "previous-token heads", integer(1))
INDUCTION = Argument("R2", "induction heads", integer(1))
SUBSETS = (Argument("m", "edges", integer(1)), Argument("k", "edges of a circuit", integer(1)))
EPS = Argument("eps", "tolerance of each margin", positive)
SIGMA = Argument("sigma", "deviation of an edge's contribution", positive, 1.0)
TARGET = (
    *SUBSETS,
    Argument("q", "margins that must be met", integer(1)),
    EPS,
    Argument("T", "target of each margin", finite),
    Argument("mu", "mean of an edge's contribution", finite, 0.0),
    SIGMA,
)
COPIES = (Argument("R", "copies", integer(1)), Argument("c", "what one adds to the readout's input", positive))
BETA = (
    Argument("a", "first parameter of the Beta law", positive),
    Argument("b", "the second", positive),
    Argument("K", "circuits", integer(1)),
    Argument("core", "share of edges that are in every circuit", interval(0, 1, "low"), 0.0),
)
PAPER, OURS = "arXiv 2605.12671", "reconstructed"


def chance_tail(N: int, a: int, b: int, x: int) -> float:
    return float(overlap.tail(N, a, b, x))


def _whole(values: Any) -> list[int]:
    if any(float(one) != int(one) for one in values):
        raise ValueError(f"{list(map(float, values))} is not allowed; allowed: whole numbers")
    return [int(one) for one in values]


def stage_counts(R: Any, k: Any, F: int) -> Any:
    return [float(one) for one in stages.by_size(_whole(R), _whole(k), F)]


def stage_probability(R: Any, k: Any, p: float) -> float:
    return stages.probability(_whole(R), _whole(k), p)


def induction_count(R1: int, R2: int) -> int:
    return induction.faithful(R1, R2)


_TABLE: dict[str, tuple[Any, ...]] = {
    "edges-serial": (edges.SERIAL, PAPER, LAYERS, HEADS),
    "edges-parallel": (edges.PARALLEL, PAPER, LAYERS, HEADS),
    "edges-attention": (edges.ATTENTION, OURS, LAYERS, HEADS),
    "gate-kept": (gates.KEPT, OURS, Argument("l", "logit of an edge", finite)),
    "gate-open": (gates.OPEN, "Louizos et al. 2018", *GATE),
    "gate-full": (gates.FULL, "Louizos et al. 2018", *GATE),
    "gate-mean": (gates.expected, OURS, *GATE),
    "overlap-mean": (overlap.MEAN, "hypergeometric", *PAIR),
    "overlap-variance": (overlap.VARIANCE, "hypergeometric", *PAIR),
    "overlap-z": (overlap.STANDARDISED, "hypergeometric", *PAIR, SHARED),
    "overlap-tail": (chance_tail, "hypergeometric", *PAIR, SHARED),
    "overlap-iou": (overlap.IOU, OURS, *PAIR),
    "overlap-pool": (overlap.POOL, OURS, *PAIR[1:], SHARED),
    "stage-counts": (stage_counts, OURS, UNITS, NEEDS, Argument("F", "edges that do nothing", integer(0), 0)),
    "stage-probability": (stage_probability, OURS, UNITS, NEEDS, KEEP),
    "induction-count": (induction_count, OURS, PREVIOUS, INDUCTION),
    "induction-probability": (induction.probability, OURS, PREVIOUS, INDUCTION, KEEP),
    "induction-iou": (induction.IOU, OURS, PREVIOUS, INDUCTION),
    "target-count": (collisions.COUNT, OURS, *TARGET),
    "target-pairs": (collisions.pairs, OURS, *TARGET),
    "critical-margins": (collisions.CRITICAL, OURS, *SUBSETS, EPS, SIGMA),
    "johnson": (collisions.johnson, "Johnson 1962", *SUBSETS, Argument("t", "most edges in common", integer(0))),
    "gilbert-varshamov": (
        collisions.gilbert_varshamov,
        "Gilbert 1952",
        *SUBSETS,
        Argument("t", "most edges in common", integer(0)),
    ),
    "part-accuracy": (
        parts.ACCURACY,
        OURS,
        SUBSETS[0],
        Argument("mu", "mean of an edge's contribution", positive),
        SIGMA,
        Argument("N", "disjoint parts", positive),
    ),
    "room": (
        parts.room,
        OURS,
        SUBSETS[0],
        Argument("mu", "mean of an edge's contribution", positive),
        SIGMA,
        Argument("alpha", "accuracy", interval(0.5, 1)),
    ),
    "copy-gradient": (attribution.GRADIENT, OURS, *COPIES),
    "copy-ablated": (attribution.ABLATED, OURS, *COPIES),
    "copy-integrated": (attribution.INTEGRATED, OURS, *COPIES),
    "mutual-iou": (mutual.mutual_iou, OURS, *BETA),
    "overlap-bound": (
        mutual.BOUND,
        "Cauchy-Schwarz",
        Argument("K", "circuits", integer(2)),
        Argument("n", "edges of each", positive),
        Argument("U", "edges of their union", positive),
    ),
    "schedule": (
        oasr.schedule,
        PAPER,
        Argument("step", "epoch or step", nonnegative),
        Argument("warm", "steps of the rise", positive, 32.0),
        Argument("cool", "steps of the fall", positive, 8.0),
        Argument("most", "largest weight, of the first", positive, 20.0),
        Argument("least", "last weight, of the first", nonnegative, 0.01),
        Argument("start", "first weight", nonnegative, 1.0),
    ),
}
QUANTITIES = {
    name: Quantity(function=function, arguments=tuple(arguments), source=source)
    for name, (function, source, *arguments) in _TABLE.items()
}
