"""Areas of faithfulness curves f over shares x of edges: CPR under f, CMD under |1 - f| (MIB benchmark)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

a, b, width = sp.symbols("a b width", positive=True)
_MEANINGS = {"a": "f at an interval's left end", "b": "f at its right end", "width": "of the interval"}

AREA = ClosedForm(width * (a + b) / 2, meanings=_MEANINGS)
MISSED = ClosedForm(width * (sp.Abs(1 - a) + sp.Abs(1 - b)) / 2, meanings=_MEANINGS)

GRID = [Fraction(one) for one in ("1/1000", "1/500", "1/200", "1/100", "1/50", "1/20", "1/10", "1/5", "1/2", "1")]
"""Of the benchmark."""

PUBLISHED = {
    "EAP-IG, GPT-2": ((".03", ".97"), (".05", ".95")),
    "fingerprint, GPT-2": ((".06", ".98"), (".09", ".91")),
    "EAP-IG, Qwen2.5-0.5B": ((".01", "1"), (".05", ".99"), (".05", "95")),
    "fingerprint, Qwen2.5-0.5B": ((".04", ".96"), (".06", ".94"), (".09", "92")),
    "EAP-IG, Llama-3.2-1B": ((".01", ".99"), (".03", ".98"), (".05", "95")),
    "fingerprint, Llama-3.2-1B": ((".02", ".99"), (".05", ".96"), (".13", ".87")),
    "EAP-IG, OPT-1.3B": ((".00", "1.50"), (".01", "1"), (".04", ".96")),
    "fingerprint, OPT-1.3B": ((".01", ".99"), (".05", ".95"), (".07", ".93")),
}
"""(CMD, CPR) of the tasks IOI, SVA and MCQA, as printed."""


def exact_areas(curve: Sequence[Fraction], grid: Sequence[Fraction] = tuple(GRID)) -> tuple[Fraction, Fraction]:
    """(CPR, CMD) by trapezoids, exactly."""
    missed = [abs(1 - one) for one in curve]

    def area(values: Sequence[Fraction]) -> Fraction:
        return sum(
            ((grid[n + 1] - grid[n]) * (values[n] + values[n + 1]) / 2 for n in range(len(grid) - 1)), Fraction(0)
        )

    return area(curve), area(missed)


def impossible(rounding: Fraction = Fraction(1, 200)) -> list[str]:
    """Rows of the published table with a pair that no curve has, even before rounding of both numbers."""
    length = GRID[-1] - GRID[0]
    return [
        name
        for name, row in PUBLISHED.items()
        if any(abs(length - Fraction(cpr)) - rounding > Fraction(cmd) + rounding for cmd, cpr in row)
    ]


def bound() -> Derivation:
    """An interval at whose ends f <= 1."""
    short, over = sp.symbols("short over", nonnegative=True)
    return Derivation(
        "area-bound",
        "CMD is the length of the grid less CPR where f stays below 1, and more where it does not",
        "MIB benchmark",
        (
            Step("missed", width * (short + over) / 2, "1 - f = short at one end, over at the other"),
            Step("below 1", width - width * ((1 - short) + (1 - over)) / 2, "length less the area under f"),
            Step(
                "beyond",
                width * over,
                "where f exceeds 1 by over at the second end, |1 - f| less (1 - f)",
                check=derived(lambda f: width * (short + over) / 2 - width * (short - over) / 2),
            ),
        ),
        ClosedForm(width * over, meanings=_MEANINGS),
    )
