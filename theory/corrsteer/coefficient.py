"""How far the mean activation on successes pushes (reconstructed). mu1, mu0, s1, s0: mean and standard deviation of a
feature's activation on successes and failures; k of n samples are successes."""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

mu1, sd, rho, s1, s0, n, k, gain = sp.symbols("mu1 sd rho s1 s0 n k gain", positive=True)
mu0 = sp.Symbol("mu0", nonnegative=True)
pi = sp.Symbol("pi", positive=True)
MEANINGS = {
    "mu1": "mean activation on successes", "mu0": "on failures", "s1": "standard deviation on successes",
    "s0": "on failures", "n": "samples", "k": "successes", "rho": "correlation with success",
    "sd": "standard deviation over all samples", "pi": "share of successes",
    "gain": "product of the feature's encoder and decoder directions",
}  # fmt: skip

MOVED = ClosedForm(mu0 + gain * mu1, meanings=MEANINGS)
"""Mean activation on failures once mu1 times the decoder's direction is added, where the feature stays active."""
OVERSHOOT = ClosedForm(mu1 / (mu1 - mu0), meanings=MEANINGS)
"""What is added over what would bring failures to the mean of successes."""
BY_CORRELATION = ClosedForm(mu1 * sp.sqrt(pi * (1 - pi)) / (rho * sd), meanings=MEANINGS)
"""The same by the correlation."""
VARIANCE = ClosedForm(s1**2 / k, meanings=MEANINGS)
"""Of the mean on successes."""
VARIANCE_OF_DIFFERENCE = ClosedForm(s1**2 / k + s0**2 / (n - k), meanings=MEANINGS)
"""Of the difference of means."""


def overshoot() -> Derivation:
    """By what a correlation says of the gap."""
    return Derivation(
        "overshoot",
        "The mean on successes overshoots, and never falls short",
        "reconstructed",
        (
            Step("added over wanted", OVERSHOOT.expression, "mu1 is added, mu1 - mu0 would match the means"),
            Step(
                "by the correlation",
                BY_CORRELATION.expression,
                "mu1 - mu0 = rho sd / sqrt(pi (1 - pi))",
                check=derived(lambda f: f.subs(mu0, mu1 - rho * sd / sp.sqrt(pi * (1 - pi)))),
            ),
        ),
        BY_CORRELATION,
        domain={"pi": lambda source, shape: source.uniform(0.05, 0.95)},
    )
