"""The near-disjoint construction that makes n agents unanimous on n + 1 outcomes (arXiv 2509.06701, Thms 34-36).

Agent i has mass eps on its private outcome i, eps**(n + 1) on the other agents' private outcomes, and the rest, p_0, on
a shared one. The unnormalised pool mass on outcome i is eps**(n + 1 - n beta_i). With L = log(1 / eps):

    Delta_i / (eps L) = 1 - x + corrections,  x = P(o_i) / eps,  y = sum_{j != i} P(o_j) / eps.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import integers, reals

eps, L, x, y, p0 = sp.symbols("eps L x y p_0", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
beta1, beta2, beta3 = sp.symbols("beta1 beta2 beta3", positive=True)

MEANINGS = {
    "eps": "mass of a private outcome, in (0, 1/4)",
    "beta1": "weight of agent 1",
    "beta2": "weight of agent 2",
    "beta3": "weight of agent 3",
}


def relative_gain() -> Derivation:
    """Delta_i / (eps L), exactly, in the pool's masses on private outcomes."""
    delta = eps ** (n + 1)
    own = (x * eps - eps) * (-L - sp.log(p0))
    others = (y * eps - (n - 1) * delta) * (-(n + 1) * L - sp.log(p0))
    final = (1 - x) * (1 + sp.log(p0) / L) - y * (n + 1 + sp.log(p0) / L) + (n - 1) * eps**n * (n + 1 + sp.log(p0) / L)
    return Derivation(
        "near-disjoint-gain",
        "The near-disjoint agents' gain in units of eps log(1 / eps)",
        "arXiv 2509.06701, Thm 35",
        (
            Step(
                "gain",
                (own + others) / (eps * L),
                "sum_o (P(o) - P_i(o)) (log P_i(o) - log p_0): the shared outcome drops out",
            ),
            Step("relative gain", final, "P(o_i) = x eps; the others' private outcomes have y eps in all"),
        ),
        ClosedForm(final),
        domain={"eps": reals(0, 0.25), "p_0": reals(0, 1), "n": integers(2, 5)},
    )


def leading_deviation(agents: int, agent: int) -> ClosedForm:
    """1 - Delta_i / (eps L) to leading order, for agent i (from 0) of 2 or 3, with weights beta1, beta2 [, beta3].

    x -> eps**(n (1 - beta_i)), y -> the like sum over the others, log p_0 -> -eps (reconstructed).
    """
    weights = (beta1, beta2, beta3)[:agents]
    others = sum(eps ** (agents * (1 - beta)) for j, beta in enumerate(weights) if j != agent)
    own = eps ** (agents * (1 - weights[agent]))
    return ClosedForm((agents + 1) * others + own - eps / sp.log(eps), meanings=MEANINGS)


def lower_bound(eps: float, weights: np.ndarray) -> np.ndarray:
    """A proved lower bound of Delta_i / (eps L), [agents]: where it is positive the group is unanimous (reconstructed).

    (1 - e_i) (1 + log p_0 / L) - (n + 1) sum_{j != i} e_j with e_j = eps**(n (1 - beta_j)) / p_0, from Z >= p_0.
    """
    count = len(weights)
    shared = 1 - eps - (count - 1) * eps ** (count + 1)
    masses = eps ** (count * (1 - np.asarray(weights))) / shared
    return (1 - masses) * (1 + np.log(shared) / np.log(1 / eps)) - (count + 1) * (masses.sum() - masses)


def sufficient_mass(weights: np.ndarray) -> float:
    """An eps below which the construction is unanimous for these weights: where the proved bound's least entry
    vanishes, or 1/4 if it never does below."""
    from scipy.optimize import brentq

    def least(log_eps: float) -> float:
        return float(lower_bound(np.exp(log_eps), weights).min())

    top = np.log(0.25)
    if least(top) > 0:
        return 0.25
    bottom = top
    while least(bottom) <= 0:
        bottom *= 2
    return float(np.exp(brentq(least, bottom, top)))
