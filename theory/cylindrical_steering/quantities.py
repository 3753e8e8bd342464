"""What can be evaluated by name: `corollary evaluate cylindrical-steering/<quantity> name=value ...`.

Concepts are columns throughout, of the contributions V as of the dictionary A, both [d, N].
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from corollary import Argument, ClosedForm, Quantity
from corollary.formulas.quantity import (
    Domain,
    finite,
    integer,
    interval,
    nonnegative,
    numbers,
    positive,
    probability,
    rows,
)
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

_MATRIX = rows("d", "N", 2)


def _directions(value: Any) -> np.ndarray:
    found = _MATRIX.check(value)
    lengths = np.linalg.norm(found, axis=0)
    if (lengths == 0).any():
        raise ValueError(f"column {int(np.argmin(lengths))} is zero")
    return np.asarray(found / lengths)


def _spectrum(value: Any) -> np.ndarray:
    found = np.asarray(numbers("d", nonnegative).check(value), dtype=float)
    largest = np.sort(found)[-2:]
    if found.size < 2:
        raise ValueError("there is 1")
    if largest[0] == largest[1]:
        raise ValueError("its two largest are equal: PC1 is any direction between them")
    return found


COLUMNS = Domain("a d x N matrix, at least 2 x 2, one column each", _MATRIX.check, _MATRIX.shape)
DIRECTIONS = Domain(
    "a d x N matrix, at least 2 x 2, one non-zero column a concept, as in v_d = A alpha", _directions, _MATRIX.shape
)
ANGLE = interval(0, math.pi, says="an angle in (0, pi) radians")
ACUTE = interval(0, math.pi / 2, says="an angle in (0, pi/2) radians")

THETA = Argument("theta", "angle between steering vector and axis, in radians", ANGLE)
GATED_THETA = Argument("theta", "angle between steering vector and axis, in radians", ACUTE)
PAR = Argument("w_par", "slope of the log-odds along the axis", finite, 0.0)
PERP = Argument("w_perp", "length of the slope's normal part", positive, 1.0)
NORMAL = Argument("m", "dimension of the normal space", integer(2), 2)
TAU = Argument("tau", "slope that counts as steered", finite, 0.0)
STRENGTH = Argument("lam", "length of the steering vector", positive, aliases=("lambda_",))
THRESHOLD = Argument("T", "score at which the concept is active", positive, 2.0)
GAIN = Argument("g", "gain of the normal part", positive, 0.35)
PENALTY = Argument("rho", "share of the normal part taken away", interval(0, 1, "low"), 0.0)
PHASE = Argument("phi", "phase in the normal space, in radians", finite)
DIMENSION = Argument("d", "dimension of the residual stream", integer(2))
COUNT = Argument("N", "number of concepts", integer(2))
CONCEPT = Argument("concept", "number of the concept, from 0", integer(0), 0)
SAMPLES = Argument("M", "samples averaged", integer(1), 1)
CONTRIBUTIONS = Argument("contributions", "the concepts' contributions v_i, a column each", COLUMNS, aliases=("v",))
DICTIONARY = Argument("directions", "concept directions, a column each, normalised here", DIRECTIONS, aliases=("A",))
EXPONENTS = (Argument("k", "exponent of the length", positive), Argument("m", "exponent of the sine", positive))
SIGNAL = Argument("r", "|mu|^2 over the energy of the samples' spread", positive, aliases=("rho_s",))
LENGTHS = (Argument("k", "exponent of the length divided by", positive), Argument("s", "spread of ln |v|", positive))
SPECTRUM = Argument(
    "eigenvalues",
    "d eigenvalues of X^T X, a row of X a concept, zeros included",
    Domain("at least 2 non-negative numbers, the largest a single one", _spectrum, ("d",)),
)
SECTOR, GATE = (PAR, PERP, THETA, TAU), (THRESHOLD, GAIN, PENALTY)
PAPER, OURS = "arXiv 2605.01844", "reconstructed"


def _where_active(form: ClosedForm) -> Callable[..., float]:
    """The form, or inf where the sample is never active, or stays so for good."""

    def value(theta: float, phi: float, T: float, g: float, rho: float) -> float:
        found = form(theta=theta, phi=phi, T=T, g=g, rho=rho)
        forever = form is axis_gated.RELEASE_STRENGTH and math.cos(phi) >= 0
        return found if math.isfinite(found) and found > 0 and not forever else math.inf

    return value


def _where_below(form: ClosedForm, smaller: str, larger: str) -> Callable[..., Any]:
    """The form, for inputs of which one is below another."""

    def value(digits: int | None = None, **inputs: Any) -> Any:
        if inputs[smaller] >= inputs[larger]:
            least, most = (f"{name} = {float(inputs[name]):g}" for name in (smaller, larger))
            raise ValueError(f"{least}: must be below {most}")
        return form(**inputs) if digits is None else form.exact(digits, **inputs)

    return value


def _of_concept(values: Callable[[np.ndarray], np.ndarray]) -> Callable[..., float]:
    """One concept's among the values [N] of a dictionary."""
    return lambda directions, concept: float(values(directions)[_one(concept, directions)])


def _one(concept: int, columns: np.ndarray) -> int:
    count = columns.shape[1]
    if concept >= count:
        raise ValueError(f"concept = {concept}; allowed: 0 to {count - 1}, one of the {count} given")
    return concept


