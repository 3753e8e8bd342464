"""Where pretraining leaves one true softmax head in long contexts (reconstructed).

At score variance h' = k^2 a |x|^2 of a query, self-normalised averages over n keys give, to order 1/n, the excess error
(e^{h'} / n) (v^2 Var(y) + b |x|^2), with the readout v = 1 / (k a) that makes the prediction unbiased. Averaged over
|x|^2 = a chi^2_d and written in the mean score variance h = k^2 a^2 d, it has one minimum: near d / (d + 2), so that
trained scores have standard deviation about 1.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import (
    Derivation,
    Step,
    derived,
    integers,
    positive,
    reals,
    solved,
    stated,
    substituted,
)
from corollary.theory.icl_temperature.symbols import MEANINGS, a, b, d, sigma

h, t, rate, k = sp.symbols("h t r k", positive=True)
Y, u = sp.symbols("Y u", positive=True)
half = d / 2

SCORE_VARIANCE = ClosedForm(d / (d + 2), meanings=MEANINGS)
"""The best mean score variance to leading order in d."""

NOISE_FACTOR = ClosedForm((1 + 2 / d) ** (half + 1), meanings=MEANINGS)
"""By what that head multiplies the effective noise of linearised attention; tends to e."""

_SQUARE, _LINEAR = (1 + 2 / d) * (2 * Y / d - 1), Y * (1 + 4 / d)
LONG_CONTEXT_SCORE_VARIANCE = ClosedForm(
    2 * Y / (_LINEAR + sp.sqrt(_LINEAR**2 - 4 * _SQUARE * Y)), ((Y, d + sigma**2 / (a * b)),), meanings=MEANINGS
)
"""The best mean score variance as the context grows, at every d; Y = Var(y) / (a b)."""


def trained_score_variance() -> Derivation:
    """Both: d / (d + 2) from the readout noise alone, and the root of a quadratic from the whole excess."""
    density = t ** (k - 1) * sp.exp(-rate * t) / sp.gamma(k)
    noise = (1 - 2 * h / d) ** (-half) / h
    tilted = (1 - 2 * h / d) ** (-half) * (d * Y / h + d / (1 - 2 * h / d))
    exact = 2 * Y / (_LINEAR + sp.sqrt(_LINEAR**2 - 4 * _SQUARE * Y))
    steps = (
        Step("noise", density, "e^{h'} against the density of |x|^2: h'/h = t/k with k = d/2, at rate 1 - h/k"),
        Step("averaged", rate**-k, "integrate over t", derived(lambda form: sp.integrate(form, (t, 0, sp.oo)))),
        Step(
            "first moment",
            k * rate ** (-k - 1),
            "the same with |x|^2 as a factor: differentiate in the rate",
            derived(lambda form: -sp.diff(form, rate)),
        ),
        Step(
            "excess",
            tilted,
            "n (error - sigma^2) / (a b): readout noise over the squared signal, and b |x|^2",
            derived(lambda form: (rate**-k * d * Y / h + 2 * form).subs({rate: 1 - 2 * h / d, k: half})),
        ),
        Step(
            "slope",
            _SQUARE * h**2 - _LINEAR * h + Y,
            "differentiate the logarithm in h, clear denominators",
            derived(
                lambda form: (
                    -sp.cancel(
                        sp.simplify(sp.diff(form, h) / form)
                        * (1 - 2 * h / d) ** 2
                        * h**2
                        * (Y / h + 1 / (1 - 2 * h / d))
                    )
                )
            ),
        ),
        Step("long contexts", exact, "its root in (0, d/2)", stated),
        Step(
            "at the root",
            sp.Integer(1),
            "the quadratic there, plus 1",
            derived(lambda form: 1 + (_SQUARE * form**2 - _LINEAR * form + Y)),
        ),
        Step("readout noise alone", noise, "for large d the second term of the excess is negligible", stated),
        Step(
            "its slope",
            1 / (1 - 2 * h / d) - 1 / h,
            "differentiate the logarithm in h",
            derived(lambda form: sp.diff(sp.expand_log(sp.log(form), force=True), h)),
        ),
        Step("optimum", d / (d + 2), "the only stationary point", solved(h)),
        Step(
            "curvature",
            (d + 2) ** 3 / d**3,
            "the slope rises there: a minimum",
            positive(derived(lambda form: sp.diff(form, h).subs(h, d / (d + 2)))),
            follows="its slope",
        ),
        Step(
            "noise factor",
            (1 + 2 / d) ** (half + 1),
            "E e^h / h there",
            substituted({h: d / (d + 2)}),
            follows="readout noise alone",
        ),
        Step("large d", sp.E, "d -> oo", derived(lambda form: sp.limit(form, d, sp.oo))),
    )
    return Derivation(
        "trained_score_variance",
        "A trained softmax head sits at score variance about d / (d + 2).",
        "reconstructed",
        steps,
        domain={"h": reals(0, 1), "d": integers(3, 30), "Y": reals(30, 60)},
    )
