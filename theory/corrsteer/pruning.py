"""How often an inert feature passes a strict improvement on validation samples (reconstructed). n: validation samples,
each of which an inert feature puts right with probability q/2, and wrong with q/2."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp
from scipy.special import gammaln, ive
from scipy.stats import norm

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

tie, above, below = sp.symbols("tie above below", positive=True)


def ties(n: int, q: float) -> float:
    """P(as many put right as wrong)."""
    if q <= 0:
        return 1.0
    j = np.arange(n // 2 + 1)
    ways = gammaln(n + 1) - 2 * gammaln(j + 1) - gammaln(n - 2 * j + 1)
    rest = np.zeros(len(j)) if q == 1 else (n - 2 * j) * math.log1p(-q)
    if q == 1:
        rest = np.where(n == 2 * j, 0.0, -np.inf)
    return float(np.exp(ways + 2 * j * math.log(q / 2) + rest).sum())


def passes(n: int, q: float) -> float:
    """P(more put right than wrong)."""
    return (1 - ties(n, q)) / 2


def passes_in_the_limit(flips: float) -> float:
    """The same for many samples, by the expected number of answers that change."""
    return (1 - float(ive(0, flips))) / 2


def demanded(L: int, level: float = 0.05) -> float:
    """The McNemar statistic to ask for, so that of L inert features one passes with probability `level` at most."""
    return float(norm.isf(level / L))


def symmetric() -> Derivation:
    """What is not a tie is as often an improvement as a loss."""
    return Derivation(
        "false-passes",
        "An inert feature passes unless there is a tie, every second time",
        "reconstructed",
        (
            Step("all outcomes", above + tie + below - 1, "which is 0"),
            Step("as often above as below", 2 * above + tie - 1, "below = above", check=derived(
                lambda f: f.subs(below, above)
            )),
            Step("solved", (1 - tie) / 2, "for above", check=derived(lambda f: sp.solve(f, above)[0])),
        ),
        ClosedForm((1 - tie) / 2, meanings={"tie": "probability that as many answers are put right as wrong"}),
    )  # fmt: skip
