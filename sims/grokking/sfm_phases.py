"""Where the gated machine ends, and when: one random split a row. Addition, step eta = alpha = n / p^2, start at 0."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, Int

from corollary.measure import static
from corollary.sims.grokking.arithmetic import answered, answers, encode, split
from corollary.sims.grokking.sfm import drift, iterated, occam_gate, outputs, squared_threshold, support

REACHED = 0.99
"""The accuracy at which a side counts as learnt."""
ITERATIONS = 25
"""After which a constant gate has settled: most splits need five."""
BISECTIONS = 8


@static("p")
def generalised(key: Array, point: dict, rows: int = 16) -> Float[Array, " samples"]:
    """1 where a constant gate ends with the held-out pairs answered, else 0.

    point: p (int), alpha, beta. One-hot target. Consumes the key.
    """
    size = jnp.round(point["alpha"] * point["p"] ** 2).astype(int)

    def one(split_key: Array) -> Array:
        return ended(split(split_key, point["p"], "add", size), point["beta"])[0]

    return jax.lax.map(one, jax.random.split(key, rows)).astype(jnp.float64)


def ended(mask: Bool[Array, "u v"], beta: Array | float) -> Bool[Array, " 2"]:
    """Whether one split ends with its held-out pairs answered, and whether with nothing left."""
    target = encode(answers(mask.shape[0], "add"), mask.shape[0], "onehot")
    n = mask.sum()
    tau = jnp.sqrt(squared_threshold("constant", beta, n, jnp.array(1), 0.0))
    weights = iterated(target, mask, n / mask.size, jnp.full(ITERATIONS, tau))
    return jnp.stack([accuracies(weights, mask, "onehot")[1] > REACHED, support(weights) == 0])


def edges(seed: Int[Array, ""], p: int, n: int, beta: float) -> dict[str, Array]:
    """The betas at which one random split stops memorising and starts to be annihilated, each by bisection between
    `beta`, at which it generalises, and a thousandth or a thousandfold of it."""
    mask = split(jax.random.key(seed), p, "add", n)

    def bisected(far: Array, index: int, wanted: bool) -> Array:
        def halve(_: Array, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
            outer, inner = bracket
            middle = (outer + inner) / 2
            out = ended(mask, jnp.exp(middle))[index] == wanted
            return jnp.where(out, middle, outer), jnp.where(out, inner, middle)

        outer, inner = jax.lax.fori_loop(0, BISECTIONS, halve, (far, jnp.log(beta)))
        return jnp.exp((outer + inner) / 2)

    return {
        "lower": bisected(jnp.log(beta) - np.log(1e3), 0, False),
        "upper": bisected(jnp.log(beta) + np.log(1e3), 1, True),
    }


def times(
    seed: Int[Array, ""],
    p: int,
    n: int,
    gate: str,
    beta: Array | float,
    batch: Array | float,
    encoding: str,
    limit: int,
) -> dict[str, Array]:
    """The iterations in which one random split's train and held-out pairs are first answered, and its squared train
    residual per pair at half the latter; limit + 1 where never. encoding: label or onehot."""
    target = encode(answers(p, "add"), p, encoding)
    mask = split(jax.random.key(seed), p, "add", n)

    def iteration(carry: tuple[Array, Array, Array], t: Array) -> tuple[tuple[Array, Array, Array], Array]:
        weights, found, _ = carry
        tau = jnp.sqrt(squared_threshold(gate, beta, n, t, batch))
        weights = occam_gate(drift(weights, mask * (target - found), 1 / p**2), tau)
        found = outputs(weights)
        train, held_out = _shares(found, mask, encoding, None)
        loss = (jnp.abs(mask * (target - found)) ** 2).sum() / n
        return (weights, found, (train > REACHED) & (held_out > REACHED)), jnp.stack([train, held_out, loss])

    def advance(carry: tuple[Array, Array, Array], t: Array) -> tuple[tuple[Array, Array, Array], Array]:
        # Once both sides are answered nothing more is asked for.
        return jax.lax.cond(carry[2], lambda carry, t: (carry, jnp.ones(3)), iteration, carry, t)

    zero = jnp.zeros_like(target)
    _, history = jax.lax.scan(advance, (zero, zero, jnp.array(False)), jnp.arange(1, limit + 1))
    reached = history[:, :2] > REACHED
    train, test = jnp.where(reached.any(axis=0), reached.argmax(axis=0) + 1, limit + 1)
    return {"train": train, "test": test, "half_time_loss": history[jnp.maximum(test // 2, 1) - 1, 2]}


def over_seeds(measured: Callable[[Array], dict[str, Array]], seeds: list[int]) -> list[dict[str, float]]:
    """What one seed shows, for each."""
    found = jax.jit(lambda all_seeds: jax.lax.map(measured, all_seeds))(jnp.asarray(seeds, jnp.uint32))
    return [{name: float(values[row]) for name, values in found.items()} for row in range(len(seeds))]


def accuracies(
    weights: Complex[Array, "channels k l"], mask: Bool[Array, "u v"], encoding: str, frequencies: Array | None = None
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """(train, held-out) share of the pairs of addition that are answered rightly."""
    return _shares(outputs(weights), mask, encoding, frequencies)


def _shares(
    found: Complex[Array, "channels u v"],
    mask: Bool[Array, "u v"],
    encoding: str,
    frequencies: Array | None,
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    right = answered(found, answers(mask.shape[0], "add"), encoding, frequencies)
    return (right & mask).sum() / mask.sum(), (right & ~mask).sum() / (~mask).sum()
