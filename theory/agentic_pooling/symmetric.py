"""The symmetric pair on three outcomes: P_1 = (b, a, d), P_2 = (b, d, a), b = 1 - a - d, equal weights (reconstructed).

Both agents gain the same, G(a, d). It is largest as d -> 0, where its supremum over a is the Lambert value W(1/e).
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import sympy as sp
from scipy.optimize import brentq
from scipy.special import lambertw

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, differentiated, reals, series

a, d, w, e, ell = sp.symbols("a d w e ell", positive=True)
b, s, Z = sp.symbols("b s Z", positive=True)


def _lambert(x: Any) -> Any:
    """The principal branch of Lambert's W at a positive float or mpmath number."""
    return mpmath.lambertw(x).real if isinstance(x, mpmath.mpf) else float(lambertw(x).real)


FUNCTIONS = {"LambertW": _lambert}

MEANINGS = {
    "a": "probability of the agent's own second outcome, a + d < 1",
    "d": "probability of the outcome that is the other agent's second",
}

DEFINITIONS = ((b, 1 - a - d), (s, sp.sqrt(a * d)), (Z, b + 2 * s))
"""The pool is (b, s, s) / Z."""

GAIN = ClosedForm(
    (b / Z - b) * sp.log(b) + (s / Z - a) * sp.log(a) + (s / Z - d) * sp.log(d), DEFINITIONS, meanings=MEANINGS
)
"""G(a, d) = Delta_1 = Delta_2, in nats."""

_INSIDE = {"a": reals(0.1, 0.4), "d": reals(0.01, 0.1), "e": reals(0.01, 0.1)}


def gain() -> Derivation:
    """G(a, d) from the definition of a gain."""
    masses = [b, a, d]
    pool = [sp.sqrt(x * y) / Z for x, y in zip(masses, [b, d, a], strict=True)]
    return Derivation(
        "symmetric-gain",
        "What both agents of the symmetric pair gain",
        "reconstructed",
        (
            Step(
                "gain",
                sum(m * sp.log(x) for m, x in zip(pool, masses, strict=True)) - sum(x * sp.log(x) for x in masses),
                "definition, with the log pool of weights 1/2",
            ),
            Step("closed form", GAIN.expression, "the pool is (b, s, s) / Z with s = sqrt(a d)"),
        ),
        GAIN,
        definitions=DEFINITIONS,
        domain=_INSIDE,
    )


def supremum() -> Derivation:
    """sup G = W(1/e), approached as d -> 0 at a = W / (1 + W)."""
    limiting = a * sp.log((1 - a) / a)
    slope = sp.log((1 - a) / a) - 1 / (1 - a)
    lambert = sp.LambertW(sp.exp(-1))
    return Derivation(
        "symmetric-supremum",
        "The symmetric pair's gain comes arbitrarily near W(1/e)",
        "reconstructed",
        (
            Step("gain", GAIN.inlined(), "the closed form of `symmetric-gain`"),
            Step(
                "limit",
                limiting,
                "d -> 0: s and d log d vanish, Z -> 1 - a",
                check=derived(lambda x: sp.limit(x, d, 0)),
            ),
            Step(
                "slope",
                slope,
                "differentiate in a; log((1 - a) / a) falls from infinity, so one root",
                check=differentiated(a),
            ),
            Step(
                "stationarity",
                -sp.log(w) - 1 - w,
                "put a = w / (1 + w): the root has w e^w = 1 / e",
                check=derived(lambda x: x.subs(a, w / (1 + w))),
            ),
            Step(
                "value",
                w,
                "a log(1 / w) with log w = -1 - w",
                follows="limit",
                check=derived(
                    lambda x: sp.simplify(sp.expand_log(sp.simplify(x.subs(a, w / (1 + w))), force=True)).subs(
                        sp.log(w), -1 - w
                    )
                ),
            ),
            Step(
                "supremum",
                lambert,
                "w e^w = 1 / e is the definition of Lambert's W at 1/e",
                check=derived(lambda x: x.subs(w, lambert)),
            ),
        ),
        ClosedForm(lambert, functions=FUNCTIONS),
        functions=FUNCTIONS,
        domain=_INSIDE,
    )


