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
from scipy.special import logsumexp, xlogy


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


def turning_distance(beliefs: np.ndarray, beta: np.ndarray) -> float:
    """The least total variation from the log pool at which some agent's gain can vanish, min_i Delta_i / osc l_i; 0
    when not every agent gains (reconstructed)."""
    logs = np.log(beliefs)
    gains = gain(beliefs, pool(beliefs, beta))
    return float(max(0.0, np.min(gains / (logs.max(-1) - logs.min(-1)))))


def safe_divergence(beliefs: np.ndarray, beta: np.ndarray) -> float:
    """The largest kappa such that every Q with KL(P || Q) < kappa keeps all gains positive by Pinsker's inequality:
    2 TV**2 with the `turning_distance` TV; 0 when not every agent gains (reconstructed)."""
    return 2 * turning_distance(beliefs, beta) ** 2
