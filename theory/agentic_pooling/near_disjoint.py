"""The near-disjoint construction that makes n agents unanimous on n + 1 outcomes (arXiv 2509.06701, Thms 34-36).

Agent i has mass eps on its private outcome i, eps**(n + 1) on the other agents' private outcomes, and the rest, p_0, on
a shared one. The unnormalised pool mass on outcome i is eps**(n + 1 - n beta_i). With L = log(1 / eps):

    Delta_i / (eps L) = 1 - x + corrections,  x = P(o_i) / eps,  y = sum_{j != i} P(o_j) / eps.
"""

from __future__ import annotations

import math

import mpmath
import numpy as np
import sympy as sp
from scipy.optimize import brentq

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import integers, reals

eps, L, x, y, p0 = sp.symbols("eps L x y p_0", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
beta1, beta2, beta3 = sp.symbols("beta1 beta2 beta3", positive=True)

LARGEST_SURPRISAL = 700.0
"""Of a probability that float64 holds with all of its digits."""

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


def private_share(agents: int, agent: int) -> ClosedForm:
    """e_j = eps**(n (1 - beta_j)) / p_0 in L = log(1 / eps) and the weights, for agent j (from 0): at least the pool's
    mass on its private outcome, in units of eps."""
    weights = _weights(agents)
    # 1 - beta_j as the sum of the other weights, which keeps its digits.
    rest = sum(weight for j, weight in enumerate(weights) if j != agent)
    shared = 1 - eps - (agents - 1) * eps ** (agents + 1)
    return ClosedForm(sp.exp(-agents * rest * L) / p0, ((eps, sp.exp(-L)), (p0, shared)))


def lower_bound(agents: int, agent: int) -> ClosedForm:
    """A proved lower bound of Delta_i / (eps L) in L = log(1 / eps) and weights beta1, beta2, ..., for agent i (from
    0): where it is positive for all agents the group is unanimous (reconstructed).

    (1 - e_i) (1 + log p_0 / L) - (n + 1) sum_{j != i} e_j with the `private_share` e_j, from Z >= p_0.
    """
    shares = [private_share(agents, j) for j in range(agents)]
    others = sum(share.expression for j, share in enumerate(shares) if j != agent)
    bound = (1 - shares[agent].expression) * (1 + sp.log(p0) / L) - (agents + 1) * others
    return ClosedForm(bound, shares[agent].definitions)


def _weights(agents: int) -> tuple[sp.Symbol, ...]:
    return sp.symbols(f"beta1:{agents + 1}", positive=True)


def sufficient_mass(weights: np.ndarray) -> float | mpmath.mpf:
    """An eps below which the construction is unanimous for weights [agents]: where the proved bound's least entry
    vanishes, or 1/4 if it never does below. An mpmath number where float64 has none so small."""
    values = {f"beta{j + 1}": float(weight) for j, weight in enumerate(weights)}
    bounds = [lower_bound(len(weights), agent) for agent in range(len(weights))]

    def least(surprisal: float) -> float:
        return min(float(bound(L=surprisal, **values)) for bound in bounds)

    low = high = math.log(4)
    if least(low) > 0:
        return 0.25
    while least(high) <= 0:
        low, high = high, 2 * high
    root = brentq(least, low, high, xtol=1e-13, rtol=1e-15)
    return math.exp(-root) if root < LARGEST_SURPRISAL else mpmath.exp(-root)
