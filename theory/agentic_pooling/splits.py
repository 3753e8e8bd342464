"""The power family: P_2 ~ P_1**(2t - 1), weights 1/2, pool ~ P_1**t (arXiv 2509.06701, Thm 46).

With psi(t) = log sum_o P_1(o)**t, agent 1 gains psi'(t) - psi'(1) > 0, and splitting it makes a part lose without
bound.
"""

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import differentiated, reals

t = sp.Symbol("t", positive=True)
p1, p2, p3 = sp.symbols("p1 p2 p3", positive=True)
MASSES = (p1, p2, p3)
PSI = sp.log(sum(m**t for m in MASSES))

MEANINGS = {
    "t": "exponent of the pool, > 1",
    "p1": "P_1 of outcome 1",
    "p2": "P_1 of outcome 2",
    "p3": "P_1 of outcome 3",
}


def _power_mean(exponent: sp.Expr) -> sp.Expr:
    """E[log P_1] under P_1**exponent normalised."""
    return sum(m**exponent * sp.log(m) for m in MASSES) / sum(m**exponent for m in MASSES)


FIRST_GAIN = ClosedForm(_power_mean(t) - _power_mean(sp.Integer(1)), meanings=MEANINGS)
SECOND_GAIN = ClosedForm((2 * t - 1) * (_power_mean(t) - _power_mean(2 * t - 1)), meanings=MEANINGS)
"""Negative for t > 1: the pair is not unanimous, though agent 1 gains."""


def first_gain() -> Derivation:
    """Delta_1 = psi'(t) - psi'(1), increasing in t from 0. arXiv 2509.06701, Thm 46."""
    weights = [m**t for m in MASSES]
    total = sum(weights)
    pairs = sum(
        weights[i] * weights[j] * (sp.log(MASSES[i]) - sp.log(MASSES[j])) ** 2 for i in range(3) for j in range(i)
    )
    slope = sp.diff(PSI, t)
    return Derivation(
        "power-gain",
        "The flatter agent of the power family gains, by the integral of a variance",
        "arXiv 2509.06701, Thm 46",
        (
            Step("slope of psi", slope - slope.subs(t, 1), "psi'(t) - psi'(1), psi(t) = log sum_o P_1(o)**t"),
            Step("gain", FIRST_GAIN.expression, "psi'(t) is the mean of log P_1 under the pool, psi'(1) under P_1"),
            Step(
                "rate",
                pairs / total**2,
                "its derivative is the variance of log P_1 under P_1**t, by pairs",
                check=differentiated(t),
            ),
            Step("as stated", FIRST_GAIN.expression, "so the gain rises from 0 at t = 1", follows="slope of psi"),
        ),
        FIRST_GAIN,
        domain={"t": reals(1, 3), **{s.name: reals(0, 1) for s in MASSES}},
    )


def second_gain() -> Derivation:
    """Delta_2 = (2t - 1)(psi'(t) - psi'(2t - 1)) < 0 (reconstructed)."""
    sharper = [m ** (2 * t - 1) for m in MASSES]
    norm = sum(sharper)
    score = [sp.log(s / norm) for s in sharper]
    pool = [m**t / sum(m**t for m in MASSES) for m in MASSES]
    gain = sum((q - s / norm) * v for q, s, v in zip(pool, sharper, score, strict=True))
    return Derivation(
        "power-loss",
        "The sharper agent of the power family loses",
        "reconstructed",
        (
            Step("gain", gain, "definition"),
            Step("closed form", SECOND_GAIN.expression, "log P_2 = (2t - 1) log P_1 + constant"),
        ),
        SECOND_GAIN,
        domain={"t": reals(1, 3), **{s.name: reals(0, 1) for s in MASSES}},
    )
