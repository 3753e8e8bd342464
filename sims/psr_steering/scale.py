"""Predictions of what a prompt adds, fitted by least squares, scaled, and measured on the tokens that they were fitted
on."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

KINDS = ("constant", "affine", "relu")
TOKENS, WIDTH = 400, 5


def _drawn(seed: int) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n d"]]:
    """(stream, what the prompt adds): a gate of a direction in the stream, along another, and noise."""
    generator = np.random.default_rng(seed)
    h = generator.normal(size=(TOKENS, WIDTH)) @ generator.normal(size=(WIDTH, WIDTH))
    w, z = generator.normal(size=(2, WIDTH))
    gate = np.maximum(h @ w + generator.normal(), 0)
    return h, gate[:, None] * z + 0.7 * generator.normal(size=h.shape)


def _fitted(kind: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(prediction, what the prompt adds), [n, d] each."""
    h, delta = _drawn(seed)
    if kind == "constant":
        return np.broadcast_to(delta.mean(0), delta.shape), delta
    if kind == "affine":
        features = np.concatenate([h, np.ones((TOKENS, 1))], 1)
        return features @ np.linalg.lstsq(features, delta)[0], delta

    def best(weights: np.ndarray) -> np.ndarray:
        """The rank-one prediction with these gates and the least-squares direction."""
        gate = np.maximum(h @ weights[:-1] + weights[-1], 0)
        power = gate @ gate
        return np.outer(gate, gate @ delta / power) if power > 0 else np.zeros_like(delta)

    def lost(weights: np.ndarray) -> float:
        return float(((best(weights) - delta) ** 2).sum())

    start = np.append(np.linalg.lstsq(h, delta @ delta.mean(0))[0], 0.1)
    return best(minimize(lost, start, method="Nelder-Mead", options={"maxiter": 400}).x), delta


def relative_error(kind: str, s: float, seed: int) -> float:
    """|s P - Delta|^2 over |Delta|^2, of a fitted P."""
    predicted, delta = _fitted(kind, seed)
    return float(((s * predicted - delta) ** 2).sum() / (delta**2).sum())


def explained(kind: str, seed: int) -> float:
    """|P|^2 over |Delta|^2."""
    predicted, delta = _fitted(kind, seed)
    return float((predicted**2).sum() / (delta**2).sum())
