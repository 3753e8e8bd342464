"""The same with the Kullback-Leibler divergence from the clean next-token distribution as the damage (reconstructed).

It has no slope at h, so that both damages are curvatures, of G = J'(diag p - p p')J with J the logits' Jacobian.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from corollary.formulas.derivation import Derivation, Step, derived, exactly, substituted
from corollary.theory.direction_magnitude.damage import LEADING, RADIAL, RATIO
from corollary.theory.direction_magnitude.symbols import curvature, d, delta, slope, trace


def divergence(logits: Any, base: Any) -> sp.Expr:
    """KL(softmax(base) || softmax(logits)) of two lists of logits."""
    total, clean = sum(map(sp.exp, logits)), sum(map(sp.exp, base))
    return sum(
        sp.exp(b) / clean * (sp.log(sp.exp(b) / clean) - sp.log(sp.exp(x) / total))
        for x, b in zip(logits, base, strict=True)
    )


def _fisher() -> bool:
    """Gradient 0 and Hessian diag p - p p' at the clean logits, for three of them."""
    x, base = sp.symbols("x1:4", real=True), sp.symbols("b1:4", real=True)
    here = dict(zip(x, base, strict=True))
    value = divergence(x, base)
    p = [sp.exp(b) / sum(map(sp.exp, base)) for b in base]
    slopes = [sp.diff(value, one).subs(here) for one in x]
    bends = [
        sp.diff(value, x[i], x[j]).subs(here) - (p[i] * int(i == j) - p[i] * p[j]) for i in range(3) for j in range(3)
    ]
    return all(sp.simplify(one) == 0 for one in (*slopes, *bends))


def divergence_ratio() -> Derivation:
    """Angular over radial divergence at small displacements."""
    bend = sp.Symbol("bend", real=True)
    return Derivation(
        "divergence-ratio",
        "Angular and radial KL are both curvatures of G = J'(diag p - p p')J",
        "reconstructed",
        (
            Step(
                "second order",
                delta**2 / 2 * bend,
                "gradient 0, Hessian diag p - p p' in the logits; what the second derivative of the logits would add "
                "is multiplied by that gradient. bend = e'Ge for a step along e",
                check=exactly(lambda form: _fisher(), "proved for 3 logits"),
            ),
            Step("radial", RADIAL.expression, "e = u", check=substituted({bend: curvature})),
            Step(
                "angular",
                LEADING.expression.subs(slope, 0),
                "e uniform across u: the mean of e'Ge is its trace there over d - 1",
                check=substituted({bend: trace / (d - 1)}),
                follows="second order",
            ),
            Step(
                "ratio",
                RATIO.expression.subs(slope, 0),
                "over the radial one",
                check=derived(lambda e: e / RADIAL.expression),
            ),
        ),
        domain={"d": lambda source, shape: source.randint(2, 9)},
    )


def expected_loss() -> Derivation:
    """Cross-entropy under the model's own labels."""
    p, q = sp.symbols("p q", positive=True)
    return Derivation(
        "expected-loss",
        "With labels drawn from the clean prediction, the expected rise in cross-entropy is the KL divergence",
        "reconstructed",
        (
            Step("rise", -p * sp.log(q) + p * sp.log(p), "one label's part: probability times the rise of its loss"),
            Step("divergence", p * sp.log(p / q), "the same label's part of KL(p || q)"),
        ),
    )


def curvatures(probabilities: np.ndarray, jacobian: np.ndarray, state: np.ndarray) -> tuple[float, float]:
    """(u'Gu, tr G - u'Gu) for p [V], the logits' Jacobian [V, d] and the state [d]."""
    unit = state / np.linalg.norm(state)
    centred = jacobian - probabilities @ jacobian
    along = float(probabilities @ (centred @ unit) ** 2)
    return along, float(probabilities @ (centred**2).sum(1)) - along


def ratio(probabilities: np.ndarray, jacobian: np.ndarray, state: np.ndarray) -> float:
    """Angular over radial KL as delta -> 0; inf where no step along the state changes the prediction."""
    along, across = curvatures(probabilities, jacobian, state)
    return across / (len(state) - 1) / along if along > 0 else float("inf")
