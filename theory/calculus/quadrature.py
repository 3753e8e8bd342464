"""Nodes and weights for expectations over a standard Gaussian vector or a chi-squared variable."""

from __future__ import annotations

import functools
import itertools

import numpy as np

TENSOR_NODES = {1: 80, 2: 60, 3: 30, 4: 18}
SOBOL_LOG2 = 14
SOBOL_SEED = 20251101


@functools.lru_cache(maxsize=8)
def gaussian_nodes(dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes [count, dimension] and weights [count] for smooth functions of z ~ N(0, I).

    Up to 4 dimensions a tensor Gauss-Hermite rule (even, so that 0 is no node); above, a scrambled Sobol
    set of fixed seed with equal weights, of relative accuracy about 1e-4 for the integrands here.
    """
    if dimension in TENSOR_NODES:
        nodes, weights = np.polynomial.hermite_e.hermegauss(TENSOR_NODES[dimension])
        weights = weights / weights.sum()
        grid = np.stack(np.meshgrid(*[nodes] * dimension, indexing="ij"), -1).reshape(-1, dimension)
        return grid, np.prod(np.stack(np.meshgrid(*[weights] * dimension, indexing="ij"), -1), -1).ravel()
    from scipy.special import ndtri
    from scipy.stats import qmc

    uniform = qmc.Sobol(dimension, seed=SOBOL_SEED).random_base2(SOBOL_LOG2)
    half = ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))
    nodes = np.concatenate([half, -half])
    return nodes, np.full(len(nodes), 1 / len(nodes))


def degree_five_nodes(dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """2 d^2 + 1 nodes and weights, exact for polynomials of degree 5 or less in z ~ N(0, I) (Stroud 1971)."""
    radius = np.sqrt(dimension + 2)
    axes = np.eye(dimension)
    single = [sign * radius * axis for axis in axes for sign in (1, -1)]
    double = [
        radius / np.sqrt(2) * (first * axes[i] + second * axes[j])
        for i, j in itertools.combinations(range(dimension), 2)
        for first, second in itertools.product((1, -1), repeat=2)
    ]
    weight = 1 / (dimension + 2) ** 2
    weights = [2 / (dimension + 2), *[(4 - dimension) / 2 * weight] * len(single), *[weight] * len(double)]
    return np.array([np.zeros(dimension), *single, *double]), np.array(weights)


@functools.lru_cache(maxsize=64)
def chi_squared_nodes(degrees: int, count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights [count] for functions of a chi-squared variable (generalised Gauss-Laguerre)."""
    from scipy.linalg import eigh_tridiagonal

    order = degrees / 2 - 1
    index = np.arange(count)
    off_diagonal = np.sqrt(index[1:] * (index[1:] + order))
    nodes, vectors = eigh_tridiagonal(2 * index + order + 1, off_diagonal)
    return 2 * nodes, vectors[0] ** 2
