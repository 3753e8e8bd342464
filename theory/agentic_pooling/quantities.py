"""What can be evaluated by name: `corollary evaluate agentic-pooling/<quantity> name=value ...`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from corollary import Argument, Quantity
from corollary.formulas.quantity import Domain, integer, interval, nonnegative, numbers, positive, simplex, simplex_rows
from corollary.theory.agentic_pooling import near_disjoint, pooling, regions, splits, suppression, symmetric, tilts
from corollary.theory.agentic_pooling import weights as moved

Number = float | Fraction
Weights = np.ndarray | None


def _normalized(domain: Domain) -> Domain:
    """Its distributions, of sum 1 to the last bit."""

    def check(value: Any) -> np.ndarray:
        masses = domain.check(value)
        return masses / masses.sum(-1, keepdims=True)

    return Domain(domain.says, check, domain.shape)


def _mask(value: Any) -> np.ndarray:
    mask = np.asarray(value)
    if mask.ndim != 1 or not np.isin(mask, (0, 1)).all() or mask.all() or not mask.any():
        raise ValueError
    return mask.astype(bool)


def _weights(dimension: str) -> Domain:
    return _normalized(simplex(dimension, positive=True))


AGENTS = Argument(
    "agents", "the agents' beliefs, one row each", _normalized(simplex_rows("n", "K", positive=True)), aliases=("Ps",)
)
WEIGHTS = Argument("weights", "pooling weights; None: equal", _weights("n"), None, ("beta",))
POOL = Argument(
    "pool", "the pool, one probability an outcome", _normalized(simplex("K", positive=True)), aliases=("P",)
)
EVENT = Argument(
    "event", "1 for outcomes in the event, else 0", Domain("0s and 1s, some of each", _mask, ("K",)), aliases=("A",)
)
SIZE = {"outcomes": "K", "agents": "n"}


def _count(name: str) -> Argument:
    return Argument(name, f"number of {name}", integer(2), aliases=(SIZE[name],))


def _equal(beta: Weights, agents: np.ndarray) -> np.ndarray:
    return np.full(len(agents), 1 / len(agents)) if beta is None else beta


def _pool(agents: np.ndarray, weights: Weights) -> np.ndarray:
    return pooling.pool(agents, _equal(weights, agents))


def _linear_deficit(agents: np.ndarray, weights: Weights) -> float:
    return -pooling.mixed_gain(agents, _equal(weights, agents))


def _safe_divergence(agents: np.ndarray, weights: Weights) -> float:
    return pooling.safe_divergence(agents, _equal(weights, agents))


def _symmetric_gain(a: Number, d: Number, digits: int | None = None) -> Any:
    if a + d >= 1:
        raise ValueError(f"a + d = {float(a + d):g}; allowed: below 1")
    return symmetric.GAIN(a=a, d=d) if digits is None else symmetric.GAIN.exact(digits, a=a, d=d)


def _sufficient_mass(weights: np.ndarray) -> Any:
    if len(weights) < 2:
        raise ValueError(f"weights = {weights.tolist()}; allowed: those of at least 2 agents")
    return near_disjoint.sufficient_mass(weights)


def _shift_constant(agents: np.ndarray, weights: Weights, change: np.ndarray) -> float:
    start = _equal(weights, agents)
    if abs(change.sum()) > 1e-12 or (start + change <= 0).any():
        raise ValueError(f"change = {change.tolist()}; allowed: numbers of sum 0 that leave the weights > 0")
    return moved.weight_shift(agents, start, change).constant


def _unanimity(outcomes: int, agents: int, concentration: float, weights: Weights) -> float:
    return regions.unanimity(outcomes, agents, concentration, None if weights is None else tuple(weights.tolist()))


QUANTITIES = {
    "gains": Quantity(
        function=lambda agents, weights: pooling.gain(agents, _pool(agents, weights)),
        arguments=(AGENTS, WEIGHTS),
        source="arXiv 2509.06701, section 2",
    ),
    "pool": Quantity(function=_pool, arguments=(AGENTS, WEIGHTS), source="arXiv 2509.06701, section 2"),
    "linear-deficit": Quantity(
        function=_linear_deficit, arguments=(AGENTS, WEIGHTS), source="arXiv 2509.06701, Thm 37"
    ),
    "safe-divergence": Quantity(function=_safe_divergence, arguments=(AGENTS, WEIGHTS), source="reconstructed"),
    "symmetric-gain": Quantity(
        function=_symmetric_gain,
        arguments=(
            Argument("a", "mass of an agent's second outcome", interval(0, 1)),
            Argument("d", "mass of the other agent's second outcome", interval(0, 1)),
        ),
        source="reconstructed",
        multiprecise=True,
    ),
    "largest-gain": Quantity(
        function=symmetric.largest_gain, arguments=(_count("outcomes"), _count("agents")), source="reconstructed"
    ),
    "floor-loss": Quantity(
        function=symmetric.FLOOR_LOSS,
        arguments=(Argument("d", "floor under all probabilities", interval(0, 0.1)),),
        source="reconstructed",
    ),
    "critical-floor": Quantity(
        function=symmetric.critical_floor,
        arguments=(Argument("a", "mass of the second outcome", interval(0, 1)),),
        source="reconstructed",
    ),
    "sufficient-mass": Quantity(
        function=_sufficient_mass,
        arguments=(Argument("weights", "pooling weights", _weights("n"), aliases=("beta",)),),
        source="reconstructed",
    ),
    "tilt-gain": Quantity(
        function=tilts.SYMMETRIC_GAIN,
        arguments=(
            Argument("p", "each rare outcome's probability", interval(0, 0.5)),
            Argument("eps", "size of the tilt", nonnegative),
        ),
        source="reconstructed",
    ),
    "tilt-curvature": Quantity(function=tilts.least_curvature, arguments=(POOL,), source="reconstructed"),
    "power-gain": Quantity(
        function=splits.FIRST_GAIN,
        arguments=(
            *(Argument(f"p{i}", f"P_1 of outcome {i}", positive) for i in (1, 2, 3)),
            Argument("t", "exponent of the pool", positive, 1.5),
        ),
        source="arXiv 2509.06701, Thm 46",
    ),
    "shift-constant": Quantity(
        function=_shift_constant,
        arguments=(AGENTS, WEIGHTS, Argument("change", "change of each weight, of sum 0", numbers("n"))),
        source="arXiv 2509.06701, Thm 18",
    ),
    "shattering-gain": Quantity(
        function=suppression.SHATTERING_GAIN,
        arguments=(
            Argument("b", "||Proj_S0 g_A||", nonnegative),
            Argument("c", "|<g_A, u>| / ||u||", nonnegative),
            Argument("eps", "budget on ||d log P||", nonnegative, 1.0),
        ),
        source="arXiv 2509.06701, Thm 75",
    ),
    "suppression-ceiling": Quantity(function=suppression.ceiling, arguments=(POOL, EVENT), source="reconstructed"),
    "unanimity-volume": Quantity(
        function=_unanimity,
        arguments=(
            _count("outcomes"),
            _count("agents"),
            Argument("concentration", "of the Dirichlet", positive, 1.0, ("c",)),
            Argument("weights", "pooling weights; None: equal", _weights("agents"), None, ("beta",)),
        ),
        source="reconstructed",
    ),
}
