"""What can be evaluated of the singular feature machine: `corollary evaluate grokking/<quantity> name=value ...`."""

from __future__ import annotations

import math
from collections.abc import Callable

from corollary import Argument, ClosedForm, Quantity
from corollary.formulas.quantity import Domain, above, finite, integer, interval, nonnegative, one_of, positive
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


def _prime(value: object) -> int:
    found = integer(3).check(value)
    if any(found % d == 0 for d in range(2, math.isqrt(found) + 1)):
        raise ValueError
    return found


P = Argument("p", "the modulus", Domain("an odd prime", _prime), 97, ("prime", "modulus"))
ALPHA = Argument("alpha", "share of the p^2 pairs that are trained on", interval(0, 1), 0.5, ("fraction",))
BETA = Argument("beta", "weight of the penalty", positive)
BATCH = Argument("B", "what one iteration adds to the effective sample size", positive, 1.0, ("batch",))
EPS = Argument("eps", "loss a pair that generalising leaves", positive)
K = Argument("k", "number of modes", integer(0))
C = Argument("C", "bits a value", positive, sfm_description.FLOAT_BITS)
S2 = Argument("s2", "variance of the slab", positive, 1.0)
SIZE = Argument("n", "sample size", above(1))


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
    found = sfm_phases.edges(p, _pairs(p, alpha))
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


def _basins(loss_gap: float, coefficient_gap: float) -> dict[str, float] | str:
    found = sfm_crossover.two_basins(loss_gap, coefficient_gap)
    return "the complex basin at every n" if found is None else {"from": found[0], "to": found[1]}


def _quantity(
    function: ClosedForm | Callable[..., object], *arguments: Argument, source: str = "", infinite: str = ""
) -> Quantity:
    """source: where it stands in the paper; reconstructed where it does not. infinite: what an infinite value means."""
    where = f"arXiv 2603.29262, {source}" if source else "reconstructed"

    def remark(value: object) -> str | None:
        values = value.values() if isinstance(value, dict) else (value,)
        return infinite if infinite and math.inf in values else None

    return Quantity(function=function, arguments=arguments, source=where, remark=remark)


QUANTITIES: dict[str, Quantity] = {
    "drift-factor": _quantity(sfm_drift.drift_factor, ALPHA, Argument("eta", "step size of the drift", positive)),
    "target-support": _quantity(
        sfm_spectra.support_size,
        P,
        Argument("operation", "what is done to u and v", one_of("add", "sub", "mul", "div"), "add"),
        Argument("encoding", "how answers are written", one_of("label", "onehot", "characters"), "onehot"),
        Argument("frequencies", "of the characters", integer(1), 5),
    ),
    "gate-threshold": _quantity(
        sfm_gate.THRESHOLD,
        SIZE,
        BETA,
        Argument("eta", "step size of the drift; 1 gives eq 6", positive, 1.0),
        source="eq 6; the step reconstructed",
    ),
    "split-energies": _quantity(_split_energies, P, ALPHA),
    "gate-survivors": _quantity(
        _survivors, P, Argument("ratio", "tau over the root mean energy of a spurious mode", positive)
    ),
    "phase-edges": _quantity(_edges, P, ALPHA),
    "time-to-generalise": _quantity(_time, P, ALPHA, BETA, BATCH, infinite="later than iteration 1e300"),
    "literal-release": _quantity(
        _release, P, ALPHA, BETA, BATCH, infinite="the threshold never reaches the spurious modes: memorised for ever"
    ),
    "crossover": _quantity(_crossings, P, BETA, EPS, source="eqs 9-10, direction corrected"),
    "paper-crossover": _quantity(
        lambda p, beta, eps: sfm_crossover.crossings(p, beta, eps)[1], P, BETA, EPS, source="eq 10"
    ),
    "interpolator-crossover": _quantity(
        sfm_crossover.interpolator_crossing, P, BETA, EPS, infinite="interpolating is cheaper up to n = p^2"
    ),
    "mode-detection": _quantity(
        sfm_crossover.detection_size, Argument("size", "squared modulus of the mode", positive), BETA
    ),
    "two-basins": _quantity(
        _basins,
        Argument("loss_gap", "loss of the simple basin less that of the complex one", nonnegative),
        Argument("coefficient_gap", "lambda of the complex basin less that of the simple one", positive),
        infinite="at equal losses the simple basin has the lower free energy at every n",
    ),
    "mode-free-energy": _quantity(
        sfm_bayes.mode_free_energy,
        SIZE,
        Argument("w0", "true weight; 0 for an absent mode", finite, 0.0),
        S2,
        Argument("prior", "prior probability that the mode is active", interval(0, 1, "high"), 0.1),
    ),
    "inclusion-threshold": _quantity(
        sfm_bayes.INCLUSION,
        SIZE,
        S2,
        Argument("prior", "prior probability that the mode is active", interval(0, 1), 0.1),
    ),
    "description-length": _quantity(sfm_description.description_length, P, K, C),
    "paper-description-length": _quantity(sfm_description.PAPER_LENGTH, P, K, C, source="eq 8"),
}
