"""Where pretraining leaves one true softmax head in long contexts (reconstructed).

A head reads the query's task through k = m, and pays for it with label noise e^h / n at score variance h =
k^2 a r, r = |x|^2. At the best readout the noise to signal ratio E e^h / h decides: h* = d / (d + 2), close
to 1.
"""

from __future__ import annotations

import sympy as sp

from corollary.closed_form import ClosedForm
from corollary.derivation import Derivation, Step, derived, positive, solved, substituted
from theory.icl_temperature.symbols import d

h, t = sp.symbols("h t", positive=True)
half = d / 2

SCORE_VARIANCE = ClosedForm(d / (d + 2), meanings={"d": "input dimension"})
NOISE_FACTOR = ClosedForm((1 + 2 / d) ** (half + 1), meanings={"d": "input dimension"})
"""By what the best softmax head multiplies the effective noise of linearised attention; tends to e."""


def trained_score_variance() -> Derivation:
    """h* = d / (d + 2): the mean score variance that minimises the noise-to-signal ratio."""
    rate, k = sp.symbols("r k", positive=True)
    density = t ** (k - 1) * sp.exp(-rate * t) / sp.gamma(k)
    noise = (1 - 2 * h / d) ** (-half) / h
    steps = (
        Step("noise", density, "e^(h r / E r) against the density of r: r / E r = t / k, k = d/2, at rate 1 - h/k"),
        Step("averaged", rate**-k, "integrate over t", derived(lambda form: sp.integrate(form, (t, 0, sp.oo)))),
        Step("per signal", noise, "rate 1 - 2h/d, k = d/2, over the squared signal, proportional to h",
             derived(lambda form: form.subs({rate: 1 - 2 * h / d, k: half}) / h)),
        Step("slope", 1 / (1 - 2 * h / d) - 1 / h, "differentiate the logarithm in h",
             derived(lambda form: sp.diff(sp.expand_log(sp.log(form), force=True), h))),
        Step("optimum", d / (d + 2), "the only stationary point", solved(h)),
        Step("curvature", (d + 2) ** 3 / d**3, "the slope rises there: a minimum", positive(
            derived(lambda form: sp.diff(form, h).subs(h, d / (d + 2)))), follows="slope"),
        Step("noise factor", (1 + 2 / d) ** (half + 1), "E e^h / h there", substituted({h: d / (d + 2)}),
             follows="per signal"),
        Step("large d", sp.E, "d -> oo", derived(lambda form: sp.limit(form, d, sp.oo))),
    )  # fmt: skip
    return Derivation(
        "trained_score_variance", "A trained softmax head sits at score variance d / (d + 2).", "reconstructed", steps
    )
