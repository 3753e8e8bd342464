"""The optimal temperature: second over cross moment, whatever the parameters."""

from __future__ import annotations

import corollary as co
from corollary.claims.icl_temperature.errors import WITHIN, sensitive
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    from corollary.sims import icl_temperature as sims
    from corollary.theory import icl_temperature as theory
    from corollary.theory.icl_temperature import symbols


@PAPER.claim(
    "optimal-temperature",
    says="The temperature that minimises the error of literal linearised attention is its second over its cross "
    "moment.",
    where="Theorem 4.3",
    status="corrected",
)
def optimal_temperature() -> co.Mean:
    exact = theory.closed_form("optimal_temperature", "literal")
    return co.Mean(
        predicts=exact,
        measures=sims.literal_moments_given_inputs,
        compares=co.ratio(2, 1),
        at=sensitive(),
        within=WITHIN,
        wrong={
            "the query column left out (masked form)": theory.closed_form("optimal_temperature", "masked"),
            "the high-dimensional limit": theory.closed_form("optimal_temperature", "high-dimensional"),
            "the printed formula": theory.closed_form("optimal_temperature", "printed"),
            "cross over second moment": co.ClosedForm(1 / exact.expression, exact.definitions),
        },
    )


@PAPER.claim(
    "one-minimiser",
    says="The error is a parabola in 1/tau, and its one stationary point is second over cross moment.",
    where="Theorem 4.3",
)
def one_minimiser() -> co.Identity:
    optimum = symbols.g2 / symbols.g1
    return co.Identity(
        left=theory.DERIVATIONS["optimal_temperature"](),
        right=optimum,
        wrong={"inverted": 1 / optimum, "twice": 2 * optimum, "square root": optimum**0.5},
    )


@PAPER.claim(
    "isotropic-optimum",
    says="In high dimensions under isotropic shift, tau_opt = kappa (a (1 + d/l) + sigma^2/(b l)).",
    where="isotropic form of Theorem 4.3",
    status="reconstructed",
)
def isotropic_optimum() -> co.Identity:
    a, b, d, l, sigma = symbols.a, symbols.b, symbols.d, symbols.l, symbols.sigma
    kappa = 1 / (1 + symbols.sigma_train**2 / l)
    short_context, noise = a * (1 + d / l), sigma**2 / (b * l)
    return co.Identity(
        left=theory.DERIVATIONS["optimal_temperature_isotropic"](),
        right=kappa * (short_context + noise),
        wrong={
            "no short-context term": kappa * (a + noise),
            "noise counted per input scale": kappa * (short_context + noise / a),
            "pretraining forgotten": short_context + noise,
        },
    )
