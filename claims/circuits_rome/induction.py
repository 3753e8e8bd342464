"""Induction with spare heads on trial: every subset of its edges, in the transformer itself, and what searches find."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import induction as sims
    from corollary.theory.circuits_rome import induction as theory

MANY = "many faithful circuits; tried on a compiled model"
SEARCH = "OASR; tried on a compiled model"
TWO, UNEVEN = {"R1": 2, "R2": 2}, {"R1": 1, "R2": 2}


def _row(R1: int, R2: int) -> list[int]:
    return [theory.faithful(R1, R2), 0, 0]


@PAPER.claim(
    "induction-count",
    depth="standard",
    says="Of the 65536 subsets of the 16 relevant edges of a compiled transformer with two previous-token and two "
    "induction heads, 1919 predict the answer on all of 48 prompts: those, and only those, that link a complete pair.",
    where=MANY,
    status="reconstructed",
)
def count() -> co.Value:
    def alive_or_empty(R1: int, R2: int) -> list[int]:
        """With 2^3 states of a head that is not alive, instead of 2^3 - 1."""
        return [sum(sims.linked_states(R1, R2, 8)), 0, 0]

    return co.Value(
        predicts=_row,
        computes=sims.enumerated,
        scale=lambda: [1.0, 1.0, 1.0],
        at=[TWO],
        within=0.5,
        wrong={
            "dead heads counted in all states": alive_or_empty,
            "every subset of a circuit's size": lambda R1, R2: [2 ** (3 * R1 + 3 * R2 + R1 * R2 - 7), 0, 0],
            "one pair alone": lambda R1, R2: [R1 * R2 * 2 ** (3 * R1 + 3 * R2 + R1 * R2 - 7), 0, 0],
        },
    )


@PAPER.claim(
    "induction-idle",
    depth="standard",
    says="The other 2 R1 R2 + R1 + R2 + 1 edges do nothing: drawn at random they leave the count as it is.",
    where=MANY,
    status="reconstructed",
)
def idle() -> co.Value:
    def computed(R1: int, R2: int) -> list[int]:
        found = sims.enumerated(R1, R2, idle="random")
        return [*found.values(), sims.idle_edges(R1, R2)]

    def stated(R1: int, R2: int) -> list[float]:
        return [*_row(R1, R2), theory.IDLE(R1=R1, R2=R2)]

    return co.Value(
        predicts=stated,
        computes=computed,
        scale=lambda: [1.0] * 4,
        at=[{"R1": 1, "R2": 1}, UNEVEN],
        within=0.5,
        wrong={
            "every edge counts": lambda R1, R2: [*_row(R1, R2), 0],
            "all subsets": lambda R1, R2: [2 ** (3 * R1 + 3 * R2 + R1 * R2), 0, 0, theory.IDLE(R1=R1, R2=R2)],
        },
    )


@PAPER.claim(
    "induction-probability",
    says="Of independent edges kept with probability p, a pair is linked with probability "
    "1 - sum Bin(a; R1, p^3) Bin(b; R2, p^3) (1 - p)^(ab).",
    where=MANY,
    status="reconstructed",
)
def probability() -> co.Mean:
    return co.Mean(
        predicts=theory.probability,
        measures=sims.linked_draws,
        at=[{"R1": 2, "R2": 3, "p": 0.8}, {"R1": 1, "R2": 2, "p": 0.9}],
        within=0.02,
        support=(0, 1),
        wrong={
            "one pair": lambda p: p**7,
            "pairs independent": lambda R1, R2, p: 1 - (1 - p**7) ** (R1 * R2),
            "heads alive with probability p": lambda R1, R2, p: theory.probability(R1, R2, p ** (1 / 3)),
        },
    )


@PAPER.claim(
    "induction-minimal-overlap",
    says="Two minimal circuits of R1 R2 have mean IoU 1/(R1 R2) + (3/11) [(1 - 1/R2)/R1 + (1 - 1/R1)/R2], and "
    "min(R1, R2) of them are disjoint: .386 and 2 of two heads each.",
    where=MANY,
    status="reconstructed",
)
def overlap() -> co.Value:
    def row(R1: int, R2: int) -> list[float]:
        return [theory.MINIMAL(R1=R1, R2=R2), theory.IOU(R1=R1, R2=R2), theory.PACKING(R1=R1, R2=R2)]

    return co.Value(
        predicts={"count": theory.MINIMAL, "iou": theory.IOU, "packing": theory.PACKING},
        computes=sims.minimal_facts,
        at=[TWO, {"R1": 2, "R2": 3}, {"R1": 3, "R2": 3}],
        wrong={
            "as many disjoint as there are": lambda R1, R2: [*row(R1, R2)[:2], R1 * R2],
            "alike or disjoint": lambda R1, R2: [R1 * R2, 1 / (R1 * R2), row(R1, R2)[2]],
            "half in common with one head": lambda R1, R2: [
                R1 * R2,
                1 / (R1 * R2) + ((1 - 1 / R2) / R1 + (1 - 1 / R1) / R2) / 2,
                row(R1, R2)[2],
            ],
        },
    )


@PAPER.claim(
    "edges-can-hurt",
    depth="standard",
    says="With three heads of each kind some sets of edges that contain a faithful circuit are not faithful: "
    "half-wired heads outvote it. None is faithful without one.",
    where=MANY,
    status="reconstructed",
)
def hurt() -> co.Witness:
    def found(R: int, p: float) -> dict[str, bool]:
        made = sims.sampled(R, R, p, masks=1500)
        return {
            "some faithful": made["faithful"] > 0,
            "some broken by more edges": made["yes, wrongly"] > 0,
            "some without a circuit": made["no, wrongly"] > 0,
        }

    return co.Witness(
        computes=lambda: found(3, 0.7),
        states={"some faithful": True, "some broken by more edges": True, "some without a circuit": False},
        wrong={"one head of each kind": lambda: found(1, 0.7), "two of each": lambda: found(2, 0.7)},
    )


@PAPER.claim(
    "complement-of-minimal",
    depth="standard",
    says="The four 7-edge circuits of two heads each are faithful and none is complete: what each leaves solves all 48 "
    "prompts. What 11 edges of one previous-token head and both induction heads leave solves none; they overlap every "
    "other circuit.",
    where="completeness by the accuracy of the complement; tried on a compiled model",
    status="reconstructed",
)
def complement() -> co.Witness:
    stated = {"alone": [48] * 4, "left": [48] * 4, "left by 11": [0, 0]}
    return co.Witness(
        computes=sims.complements,
        states=stated,
        wrong={
            "minimal circuits are complete": {**stated, "left": [0] * 4},
            "eleven edges leave a circuit": {**stated, "left by 11": [48, 48]},
        },
    )


@PAPER.claim(
    "copies-hide-from-gradients",
    depth="standard",
    says="A second copy of each head takes the gradient of a previous-token head's edges to a thousandth or less and "
    "single ablation to a hundredth, integrated gradients to no less than a tenth; the edges of an induction head's "
    "value and output, behind a linear readout, keep all three above a tenth.",
    where="EAP, EAP-IG and ablation; tried on a compiled model",
    status="reconstructed",
)
def hidden() -> co.Witness:
    def found(copies: int) -> dict[str, bool]:
        gradient, integrated, closed = (
            (f(1), f(copies)) for f in (sims.attributed, lambda R: sims.attributed(R, steps=10), sims.ablated)
        )
        early, late = ("previous q", "previous v"), ("induction v", "output")

        def falls(pair: Any, names: Any, factor: float) -> bool:
            return all(pair[1][name] < factor * pair[0][name] for name in names)

        return {
            "gradient of early edges below a thousandth": falls(gradient, early, 1e-3),
            "ablation of early edges below a hundredth": falls(closed, early, 1e-2),
            "integrated gradient of early edges below a tenth": falls(integrated, early, 0.1),
            "any of late edges below a tenth": any(falls(pair, late, 0.1) for pair in (gradient, integrated, closed)),
        }

    return co.Witness(
        computes=lambda: found(2),
        states={
            "gradient of early edges below a thousandth": True,
            "ablation of early edges below a hundredth": True,
            "integrated gradient of early edges below a tenth": False,
            "any of late edges below a tenth": False,
        },
        wrong={"without a copy": lambda: found(1)},
    )


@PAPER.claim(
    "integrated-gradients-add-up",
    depth="standard",
    says="Integrated gradients of all gates, at ten midpoints, add up to the metric of the model, 10 a pair of heads.",
    where="EAP-IG; tried on a compiled model",
    status="reconstructed",
)
def adds_up() -> co.Value:
    def found(R: int) -> list[float]:
        made = sims.attributed(R, steps=10)
        return [made["all"], made["model"]]

    return co.Value(
        predicts=lambda R: [10.0 * R, 10.0 * R],
        computes=found,
        at=[{"R": 1}, {"R": 2}],
        within=0.01,
        wrong={
            "as much with copies": lambda: [10.0, 10.0],
            "gradients at open gates add up": co.Recomputed(
                lambda R: [sims.attributed(R)["all"], sims.attributed(R)["model"]]
            ),
        },
    )


@PAPER.claim(
    "acdc-depends-on-order",
    depth="full",
    says="ACDC in random orders finds exactly a 7-edge circuit each time: with one head of each kind always the same, "
    "with two and three another one from order to order.",
    where="non-uniqueness across methods: ACDC; tried on a compiled model",
)
def acdc() -> co.Witness:
    def found(R: int) -> dict[str, bool]:
        made = sims.by_acdc(R, range(10))
        return {"minimal each time": made["exact"] == 1.0, "always the same": made["iou"] == 1.0}

    return co.Witness(
        computes=lambda: [found(R) for R in (1, 2, 3)],
        states=[
            {"minimal each time": True, "always the same": True},
            {"minimal each time": True, "always the same": False},
            {"minimal each time": True, "always the same": False},
        ],
        wrong={"one head of each kind": lambda: [found(1)] * 3, "two": lambda: [found(2)] * 3},
    )


@PAPER.claim(
    "acdc-overlap",
    depth="full",
    says="Two such circuits of two heads each have the mean IoU of random minimal ones, .386, within a fifth.",
    where="non-uniqueness across methods: ACDC; tried on a compiled model",
    status="reconstructed",
)
def acdc_overlap() -> co.Value:
    return co.Value(
        predicts=lambda R: float(theory.IOU(R1=R, R2=R)),
        computes=lambda R: sims.by_acdc(R, range(40))["iou"],
        at=[{"R": 2}],
        within=0.2,
        wrong={"always the same": lambda: 1.0, "of three heads each": lambda: float(theory.IOU(R1=3, R2=3))},
    )


@PAPER.claim(
    "oasr-finds-the-spare",
    depth="full",
    says="Rounds of four OASR searches, each made minimal and the least overlapping kept, list the disjoint circuits: "
    "7 edges, 7 others, and in the third round, where there is no third, 6 or 7 old ones.",
    where=SEARCH,
)
def spare() -> co.Phenomenon:
    def shows(row: co.Row) -> bool:
        sizes = all(row[f"edges {n}"] == 7 for n in range(3))
        return sizes and row["shared 1"] == 0 and row["shared 2"] >= 6

    return co.Phenomenon(
        measures=sims.listed_by_search,
        shows=shows,
        effect="shared 2",
        point={"R": 2, "overlap": 0.5},
        seeds=48,
        batch=8,
        wrong={
            "one head of each kind": co.Control({"R": 1, "overlap": 0.5}, lambda row: row["shared 1"] == 0),
            "a third disjoint one": lambda row: row["shared 2"] == 0,
        },
    )
