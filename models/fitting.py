"""Gradient descent on a few parameters beside a frozen model: adapters, autoencoders, steering, probes by hand.

Trainings that a paper's claim rests on are `Run`s of the engine, which stores, resumes and repeats them; this is the
short loop for a user's own data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float

from corollary.cli.progress import Progress

Loss = Callable[[Any, Any, Array], Float[Array, ""]]
"""(parameters, a batch of examples, key) -> mean loss."""

CHUNK = 50
"""Steps between two signs of life."""


@dataclass(frozen=True)
class Fitted:
    """parameters: as the last step left them. losses: [steps], before each step."""

    parameters: Any
    losses: Float[np.ndarray, " steps"]


def fit(
    loss: Loss,
    parameters: Any,
    examples: Any,
    *,
    steps: int,
    batch: int = 32,
    accumulate: int = 1,
    optimizer: optax.GradientTransformation | None = None,
    after: Callable[[Any], Any] | None = None,
    key: Array | None = None,
    quiet: bool = False,
) -> Fitted:
    """Descends the loss by `optimizer` (None: Adam, 1e-3).

    examples: a pytree, every leaf [examples, ...]. batch: examples a step, drawn anew for each without repeats within
    a step; accumulate: in how many parts their gradient is taken, one after another, which saves memory and changes
    nothing else. after: applied to the parameters after each step, such as a projection. Raises ValueError for steps
    < 1, a batch that is larger than the data, or parts that do not divide it, and FloatingPointError if the loss is
    no number.
    """
    counts = {len(leaf) for leaf in jax.tree.leaves(examples)}
    count = next(iter(counts), 0)
    if len(counts) != 1:
        raise ValueError(f"examples of {sorted(counts)} rows is not allowed; allowed: as many rows in every array")
    if steps < 1:
        raise ValueError(f"steps={steps} is not allowed; allowed: an integer >= 1")
    if not 1 <= batch <= count:
        raise ValueError(f"batch={batch} is not allowed; allowed: from 1 to the number of examples, {count}")
    if accumulate < 1 or batch % accumulate:
        raise ValueError(f"accumulate={accumulate} is not allowed; allowed: a divisor of batch={batch}")
    chosen = optimizer or optax.adam(1e-3)
    state = (parameters, chosen.init(parameters))
    start = jax.random.key(0) if key is None else key
    losses: list[np.ndarray] = []
    advance = jax.jit(partial(_advance, loss, chosen, after, batch, accumulate))
    with Progress("fitting", quiet=quiet) as progress:
        for first in range(0, steps, CHUNK):
            numbers = jnp.arange(first, min(first + CHUNK, steps), dtype=jnp.int32)
            state, values = advance(state, examples, start, numbers)
            losses.append(np.asarray(values))
            if not np.isfinite(losses[-1]).all():
                where = first + int(np.argmin(np.isfinite(losses[-1])))
                raise FloatingPointError(f"the loss is no number at step {where}: a smaller learning rate may help")
            progress.say(f"step {first + len(numbers)} of {steps}, loss {losses[-1][-1]:.4g}")
    return Fitted(state[0], np.concatenate(losses))


def _advance(
    loss: Loss, optimizer: optax.GradientTransformation, after: Any, batch: int, parts: int, state: Any, examples: Any,
    key: Array, numbers: Array,
) -> tuple[Any, Array]:  # fmt: skip
    count = len(jax.tree.leaves(examples)[0])

    def step(state: Any, number: Array) -> tuple[Any, Array]:
        parameters, inner = state
        draw, own = jax.random.split(jax.random.fold_in(key, number))
        rows = jax.random.choice(draw, count, (batch,), replace=False).reshape(parts, -1)

        def part(sums: Any, at: tuple[Array, Array]) -> tuple[Any, None]:
            chosen = jax.tree.map(lambda leaf: leaf[at[0]], examples)
            value = jax.value_and_grad(loss)(parameters, chosen, jax.random.fold_in(own, at[1]))
            return jax.tree.map(jnp.add, sums, value), None

        zeros = jax.tree.map(
            jnp.zeros_like, jax.eval_shape(jax.value_and_grad(loss), parameters, _first(examples, rows), own)
        )
        sums, _ = jax.lax.scan(part, zeros, (rows, jnp.arange(parts, dtype=jnp.uint32)))
        value, gradient = jax.tree.map(lambda x: x / parts, sums)
        update, inner = optimizer.update(gradient, inner, parameters)
        moved = optax.apply_updates(parameters, update)
        return (moved if after is None else after(moved), inner), value

    return jax.lax.scan(step, state, numbers)


def _first(examples: Any, rows: Array) -> Any:
    return jax.tree.map(lambda leaf: jax.ShapeDtypeStruct((rows.shape[1], *leaf.shape[1:]), leaf.dtype), examples)
