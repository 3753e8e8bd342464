"""What can be evaluated by name: `corollary evaluate cylindrical-steering/<quantity> name=value ...`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from corollary import Argument, ClosedForm, Quantity
from corollary.formulas.quantity import Domain, finite, integer, nonnegative, positive
from corollary.theory.cylindrical_steering import (
    angle_law,
    axis_gated,
    beta_criterion,
    decomposition,
    diffmean,
    helix,
    identifiability,
    interference,
    normalisation,
    pairs,
    principal_plane,
    sectors,
)


def between(low: float, high: float, says: str, closed: bool = False) -> Domain:
    """Numbers in (low, high), with both ends where `closed`."""

    def check(value: Any) -> float:
        found = finite.check(value)
        if not (low <= found <= high if closed else low < found < high):
            raise ValueError
        return found

    return Domain(says, check)


def _vectors(value: Any) -> np.ndarray:
    try:
        found = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("its rows differ in length or it holds no numbers") from None
    if found.ndim != 2 or not np.isfinite(found).all():
        raise ValueError
    if found.shape[0] < 2:
        raise ValueError(f"there {'is' if found.shape[0] == 1 else 'are'} {found.shape[0]}")
    if found.shape[1] < 2:
        raise ValueError(f"their dimension is {found.shape[1]}")
    return found


def _directions(value: Any) -> np.ndarray:
    found = _vectors(value)
    lengths = np.linalg.norm(found, axis=1)
    if (lengths == 0).any():
        raise ValueError(f"vector {int(np.argmin(lengths))} is zero")
    return found / lengths[:, None]


ANGLE = between(0, math.pi, "an angle in (0, pi) radians")
ACUTE = between(0, math.pi / 2, "an angle in (0, pi/2) radians")
SHARE = between(0, 1, "a number in [0, 1]", closed=True)
PARTIAL = Domain("a number in [0, 1)", lambda value: _partial(value))
VECTORS = Domain("at least 2 vectors of one dimension d >= 2, one a row", _vectors, ("N", "d"))
DIRECTIONS = Domain("at least 2 non-zero vectors of one dimension d >= 2, one a row", _directions, ("N", "d"))


def _partial(value: Any) -> float:
    found = finite.check(value)
    if not 0 <= found < 1:
        raise ValueError
    return found


THETA = Argument("theta", "angle between steering vector and axis, in radians", ANGLE)
GATED_THETA = Argument("theta", "angle between steering vector and axis, in radians", ACUTE)
PAR = Argument("w_par", "slope of the log-odds along the axis", finite, 0.0)
PERP = Argument("w_perp", "length of the slope's normal part", positive, 1.0)
NORMAL = Argument("m", "dimension of the normal space", integer(2), 2)
TAU = Argument("tau", "slope that counts as steered", finite, 0.0)
STRENGTH = Argument("lam", "length of the steering vector", positive, aliases=("lambda_",))
THRESHOLD = Argument("T", "score at which the concept is active", positive, 2.0)
GAIN = Argument("g", "gain of the normal part", positive, 0.35)
PENALTY = Argument("rho", "share of the normal part taken away", PARTIAL, 0.0)
PHASE = Argument("phi", "phase in the normal space, in radians", finite)
DIMENSION = Argument("d", "dimension of the residual stream", integer(2))
CONCEPTS = Argument("N", "number of concepts", integer(2))
CONCEPT = Argument("concept", "number of the concept, from 0", integer(0), 0)


def _form(form: ClosedForm) -> Callable[..., Any]:
    def value(digits: int | None = None, **inputs: Any) -> Any:
        return form(**inputs) if digits is None else form.exact(digits, **inputs)

    return value


def _half_width(w_par: float, w_perp: float, theta: float, tau: float, digits: int | None = None) -> Any:
    inputs = {"w_par": w_par, "w_perp": w_perp, "theta": theta, "tau": tau}
    return _form(sectors.HALF_WIDTH)(digits, **inputs)


def _where_active(form: ClosedForm) -> Callable[..., float]:
    """The form, or inf where the sample is never active, or stays so for good."""

    def value(theta: float, phi: float, T: float, g: float, rho: float) -> float:
        found = form(theta=theta, phi=phi, T=T, g=g, rho=rho)
        forever = form is axis_gated.RELEASE_STRENGTH and math.cos(phi) >= 0
        return found if math.isfinite(found) and found > 0 and not forever else math.inf

    return value


def _one(concept: int, count: int) -> int:
    if concept >= count:
        raise ValueError(f"concept = {concept}; allowed: 0 to {count - 1}, one of the {count} given")
    return concept


def _leverage(directions: np.ndarray, concept: int) -> float:
    return float(identifiability.leverages(directions.T)[_one(concept, len(directions))])


def _accuracy(directions: np.ndarray, concept: int) -> float:
    return float(identifiability.sign_accuracies(directions.T)[_one(concept, len(directions))])


def _along(contributions: np.ndarray) -> np.ndarray:
    return decomposition.decompose(contributions.T)[0]


def _balance(contributions: np.ndarray) -> float:
    """Share of sum |v_i|^2 that lies off the axis."""
    _, normal = decomposition.decompose(contributions.T)
    return float((normal**2).sum() / (contributions**2).sum())


def _sector_centre(contributions: np.ndarray, concept: int) -> np.ndarray:
    normal = decomposition.decompose(contributions.T)[1]
    column = normal[:, _one(concept, len(contributions))]
    if np.linalg.norm(column) <= 1e-12 * np.linalg.norm(contributions):
        raise ValueError(f"concept = {concept}: its contribution lies on the axis, so that it has no sector")
    return beta_criterion.sector_centre(normal, concept)


def _exponents(k: float, m: float) -> tuple[float, float]:
    if m >= k:
        raise ValueError(f"m = {m:g}: must be below k = {k:g}")
    return k, m


def _peak_angle(k: float, m: float) -> float:
    k, m = _exponents(k, m)
    return angle_law.PEAK_ANGLE(k=k, m=m)


def _peak_height(k: float, m: float) -> float:
    k, m = _exponents(k, m)
    return angle_law.PEAK_HEIGHT(k=k, m=m)


def _spectrum(value: Any) -> np.ndarray:
    try:
        found = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("it holds no numbers") from None
    if found.ndim != 1 or found.size < 2 or not np.isfinite(found).all() or (found < 0).any():
        raise ValueError
    if np.sort(found)[-1] == np.sort(found)[-2]:
        raise ValueError("its two largest are equal: PC1 is any direction between them")
    return found


def _chance(n: int, k: int) -> float:
    if k >= n:
        raise ValueError(f"k = {k}: must be below n = {n}")
    return helix.CHANCE(n=n, k=k)


SECTOR = (PAR, PERP, THETA, TAU)
GATE = (THRESHOLD, GAIN, PENALTY)
PAPER, OURS = "arXiv 2605.01844", "reconstructed"
ROWS = Argument("contributions", "the concepts' contributions v_i", VECTORS, aliases=("v",))
DICTIONARY = Argument("directions", "concept directions, normalised here", DIRECTIONS, aliases=("A",))
EXPONENTS = (Argument("k", "exponent of the length", positive), Argument("m", "exponent of the sine", positive))
SIGNAL = Argument("r", "|mu|^2 over the energy of the samples' spread", positive, aliases=("rho_s",))
LENGTHS = (Argument("k", "exponent of the length divided by", positive), Argument("s", "spread of ln |v|", positive))
SPECTRUM = Argument(
    "eigenvalues",
    "d eigenvalues of X^T X, a row of X a concept, zeros included",
    Domain("at least 2 non-negative numbers, the largest a single one", _spectrum, ("d",)),
)
NEVER = "no length activates this phase"

_LIST = (
    Quantity(
        "axial-coordinates",
        _along,
        (ROWS,),
        "each contribution's coordinate on the axis of their sum",
        f"{PAPER}, definition of the axis",
    ),
    Quantity("normal-share", _balance, (ROWS,), "share of the contributions' energy off the axis", OURS),
    Quantity(
        "balance-energy",
        _form(decomposition.AXIAL_SHARE),
        (CONCEPTS, DIMENSION),
        "expected share of the energy along the axis, Gaussian contributions",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "effect",
        _form(sectors.EFFECT),
        (PAR, PERP, THETA, PHASE),
        "slope of the log-odds for one sample",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "sector-half-width",
        _half_width,
        SECTOR,
        "half-width of the sensitive sector, in radians",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "success",
        _form(sectors.SUCCESS),
        (*SECTOR, NORMAL),
        "P(slope >= tau) over uniform phases",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "effect-variance",
        _form(sectors.MEAN_SQUARED_ERROR),
        (PERP, THETA, NORMAL, Argument("M", "samples averaged", integer(1), 1)),
        "variance of the mean slope of M samples",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "sector-centre",
        _sector_centre,
        (ROWS, CONCEPT),
        "middle of the half-space where the least-norm beta of the concept is positive",
        OURS,
    ),
    Quantity(
        "minimal-strength",
        _where_active(axis_gated.MINIMAL_STRENGTH),
        (GATED_THETA, PHASE, *GATE),
        "length from which on a sample is active",
        OURS,
        remark=lambda value: NEVER if math.isinf(value) else None,
    ),
    Quantity(
        "release-strength",
        _where_active(axis_gated.RELEASE_STRENGTH),
        (GATED_THETA, PHASE, *GATE),
        "length beyond which it is inactive again",
        OURS,
        remark=lambda value: "no such length" if math.isinf(value) else None,
    ),
    Quantity(
        "never-share",
        _form(axis_gated.NEVER_SHARE),
        (GATED_THETA, *GATE),
        "share of phases that no length activates",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "activation",
        _form(axis_gated.ACTIVATION),
        (STRENGTH, GATED_THETA, *GATE),
        "P(active at length lam) over uniform phases in a plane",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "crossing",
        _form(axis_gated.CROSSING),
        (GATED_THETA, THRESHOLD),
        "length at which all penalties' curves meet at 1/2",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "collapse-strength",
        _form(axis_gated.COLLAPSE),
        (GATED_THETA, PENALTY, Argument("R", "normal length at which the output collapses", positive)),
        "length at which the output collapses",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "best-angle",
        _form(axis_gated.BEST_ANGLE),
        (STRENGTH, GAIN, PENALTY),
        "angle of largest score at phase 0, in radians",
        OURS,
        multiprecise=True,
    ),
    Quantity("peak-angle", _peak_angle, EXPONENTS, "where sin^m cos^(k-m) is largest, in radians", PAPER),
    Quantity("peak-height", _peak_height, EXPONENTS, "its value there", OURS),
    Quantity(
        "leverage",
        _leverage,
        (DICTIONARY, CONCEPT),
        "share of a dense concept strength's variance that v_d explains",
        OURS,
    ),
    Quantity(
        "mean-leverage",
        _form(identifiability.MEAN_LEVERAGE),
        (DIMENSION, CONCEPTS),
        "the same on average over concepts, directions of full rank",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "sign-accuracy",
        _accuracy,
        (DICTIONARY, CONCEPT),
        "how often v_d tells the sign of a dense concept strength",
        OURS,
    ),
    Quantity(
        "mean-sign-accuracy",
        _form(identifiability.MEAN_SIGN_ACCURACY),
        (DIMENSION, CONCEPTS),
        "the same over random directions, to O(1/d)",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "welch-bound",
        _form(interference.WELCH),
        (CONCEPTS, DIMENSION),
        "least mean squared inner product of distinct directions",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "coherence",
        lambda directions: interference.coherence(directions.T),
        (DICTIONARY,),
        "mean squared inner product of the directions given",
        OURS,
    ),
    Quantity(
        "diffmean-cosine",
        _form(diffmean.COSINE),
        (SIGNAL, Argument("M", "samples averaged", integer(1), 100)),
        "cosine between DiffMean and a sample's difference, large d",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "pair-cosine",
        _form(diffmean.PAIR_COSINE),
        (SIGNAL,),
        "cosine of two samples' differences, large d",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "pair-correlation",
        _form(pairs.PAIR_CORRELATION),
        (DIMENSION,),
        "correlation over pairs when v_d fixes the sector in full, large d",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "copied-rejection",
        _form(pairs.COPIED_REJECTION),
        (
            Argument("k", "samples that share a concept's value", integer(1)),
            Argument("rho_x", "intra-class correlation of the other variable", SHARE),
            Argument("z", "critical value", nonnegative, 1.959963984540054),
        ),
        "false-positive rate of a naive test on copied values",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "divided-correlation",
        _form(normalisation.CORRELATION),
        (*LENGTHS, Argument("q", "noise over the angle's effect, variances", positive)),
        "correlation of St / |v|^k with the angle's effect, noise that does not grow with |v|",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "divided-efficiency",
        _form(normalisation.EFFICIENCY),
        LENGTHS,
        "share of the samples that does as well with weights |v|^(2k)",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "shortest-share",
        _form(normalisation.SHORTEST),
        (*LENGTHS, Argument("share", "share of the samples, the shortest", between(0, 1, "a number in (0, 1)"), 0.1)),
        "share of the divided noise's energy that lies on them",
        OURS,
        multiprecise=True,
    ),
    Quantity(
        "pc1-turn",
        principal_plane.mean_squared_turn,
        (SPECTRUM,),
        "mean squared angle that noise turns PC1 by, over the noise's variance",
        OURS,
    ),
    Quantity(
        "helix-chance",
        _chance,
        (Argument("n", "points", integer(3)), Argument("k", "predictors", integer(1))),
        "mean R^2 of the helix probe on white noise",
        OURS,
    ),
)
QUANTITIES = {quantity.name: quantity for quantity in _LIST}
