"""The least credit with which a model's outputs can be made counterfactual-credit-attributing, in closed form.

p, q: the law of the output with and without the document. u_y: mass of output y that goes uncredited, R = sum u. The
least credit 1 - R* solves a linear program (arXiv 2605.01425, program B.4); here it is solved by hand (reconstructed).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction
from typing import TypeVar

from corollary.theory.cca_barriers.laws import Law, Number, checked, checked_ratio

Y = TypeVar("Y", bound=Hashable)
Inequality = Callable[[Number], Number]
"""R -> slack, piecewise linear and concave with slack(0) = 0; the inequality holds where slack >= 0."""


def largest_survival(p: Law, q: Law, E: Number, delta: Number = Fraction(0)) -> Number:
    """R*, the largest probability of no credit of an (ln E, delta)-CCA augmentation at S = {s1}, exactly.

    R* is the largest R <= 1 with (i) sum (q R - E p)_+ <= delta R and (ii) sum min(p, E q R) >= (1 - delta) R.
    p, q: {output: Fraction}. E = e^eps >= 1, delta in [0, 1]. Raises ValueError outside these domains.
    """
    checked(p, "p"), checked(q, "q"), checked_ratio(E)
    if not 0 <= delta <= 1:
        raise ValueError(f"delta = {delta}: must be a number in [0, 1]")
    return min(backward_end(p, q, E, delta), forward_end(p, q, E, delta))


def backward_end(p: Law, q: Law, E: Number, delta: Number) -> Number:
    """The end of condition (i)'s interval: beyond it some outputs are too rare uncredited. At delta = 0 it is
    min(1, E min p/q)."""

    def slack(R: Number) -> Number:
        return delta * R - sum(max(q[y] * R - E * p.get(y, 0), Fraction(0)) for y in q)

    return _interval_end(slack, [E * p.get(y, Fraction(0)) / q[y] for y in q if q[y] != 0])


def forward_end(p: Law, q: Law, E: Number, delta: Number) -> Number:
    """The end of condition (ii)'s interval: beyond it the outputs that q allows cannot carry the mass."""

    def slack(R: Number) -> Number:
        return sum(min(p.get(y, Fraction(0)), E * q[y] * R) for y in q) - (1 - delta) * R

    return _interval_end(slack, [p.get(y, Fraction(0)) / (E * q[y]) for y in q if q[y] != 0])


def _interval_end(slack: Inequality, breakpoints: list[Number]) -> Number:
    """max{R in [0, 1]: slack(R) >= 0}, an interval from 0 on since slack is concave: between the last breakpoint that
    satisfies it and the next, slack is linear."""
    knots = sorted({Fraction(0), Fraction(1), *(R for R in breakpoints if 0 < R < 1)})
    good, beyond = 0, len(knots)
    while beyond - good > 1:
        middle = (good + beyond) // 2
        good, beyond = (middle, beyond) if slack(knots[middle]) >= 0 else (good, middle)
    if beyond == len(knots):
        return knots[good]
    left, right = slack(knots[good]), slack(knots[beyond])
    return knots[good] + (knots[beyond] - knots[good]) * left / (left - right)


def mechanism(p: Mapping[Y, Number], q: Mapping[Y, Number], E: Number) -> dict[tuple[Y, bool], Number]:
    """The least crediting (ln E, 0)-CCA augmentation of p: {(output, credited?): probability}. Raises as
    `largest_survival`."""
    R = largest_survival(p, q, E)
    low = {y: q.get(y, Fraction(0)) * R / E for y in p}
    high = {y: min(p[y], E * q.get(y, Fraction(0)) * R) for y in p}
    room, wanted = sum(high.values()) - sum(low.values()), R - sum(low.values())
    share = wanted / room if room != 0 else Fraction(0)
    law: dict[tuple[Y, bool], Number] = {}
    for y in p:
        law[(y, False)] = low[y] + share * (high[y] - low[y])
        law[(y, True)] = p[y] - law[(y, False)]
    return {pair: mass for pair, mass in law.items() if mass != 0}
