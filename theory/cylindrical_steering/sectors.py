"""Which phases let a steering vector act: the effect on one sample, the sensitive sector, the chance of hitting it."""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived, integers, reals, stated, substituted
from corollary.theory.calculus.sphere import DENSITY, FUNCTIONS, kappa, m, tail, tail_probability
from corollary.theory.cylindrical_steering.symbols import MEANINGS, M, clipped, phi, tau, theta, w_par, w_perp

EFFECT = ClosedForm(w_par * sp.cos(theta) + w_perp * sp.sin(theta) * sp.cos(phi), meanings=MEANINGS)
"""Slope of the concept's log-odds along a unit steering vector."""

LEAST_COSINE = (tau - w_par * sp.cos(theta)) / (w_perp * sp.sin(theta))
"""cos(phi) from which on the slope is at least tau."""

HALF_WIDTH = ClosedForm(sp.acos(clipped(LEAST_COSINE)), meanings=MEANINGS)
"""Half-width of the sensitive sector |phi| <= phi*, in radians."""

SUCCESS = ClosedForm(tail(m, kappa), ((kappa, clipped(LEAST_COSINE)),), FUNCTIONS, MEANINGS)
"""P(slope >= tau) when the phase is uniform in an m-dimensional normal space."""

MEAN_EFFECT = ClosedForm(w_par * sp.cos(theta), meanings=MEANINGS)
EFFECT_VARIANCE = ClosedForm(w_perp**2 * sp.sin(theta) ** 2 / m, meanings=MEANINGS)
"""Mean and variance of the slope given theta, over uniform phases."""

MEAN_SQUARED_ERROR = ClosedForm(w_perp**2 * sp.sin(theta) ** 2 / (m * M), meanings=MEANINGS)
"""Mean squared error of the average slope of M samples."""


def effect() -> Derivation:
    """The slope from the parts of gradient and steering vector along the axis and across it."""
    aa, ae, Wa, We = sp.symbols("aa ae Wa We", real=True)
    product = w_par * sp.cos(theta) * aa + w_par * sp.sin(theta) * ae + sp.cos(theta) * Wa + sp.sin(theta) * We
    return Derivation(
        "effect",
        "The slope is an axial term and a term that the phase decides",
        "reconstructed",
        (
            Step(
                "inner product",
                product,
                "<w_par a + W, cos(theta) a + sin(theta) e> in the products <a,a>, <a,e>, <W,a>, <W,e>",
            ),
            Step(
                "effect",
                EFFECT.expression,
                "a is a unit vector orthogonal to e and W, and <W,e> = |W| cos(phi)",
                check=substituted({aa: 1, ae: 0, Wa: 0, We: w_perp * sp.cos(phi)}),
            ),
        ),
        EFFECT,
    )


def success() -> Derivation:
    """The chance that a uniform phase falls in the sensitive sector, in any normal dimension."""
    cone = tail_probability()
    return Derivation(
        "success",
        "How likely a sample is steered, in a normal space of any dimension",
        "reconstructed",
        (
            *cone.steps,
            Step(
                "within the sector",
                SUCCESS.inlined(),
                "kappa is the least cosine, kept within [-1, 1]",
                check=substituted({kappa: clipped(LEAST_COSINE)}),
            ),
        ),
        SUCCESS,
        functions=FUNCTIONS,
        domain={**cone.domain, "theta": reals(0.2, 1.4)},
    )


def plane() -> Derivation:
    """In a plane the chance is the angle over pi; in three dimensions it is linear in the cosine."""
    return Derivation(
        "success-in-a-plane",
        "With a two-dimensional normal space the sector's share of the circle",
        "reconstructed",
        (
            Step("density", DENSITY.subs(m, 2), "m = 2: the arcsine law", check=stated),
            Step(
                "share of the circle",
                sp.acos(kappa) / sp.pi,
                "its integral from kappa to 1",
                check=lambda before, after, points: (
                    "symbolic"
                    if sp.simplify(sp.diff(after.inlined(), kappa) + before.inlined()) == 0
                    and after.inlined().subs(kappa, 1) == 0
                    else ""
                ),
            ),
        ),
        ClosedForm(sp.acos(kappa) / sp.pi),
        domain={"kappa": reals(-0.99, 0.99)},
    )


def effect_variance() -> Derivation:
    """What the phase adds to the slope, over uniform phases."""
    square = sp.Symbol("E_cos2", positive=True)
    return Derivation(
        "effect-variance",
        "Knowing theta leaves all of the phase's variance; averaging M samples divides it by M",
        "reconstructed",
        (
            Step("one sample", w_perp**2 * sp.sin(theta) ** 2 * square, "the axial term is fixed, E cos(phi) = 0"),
            Step(
                "isotropy",
                EFFECT_VARIANCE.expression,
                "m coordinates of a unit vector share 1 evenly",
                check=substituted({square: 1 / m}),
            ),
            Step("mean of M", MEAN_SQUARED_ERROR.expression, "independent samples", check=derived(lambda v: v / M)),
        ),
        MEAN_SQUARED_ERROR,
        domain={"m": integers(2, 12)},
    )


def gradient(directions: np.ndarray, base: np.ndarray, concept: int, sharpness: float) -> np.ndarray:
    """Gradient [d] of the log-odds of a concept that competes, by softmax, with all the others.

    directions: [d, N]. base: representation [d]. sharpness: kappa of the logits kappa <a_i, r>.
    """
    logits = sharpness * (directions.T @ base)
    logits[concept] = -np.inf
    shares = np.exp(logits - logits.max())
    return sharpness * (directions[:, concept] - directions @ (shares / shares.sum()))


def split(vector: np.ndarray, axis: np.ndarray) -> tuple[float, np.ndarray]:
    """(coordinate on the unit axis, rest [d])."""
    along = float(axis @ vector)
    return along, vector - along * axis
