"""What progress measures must report of logits that are waves in answer minus class."""

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy.special import logsumexp

from corollary import ClosedForm

strong, weak = sp.symbols("strong weak", integer=True, positive=True)
key, others = sp.MatrixSymbol("key", strong, 1), sp.MatrixSymbol("others", weak, 1)
_KEY, _OTHERS = sp.Trace(sp.OneMatrix(1, strong) * key), sp.Trace(sp.OneMatrix(1, weak) * others)

VARIANCE_EXPLAINED = ClosedForm(
    _KEY / (_KEY + _OTHERS), meanings={"key": "powers of the strong waves", "others": "powers of the weak ones"}
)
"""The share of the logits' variance that the strong waves explain: waves of distinct frequencies are orthogonal."""


def wave_loss(p: int, powers: np.ndarray, frequencies: np.ndarray) -> float:
    """Cross-entropy, in nats, of logits sum_k sqrt(P_k) cos(2 pi k (answer - class) / p): the same at every input."""
    gaps = 2 * np.pi * np.outer(np.arange(p), frequencies) / p
    logits = np.cos(gaps) @ np.sqrt(powers)
    return float(logsumexp(logits) - logits[0])
