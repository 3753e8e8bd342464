"""The symbols of arXiv 2605.01425, with their domains. Names are those of the points at which claims are tried.

| symbol | meaning |
|---|---|
| eps, delta | parameters of closeness |
| p | probability of the token a at the counterexample's first step |
| c, n, k | credit rate after a 1; steps that can credit; ones among their tokens |
| L | output length |
| theta | probability of a 1 with the document |
| l, gamma, alpha | secret bits; optimal credit on prefixes of the secret; error allowed in the credit |
| N, q, m | secrets, 2^l; queries; an index |
"""

from fractions import Fraction
from random import Random

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import integers, reals

p, c, gamma, alpha, theta = sp.symbols("p c gamma alpha theta", positive=True)
eps, delta = sp.symbols("eps delta", nonnegative=True)
n, k, l, q, N, L, j = sp.symbols("n k l q N L j", integer=True, positive=True)
R, q0, r, rho, tau, beta = sp.symbols("R q0 r rho tau beta", positive=True)

MEANINGS = {
    "p": "probability of the token a at the first step",
    "eps": "exponent of the closeness",
    "delta": "additive slack of the closeness",
    "c": "probability of credit at a step after a 1",
    "n": "steps that can credit",
    "L": "output length",
    "theta": "probability of a 1 with the document",
    "l": "bits of the secret",
    "k": "length of the prompt",
    "gamma": "optimal credit on prefixes of the secret",
    "alpha": "error allowed in the credit",
    "q": "queries",
    "N": "number of secrets, 2^l",
    "q0": "probability of each completion of the prompt",
}


def form(expression: sp.Expr) -> ClosedForm:
    """The closed form of an expression in these symbols, with their meanings."""
    return ClosedForm(expression, meanings=MEANINGS)


def probability(source: Random, shape: tuple[int, ...]) -> Fraction:
    """Draws a rational in (0, 1)."""
    return Fraction(source.randint(1, 999), 1000)


DOMAIN = {
    **dict.fromkeys(("p", "c", "theta", "q0", "rho", "r", "tau", "beta"), probability),
    "gamma": reals(0.5, 1),
    "alpha": reals(0, 0.25),
    "eps": reals(0, 2),
    "n": integers(1, 12),
    "L": integers(1, 12),
}
