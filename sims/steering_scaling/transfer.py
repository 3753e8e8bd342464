"""Does the best learning rate carry over to other widths? A steering vector trained on logits 3 tanh(h + z) U / n.

All positions have the same label, the concept: one vector cannot fit mixed ones. The loss is cross-entropy plus
0.1 mean z^2, without which it saturates and its minimum is undefined.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.numerics.gaussian import normal
from corollary.sims.steering_scaling.steering import Rule, Start, rule_of, train

CLASSES, POSITIONS, STEPS, NETWORKS = 5, 16, 20, 16
SCALES = 2.0 ** np.arange(-9.0, 11.0, 0.25)
"""What both learning rates are multiplied by."""


def losses(
    n: int, optimizer: str, exponents: tuple[float, float, float, float], seed: int = 0, networks: int = 2
) -> Float[np.ndarray, " scales"]:
    """The loss after training at each of `SCALES`, averaged over networks.

    exponents: of alpha_0, v_0, eta_alpha, eta_v. Raises ValueError for n < 2 or an unknown optimizer.
    """
    return _trained(n, optimizer, exponents, seed, networks).mean(0)


def best_scale(n: int, optimizer: str, exponents: tuple[float, float, float, float], seed: int = 0) -> float:
    """The scale of least loss, as a geometric mean over networks: SGD is at its best just below where it diverges, and
    the scale that suits the networks' average loss is the one that the least stable of them bears.

    The curves have several basins, so that nothing less than the whole grid finds the lowest."""
    curves = _trained(n, optimizer, exponents, seed, NETWORKS)
    return float(2 ** np.mean([_lowest(np.log2(SCALES), curve) for curve in curves]))


def _lowest(x: Float[np.ndarray, " scales"], y: Float[np.ndarray, " scales"]) -> float:
    """Where the parabola through the three lowest neighbours, equally spaced, has its minimum."""
    at = int(np.clip(np.nanargmin(y), 1, len(y) - 2))
    left, middle, right = y[at - 1 : at + 2]
    bend = left - 2 * middle + right
    return float(x[at] + (x[1] - x[0]) * (0.5 * (left - right) / bend if bend > 0 else 0.0))


def _trained(
    n: int, optimizer: str, exponents: tuple[float, float, float, float], seed: int, networks: int
) -> np.ndarray:
    if n < 2:
        raise ValueError(f"n = {n}: must be an integer >= 2")
    keys = jax.random.split(jax.random.key(seed), networks)
    start = jnp.asarray(float(n), jnp.float32) ** jnp.asarray(exponents, jnp.float32)
    return np.asarray(_losses(keys, n, rule_of(optimizer), start, jnp.asarray(SCALES, jnp.float32)), np.float64)


@partial(jax.jit, static_argnames="n")
def _losses(keys: Array, n: int, rule: Rule, start: Array, scales: Array) -> Float[Array, "networks scales"]:
    def of_network(key: jax.Array) -> jax.Array:
        rows = normal(key, (POSITIONS + CLASSES + 1, n), jnp.float32)
        inputs, readout, v = rows[:POSITIONS], rows[POSITIONS:-1], rows[-1]

        def loss(z: jax.Array) -> jax.Array:
            logits = 3 * jnp.tanh(inputs + z) @ readout.T / n
            return jnp.mean(jax.nn.logsumexp(logits, 1) - logits[:, 0]) + 0.1 * jnp.mean(z**2)

        def one(scale: jax.Array) -> jax.Array:
            begin = Start(start[0], start[1] * v, scale * start[2], scale * start[3])
            last, _ = train(
                jax.grad(loss), begin, rule, STEPS, lambda before, after, g: None, lambda step: 1 - step / STEPS
            )
            return loss(last.alpha * last.v)

        return jax.lax.map(one, scales, batch_size=16)

    return jax.lax.map(of_network, keys)
