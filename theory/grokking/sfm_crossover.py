"""At which sample size generalising is cheaper: the paper's crossover, its direction, and corrected ones.

Free energies are those of arXiv 2603.29262, eqs 9-10: memorising costs beta p^2 ln n, generalising n eps + beta p ln n.
"""

from __future__ import annotations

import math

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, differentiated, integers, reals, solved, stated
from corollary.theory.calculus.lambert import FUNCTIONS, roots
from corollary.theory.grokking.sfm_symbols import MEANINGS, beta, eps, p

m, a, omega = sp.symbols("m a omega", positive=True)
size = sp.Symbol("size", positive=True)
"""The squared modulus of a mode, in `DETECTION`."""

MEMORISING = ClosedForm(beta * p**2 * sp.log(m), meanings={**MEANINGS, "m": "sample size"})
GENERALISING = ClosedForm(m * eps + beta * p * sp.log(m), meanings=MEMORISING.meanings)
"""The paper's free energies at m samples (eq 10)."""

GAP = ClosedForm(m * eps - beta * (p**2 - p) * sp.log(m), meanings=MEMORISING.meanings)
"""Generalising less memorising: generalising is cheaper where it is negative."""

SCALE = ClosedForm(beta * (p**2 - p) / eps, meanings=MEANINGS)
"""a, the sample size of the least gap."""

FIRST_CROSSING = ClosedForm(roots(a)[0], ((a, SCALE.expression),), FUNCTIONS, MEANINGS)
"""n_-: before it memorising is cheaper; about 1 + 1/a."""

PAPER_CROSSOVER = ClosedForm(roots(a)[1], ((a, SCALE.expression),), FUNCTIONS, MEANINGS)
"""n* of eq 10, the root n_+: from there on memorising is the cheaper one again."""

DETECTION = ClosedForm(
    -(2 * beta / size) * sp.LambertW(-size / (2 * beta), -1),
    functions=FUNCTIONS,
    meanings={**MEANINGS, "size": "the mode's squared modulus"},
)
"""The sample size beyond which eq 6 keeps a mode, for size < 2 beta / e (reconstructed)."""


def crossings(p: int, beta: float, eps: float) -> tuple[float, float]:
    """(n_-, n_+), between which generalising is cheaper. Raises ValueError where memorising is cheaper at every n."""
    scale = SCALE(p=p, beta=beta, eps=eps)
    if scale < math.e:
        raise ValueError(
            f"beta (p^2 - p) / eps = {scale:.4g}: must be >= e, for below it memorising is cheaper at every sample size"
        )
    return FIRST_CROSSING(p=p, beta=beta, eps=eps), PAPER_CROSSOVER(p=p, beta=beta, eps=eps)


def interpolator_crossing(p: int, beta: float, eps: float) -> float:
    """n_c with (n_c - p) beta ln n_c = n_c eps: beyond it, up to p^2, generalising is cheaper than interpolating n
    labels with n coefficients. Infinite if eps >= beta ln n at n = p^2. (reconstructed)"""
    from scipy.optimize import brentq

    def excess(n: float) -> float:
        return (n - p) * beta * math.log(n) - n * eps

    return brentq(excess, p, p * p, xtol=1e-13) if excess(p * p) > 0 else math.inf


def detection_size(size: float, beta: float) -> float:
    """The sample size beyond which eq 6 keeps a mode of squared modulus `size`; 1 where it is never lost."""
    return 1.0 if size > 2 * beta / math.e else DETECTION(size=size, beta=beta)


def crossings_derivation() -> Derivation:
    """Both roots, and on which side memorising wins."""
    return Derivation(
        "crossover",
        "Generalising is cheaper between two sample sizes, not beyond the larger",
        "arXiv 2603.29262, eq 10",
        (
            Step("both", GENERALISING.expression - MEMORISING.expression, "F_gen - F_mem of eq 10", check=stated),
            Step("gap", GAP.expression, "collect the logarithms"),
            Step("slope", eps - beta * (p**2 - p) / m, "differentiate in m", check=differentiated(m)),
            Step("least gap", SCALE.expression, "the only zero of the slope", check=solved(m)),
            Step(
                "curvature",
                beta * (p**2 - p) / m**2,
                "positive for p > 1: the gap is convex, so negative between its two roots and positive outside",
                follows="slope",
                check=differentiated(m),
            ),
            Step(
                "per pair",
                m - a * sp.log(m),
                "the gap over eps, a = beta (p^2 - p) / eps",
                follows="gap",
                check=derived(lambda e: sp.expand(e / eps).subs(beta, a * eps / (p**2 - p))),
            ),
            Step(
                "any branch",
                a * omega - a * sp.log(a) - a * sp.log(omega),
                "m = a omega",
                check=derived(lambda e: sp.expand_log(e.subs(m, a * omega))),
            ),
            Step(
                "root",
                sp.Integer(0),
                "omega = -W at any branch: W e^W = -1/a says log omega = omega - log a",
                check=derived(lambda e: sp.expand(e.subs(sp.log(omega), omega - sp.log(a)))),
            ),
            Step(
                "larger root",
                PAPER_CROSSOVER.inlined(),
                "the branch W_{-1} <= -1 gives m >= a",
                follows="least gap",
                check=derived(lambda scale: roots(scale)[1]),
            ),
        ),
        PAPER_CROSSOVER,
        functions=FUNCTIONS,
        domain={"p": integers(3, 20), "beta": reals(1, 3), "eps": reals(0.01, 0.5)},
    )


def detection() -> Derivation:
    """When a mode passes eq 6."""
    return Derivation(
        "mode-detection",
        "How many samples a mode needs to pass the gate",
        "reconstructed",
        (
            Step("excess", size - 2 * beta * sp.log(m) / m, "squared modulus less tau^2", check=stated),
            Step(
                "line and logarithm",
                m - 2 * beta / size * sp.log(m),
                "times m / size",
                check=derived(lambda e: e * m / size),
            ),
            Step("scale", 2 * beta / size, "n = a log n", check=derived(lambda e: -e.coeff(sp.log(m)))),
            Step(
                "larger root",
                DETECTION.expression,
                "beyond it the line wins for good",
                check=derived(lambda scale: roots(scale)[1]),
            ),
        ),
        DETECTION,
        functions=FUNCTIONS,
        domain={"beta": reals(1, 3), "size": reals(0.01, 0.5)},
    )


def two_basins(loss_gap: float, coefficient_gap: float) -> tuple[float, float] | None:
    """The sample sizes between which the simpler basin has the lower free energy n L + lambda ln n.

    loss_gap: L_simple - L_complex >= 0. coefficient_gap: lambda_complex - lambda_simple > 0. None where the complex one
    wins at every n; (1, inf) at equal losses.
    """
    if loss_gap == 0:
        return 1.0, math.inf
    scale = coefficient_gap / loss_gap
    if scale < math.e:
        return None
    first, last = (ClosedForm(root, functions=FUNCTIONS)(a=scale) for root in roots(a))
    return first, last
