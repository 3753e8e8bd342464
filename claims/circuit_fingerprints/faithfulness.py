"""Areas of faithfulness curves, and the published ones."""

from __future__ import annotations

import corollary as co
from corollary.claims.circuit_fingerprints.paper import PAPER

with co.lazily():
    import fractions

    from corollary.sims.circuit_fingerprints import faithfulness as sims
    from corollary.theory.circuit_fingerprints import faithfulness as theory

CURVES = [
    ("0", "0", "0", "1/10", "1/5", "1/2", "4/5", "9/10", "1", "1"),
    ("0", "1/4", "-1/8", "3/2", "1/5", "5/4", "3/4", "9/8", "2/3", "1"),
]


def _areas(number: int) -> list[float]:
    return [float(area) for area in theory.exact_areas([fractions.Fraction(one) for one in CURVES[number]])]


@PAPER.claim(
    "areas",
    says="CPR and CMD are the trapezoids' areas under f and |1 - f| on the benchmark's ten shares of edges.",
    where="evaluation",
)
def areas() -> co.Value:
    def shifted(number: int) -> list[float]:
        curve = [fractions.Fraction(one) for one in CURVES[number]]
        return [float(area) for area in theory.exact_areas([*curve[1:], fractions.Fraction(1)])]

    return co.Value(
        predicts=_areas,
        computes=lambda number: sims.of_curve(*(float(fractions.Fraction(one)) for one in CURVES[number])),
        at=[{"number": 0}, {"number": 1}],
        within=1e-12,
        wrong={
            "each area from the next point": shifted,
            "CMD is 1 - CPR": lambda number: [_areas(number)[0], 1 - _areas(number)[0]],
            "the mean over the grid": lambda number: (
                [sum(float(fractions.Fraction(x)) for x in CURVES[number]) / 10] * 2
            ),
        },
    )


@PAPER.claim(
    "published-areas",
    says="The published table's pairs of CMD and CPR are areas of curves.",
    where="table of CMD and CPR",
    corrected_by="area-bound",
    kinder="Three of the four rows are percents where shares stand; CPR 1.50 beside CMD .00 is a misprint.",
)
def published() -> co.Witness:
    return co.Witness(
        computes=lambda: {"rows with an impossible pair": len(theory.impossible())},
        states={"rows with an impossible pair": 0},
    )


@PAPER.claim(
    "area-bound",
    says="CMD is at least the distance of CPR from the grid's length, .999, and meets it where f stays below 1.",
    where="evaluation",
    status="corrected",
)
def bound() -> co.Bound:
    return co.Bound(
        slack=sims.slack,
        draw=sims.draw,
        tight=1e-6,
        wrong={"by a hundredth more": lambda curve: sims.slack(curve) - 0.01, "CMD is at least CPR": sims.below},
    )


@PAPER.claim(
    "ranked-areas",
    says="Of 1000 edges, 100 of which carry the metric equally: ranked first they give CPR .95, CMD .049, at even "
    "intervals half the grid, and last 1/4: worse than any order would.",
    where="evaluation",
    status="reconstructed",
)
def ranked() -> co.Value:
    def exact(order: str) -> list[float]:
        curve = [_recovered(order, share) for share in theory.GRID]
        return [float(area) for area in theory.exact_areas(curve)]

    return co.Value(
        predicts=exact,
        computes=sims.of_ranking,
        at=[{"order": "first"}, {"order": "even"}, {"order": "last"}],
        within=1e-9,
        wrong={
            "all orders alike": lambda: exact("even"),
            "first and last exchanged": lambda order: exact({"first": "last", "last": "first", "even": "last"}[order]),
        },
    )


def _recovered(order: str, share: fractions.Fraction) -> fractions.Fraction:
    """Of the 100 edges, those among the first 1000 * share."""
    count = int(1000 * share)
    among = {"first": min(count, 100), "last": max(count - 900, 0), "even": count // 10}[order]
    return fractions.Fraction(among, 100)
