"""What a change of the weights does to the log pool (arXiv 2509.06701, Thms 18-19 and 69, sharpened).

Profiles v_i = log P_i - E_P[log P_i] are centred under the pool P. Weights move by dbeta, of sum 0; P' is the new pool
and dL = log P' - log P. Exactly, dL = sum_i dbeta_i v_i - Lambda with the constant Lambda = KL(P || P').
Inner products are E_P[f g].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import logsumexp
from sympy.solvers.simplex import lpmin

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import reals
from corollary.theory.agentic_pooling.identities import FIRST, SECOND, divergence, expect
from corollary.theory.agentic_pooling.pooling import pool

beta, change, Z, Z_new, Lambda = sp.symbols("beta change Z Z_new Lambda", positive=True)


def shift() -> Derivation:
    """log P' - log P = sum_i dbeta_i v_i - KL(P || P'): the remainder of Thm 18 is a constant."""
    old = [a**beta * b ** (1 - beta) for a, b in zip(FIRST, SECOND, strict=True)]
    new = [a ** (beta + change) * b ** (1 - beta - change) for a, b in zip(FIRST, SECOND, strict=True)]
    before, after = [m / Z for m in old], [m / Z_new for m in new]
    tilt = [change * (sp.log(a) - sp.log(b)) for a, b in zip(FIRST, SECOND, strict=True)]
    centred = tilt[0] - expect(before, tilt)
    remainder = sp.log(expect(before, [sp.exp(value - expect(before, tilt)) for value in tilt]))
    definitions = ((Z, sp.Add(*old)), (Z_new, sp.Add(*new)))
    final = centred - divergence(before, after)
    return Derivation(
        "weight-shift",
        "Moving weight moves log P by the centred profiles, less one constant: a divergence",
        "arXiv 2509.06701, Thm 18; the remainder reconstructed",
        (
            Step("shift", sp.log(after[0]) - sp.log(before[0]), "at one outcome, agent 2 gives `change` to agent 1"),
            Step("normaliser", centred - remainder, "log P' = log P + sum_i dbeta_i l_i - const; centre, normalise"),
            Step("divergence", final, "take -E_P of both sides: the profiles are centred, so Lambda = KL(P || P')"),
        ),
        ClosedForm(final, definitions),
        definitions=definitions,
        domain={"beta": reals(0.2, 0.6), "change": reals(0, 0.2)},
    )


@dataclass(frozen=True)
class Shift:
    """profiles [agents, outcomes]; inner [agents, agents]: their inner products; constant: Lambda; shift [outcomes]:
    dL; spread: the standard deviation of dL under P, at most its norm."""

    profiles: np.ndarray
    inner: np.ndarray
    constant: float
    shift: np.ndarray
    spread: float
    norm: float


def weight_shift(beliefs: np.ndarray, beta: np.ndarray, change: np.ndarray) -> Shift:
    """The change of the pool of beliefs [agents, outcomes] when weights [agents] move by change [agents], of sum 0."""
    before = pool(beliefs, beta)
    logs = np.log(beliefs)
    profiles = logs - (logs @ before)[:, None]
    tilt = change @ profiles
    constant = float(logsumexp(tilt, b=before))
    spread = float(np.sqrt(before @ tilt**2))
    norm = float(np.sqrt(spread**2 + constant**2))
    return Shift(profiles, (profiles * before) @ profiles.T, constant, tilt - constant, spread, norm)


def forced_sum(found: Shift, change: np.ndarray, raised: int) -> tuple[float, float]:
    """(forced, bound): the weight moved onto components anti-aligned with H, sum (dbeta_i)^+ |<v_i, v_H>|, and what it
    must at least be: delta ||v_H||^2 - sd(dL) ||v_H|| - sum over the aligned of (dbeta_i)^- <v_i, v_H>."""
    aligned = found.inner[raised]
    others = np.arange(len(change)) != raised
    forced = np.sum(np.where(aligned < 0, np.maximum(change, 0) * -aligned, 0.0))
    relieved = np.sum(np.where((aligned >= 0) & others, np.maximum(-change, 0) * aligned, 0.0))
    size = np.sqrt(aligned[raised])
    return float(forced), float(change[raised] * size**2 - found.spread * size - relieved)


def other_alignment(beliefs: np.ndarray, beta: np.ndarray, raised: int) -> float:
    """sum_{i != H} beta_i <v_i, v_H> = Cov_P(log P, log P_H) - beta_H ||v_H||^2; below 0, some component is
    anti-aligned (reconstructed)."""
    mixture = pool(beliefs, beta)
    log_pool, log_raised = np.log(mixture), np.log(beliefs[raised])
    covariance = mixture @ (log_pool * log_raised) - (mixture @ log_pool) * (mixture @ log_raised)
    variance = mixture @ log_raised**2 - (mixture @ log_raised) ** 2
    return float(covariance - beta[raised] * variance)


def least_movement(aligned: Sequence[Fraction], anti_aligned: Fraction, normalized: bool) -> Fraction:
    """The least <dL, v_H> / (delta ||v_H||^2) that the strict special case of Thm 19 allows, by an exact LP.

    H rises by delta, no aligned component is lowered, one component alone is anti-aligned; its change is free.
    aligned: <v_j, v_H> / ||v_H||^2 >= 0 of the other components; anti_aligned: -<v_W, v_H> / ||v_H||^2 > 0.
    normalized: whether the changes sum to 0. Since sd(dL) / (delta ||v_H||) is at least this, the case's budget, which
    asks for less than 1, can be met only if it is below 1 (reconstructed). 0 where it can be anything.
    """
    raised = sp.symbols(f"x:{len(aligned)}")
    change = sp.Symbol("change")
    moved = (
        1
        + sum(sp.Rational(c.numerator, c.denominator) * x for c, x in zip(aligned, raised, strict=True))
        - sp.Rational(anti_aligned.numerator, anti_aligned.denominator) * change
    )
    constraints = [moved >= 0, *(x >= 0 for x in raised)]
    if normalized:
        constraints.append(sp.Eq(1 + change + sum(raised), 0))
    least = lpmin(moved, constraints)[0]
    return Fraction(int(least.p), int(least.q))
