"""What the gate does to the penalised loss: by fitting every support, and one iteration at a time."""

from __future__ import annotations

from typing import TypedDict

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float

from corollary.sims.grokking import sfm
from corollary.sims.grokking.sfm_design import drawn_target, full_design


class Start(TypedDict):
    """truth, weights: [2, p, p], real and imaginary parts of a target's modes and of the weights; eta, beta: scalars
    without bounds, see `fall`."""

    truth: Array
    weights: Array
    eta: Array
    beta: Array


P, N = 5, 12
"""The modulus, and the number of train pairs, of `fall`."""


def best_support(seed: int, beta: float) -> Float[Array, "k l"]:
    """The support of the penalised loss's global minimiser on the full grid of p = 3, for `drawn_target`: all 512 are
    fitted."""
    return _best_support(jnp.asarray(drawn_target(seed, 3)), jnp.asarray(beta))


@jax.jit
def _best_support(target: Complex[Array, "u v"], beta: Array) -> Float[Array, "k l"]:
    p = target.shape[0]
    rows = full_design(p)
    supports = jnp.asarray((np.arange(2 ** (p * p))[:, None] >> np.arange(p * p)) & 1, jnp.float64)

    def cost(support: Array) -> Array:
        fit = jnp.linalg.lstsq(rows * support, target.ravel())[0]
        residual = target.ravel() - rows * support @ fit
        return 0.5 * jnp.sum(jnp.abs(residual) ** 2) + beta * jnp.log(p * p) * support.sum()

    return supports[jnp.argmin(jax.vmap(cost)(supports))].reshape(p, p)


def smallest_kept(n: int, beta: float, eta: float, points: int = 4001) -> float:
    """The weight from which the proximal map of the penalty over n keeps a mode: by bisection, its objective least over
    a grid of what the mode may become."""
    share = np.linspace(0, 2, points)
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        objective = (share * middle - middle) ** 2 / (2 * eta) + beta * np.log(n) / n * (share > 0)
        low, high = (middle, high) if objective.argmin() == 0 else (low, middle)
    return (low + high) / 2


def draw(key: Array) -> Start:
    """Standard normal modes and weights, and an eta of twice the spread. Consumes the key."""
    truth, weights, eta, beta = jax.random.split(key, 4)
    return {
        "truth": jax.random.normal(truth, (2, P, P), jnp.float64),
        "weights": jax.random.normal(weights, (2, P, P), jnp.float64),
        "eta": 2 * jax.random.normal(eta, dtype=jnp.float64),
        "beta": jax.random.normal(beta, dtype=jnp.float64),
    }


def step_and_penalty(start: Start, largest: float = 1.0) -> tuple[Array, Array]:
    """(eta, beta): a step below `largest` alpha, and a penalty above 0."""
    return largest * jax.nn.sigmoid(start["eta"]) * N / P**2, jnp.exp(start["beta"])


def fall(start: Start, eta: Array, tau: Array, beta: Array) -> Float[Array, ""]:
    """By what share an iteration with step eta and threshold tau lowers the penalised loss at beta, N pairs of P^2
    trained on."""
    mask = jnp.arange(P * P).reshape(P, P) * 7 % (P * P) < N
    target, weights = sfm.outputs(_complex(start["truth"])), _complex(start["weights"])
    before = sfm.objective(weights, target, mask, beta)
    after = sfm.objective(sfm.iterate(weights, target, mask, eta, tau), target, mask, beta)
    return (before - after) / before


def _complex(pair: Float[Array, "2 k l"]) -> Complex[Array, "1 k l"]:
    return (pair[0] + 1j * pair[1])[None]
