"""The exact free energy of a mode under a spike-and-slab prior, and what it says about lambda (reconstructed).

One real mode w with estimate w_hat ~ N(w, 1/n) under the prior (1 - pi) delta_0 + pi N(0, s2). Free energies: nats,
less that of the true weight w0.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import derived, integers, limit, reals, stated
from corollary.theory.grokking.sfm_symbols import n

w, w_hat, w0, x = sp.symbols("w w_hat w0 x", real=True)
s2, prior = sp.symbols("s2 prior", positive=True)

MEANINGS = {
    "n": "sample size",
    "s2": "variance of the slab",
    "prior": "prior probability that the mode is active",
    "w_hat": "least-squares estimate",
    "w0": "true weight",
}

LOG_BAYES_FACTOR = ClosedForm(-sp.log(1 + n * s2) / 2 + n * w_hat**2 / 2 * n * s2 / (1 + n * s2), meanings=MEANINGS)
"""ln of the slab's marginal likelihood over the spike's."""

ACTIVE_CONSTANT = ClosedForm(sp.log(s2) / 2 - sp.log(prior) - sp.Rational(1, 2) + w0**2 / (2 * s2), meanings=MEANINGS)
ACTIVE_COST = ClosedForm(sp.log(n) / 2 + ACTIVE_CONSTANT.expression, meanings=MEANINGS)
"""What a truly active mode costs on average, up to O(1/n): lambda = 1/2 a mode."""

NULL_COST = ClosedForm(-sp.log(1 - prior), meanings=MEANINGS)
"""What a truly absent mode costs as n grows: no ln n, lambda = 0."""

INCLUSION = ClosedForm(
    (1 + 1 / (n * s2)) / n * (sp.log(1 + n * s2) + 2 * sp.log((1 - prior) / prior)), meanings=MEANINGS
)
"""The squared estimate above which an active mode is the likelier explanation; ln n / n for large n, eq 6's with beta =
1/2."""


@functools.lru_cache(maxsize=1)
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    return nodes, weights / weights.sum()


def mode_free_energy(n: float, w0: float, s2: float, prior: float) -> float:
    """The mean over data of a mode's free energy less that of the truth, nats, to about 1e-10."""
    nodes, weights = _nodes()
    estimates = w0 + nodes / math.sqrt(n)
    factors = np.array([LOG_BAYES_FACTOR(n=n, s2=s2, w_hat=float(e)) for e in estimates])
    evidence = np.logaddexp(math.log1p(-prior) if prior < 1 else -math.inf, math.log(prior) + factors)
    return float(weights @ (n * (estimates * w0 - w0**2 / 2) - evidence))


def learning_coefficient(active: int, real: bool = True) -> float:
    """lambda of the truth with `active` modes: half of its real degrees of freedom. A real target ties W_{-k,-l} to
    W_{k,l}, so that ||W||_0 counts them; a complex one has two a mode."""
    return active / 2 if real else float(active)


def paper_lambda_proxy(active: int) -> float:
    """Half of ||W||_0 at any weights (arXiv 2603.29262, eq 7). No learning coefficient: the information is the
    same at all of them."""
    return active / 2


def bayes_factor() -> Derivation:
    """The slab's evidence against the spike's."""
    integrand = sp.exp(-n * (w_hat - w) ** 2 / 2 - w**2 / (2 * s2)) / sp.sqrt(2 * sp.pi * s2)

    def log_ratio(product: sp.Expr) -> sp.Expr:
        value = sp.integrate(product, (w, -sp.oo, sp.oo), conds="none")
        return sp.expand_log(sp.log(sp.simplify(value)), force=True) + n * w_hat**2 / 2

    return Derivation(
        "bayes-factor",
        "What the data say for a mode",
        "reconstructed",
        (
            Step("likelihood times slab", integrand, "up to the factor that both explanations share", check=stated),
            Step(
                "log ratio",
                LOG_BAYES_FACTOR.expression,
                "a Gaussian integral, over the likelihood at w = 0",
                check=derived(log_ratio),
            ),
        ),
        LOG_BAYES_FACTOR,
    )


def active_cost() -> Derivation:
    """The free energy of a mode that is there."""

    def averaged(expression: sp.Expr) -> sp.Expr:
        polynomial = sp.Poly(sp.expand(expression), x)
        moments = {0: 1, 1: 0, 2: 1}
        return sum(c * moments[d] for (d,), c in polynomial.terms())

    def constant(expression: sp.Expr) -> sp.Expr:
        return sp.limit(sp.expand_log(sp.simplify(expression - sp.log(n) / 2), force=True), n, sp.oo)

    data = n * (w_hat * w0 - w0**2 / 2)
    evidence = sp.log(prior) + LOG_BAYES_FACTOR.expression
    exact = averaged((data - evidence).subs(w_hat, w0 + x / sp.sqrt(n)))
    return Derivation(
        "active-mode-cost",
        "A mode that is there costs (1/2) ln n",
        "reconstructed",
        (
            Step(
                "free energy",
                data - evidence,
                "-ln(prior B), less that of the truth: the spike's share is exponentially small",
                check=stated,
            ),
            Step(
                "mean over data",
                exact,
                "w_hat = w0 + x / sqrt(n), E x = 0, E x^2 = 1",
                check=derived(lambda e: averaged(e.subs(w_hat, w0 + x / sp.sqrt(n)))),
            ),
            Step("constant", ACTIVE_CONSTANT.expression, "less (1/2) ln n, as n grows", check=derived(constant)),
            Step(
                "expansion", ACTIVE_COST.expression, "put (1/2) ln n back", check=derived(lambda e: e + sp.log(n) / 2)
            ),
        ),
        ACTIVE_COST,
        domain={"prior": reals(0.05, 0.95), "n": integers(2, 60)},
    )


def null_cost() -> Derivation:
    """The free energy of a mode that is not there."""
    evidence = 1 - prior + prior * sp.exp(LOG_BAYES_FACTOR.expression)
    return Derivation(
        "null-mode-cost",
        "A mode that is not there costs nothing that grows",
        "reconstructed",
        (
            Step(
                "free energy",
                -sp.log(evidence.subs(w_hat, x / sp.sqrt(n))),
                "w0 = 0, w_hat = x / sqrt(n)",
                check=stated,
            ),
            Step("limit", NULL_COST.expression, "the Bayes factor falls as 1 / sqrt(n s2)", check=limit(n, sp.oo)),
        ),
        NULL_COST,
        domain={"prior": reals(0.05, 0.95), "n": integers(2, 60)},
    )


def inclusion() -> Derivation:
    """When a mode is the likelier explanation, and which beta that is."""
    return Derivation(
        "inclusion-threshold",
        "The posterior's own gate has beta = 1/2",
        "reconstructed",
        (
            Step(
                "log odds",
                sp.log(prior / (1 - prior)) + LOG_BAYES_FACTOR.expression,
                "prior odds times B",
                check=stated,
            ),
            Step(
                "threshold",
                INCLUSION.expression,
                "solve for w_hat^2",
                check=derived(lambda e: sp.solve(e.subs(w_hat, sp.sqrt(x)), x)[0]),
            ),
            Step(
                "over ln n / n",
                sp.Integer(1),
                "as n grows, so that 2 beta = 1",
                check=derived(lambda e: sp.limit(sp.expand(e * n / sp.log(n)), n, sp.oo)),
            ),
        ),
        None,
        domain={"prior": reals(0.05, 0.95), "n": integers(2, 60)},
    )
