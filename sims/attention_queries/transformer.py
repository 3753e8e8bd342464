"""Two learners of a one-layer Transformer T(X) = F(attended), F a bias-free ReLU network: attention first, through the
odd part (arXiv 2601.16873), and the network first (reconstructed)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Float

from corollary.sims.attention_queries.oracle import NotLearned, Oracle, antisymmetric, pair
from corollary.sims.attention_queries.relu_network import ReluNetwork, learn_relu
from corollary.sims.attention_queries.single_head import learn_exactly, logit

DIRECTIONS_DRAWN = 64
"""Directions drawn for one column at a time; the usable ones among them are kept."""

LEAST_CHANGE, LEAST_SLOPE = 0.3, 0.1
CHOICE = 3
"""Usable directions collected for each one used."""

ROUNDS_AT_MOST = 40


class NotShown(NotLearned):
    """No draw of the directions shows the attention weight plainly enough."""


@dataclass(frozen=True)
class Transformer:
    """A recovered one-layer Transformer. W: [d, d]. network: F."""

    W: np.ndarray
    network: ReluNetwork

    def __call__(self, X: Float[np.ndarray, "queries tokens d"]) -> Float[np.ndarray, " queries"]:
        """T(X)."""
        scores = np.einsum("qtd,de,qe->qt", X, self.W, X[:, -1], optimize=True)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        return self.network(np.einsum("qt,qtd->qd", weights, X))


def learn_attention_first(oracle: Oracle, rng: np.random.Generator) -> Transformer:
    """Recovers T: T(X) - T(-X) is a single head with v = A^T o, then sequences of one token show F. Asks
    2 (d^2 + d) queries and those of the network learner.

    Raises ValueError when A^T o = 0, where the odd part is zero and this route is blind.
    """
    try:
        head = learn_exactly(Oracle(antisymmetric(oracle)))
    except ValueError:
        message = "A^T o = 0: T(X) - T(-X) is 0 for every X; allowed: A^T o != 0, or learn_network_first"
        raise ValueError(message) from None
    return Transformer(head.W, _learn_network(oracle, rng))


def learn_network_first(oracle: Oracle, rng: np.random.Generator) -> Transformer:
    """Recovers T, A^T o = 0 included: with F known, T([u + b ; b]) = F(b + alpha u) gives the attention weight alpha.
    Asks d^2 queries and those of the network learner.

    Raises NotShown when too few directions show alpha plainly enough.
    """
    network = _learn_network(oracle, rng)
    d = oracle.width
    columns = np.empty((d, d))
    for j, b in enumerate(np.eye(d)):
        U = _telling_directions(network, b, rng)
        answers = oracle(pair(U, np.broadcast_to(b, U.shape)))
        columns[:, j] = np.linalg.solve(U, logit(_invert(network, b, U, answers)))
    return Transformer(columns, network)


def _learn_network(oracle: Oracle, rng: np.random.Generator) -> ReluNetwork:
    return learn_relu(lambda points: oracle(points[:, None, :]), oracle.width, rng)


def _telling_directions(network: ReluNetwork, b: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """d directions u [d, d] along which F(b + alpha u) is strictly monotone for alpha in [0, 1], read off the learned F
    without a query, and as independent as the draws allow."""
    d = len(b)
    kept = np.empty((0, d))
    for _ in range(ROUNDS_AT_MOST):
        U = rng.standard_normal((DIRECTIONS_DRAWN, d))
        slopes = _slopes(network, b, U)
        change = network(b + U) - network(np.broadcast_to(b, U.shape))
        least = (slopes * np.sign(change)[:, None]).min(axis=1)
        plain = (np.abs(change) >= LEAST_CHANGE) & (least >= LEAST_SLOPE * np.abs(change))
        kept = np.vstack([kept, U[plain]])
        if len(kept) >= CHOICE * d:
            return kept[scipy.linalg.qr(kept.T, mode="r", pivoting=True)[1][:d]]
    raise NotShown(f"only {len(kept)} of {CHOICE * d} directions show the attention weight; F changes too little")


def _slopes(network: ReluNetwork, b: np.ndarray, U: np.ndarray) -> np.ndarray:
    """The slopes of alpha -> F(b + alpha u) on each of its linear pieces in [0, 1], [directions, pieces]."""
    along, start = U @ network.jumps.T, network.jumps @ b
    with np.errstate(divide="ignore", invalid="ignore"):
        bends = np.clip(np.nan_to_num(-start / along), 0.0, 1.0)
    ends = np.sort(np.hstack([np.zeros((len(U), 1)), bends, np.ones((len(U), 1))]), axis=1)
    middle = (ends[:, 1:] + ends[:, :-1]) / 2
    sides = np.sign(start + middle[:, :, None] * along[:, None, :])
    return 0.5 * ((U @ network.linear)[:, None] + np.einsum("npk,nk,k->np", sides, along, network.signs))


def _invert(network: ReluNetwork, b: np.ndarray, U: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """alpha [directions] with F(b + alpha u) = answer, by bisection to the last bit."""
    low, high = np.zeros(len(U)), np.ones(len(U))
    rising = network(b + U) > network(b + 0 * U)
    for _ in range(60):
        middle = (low + high) / 2
        above = (network(b + middle[:, None] * U) > answers) == rising
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2
