"""What can be evaluated by name: `corollary evaluate agentic-pooling/<quantity> name=value ...`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from corollary import Argument, Quantity
from corollary.formulas.quantity import Domain, integer, nonnegative, positive
from corollary.theory.agentic_pooling import (
    distributions,
    near_disjoint,
    power_family,
    suppression,
    symmetric,
    tilts,
    volumes,
    weight_changes,
)


def _weights(value: Any) -> np.ndarray:
    return distributions.weights(value, np.size(value))


def _below(limit: float) -> Domain:
    def check(value: Any) -> float:
        found = positive.check(value)
        if found >= limit:
            raise ValueError
        return found

    return Domain(f"a number in (0, {limit:g})", check)


def _mask(value: Any) -> np.ndarray:
    found = np.asarray(value)
    if found.ndim != 1 or not np.isin(found, (0, 1)).all() or found.all() or not found.any():
        raise ValueError
    return found.astype(bool)


def _vector(value: Any) -> np.ndarray:
    found = np.asarray(value, dtype=float)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise ValueError
    return found


_distribution = Domain("probabilities > 0 of sum 1", distributions.distribution, ("K",))
_agents = Domain("rows of probabilities > 0 of sum 1", distributions.agents, ("n", "K"))
_simplex_weights = Domain("weights > 0 of sum 1, one an agent", _weights, ("n",))
_event = Domain("0s and 1s, some of each", _mask, ("K",))

AGENTS = Argument("agents", "the agents' beliefs, one row each", _agents, aliases=("Ps",))
WEIGHTS = Argument("weights", "pooling weights; None: equal", _simplex_weights, None, ("beta",))
POOL = Argument("pool", "the pool, one probability an outcome", _distribution, aliases=("P",))


def _equal(weights: np.ndarray | None, agents: np.ndarray) -> np.ndarray:
    return np.full(len(agents), 1 / len(agents)) if weights is None else weights


def _gains(agents: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return distributions.gain(agents, distributions.pool(agents, _equal(weights, agents)))


def _symmetric_gain(a: float, d: float, digits: int | None = None) -> Any:
    if float(a) + float(d) >= 1:
        raise ValueError(f"a + d = {float(a) + float(d):g}; allowed: below 1")
    return symmetric.GAIN(a=a, d=d) if digits is None else symmetric.GAIN.exact(digits, a=a, d=d)


def _form(form: Any) -> Callable[..., Any]:
    def value(digits: int | None = None, **inputs: Any) -> Any:
        return form(**inputs) if digits is None else form.exact(digits, **inputs)

    return value


def _tilt_gain(p: float, eps: float, digits: int | None = None) -> Any:
    return _form(tilts.SYMMETRIC_GAIN)(digits, p=p, eps=eps)


def _weight_shift_constant(agents: np.ndarray, weights: np.ndarray | None, change: np.ndarray) -> float:
    start = _equal(weights, agents)
    if change.shape != start.shape or abs(change.sum()) > 1e-12 or (start + change <= 0).any():
        raise ValueError(f"change = {change.tolist()}; allowed: one number an agent, of sum 0, leaving weights > 0")
    return weight_changes.weight_shift(agents, start, change).constant


_LIST = (
    Quantity(
        "gains",
        _gains,
        (AGENTS, WEIGHTS),
        "what each agent gains from the log pool, in nats",
        "arXiv 2509.06701, section 2",
    ),
    Quantity(
        "pool",
        lambda agents, weights: distributions.pool(agents, _equal(weights, agents)),
        (AGENTS, WEIGHTS),
        "the log pool of the agents",
        "arXiv 2509.06701, section 2",
    ),
    Quantity(
        "linear-deficit",
        lambda agents, weights: -distributions.mixed_gain(agents, _equal(weights, agents)),
        (AGENTS, WEIGHTS),
        "what the agents lose, weighted, from their linear pool",
        "arXiv 2509.06701, Thm 37",
    ),
    Quantity(
        "safe-divergence",
        lambda agents, weights: distributions.safe_divergence(agents, _equal(weights, agents)),
        (AGENTS, WEIGHTS),
        "KL(P || Q) below which every Q keeps all gains positive; 0 if some agent loses",
        "reconstructed",
    ),
    Quantity(
        "symmetric-gain",
        _symmetric_gain,
        (
            Argument("a", "mass of an agent's second outcome", _below(1)),
            Argument("d", "mass of the other agent's second outcome", _below(1)),
        ),
        "gain of both agents of the symmetric pair, in nats",
        "reconstructed",
        multiprecise=True,
    ),
    Quantity(
        "largest-gain",
        symmetric.largest_gain,
        (
            Argument("outcomes", "number of outcomes", integer(2), aliases=("K",)),
            Argument("agents", "number of agents", integer(2), aliases=("n",)),
        ),
        "the least gain that a group can come near, W(m / e); as an upper bound a conjecture",
        "reconstructed",
    ),
    Quantity(
        "floor-loss",
        _form(symmetric.FLOOR_LOSS),
        (Argument("d", "floor under all probabilities", _below(0.1)),),
        "W(1/e) less the best symmetric gain above that floor, leading order",
        "reconstructed",
        multiprecise=True,
    ),
    Quantity(
        "critical-floor",
        symmetric.critical_floor,
        (Argument("a", "mass of the second outcome", _below(1)),),
        "the d below which the symmetric pair gains",
        "reconstructed",
        remark=lambda value: "the gain has one sign for every d < a" if math.isnan(value) else None,
    ),
    Quantity(
        "sufficient-mass",
        near_disjoint.sufficient_mass,
        (Argument("weights", "pooling weights", _simplex_weights, aliases=("beta",)),),
        "an eps below which the near-disjoint agents are unanimous",
        "reconstructed",
    ),
    Quantity(
        "tilt-gain",
        _tilt_gain,
        (
            Argument("p", "each rare outcome's probability", _below(0.5)),
            Argument("eps", "size of the tilt", nonnegative),
        ),
        "gain of both opposite tilts of (1 - 2p, p, p), second order",
        "reconstructed",
        multiprecise=True,
    ),
    Quantity(
        "tilt-curvature",
        tilts.least_curvature,
        (POOL,),
        "least curvature over tilts uncorrelated with log P; below 0, small tilts can be unanimous",
        "reconstructed",
    ),
    Quantity(
        "power-gain",
        _form(power_family.FIRST_GAIN),
        (
            Argument("p1", "P_1 of outcome 1", positive),
            Argument("p2", "P_1 of outcome 2", positive),
            Argument("p3", "P_1 of outcome 3", positive),
            Argument("t", "exponent of the pool", positive, 1.5),
        ),
        "gain of the flatter agent of the power family",
        "arXiv 2509.06701, Thm 46",
        multiprecise=True,
    ),
    Quantity(
        "shift-constant",
        _weight_shift_constant,
        (
            AGENTS,
            WEIGHTS,
            Argument("change", "change of each weight, of sum 0", Domain("one number an agent", _vector, ("n",))),
        ),
        "KL(P || P') when the weights change",
        "arXiv 2509.06701, Thm 18",
    ),
    Quantity(
        "shattering-gain",
        _form(suppression.SHATTERING_GAIN),
        (
            Argument("b", "||Proj_S0 g_A||", nonnegative),
            Argument("c", "|<g_A, u>| / ||u||", nonnegative),
            Argument("eps", "budget on ||d log P||", nonnegative, 1.0),
        ),
        "what one more direction adds to the first-order suppression of P(A)",
        "arXiv 2509.06701, Thm 75",
        multiprecise=True,
    ),
    Quantity(
        "suppression-ceiling",
        suppression.ceiling,
        (POOL, Argument("event", "1 for outcomes in the event, else 0", _event, aliases=("A",))),
        "the most that any direction can suppress P(A), in units of the budget",
        "reconstructed",
    ),
    Quantity(
        "unanimity-volume",
        volumes.unanimity,
        (
            Argument("outcomes", "number of outcomes", integer(2), aliases=("K",)),
            Argument("agents", "number of agents", integer(2), aliases=("n",)),
            Argument("concentration", "of the Dirichlet", positive, 1.0, ("c",)),
        ),
        "probability that equally weighted Dirichlet agents are unanimous, to about 1%",
        "reconstructed",
    ),
)
QUANTITIES = {quantity.name: quantity for quantity in _LIST}
