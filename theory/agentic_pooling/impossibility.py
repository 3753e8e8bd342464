"""Two outcomes: an extreme agent always loses (arXiv 2509.06701, Thm 8 and its proof, made strict)."""

import sympy as sp

from corollary import ClosedForm, Derivation, Step
from corollary.formulas.derivation import equal, positive, reals, substituted

theta, u = sp.symbols("theta u", positive=True)
p, q = sp.symbols("p q", positive=True)
t = sp.exp(-theta)

_INSIDE = {"p": reals(0, 1), "q": reals(0, 1)}


def binary_gain() -> Derivation:
    """Delta = (q - p) logit p, with p and q the agent's and the pool's probability of the same outcome. Thm 33."""
    final = (q - p) * sp.log(p / (1 - p))
    return Derivation(
        "binary-gain",
        "With two outcomes an agent gains when the pool moves to where it already leans",
        "arXiv 2509.06701, Thm 33",
        (
            Step(
                "gain", q * sp.log(p) + (1 - q) * sp.log(1 - p) - p * sp.log(p) - (1 - p) * sp.log(1 - p), "definition"
            ),
            Step("product", final, "collect log p and log(1 - p)"),
        ),
        ClosedForm(final, meanings={"p": "the agent's probability of outcome 1", "q": "the pool's probability of it"}),
        domain=_INSIDE,
    )


def binary_impossibility() -> Derivation:
    """What the extreme agent loses, positive wherever the agents are not all equal. Thm 8; strict form reconstructed.

    theta > 0: the largest logit in absolute value on its side (outcomes named so that it is positive). The pool's
    logit is a weighted mean of all, theta - log(1 + u), with u > 0 as soon as some agent differs.
    """
    loss = theta * t * u / ((1 + t) * (1 + t * (1 + u)))
    return Derivation(
        "binary-impossibility",
        "With two outcomes and unequal agents the agent of the most extreme logit loses",
        "arXiv 2509.06701, Thm 8; strict form reconstructed",
        (
            Step("loss", -(q - p) * sp.log(p / (1 - p)), "minus the gain (q - p) logit p"),
            Step(
                "in logits",
                -(1 / (1 + t * (1 + u)) - 1 / (1 + t)) * theta,
                "p = 1 / (1 + e^-theta), and the pool's logit is theta - log(1 + u)",
                check=substituted({p: 1 / (1 + t), q: 1 / (1 + t * (1 + u))}),
            ),
            Step("positive", loss, "over one denominator every factor is positive", check=positive(equal)),
        ),
        ClosedForm(
            loss,
            meanings={
                "theta": "logit of the extreme agent, > 0",
                "u": "e^(theta - pool's logit) - 1, > 0 unless all agents are equal",
            },
        ),
        domain=_INSIDE,
    )
