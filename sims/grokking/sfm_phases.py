"""Where the gated machine ends, and when: one random split a row. Addition, step eta = alpha = n / p^2, start at 0."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Complex, Float

from sims.grokking.arithmetic import answered, answers, encode, split
from sims.grokking.sfm import iterate, iterated, outputs, squared_threshold, support

REACHED = 0.99
"""The accuracy at which a side counts as learnt."""
ITERATIONS = 30
"""After which a constant gate has settled: most splits need five."""


def outcome(key: Array, point: dict, rows: int = 4) -> Float[Array, "samples 2"]:
    """Whether a constant gate ends with held-out pairs answered, and whether with nothing left (0 or 1 each).

    point: p, n (ints), beta. One-hot target. Consumes the key.
    """
    p, n = point["p"], point["n"]
    target = encode(answers(p, "add"), p, "onehot")
    tau = jnp.sqrt(squared_threshold("constant", point["beta"], n, jnp.array(1), 0.0))

    def one(split_key: Array) -> Array:
        mask = split(split_key, p, "add", n)
        weights = iterated(target, mask, n / p**2, jnp.full(ITERATIONS, tau))
        held_out = accuracies(weights, mask, "onehot")[1]
        return jnp.stack([held_out > REACHED, support(weights) == 0]).astype(jnp.float64)

    return jax.lax.map(one, jax.random.split(key, rows))


def times(key: Array, point: dict, rows: int = 4) -> Float[Array, "samples 2"]:
    """The iterations in which the train and the held-out pairs are first answered; limit + 1 where never.

    point: p, n, limit (ints), gate, encoding (onehot), beta, B. Consumes the key.
    """
    p, n, limit = point["p"], point["n"], point["limit"]
    target = encode(answers(p, "add"), p, point["encoding"])

    def one(split_key: Array) -> Array:
        mask = split(split_key, p, "add", n)

        def waiting(carry: tuple[Array, Array, Array]) -> Array:
            t, _, found = carry
            return (t < limit) & ((found == 0).any())

        def advance(carry: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
            t, weights, found = carry
            tau = jnp.sqrt(squared_threshold(point["gate"], point["beta"], n, t + 1, point["B"]))
            weights = iterate(weights, target, mask, n / p**2, tau)
            reached = jnp.stack(accuracies(weights, mask, point["encoding"])) > REACHED
            return t + 1, weights, jnp.where((found == 0) & reached, t + 1, found)

        start = (jnp.array(0), jnp.zeros_like(target), jnp.zeros(2, int))
        found = jax.lax.while_loop(waiting, advance, start)[2]
        return jnp.where(found == 0, limit + 1, found).astype(jnp.float64)

    return jax.lax.map(one, jax.random.split(key, rows))


def log_time(key: Array, point: dict, rows: int = 4) -> Float[Array, " samples"]:
    """ln(1 + B t) at the iteration t that answers the held-out pairs; as `times`. Consumes the key."""
    return jnp.log(1 + point["B"] * times(key, point, rows)[:, 1])


def accuracies(weights: Complex[Array, "channels k l"], mask: Bool[Array, "u v"], encoding: str,
               frequencies: Array | None = None) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """(train, held-out) share of the pairs of addition that are answered rightly."""
    right = answered(outputs(weights), answers(mask.shape[0], "add"), encoding, frequencies)
    return (right & mask).sum() / mask.sum(), (right & ~mask).sum() / (~mask).sum()
