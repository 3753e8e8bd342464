"""Signs of gains in exact rational arithmetic: pools that are rational, and logarithms between rational bounds."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor, lcm

Rational = Sequence[Fraction]

GRID = 1 << 220
"""Bounds are rounded outward to multiples of 1 / GRID, which keeps the fractions small."""


def log_bounds(x: Fraction) -> tuple[Fraction, Fraction]:
    """(low, high) with low <= log x <= high, less than 1e-60 apart for moderate x > 0. Raises ValueError for x <= 0."""
    if x <= 0:
        raise ValueError(f"x = {x}; allowed: a positive rational, for its log is taken")
    doublings = 0
    while x > Fraction(4, 3):
        x, doublings = x / 2, doublings + 1
    while x < Fraction(2, 3):
        x, doublings = x * 2, doublings - 1
    low, high = _atanh_bounds((x - 1) / (x + 1))
    low_two, high_two = _atanh_bounds(Fraction(1, 3))
    if doublings < 0:
        low_two, high_two = high_two, low_two
    return _down(2 * low + 2 * doublings * low_two), _up(2 * high + 2 * doublings * high_two)


def gain_bounds(agent: Rational, q: Rational) -> tuple[Fraction, Fraction]:
    """(low, high) around Delta(Q) = sum_o (Q(o) - P(o)) log P(o) of an agent P, all rational."""
    low = high = Fraction(0)
    for p, mass in zip(agent, q, strict=True):
        step = mass - p
        below, above = log_bounds(p)
        low += step * (below if step >= 0 else above)
        high += step * (above if step >= 0 else below)
    return low, high


def gain_signs(agents: Sequence[Rational], q: Rational) -> tuple[int, ...]:
    """The certain sign (1 or -1) of each agent's gain at Q; 0 where the agent's belief is Q itself.

    Raises ArithmeticError where the bounds leave the sign open.
    """
    return tuple(_sign(agent, q) for agent in agents)


def is_log_pool(agents: Sequence[Rational], weights: Rational, q: Rational) -> bool:
    """Whether Q is exactly the log pool: prod_i P_i(o) ** beta_i / Q(o) is the same for every o, and Q sums to 1."""
    power = lcm(*(w.denominator for w in weights))
    ratios = set()
    for outcome, mass in enumerate(q):
        product = Fraction(1)
        for agent, weight in zip(agents, weights, strict=True):
            product *= agent[outcome] ** int(weight * power)
        ratios.add(product / mass**power)
    return len(ratios) == 1 and sum(q) == 1


def normalized(masses: Rational) -> tuple[Fraction, ...]:
    """The distribution proportional to positive rational masses."""
    total = sum(masses, Fraction(0))
    return tuple(Fraction(mass) / total for mass in masses)


def _sign(agent: Rational, q: Rational) -> int:
    if list(agent) == list(q):
        return 0
    low, high = gain_bounds(agent, q)
    if low > 0:
        return 1
    if high < 0:
        return -1
    raise ArithmeticError(f"the sign of a gain in [{float(low):.3g}, {float(high):.3g}] is not certain")


def _atanh_bounds(y: Fraction) -> tuple[Fraction, Fraction]:
    """Partial sums of y + y**3 / 3 + ...; what is left out is below the next term over 1 - y**2."""
    total, power, order = Fraction(0), abs(y), 1
    square = Fraction(_up(y * y))
    while power > Fraction(1, GRID):
        total += _down(power / order)
        power, order = _up(power * square), order + 2
    low = total - Fraction(order, GRID)
    high = total + Fraction(2 * order, GRID)
    return (low, high) if y >= 0 else (-high, -low)


def _down(x: Fraction) -> Fraction:
    return Fraction(floor(x * GRID), GRID)


def _up(x: Fraction) -> Fraction:
    return Fraction(ceil(x * GRID), GRID)