PEAK = sp.Symbol("A", positive=True)
FLOOR_LOSS = ClosedForm(
    sp.sqrt(PEAK * d) / (1 - PEAK) * (sp.log(1 / d) - sp.log(PEAK) + 2 * sp.log(1 - PEAK)),
    ((w, sp.LambertW(sp.exp(-1))), (PEAK, w / (1 + w))),
    FUNCTIONS,
    {"d": MEANINGS["d"]},
)
"""W(1/e) - max_a G(a, d) to leading order in sqrt(d)."""


def floor_loss() -> Derivation:
    """How far below W(1/e) the best gain stays when no probability is below d."""
    root = sp.Symbol("ell", real=True)
    masses = (1 - a - e**2, a, e**2)
    total = masses[0] + 2 * sp.sqrt(a) * e
    pool = (masses[0] / total, sp.sqrt(a) * e / total, sp.sqrt(a) * e / total)
    value = (pool[0] - masses[0]) * sp.log(masses[0]) + (pool[1] - a) * sp.log(a) + (pool[2] - e**2) * root
    first = sp.sqrt(a) / (1 - a) * (root + sp.log(a) - 2 * sp.log(1 - a))
    return Derivation(
        "floor-loss",
        "A floor d under all probabilities costs sqrt(d) log(1 / d) to leading order",
        "reconstructed",
        (
            Step("gain", value, "G(a, d) with d = e**2, and log d kept as one symbol"),
            Step(
                "expansion",
                a * (sp.log(1 - a) - sp.log(a)) + e * first,
                "first order in e at fixed log d",
                check=series(e, 2),
            ),
            Step(
                "loss",
                sp.sqrt(d) * sp.sqrt(a) / (1 - a) * (sp.log(1 / d) - sp.log(a) + 2 * sp.log(1 - a)),
                "the first-order term with its sign turned; at the maximum a moves at second order only",
                check=derived(lambda x: -sp.diff(x, e).subs({root: sp.log(d)}) * sp.sqrt(d)),
            ),
            Step(
                "at the maximum",
                FLOOR_LOSS.inlined(),
                "a = W / (1 + W)",
                check=derived(lambda x: x.subs(a, PEAK).subs(PEAK, w / (1 + w)).subs(w, sp.LambertW(sp.exp(-1)))),
            ),
        ),
        FLOOR_LOSS,
        functions=FUNCTIONS,
        domain={**_INSIDE, "ell": reals(-9, -1)},
    )


def largest_gain(outcomes: int, agents: int) -> float:
    """W(m / e), m = K - 1 - ceil((K - 1) / n): the least gain that a group of n agents on K outcomes can come near.

    Proved as a lower bound, and as the supremum among groups whose pool tends to one outcome; as the supremum over all
    groups it is a conjecture that searches support (reconstructed).
    """
    return ceiling(outcomes - 1 - math.ceil((outcomes - 1) / agents))


def ceiling(others: int) -> float:
    """W(m / e): the most an agent can gain that spreads its mass off the mode over m outcomes, in nats."""
    return float(lambertw(others / math.e).real)


def critical_floor(a: float) -> float:
    """The d below which the symmetric pair gains: the zero of G(a, .) in (0, a).

    0 from a = 1/2 on, where it gains for no d; a itself up to the threshold of small tilts, where it gains for every
    d < a. Raises ValueError for a outside (0, 1).
    """
    if not 0 < a < 1:
        raise ValueError(f"a = {a}; allowed: a number in (0, 1)")
    if a >= 0.5:
        return 0.0

    def curved(x: float) -> float:
        """G(a, a e^-x) / x**2, which has no zero at d = a."""
        with mpmath.workdps(40):
            return float(GAIN.exact(20, a=a, d=a * mpmath.exp(-mpmath.mpf(x))) / mpmath.mpf(x) ** 2)

    low, high = 1e-6, 2.0
    if curved(low) >= 0:
        return a
    while curved(high) <= 0:
        low, high = high, 2 * high
    return a * math.exp(-brentq(curved, low, high, xtol=1e-15, rtol=1e-13))
