"""Disjoint and complete on trial: all monotone functions of four edges, one by one."""

from __future__ import annotations

from typing import Any

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import monotone as sims
    from corollary.theory.circuits_rome import monotone as theory

COMPLETE = "completeness by the accuracy of the complement"


def _conflicts(monotone: bool) -> dict[str, int]:
    """Functions of three edges, and how many have disjoint faithful circuits of which one is complete."""
    tables = [works for works in sims.functions(3, monotone) if not works[0]]
    torn = [
        works
        for works in tables
        if any(
            theory.complete(works, one) or theory.complete(works, other) for one, other in theory.disjoint_pairs(works)
        )
    ]
    return {"functions": len(tables), "with a complete one of two disjoint": len(torn)}


@PAPER.claim(
    "disjoint-and-complete",
    says="Of two faithful circuits with no edge in common, as near-disjoint ones are read, each can be complete as "
    "well: some model has it in which more edges never hurt.",
    where=COMPLETE,
    corrected_by="disjoint-not-complete",
    kinder="In a model that edges can hurt it is possible; then adding the second circuit back breaks the task.",
)
def both() -> co.Witness:
    return co.Witness(computes=lambda: _conflicts(True)["with a complete one of two disjoint"] > 0, states=True)


@PAPER.claim(
    "disjoint-not-complete",
    says="In no monotone function of three edges is one of two disjoint faithful circuits complete (19 functions that "
    "need an edge); among all 128 functions in 50.",
    where=COMPLETE,
    status="corrected",
)
def neither() -> co.Witness:
    return co.Witness(
        computes=lambda: [_conflicts(True), _conflicts(False)],
        states=[
            {"functions": theory.DEDEKIND[3] - 1, "with a complete one of two disjoint": 0},
            {"functions": 128, "with a complete one of two disjoint": 50},
        ],
        wrong={
            "it happens in monotone ones": [
                {"functions": 19, "with a complete one of two disjoint": 1},
                {"functions": 128, "with a complete one of two disjoint": 50},
            ],
            "whatever the function": lambda: [_conflicts(False), _conflicts(False)],
        },
    )


@PAPER.claim(
    "needs-what-they-share",
    says="Where more edges never hurt and A is complete, every faithful circuit needs the edges that it has in common "
    "with A: without them it fails, in each of the 167 functions of four edges that need one.",
    where=COMPLETE,
    status="reconstructed",
)
def needs() -> co.Witness:
    def counted(monotone: bool, edges: int) -> dict[str, int]:
        tables = [works for works in sims.functions(edges, monotone) if not works[0]]
        broken = 0
        for works in tables:
            good = [mask for mask in range(len(works)) if works[mask]]
            whole = [one for one in good if theory.complete(works, one)]
            broken += any(works[other & ~one] for one in whole for other in good)
        return {"functions": len(tables), "with a faithful one that does not": broken}

    return co.Witness(
        computes=lambda: counted(True, 4),
        states={"functions": theory.DEDEKIND[4] - 1, "with a faithful one that does not": 0},
        wrong={
            "whatever the function": lambda: counted(False, 3),
            "one of them does not": {"functions": 167, "with a faithful one that does not": 1},
        },
    )


@PAPER.claim(
    "cut-caps-disjoint",
    says="If removing x edges makes every circuit fail, x disjoint faithful circuits exist at most; one edge that can "
    "be spared shows no more than a cut of 2. Removing two of the three edges of a circuit, if accuracy is monotone, "
    "caps the disjoint ones at 2.",
    where="removal of one and of two edges",
    status="reconstructed",
)
def cut() -> co.Witness:
    def counted() -> dict[str, Any]:
        tables = [works for works in sims.functions(4) if works[-1] and not works[0]]
        caps = [(theory.packing(works), theory.cut(works) or 0) for works in tables]
        spared = [cap for works, cap in zip(tables, caps, strict=True) if all(works[15 & ~(1 << e)] for e in range(4))]
        return {
            "functions": len(caps),
            "more disjoint than the cut": sum(packed > least for packed, least in caps),
            "fewer": sum(packed < least for packed, least in caps),
            "least cut, every edge to spare": min(least for _, least in spared),
        }

    stated = {
        "functions": theory.DEDEKIND[4] - 2,
        "more disjoint than the cut": 0,
        "fewer": 32,
        "least cut, every edge to spare": 2,
    }
    return co.Witness(
        computes=counted,
        states=stated,
        wrong={
            "always as many as the cut": {**stated, "fewer": 0},
            "one edge to spare shows three": {**stated, "least cut, every edge to spare": 3},
        },
    )
