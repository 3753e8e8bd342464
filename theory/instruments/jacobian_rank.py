"""Learning coefficients of quadratic networks on the table of a modular operation, at smooth points: half the rank of
the Jacobian over all p^2 inputs. Output class c at (a, b) is sum_j W_jc (U_aj + V_bj)^2."""

from __future__ import annotations

import numpy as np
import sympy as sp

from corollary import ClosedForm

PRIME = 2**31 - 1
"""Ranks are taken modulo this prime at random weights: never above the generic rank, below it with odds of 1e-7."""


p, neurons = sp.symbols("p neurons", integer=True, positive=True)

MEANINGS = {"p": "the modulus", "neurons": "hidden width"}
RANK = ClosedForm(neurons * (3 * p - 2), meanings=MEANINGS)
"""Rank of the Jacobian in U, V and W at generic weights: of its 3p parameters a neuron loses two, one to rescaling and
one to moving a constant from U to V, as every input has one token of each kind. Holds below p^3. Reconstructed."""

READOUT_RANK = ClosedForm(p * neurons, meanings=MEANINGS)
"""Rank of the Jacobian in W alone, for at most p^2 neurons: p times that of the feature matrix."""

COEFFICIENT = ClosedForm(RANK.expression / 2, meanings=MEANINGS)
"""The learning coefficient at a point where the rank is locally constant."""


def generic_rank(p: int, neurons: int) -> int:
    """`RANK`. Raises ValueError from p^3 on, where the outputs run out."""
    rank = round(RANK(p=p, neurons=neurons))
    if rank >= p**3:
        raise ValueError(f"neurons={neurons} with p={p}; allowed: neurons (3 p - 2) < p^3 = {p**3}")
    return rank


def exact_rank(p: int, neurons: int, seed: int = 0) -> int:
    """The rank of the full Jacobian at random integer weights, by elimination in modular arithmetic."""
    rng = np.random.default_rng(seed)
    U, V = rng.integers(1, PRIME, (2, p, neurons))
    W = rng.integers(1, PRIME, (neurons, p))
    rows = []
    for a in range(p):
        for b in range(p):
            total = (U[a] + V[b]) % PRIME
            for c in range(p):
                through = 2 * (W[:, c] * total % PRIME) % PRIME
                row = np.zeros((3, p, neurons), dtype=np.int64)
                row[0, a], row[1, b], row[2, c] = through, through, total * total % PRIME
                rows.append(row.ravel())
    return _rank(np.array(rows))


def _rank(matrix: np.ndarray) -> int:
    rank = 0
    for column in range(matrix.shape[1]):
        nonzero = np.flatnonzero(matrix[rank:, column])
        if len(nonzero) == 0:
            continue
        pivot = rank + int(nonzero[0])
        matrix[[rank, pivot]] = matrix[[pivot, rank]]
        inverse = pow(int(matrix[rank, column]), -1, PRIME)
        matrix[rank] = matrix[rank] * inverse % PRIME
        below = matrix[rank + 1 :]
        touched = np.flatnonzero(below[:, column])
        below[touched] = (below[touched] - below[touched, column][:, None] * matrix[rank]) % PRIME
        rank += 1
        if rank == len(matrix):
            break
    return rank
