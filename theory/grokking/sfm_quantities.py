"""What can be evaluated of the singular feature machine: `corollary evaluate grokking/<quantity> name=value ...`."""

from __future__ import annotations

import math
from typing import Any

from corollary import Argument, Quantity
from corollary.formulas.quantity import Domain, integer, nonnegative, positive
from corollary.theory.grokking import (
    sfm_bayes,
    sfm_crossover,
    sfm_description,
    sfm_drift,
    sfm_gate,
    sfm_phases,
    sfm_spectra,
)
from corollary.theory.grokking.sfm_splits import DIAGONAL_ENERGY, OFF_ENERGY, SURVIVOR_VARIANCE, SURVIVORS


def _prime(value: Any) -> int:
    found = integer(3).check(value)
    if any(found % d == 0 for d in range(2, math.isqrt(found) + 1)):
        raise ValueError
    return found


def _inside(value: Any) -> float:
    found = positive.check(value)
    if found >= 1:
        raise ValueError
    return found


def _share(value: Any) -> float:
    found = positive.check(value)
    if found > 1:
        raise ValueError
    return found


prime = Domain("an odd prime", _prime)
inside = Domain("a number in (0, 1)", _inside)
at_most_one = Domain("a number in (0, 1]", _share)
operation = Domain("one of add, sub, mul, div", lambda value: _word(value, ("add", "sub", "mul", "div")))
encoding = Domain("one of label, onehot, characters", lambda value: _word(value, ("label", "onehot", "characters")))


