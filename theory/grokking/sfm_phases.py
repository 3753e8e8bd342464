"""When the machine memorises, generalises or dies, and when a schedule takes it from one to the other (reconstructed).

One-hot target, step eta = alpha, start at W = 0. The gate competes with two energies: what memorising spills on every
mode, and what it leaves on the true ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, differentiated, integers, reals, solved, stated
from corollary.theory.calculus.lambert import FUNCTIONS, roots
from corollary.theory.grokking.sfm_gate import SQUARED_SCHEDULES
from corollary.theory.grokking.sfm_splits import DIAGONAL_ENERGY, OFF_ENERGY
from corollary.theory.grokking.sfm_symbols import MEANINGS, alpha, beta, n, p

m = sp.Symbol("m", positive=True)
e = sp.Symbol("e", positive=True)

LOWER_EDGE = ClosedForm(n * OFF_ENERGY.inlined() / (2 * sp.log(n)), meanings=MEANINGS)
"""beta below which the dense memoriser survives a constant gate. Leading order: the modes that are left share out what
is removed, and over alpha = .35 to .65 the edge moves from 1.1 to .75 of it (p = 31)."""

UPPER_EDGE = ClosedForm(n * (n / p**2) ** 2 / p / (2 * sp.log(n)), meanings=MEANINGS)
"""beta above which the gate annihilates everything."""

EDGE_RATIO = ClosedForm(alpha * (p + 1) / (1 - alpha), meanings=MEANINGS)
SMALLEST_SHARE = ClosedForm(1 / (p + 2), meanings=MEANINGS)
"""alpha above which some beta generalises."""

LOG_TIME = ClosedForm(n * OFF_ENERGY.inlined() / (2 * beta), meanings=MEANINGS)
"""ln(1 + B t) at the iteration t in which the rising gate reaches the spurious energy. That is when the machine
generalises at alpha = 1/2; elsewhere the modes that are left take up what is removed, and over alpha = .4 to .6 the
measured logarithm goes from 1.3 to .85 of it (p = 31, beta = .0135 and .012)."""

PEAK = ClosedForm(sp.sqrt(2 * beta / sp.E), meanings=MEANINGS)
"""The largest threshold of eq 6 over all n, at n = e."""

RELEASE = ClosedForm(
    -(2 * beta / e) * sp.LambertW(-e / (2 * beta), -1), ((e, DIAGONAL_ENERGY.inlined()),), FUNCTIONS, MEANINGS
)
"""The effective sample size beyond which eq 6's literal gate lets the true modes through; it never rises again."""


@dataclass(frozen=True)
class Edges:
    """The values of beta between which a constant gate generalises; `window` says whether there are any."""

    lower: float
    upper: float
    window: bool


def edges(p: int, n: int) -> Edges:
    """Both edges of the phase diagram at n train pairs."""
    lower, upper = LOWER_EDGE(p=p, n=n), UPPER_EDGE(p=p, n=n)
    return Edges(lower, upper, lower < upper)


def phase(p: int, n: int, beta: float, below: float = 1.0, above: float = 1.0) -> str:
    """memorises, generalises or annihilated. below, above: factors on the edges."""
    if beta > above * UPPER_EDGE(p=p, n=n):
        return "annihilated"
    return "generalises" if beta > below * LOWER_EDGE(p=p, n=n) else "memorises"


def time_to_generalise(p: int, n: int, beta: float, B: float) -> float:
    """The iteration in which the rising gate reaches the spurious energy."""
    exponent = LOG_TIME(p=p, n=n, beta=beta)
    return math.inf if exponent > 700 else math.expm1(exponent) / B


def release_time(p: int, n: int, beta: float, B: float) -> float:
    """The iteration in which the literal schedule fits and generalises at once: 1 where nothing holds it back; infinite
    where its threshold never reaches the spurious modes, so that the machine memorises and nothing more."""
    if highest_threshold(beta, B) < OFF_ENERGY(p=p, n=n):
        return math.inf
    if DIAGONAL_ENERGY(p=p, n=n) >= 2 * beta / math.e:
        return 1.0
    return max(1.0, (RELEASE(p=p, n=n, beta=beta) - 1) / B)


def highest_threshold(beta: float, B: float) -> float:
    """The largest tau^2 of the literal schedule over its iterations 1, 2, ..., at one of the two around 1 + B t = e."""
    peak = (math.e - 1) / B
    around = {max(1, math.floor(peak)), max(1, math.ceil(peak))}
    return max(SQUARED_SCHEDULES["literal"](beta=beta, B=B, t=t) for t in around)


