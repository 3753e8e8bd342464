"""Correlation with success as a standardised mean difference (reconstructed). z: a feature's pooled activation, y:
success, k of n of them, pi = k / n; moments are over n. gap: mean of z on successes less that on failures; sd: of z
over all."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

pi = sp.Symbol("pi", positive=True)
gap, rho, high, low = sp.symbols("gap rho high low", real=True)
sd, within, n = sp.symbols("sd within n", positive=True)
MEANINGS = {
    "pi": "share of successes", "gap": "mean on successes less that on failures", "sd": "over all samples, divisor n",
    "n": "samples", "rho": "correlation", "within": "standard deviation inside a class, divisor n",
}  # fmt: skip
_fair = sp.sqrt(pi * (1 - pi))

SAMPLE = ClosedForm(_fair * gap / sd, meanings=MEANINGS)
"""Of a sample, whatever it is."""
POPULATION = ClosedForm(_fair * gap / sp.sqrt(within**2 + gap**2 * pi * (1 - pi)), meanings=MEANINGS)
"""The same by the deviation inside classes, where both have one."""
STATISTIC = ClosedForm(rho * sp.sqrt((n - 2) / (1 - rho**2)), meanings=MEANINGS)
"""The pooled two-sample t statistic."""
MUTUAL = ClosedForm(-sp.log(1 - rho**2) / 2, meanings=MEANINGS)
"""Mutual information in nats of Gaussian variables of this correlation: monotone in its size."""

DOMAIN = {"pi": lambda source, shape: source.uniform(0.05, 0.95)}


def difference() -> Derivation:
    """From the covariance with a binary variable."""
    mean = pi * high + (1 - pi) * low
    return Derivation(
        "mean-difference",
        "A correlation with success is the mean difference, standardised",
        "reconstructed",
        (
            Step("covariance over deviations", (pi * high - mean * pi) / (sd * _fair), "E zy = pi high"),
            Step("collected", _fair * (high - low) / sd, "high, low: means on successes and failures"),
            Step("gap", SAMPLE.expression, "gap = high - low", check=derived(lambda f: f.subs(high, low + gap))),
            Step(
                "by the deviation inside classes",
                POPULATION.expression,
                "sd^2 = within^2 + pi (1 - pi) gap^2",
                check=derived(lambda f: f.subs(sd, sp.sqrt(within**2 + pi * (1 - pi) * gap**2))),
            ),
        ),
        POPULATION,
        domain=DOMAIN,
    )


def statistic() -> Derivation:
    """The pooled t statistic, by the correlation."""
    pooled = n * (sd**2 - pi * (1 - pi) * gap**2) / (n - 2)
    t = gap / sp.sqrt(pooled * (1 / (n * pi) + 1 / (n * (1 - pi))))
    return Derivation(
        "t-statistic",
        "Ranking by correlation is ranking by the pooled t statistic",
        "reconstructed",
        (
            Step("pooled t", t, "variances inside classes pooled over n - 2 degrees of freedom"),
            Step("in units of sd", t.subs(gap, rho * sd / _fair), "gap = rho sd / sqrt(pi (1 - pi))", check=derived(
                lambda f: f.subs(gap, rho * sd / _fair)
            )),
            Step("simplified", STATISTIC.expression, "the deviation and the share cancel"),
        ),
        STATISTIC,
        domain=DOMAIN | {
            "n": lambda source, shape: source.uniform(5, 50),
            "rho": lambda source, shape: source.uniform(-0.9, 0.9),
            "gap": lambda source, shape: source.uniform(-1, 1),
            "sd": lambda source, shape: source.uniform(1, 3),
        },
    )  # fmt: skip
