"""How many circuits meet a target: additive margins, collisions, and the count at the target (reconstructed).

Each of m edges adds a vector v_e of q margins, N(mu, sigma^2) each; a circuit of k edges is faithful if each of its q
sums is within eps of the target T.
"""

from __future__ import annotations

import math
from math import comb

import mpmath
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

m, k = sp.symbols("m k", integer=True, positive=True)
q, eps, sigma = sp.symbols("q eps sigma", positive=True)
T, mu = sp.symbols("T mu", real=True)
_MEANINGS = {
    "m": "edges",
    "k": "edges of a circuit",
    "q": "margins that must be met",
    "eps": "tolerance of each",
    "T": "target of each",
    "mu": "mean of an edge's contribution to one",
    "sigma": "its deviation",
}


def _phi(x: sp.Expr) -> sp.Expr:
    return (1 + sp.erf(x / sp.sqrt(2))) / 2


_SPREAD = sigma * sp.sqrt(k)
HIT = ClosedForm(_phi((T - k * mu + eps) / _SPREAD) - _phi((T - k * mu - eps) / _SPREAD), meanings=_MEANINGS)
"""Probability that a given circuit meets one margin."""

COUNT = ClosedForm(sp.binomial(m, k) * HIT.expression**q, meanings=_MEANINGS)
"""Expected number of faithful circuits of k edges."""

CRITICAL = ClosedForm(sp.log(sp.binomial(m, k)) / -sp.log(sp.erf(eps / (sp.sqrt(2) * _SPREAD))), meanings=_MEANINGS)
"""q*, beyond which fewer than one is expected, for a target at the mean k mu."""


def pairs(m: int, k: int, q: float, eps: float, T: float, mu: float = 0.0, sigma: float = 1.0) -> list[float]:
    """Expected number of ordered pairs of faithful circuits that share j edges, for j = 0..k."""
    spread = sigma * math.sqrt(k)
    delta, t = eps / spread, (T - k * mu) / spread
    return [
        comb(m, k) * comb(k, j) * comb(m - k, k - j) * both(t, delta, j / k) ** q if k - j <= m - k else 0.0
        for j in range(k + 1)
    ]


def both(t: float, delta: float, rho: float) -> float:
    """P(|X - t| < delta and |Y - t| < delta) of standard normals of correlation 0 <= rho <= 1."""
    if rho == 1:
        return float(mpmath.ncdf(t + delta) - mpmath.ncdf(t - delta))
    rest = math.sqrt(1 - rho * rho)

    def integrand(x: mpmath.mpf) -> mpmath.mpf:
        inside = mpmath.ncdf((t + delta - rho * x) / rest) - mpmath.ncdf((t - delta - rho * x) / rest)
        return mpmath.npdf(x) * inside

    return float(mpmath.quad(integrand, [t - delta, t, t + delta]))


def cells(k: int, B: float, eps: float, q: int) -> int:
    """Cells of side eps that hold every sum of k contributions of size at most B, in q margins."""
    return math.ceil(2 * k * B / eps) ** q


def johnson(m: int, k: int, t: int) -> int:
    """At most so many circuits of k edges, any two of which share t at most."""
    return comb(m, t + 1) // comb(k, t + 1)


def gilbert_varshamov(m: int, k: int, t: int) -> float:
    """At least so many there are."""
    return comb(m, k) / sum(comb(k, j) * comb(m - k, k - j) for j in range(t + 1, k + 1))


def count() -> Derivation:
    """Linearity over subsets, independence over margins."""
    X = sp.Symbol("X", real=True)
    density = sp.exp(-((X - k * mu) ** 2) / (2 * k * sigma**2)) / (_SPREAD * sp.sqrt(2 * sp.pi))
    ends = (T - eps, T + eps)
    return Derivation(
        "target-count",
        "Expected number of circuits that meet q margins",
        "reconstructed",
        (
            Step("sum", density, "one margin of a circuit is N(k mu, k sigma^2)"),
            Step(
                "hit",
                _phi((T - k * mu + eps) / _SPREAD) - _phi((T - k * mu - eps) / _SPREAD),
                "within eps",
                check=derived(lambda f: sp.integrate(f, (X, *ends))),
            ),
            Step(
                "all",
                COUNT.expression,
                "q independent margins, binomial(m, k) circuits",
                check=derived(lambda form: sp.binomial(m, k) * form**q),
            ),
        ),
        COUNT,
        domain={
            "k": lambda source, shape: source.randint(1, 4),
            "m": lambda source, shape: source.randint(5, 9),
            "q": lambda source, shape: source.randint(1, 3),
        },
    )


def critical() -> Derivation:
    """Where the count is 1."""
    total, hit = sp.symbols("total hit", positive=True)
    return Derivation(
        "critical-margins",
        "The number of margins at which one circuit is left",
        "reconstructed",
        (
            Step("log count", sp.log(total) + q * sp.log(hit), "log of total hit^q"),
            Step("vanishes", -sp.log(total) / sp.log(hit), "count 1", check=derived(lambda form: sp.solve(form, q)[0])),
            Step(
                "at the mean",
                CRITICAL.expression,
                "total = binomial(m, k), and T = k mu: hit = erf(eps / (sqrt(2 k) sigma))",
                check=derived(
                    lambda form: form.subs({total: sp.binomial(m, k), hit: sp.erf(eps / (sp.sqrt(2) * _SPREAD))})
                ),
            ),
        ),
        CRITICAL,
        domain={"k": lambda source, shape: source.randint(1, 4), "m": lambda source, shape: source.randint(5, 9)},
    )
