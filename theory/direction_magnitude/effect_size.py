"""What Cohen's d measures when its spread is taken over seeds of the noise (reconstructed).

Each of k seeds gives the mean over n sentences of a difference gap + noise of spread sigma; the spread over seeds is
taken with ddof 0.
"""

from __future__ import annotations

import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, substituted

n = sp.Symbol("n", positive=True, integer=True)
k = sp.Symbol("k", positive=True, integer=True)
gap, sigma = sp.symbols("gap sigma", positive=True)
MEANINGS = {
    "n": "sentences",
    "k": "seeds of the noise",
    "gap": "mean difference between the two conditions",
    "sigma": "spread of the noise in one sentence's difference",
}

SEED_EFFECT = ClosedForm(gap / sigma * sp.sqrt(n * k / (k - 1)), meanings=MEANINGS)
"""The gap over the root of the mean variance between seeds: it grows with the number of sentences."""


BETWEEN_SEEDS = ClosedForm(sigma**2 * (k - 1) / (gap**2 * n * k), meanings=MEANINGS)
"""One over its square: the mean variance between seeds, over the gap squared."""


def seed_effect() -> Derivation:
    """A mean over n sentences repeats ever better, whatever the size of the effect."""
    square = sp.Symbol("square", positive=True)
    return Derivation(
        "seed-effect",
        "Cohen's d over seeds grows as the root of the number of sentences",
        "reconstructed",
        (
            Step("squares", square * (1 - 1 / k), "E of the variance with ddof 0, over k independent seeds"),
            Step(
                "mean of n",
                sigma**2 / n * (1 - 1 / k),
                "a seed's mean has variance sigma^2/n",
                check=substituted({square: sigma**2 / n}),
            ),
            Step("effect", SEED_EFFECT.expression, "the gap over its root", check=derived(lambda e: gap / sp.sqrt(e))),
        ),
        SEED_EFFECT,
        domain={"k": lambda source, shape: source.randint(2, 9)},
    )
