"""Constants against predictors along one direction, for any law of the stream (reconstructed).

m(h) = E[Delta | h], mu = E Delta, S2 = E|Delta|^2, M = E m m'. The best constant leaves 1 - |mu|^2 / S2; the best
coefficient along one direction, any function of h, leaves 1 - lambda_max(M) / S2.
"""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary.formulas.closed_form import ClosedForm
from corollary.formulas.derivation import Derivation, Step, derived

share, first, second, third = sp.symbols("share first second third", real=True)


def one_direction(p: np.ndarray, means: np.ndarray, noise: float) -> float:
    """Relative squared error of the best direction. p: [atoms], probabilities; means: m(h) of each, [atoms, d]; noise:
    E|Delta - m|^2."""
    moments = np.einsum("a,ai,aj->ij", p, means, means)
    return float(1 - np.linalg.eigvalsh(moments)[-1] / (np.trace(moments) + noise))


def constant(p: np.ndarray, means: np.ndarray, noise: float) -> float:
    """Of the best constant."""
    mean = p @ means
    return float(1 - mean @ mean / (p @ (means**2).sum(1) + noise))


def mean_direction(p: np.ndarray, means: np.ndarray, noise: float) -> float:
    """Of the best coefficient along the mean: 1 - (|mu|^2 + Var(mu.m) / |mu|^2) / E|Delta|^2, never below the best
    direction's."""
    mean = p @ means
    squared = mean @ mean
    along = (means - mean) @ mean
    return float(1 - (squared + p @ along**2 / squared) / (p @ (means**2).sum(1) + noise))


def any_function(p: np.ndarray, means: np.ndarray, noise: float) -> float:
    """Of any function of the stream."""
    return float(1 - p @ (means**2).sum(1) / (p @ (means**2).sum(1) + noise))


def centred_direction(p: np.ndarray, means: np.ndarray, noise: float) -> float:
    """The mistake: the top eigenvalue of the covariance instead."""
    mean = p @ means
    covariance = np.einsum("a,ai,aj->ij", p, means - mean, means - mean)
    return float(1 - np.linalg.eigvalsh(covariance)[-1] / (p @ (means**2).sum(1) + noise))


def gap() -> Derivation:
    """What M has beyond |mu|^2 along the mean: the variance of the conditional mean there. Two atoms show it."""
    mean = share * first + (1 - share) * second
    along = share * first**2 + (1 - share) * second**2
    return Derivation(
        "one-direction",
        "A coefficient along the mean gains its variance",
        "reconstructed",
        (
            Step("second moment along the mean", along - mean**2, "of two atoms, less the mean's square"),
            Step("variance", share * (1 - share) * (first - second) ** 2, "nothing where both are equal"),
            Step(
                "balanced",
                (first - second) ** 2 / 4,
                "share = 1/2",
                check=derived(lambda f: f.subs(share, sp.Rational(1, 2))),
            ),
        ),
        ClosedForm((first - second) ** 2 / 4),
    )