def lower_edge() -> Derivation:
    """Where the gate meets the spurious energy."""
    return Derivation(
        "phase-edges",
        "Below which beta the memoriser survives, and how wide the window is",
        "reconstructed",
        (
            Step(
                "balance",
                2 * beta * sp.log(n) / n - n / p**2 * (1 - n / p**2) / (p * (p + 1)),
                "tau^2 less the spurious energy of a mode",
                check=stated,
            ),
            Step("lower edge", LOWER_EDGE.expression, "solve for beta", check=solved(beta)),
            Step(
                "upper edge",
                UPPER_EDGE.expression,
                "the same with the true modes' alpha^2 / p",
                check=derived(lambda found: found * (n / p**2) * (p + 1) / (1 - n / p**2)),
            ),
            Step(
                "ratio",
                EDGE_RATIO.expression,
                "divided by the lower edge, n = alpha p^2",
                check=derived(lambda found: sp.cancel((found / LOWER_EDGE.expression).subs(n, alpha * p**2))),
            ),
        ),
        EDGE_RATIO,
        domain={"n": integers(2, 8), "p": integers(3, 40), "alpha": reals(0.1, 0.9)},
    )


def window() -> Derivation:
    """The smallest share of the pairs at which some beta generalises."""
    return Derivation(
        "generalising-window",
        "Some penalty generalises from 1/(p + 2) of the pairs on",
        "reconstructed",
        (
            Step("ratio", EDGE_RATIO.expression - 1, "upper over lower edge, less 1", check=stated),
            Step("share", SMALLEST_SHARE.expression, "the ratio grows in alpha and passes 1 once", check=solved(alpha)),
        ),
        SMALLEST_SHARE,
        domain={"p": integers(3, 40), "alpha": reals(0.1, 0.9)},
    )


def rising_gate() -> Derivation:
    """The time of generalisation under the rising gate."""
    exponent = sp.Symbol("exponent", positive=True)
    return Derivation(
        "time-to-generalise",
        "Delayed generalisation: exponential in 1 / beta",
        "reconstructed",
        (
            Step(
                "balance",
                2 * beta * exponent / n - n / p**2 * (1 - n / p**2) / (p * (p + 1)),
                "tau^2 with exponent = ln(1 + B t), less the spurious energy",
                check=stated,
            ),
            Step("exponent", LOG_TIME.expression, "solve", check=solved(exponent)),
        ),
        LOG_TIME,
        domain={"n": integers(2, 8), "p": integers(3, 40)},
    )


def threshold_peak() -> Derivation:
    """Eq 6's threshold rises to n = e and falls ever after."""
    return Derivation(
        "threshold-peak",
        "Eq 6's threshold falls from the third sample on",
        "reconstructed",
        (
            Step("squared threshold", 2 * beta * sp.log(m) / m, "eq 6 with a continuous sample size m", check=stated),
            Step(
                "slope",
                2 * beta * (1 - sp.log(m)) / m**2,
                "positive before m = e, negative after",
                check=differentiated(m),
            ),
            Step("peak", sp.E, "where the slope vanishes", check=solved(m)),
            Step(
                "largest",
                PEAK.expression,
                "insert, and take the root",
                follows="squared threshold",
                check=derived(lambda found: sp.sqrt(found.subs(m, sp.E))),
            ),
        ),
        PEAK,
    )


def release() -> Derivation:
    """When the literal schedule lets go."""
    return Derivation(
        "literal-release",
        "When eq 6's literal gate opens for the true modes",
        "reconstructed",
        (
            Step("closed", 2 * beta * sp.log(m) / m - e, "tau^2 less the energy of a true mode", check=stated),
            Step(
                "line and logarithm",
                m - 2 * beta / e * sp.log(m),
                "times -m / e",
                check=derived(lambda found: -found * m / e),
            ),
            Step(
                "release",
                roots(2 * beta / e)[1],
                "the larger solution of m = a log m",
                check=lambda before, after, points: _vanishes(before, after),
            ),
        ),
        None,
    )


def _vanishes(before: ClosedForm, after: ClosedForm) -> str:
    """-a W at any branch solves m = a log(m): log(-a W) = -log(1/a) + log(-W), and log(-W) = log(1/a) - W."""
    a, lambert = sp.symbols("a lambert", positive=True)  # lambert = -W, with W exp(W) = -1/a
    line = before.expression.subs({2 * beta: a * e}).subs(m, a * lambert)
    residual = sp.expand_log(line, force=True).subs(sp.log(a), lambert - sp.log(lambert))
    same = sp.simplify(after.expression.subs(beta, a * e / 2) + a * sp.LambertW(-1 / a, -1)) == 0
    return "W exp(W) = -1/a" if sp.simplify(residual) == 0 and same else ""
