"""Distributions on a finite outcome set, in NumPy float64, with what the paper builds of them.

| letter | here | meaning |
|---|---|---|
| P_i, l_i = log P_i | `agents` [agents, outcomes] | the agents' beliefs; an agent's welfare in outcome o is l_i(o) |
| beta | `weights` [agents] | pooling weights, positive, of sum 1 |
| P | `pool` [outcomes] | log pool: proportional to prod_i P_i ** beta_i |
| log Z | `log_normalizer` | log sum_o prod_i P_i(o) ** beta_i, never positive |
| Delta_i(Q) | `gain` | E_Q[l_i] - E_{P_i}[l_i]: what agent i gains, in nats, when Q takes the place of its belief |
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp, xlogy

SUM_TOLERANCE = 1e-9


def distribution(values: ArrayLike, name: str = "P") -> np.ndarray:
    """A full-support distribution [outcomes], checked and normalised to the last bit.

    Raises ValueError when it is not one: wrong shape, not finite, a zero (its log is taken), or a sum off 1.
    """
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or len(found) < 2:
        raise ValueError(f"{name} has shape {found.shape}; allowed: one probability for each of at least 2 outcomes")
    if not np.isfinite(found).all() or (found < 0).any() or abs(found.sum() - 1) > SUM_TOLERANCE:
        raise ValueError(
            f"{name} = {_shown(found)} (sum {found.sum():.10g}) is no distribution; allowed: numbers > 0 of sum 1"
        )
    if (found == 0).any():
        raise ValueError(f"{name}[{int(np.argmin(found))}] = 0; allowed: probabilities > 0, for their log is taken")
    return found / found.sum()


def agents(values: ArrayLike, name: str = "agents") -> np.ndarray:
    """Beliefs [agents, outcomes] of at least one agent. Raises ValueError naming the first bad row."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except ValueError:
        raise ValueError(f"{name} has rows of different lengths; allowed: one probability an outcome") from None
    if found.ndim != 2 or len(found) < 1:
        raise ValueError(f"{name} has shape {found.shape}; allowed: [agents, outcomes] with at least 1 agent")
    return np.stack([distribution(row, f"{name}[{i}]") for i, row in enumerate(found)])


def weights(values: ArrayLike, count: int, name: str = "weights") -> np.ndarray:
    """Pooling weights [agents]. Raises ValueError when not positive, not of sum 1, or not one an agent."""
    found = np.asarray(values, dtype=np.float64)
    if found.shape != (count,):
        raise ValueError(f"{name} has shape {found.shape}; allowed: ({count},), one weight an agent")
    if not np.isfinite(found).all() or (found <= 0).any() or abs(found.sum() - 1) > SUM_TOLERANCE:
        raise ValueError(f"{name} = {_shown(found)} (sum {found.sum():.10g}); allowed: numbers > 0 of sum 1")
    return found / found.sum()


def entropy(p: np.ndarray) -> np.ndarray:
    """Shannon entropy in nats over the last axis."""
    return -xlogy(p, p).sum(-1)


def divergence(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """KL(p || q) in nats over the last axis."""
    return (xlogy(p, p) - xlogy(p, q)).sum(-1)


def log_normalizer(beliefs: np.ndarray, beta: np.ndarray) -> float:
    """log Z of the log pool of beliefs [agents, outcomes]; at most 0, and 0 only when all agents are equal."""
    return float(logsumexp(beta @ np.log(beliefs)))


def pool(beliefs: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """The log pool [outcomes]."""
    return np.exp(beta @ np.log(beliefs) - log_normalizer(beliefs, beta))


def gain(beliefs: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Delta_i(Q) = H(P_i) - H(Q) - KL(Q || P_i), [agents] (arXiv 2509.06701, Prop. 32)."""
    return entropy(beliefs) - entropy(q) - divergence(q, beliefs)


def pooled_gain(beliefs: np.ndarray, beta: np.ndarray) -> float:
    """sum_i beta_i Delta_i of the log pool: log Z - H(P) + sum_i beta_i H(P_i) (reconstructed)."""
    return float(log_normalizer(beliefs, beta) - entropy(pool(beliefs, beta)) + beta @ entropy(beliefs))


def mixed_gain(beliefs: np.ndarray, beta: np.ndarray) -> float:
    """sum_i beta_i Delta_i of the linear pool: minus the mean Jeffreys divergence to it (arXiv 2509.06701, Thm 37)."""
    mixture = beta @ beliefs
    return float(-beta @ (divergence(beliefs, mixture) + divergence(mixture, beliefs)))


def safe_divergence(beliefs: np.ndarray, beta: np.ndarray) -> float:
    """The largest kappa such that every Q with KL(P || Q) < kappa keeps all gains positive by Pinsker's inequality:
    2 min_i (Delta_i(P) / osc l_i)**2 for the log pool P; 0 when not every agent gains (reconstructed)."""
    gains = gain(beliefs, pool(beliefs, beta))
    if (gains <= 0).any():
        return 0.0
    logs = np.log(beliefs)
    return float(2 * np.min(gains / (logs.max(-1) - logs.min(-1))) ** 2)


def _shown(values: np.ndarray) -> str:
    return " ".join(np.array2string(values, precision=4, threshold=8).split())