def _word(value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ValueError
    return str(value)


P = Argument("p", "the modulus", prime, 97, ("prime", "modulus"))
ALPHA = Argument("alpha", "share of the p^2 pairs that are trained on", inside, 0.5, ("fraction",))
BETA = Argument("beta", "weight of the penalty", positive)
BATCH = Argument("B", "what one iteration adds to the effective sample size", positive, 1.0, ("batch",))
EPS = Argument("eps", "loss a pair that generalising leaves", positive)
C = Argument("C", "bits a value", positive, sfm_description.FLOAT_BITS)
S2 = Argument("s2", "variance of the slab", positive, 1.0)
PRIOR = Argument("prior", "prior probability that the mode is active", at_most_one, 0.1)
SIZE = Argument("n", "sample size", Domain("a number > 1", lambda value: _above_one(value)))


def _above_one(value: Any) -> float:
    found = positive.check(value)
    if found <= 1:
        raise ValueError
    return found


def _pairs(p: int, alpha: float) -> int:
    """The train pairs at a share. Raises ValueError when that is none, or all."""
    pairs = round(alpha * p**2)
    if not 0 < pairs < p**2:
        raise ValueError(f"alpha = {alpha:g}: must leave pairs of p = {p} on both sides of the split")
    return pairs


def _split_energies(p: int, alpha: float) -> dict[str, float]:
    pairs = _pairs(p, alpha)
    return {"off": OFF_ENERGY(p=p, n=pairs), "diagonal": DIAGONAL_ENERGY(p=p, n=pairs)}


def _edges(p: int, alpha: float) -> dict[str, float | bool]:
    _pairs(p, alpha)
    found = sfm_phases.edges(p, alpha)
    return {"lower": found.lower, "upper": found.upper, "window": found.window}


def _time(p: int, alpha: float, beta: float, B: float) -> float:
    return sfm_phases.time_to_generalise(p, _pairs(p, alpha), beta, B)


def _release(p: int, alpha: float, beta: float, B: float) -> float:
    return sfm_phases.release_time(p, _pairs(p, alpha), beta, B)


def _survivors(p: int, ratio: float) -> dict[str, float]:
    return {"mean": SURVIVORS(p=p, ratio=ratio), "standard deviation": math.sqrt(SURVIVOR_VARIANCE(p=p, ratio=ratio))}


def _crossings(p: int, beta: float, eps: float) -> dict[str, float]:
    first, last = sfm_crossover.crossings(p, beta, eps)
    return {"from": first, "to": last}


def _threshold(n: float, beta: float, eta: float) -> float:
    return sfm_gate.THRESHOLD(n=n, beta=beta, eta=eta)


def _support(p: int, operation: str, encoding: str, frequencies: int) -> int:
    return sfm_spectra.support_size(p, operation, encoding, frequencies)


def _basins(loss_gap: float, coefficient_gap: float) -> dict[str, float] | str:
    found = sfm_crossover.two_basins(loss_gap, coefficient_gap)
    return "the complex basin at every n" if found is None else {"from": found[0], "to": found[1]}


def _quantity(name: str, function: Any, arguments: tuple[Argument, ...], meaning: str, source: str) -> Quantity:
    return Quantity(name, function, arguments, meaning, source)


_ALL = (
    _quantity(
        "drift-factor",
        sfm_drift.drift_factor,
        (ALPHA, Argument("eta", "step size of the drift", positive)),
        "what an ungated step multiplies the train residual by",
        "reconstructed",
    ),
    _quantity(
        "target-support",
        _support,
        (
            P,
            Argument("operation", "what is done to u and v", operation, "add"),
            Argument("encoding", "how answers are written", encoding, "onehot"),
            Argument("frequencies", "of the characters", integer(1), 5),
        ),
        "modes of the target on the full grid",
        "reconstructed",
    ),
    _quantity(
        "gate-threshold",
        _threshold,
        (SIZE, BETA, Argument("eta", "step size of the drift; 1 gives eq 6", positive, 1.0)),
        "threshold that minimises the penalised loss",
        "arXiv 2603.29262, eq 6; the step reconstructed",
    ),
    _quantity(
        "split-energies",
        _split_energies,
        (P, ALPHA),
        "mean energies of a one-hot memoriser's spurious and true modes",
        "reconstructed",
    ),
    _quantity(
        "gate-survivors",
        _survivors,
        (P, Argument("ratio", "tau over the root mean energy of a spurious mode", positive)),
        "spurious modes of a single channel that pass the first gate",
        "reconstructed",
    ),
    _quantity(
        "phase-edges",
        _edges,
        (P, ALPHA),
        "betas between which a constant gate generalises, one-hot target",
        "reconstructed",
    ),
    _quantity(
        "time-to-generalise",
        _time,
        (P, ALPHA, BETA, BATCH),
        "iteration of generalisation under the rising gate, one-hot target",
        "reconstructed",
    ),
    _quantity(
        "literal-release",
        _release,
        (P, ALPHA, BETA, BATCH),
        "iteration in which eq 6's literal schedule fits and generalises at once",
        "reconstructed",
    ),
    _quantity(
        "crossover",
        _crossings,
        (P, BETA, EPS),
        "sample sizes between which generalising is cheaper, by the paper's free energies",
        "arXiv 2603.29262, eqs 9-10, direction corrected",
    ),
    _quantity(
        "paper-crossover",
        lambda p, beta, eps: sfm_crossover.crossings(p, beta, eps)[1],
        (P, BETA, EPS),
        "n* as printed; memorising is the cheaper one beyond it",
        "arXiv 2603.29262, eq 10",
    ),
    _quantity(
        "interpolator-crossover",
        sfm_crossover.interpolator_crossing,
        (P, BETA, EPS),
        "sample size from which generalising beats interpolation with n coefficients",
        "reconstructed",
    ),
    _quantity(
        "mode-detection",
        sfm_crossover.detection_size,
        (Argument("size", "squared modulus of the mode", positive), BETA),
        "sample size from which the gate keeps a mode for good",
        "reconstructed",
    ),
    _quantity(
        "two-basins",
        _basins,
        (
            Argument("loss_gap", "loss of the simple basin less that of the complex one", nonnegative),
            Argument("coefficient_gap", "lambda of the complex basin less that of the simple one", positive),
        ),
        "sample sizes between which the simple basin has the lower free energy",
        "reconstructed",
    ),
    _quantity(
        "mode-free-energy",
        sfm_bayes.mode_free_energy,
        (SIZE, Argument("w0", "true weight; 0 for an absent mode", Domain("a finite number", float), 0.0), S2, PRIOR),
        "mean spike-and-slab free energy of a mode, nats",
        "reconstructed",
    ),
    _quantity(
        "inclusion-threshold",
        sfm_bayes.inclusion_threshold,
        (SIZE, S2, Argument("prior", "prior probability that the mode is active", inside, 0.1)),
        "squared estimate from which a mode is likelier active",
        "reconstructed",
    ),
    _quantity(
        "description-length",
        sfm_description.description_length,
        (P, Argument("k", "number of modes", integer(0)), C),
        "bits of a sparse set of weights",
        "reconstructed",
    ),
    _quantity(
        "paper-description-length",
        sfm_description.paper_description_length,
        (P, Argument("k", "number of modes", integer(0)), C),
        "bits by eq 8",
        "arXiv 2603.29262, eq 8",
    ),
)

QUANTITIES = {quantity.name: quantity for quantity in _ALL}
