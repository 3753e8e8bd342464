"""How far the difference of means points from one sample's difference (reconstructed; concentration at large d).

v_d = mu + xi with E xi = 0; r = |mu|**2 / E|xi|**2 is the signal, M the number of samples averaged.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, limit
from corollary.theory.cylindrical_steering.symbols import M

r = sp.Symbol("r", positive=True)
MEANINGS = {"r": "|mu|**2 over the spread's energy", "M": "samples averaged"}

COSINE = ClosedForm(r / sp.sqrt((r + 1) * (r + 1 / M)), meanings=MEANINGS)
PAIR_COSINE = ClosedForm(r / (r + 1), meanings=MEANINGS)
SIGNAL = ClosedForm(
    sp.Symbol("p", positive=True) / (1 - sp.Symbol("p", positive=True)),
    meanings={"p": "typical cosine of two samples' differences"},
)


def cosine() -> Derivation:
    """cos(theta) between DiffMean and a fresh sample."""
    inner, sample, average, spread = sp.symbols("inner sample average E", positive=True)
    ratio = inner / sp.sqrt(sample * average)
    lengths = {inner: r * spread, sample: (r + 1) * spread, average: (r + 1 / M) * spread}
    return Derivation(
        "diffmean-cosine",
        "The difference of means is nearly orthogonal to a sample when the signal is weak",
        "reconstructed",
        (
            Step("cosine", ratio, "inner product over lengths"),
            Step(
                "large d",
                ratio.subs(lengths),
                "<v_d, mean> -> |mu|**2, |v_d|**2 -> (r + 1) E, |mean|**2 -> (r + 1/M) E",
                check=derived(lambda expression: expression.subs(lengths)),
            ),
            Step("in the signal", COSINE.expression, "E cancels"),
        ),
        COSINE,
    )


def pair() -> Derivation:
    """The cosine of two samples' differences, and the signal that it tells."""
    return Derivation(
        "pair-cosine",
        "The cosine of two samples is the squared limit of DiffMean's",
        "reconstructed",
        (
            Step("DiffMean's cosine", COSINE.expression, "with M samples"),
            Step(
                "M = 1",
                PAIR_COSINE.expression,
                "one sample is its own mean",
                check=derived(lambda expression: expression.subs(M, 1)),
            ),
            Step(
                "of many samples", sp.sqrt(r / (r + 1)), "M -> oo", check=limit(M, sp.oo), follows="DiffMean's cosine"
            ),
            Step("squared", PAIR_COSINE.expression, "the pair's cosine again", check=derived(lambda value: value**2)),
        ),
        PAIR_COSINE,
    )
