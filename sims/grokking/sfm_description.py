"""Codes of a sparse set of weights, counted and added up mode by mode."""

from __future__ import annotations

import itertools

import numpy as np


def count_supports(modes: int, active: int) -> int:
    """How many different sets of active modes there are, by writing them down."""
    return len({frozenset(one) for one in itertools.product(range(modes), repeat=active) if len(set(one)) == active})


def coded_bits(p: int, k: int, C: float) -> float:
    """Bits of an adaptive arithmetic code that says of all p^2 modes in turn whether it is one of the k active ones,
    and then its value in C bits: a flag costs -log2 of the share of its kind among the modes still to come."""
    left, active = p * p, k
    bits = 0.0
    # Flags in any order cost the same; here all active ones come first, after which nothing is left to say.
    for _ in range(k):
        bits += np.log2(left / active) + C
        left, active = left - 1, active - 1
    return float(bits)