def _normal_share(contributions: np.ndarray) -> float:
    """Share of sum |v_i|^2 that lies off the axis."""
    return float((decomposition.decompose(contributions)[1] ** 2).sum() / (contributions**2).sum())


def _sector_centre(contributions: np.ndarray, concept: int) -> np.ndarray:
    normal = decomposition.decompose(contributions)[1]
    column = normal[:, _one(concept, contributions)]
    if np.linalg.norm(column) <= 1e-12 * np.linalg.norm(contributions):
        raise ValueError(f"concept = {concept}: its contribution lies on the axis, so that it has no sector")
    return beta_criterion.sector_centre(normal, concept)


def _form(form: ClosedForm, *arguments: Argument) -> Quantity:
    return Quantity(function=form, arguments=arguments, source=OURS)


def _length(form: ClosedForm, where_none: str) -> Quantity:
    return Quantity(
        function=_where_active(form),
        arguments=(GATED_THETA, PHASE, *GATE),
        source=OURS,
        remark=lambda value: where_none if math.isinf(value) else None,
    )


QUANTITIES = {
    "axial-coordinates": Quantity(
        function=lambda contributions: decomposition.decompose(contributions)[0],
        arguments=(CONTRIBUTIONS,),
        source=f"{PAPER}, definition of the axis",
    ),
    "normal-share": Quantity(function=_normal_share, arguments=(CONTRIBUTIONS,), source=OURS),
    "balance-energy": _form(decomposition.AXIAL_SHARE, COUNT, DIMENSION),
    "effect": _form(sectors.EFFECT, PAR, PERP, THETA, PHASE),
    "sector-half-width": _form(sectors.HALF_WIDTH, *SECTOR),
    "success": _form(sectors.SUCCESS, *SECTOR, NORMAL),
    "effect-variance": _form(sectors.MEAN_SQUARED_ERROR, PERP, THETA, NORMAL, SAMPLES),
    "sector-centre": Quantity(function=_sector_centre, arguments=(CONTRIBUTIONS, CONCEPT), source=OURS),
    "minimal-strength": _length(axis_gated.MINIMAL_STRENGTH, "no length activates this phase"),
    "release-strength": _length(axis_gated.RELEASE_STRENGTH, "no such length"),
    "never-share": _form(axis_gated.NEVER_SHARE, GATED_THETA, *GATE),
    "activation": _form(axis_gated.ACTIVATION, STRENGTH, GATED_THETA, *GATE),
    "crossing": _form(axis_gated.CROSSING, GATED_THETA, THRESHOLD),
    "collapse-strength": _form(
        axis_gated.COLLAPSE,
        GATED_THETA,
        PENALTY,
        Argument("R", "normal length at which the output collapses", positive),
    ),
    "best-angle": _form(axis_gated.BEST_ANGLE, STRENGTH, GAIN, PENALTY),
    "peak-angle": Quantity(
        function=_where_below(angle_law.PEAK_ANGLE, "m", "k"), arguments=EXPONENTS, source=PAPER, multiprecise=True
    ),
    "peak-height": Quantity(
        function=_where_below(angle_law.PEAK_HEIGHT, "m", "k"), arguments=EXPONENTS, source=OURS, multiprecise=True
    ),
    "leverage": Quantity(function=_of_concept(identifiability.leverages), arguments=(DICTIONARY, CONCEPT), source=OURS),
    "mean-leverage": _form(identifiability.MEAN_LEVERAGE, DIMENSION, COUNT),
    "sign-accuracy": Quantity(
        function=_of_concept(identifiability.sign_accuracies), arguments=(DICTIONARY, CONCEPT), source=OURS
    ),
    "mean-sign-accuracy": _form(identifiability.MEAN_SIGN_ACCURACY, DIMENSION, COUNT),
    "welch-bound": _form(interference.WELCH, COUNT, DIMENSION),
    "coherence": Quantity(function=interference.coherence, arguments=(DICTIONARY,), source=OURS),
    "diffmean-cosine": _form(diffmean.COSINE, SIGNAL, Argument("M", "samples averaged", integer(1), 100)),
    "pair-cosine": _form(diffmean.PAIR_COSINE, SIGNAL),
    "pair-correlation": _form(pairs.PAIR_CORRELATION, DIMENSION),
    "copied-rejection": _form(
        pairs.COPIED_REJECTION,
        Argument("k", "samples that share a concept's value", integer(1)),
        Argument("rho_x", "intra-class correlation of the other variable", probability),
        Argument("z", "critical value", nonnegative, 1.959963984540054),
    ),
    "divided-correlation": _form(
        normalisation.CORRELATION, *LENGTHS, Argument("q", "noise over the angle's effect, variances", positive)
    ),
    "divided-efficiency": _form(normalisation.EFFICIENCY, *LENGTHS),
    "shortest-share": _form(
        normalisation.SHORTEST, *LENGTHS, Argument("share", "share of the samples, the shortest", interval(0, 1), 0.1)
    ),
    "pc1-turn": Quantity(function=principal_plane.mean_squared_turn, arguments=(SPECTRUM,), source=OURS),
    "helix-chance": Quantity(
        function=_where_below(helix.CHANCE, "k", "n"),
        arguments=(Argument("n", "points", integer(3)), Argument("k", "predictors", integer(1))),
        source=OURS,
        multiprecise=True,
    ),
}
