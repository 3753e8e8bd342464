"""Temperature sweeps of trained models: every temperature on the same prompts, so that gains are paired.

A gain is the loss at temperature 1 minus the loss at another one, prompt by prompt. At the temperature that is
best on the same prompts it is optimistic; chosen on one half of them and scored on the other, it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Condition = dict[str, Any]
"""A test distribution: name -> value. Integers fix shapes; floats are traced."""


def over_prompts(
    measure: Callable[[Array, Condition], Any],
    conditions: Sequence[Mapping[str, float]],
    key: Array,
    prompts: int,
    chunk: int,
) -> Any:
    """What `measure` finds on the prompts of every condition, drawn from the same keys under each.

    measure(key, condition) -> pytree of [chunk, ...]; it consumes its key. conditions: all of the same names.
    Returns the pytree with leaves [conditions, prompts, ...], `prompts` rounded down to a multiple of chunk.
    """
    keys = jax.random.split(key, prompts // chunk)

    def under(condition: Condition) -> Any:
        found = jax.lax.map(lambda chunk_key: measure(chunk_key, condition), keys)
        return jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), found)

    # Conditions of equal shape share one compiled loop.
    found: dict[int, Any] = {}
    for shape in {_static(condition): None for condition in conditions}:
        members = [i for i, condition in enumerate(conditions) if _static(condition) == shape]
        floats = [name for name in conditions[members[0]] if name not in dict(shape)]
        traced = {name: jnp.array([conditions[i][name] for i in members], jnp.float64) for name in floats}
        stacked = jax.lax.map(lambda values, shape=shape: under({**dict(shape), **values}), traced)
        found |= {i: jax.tree.map(lambda leaf, row=row: leaf[row], stacked) for row, i in enumerate(members)}
    return jax.tree.map(lambda *rows: jnp.stack(rows), *(found[i] for i in range(len(conditions))))


def paired(
    losses: Float[Array, "conditions prompts temperatures"], temperatures: Sequence[float]
) -> dict[str, Float[Array, "conditions 2 temperatures"]]:
    """Mean "loss", mean "gain" and its standard error "gain_se", for each half of the prompts, in float64.

    losses: of each prompt at each temperature; 1 must be among the temperatures.
    """
    reference = list(temperatures).index(1.0)
    count = losses.shape[1] // 2
    halves = jnp.stack([losses[:, :count], losses[:, count : 2 * count]], axis=1).astype(jnp.float64)
    gains = halves[..., reference, None] - halves
    return {
        "loss": halves.mean(axis=2),
        "gain": gains.mean(axis=2),
        "gain_se": gains.std(axis=2, ddof=1) / jnp.sqrt(count),
    }


def tuned(
    arrays: Mapping[str, np.ndarray], row: int, temperatures: Sequence[float], reach: int = 1
) -> dict[str, float]:
    """What tuning the temperature gives under one condition, from the arrays that `paired` returned.

    best_on_grid: of least pooled loss; at_grid_edge: 1 when that ends the grid. optimal_temperature: of the parabola
    in ln(temperature) fitted by least squares to the pooled loss there and at `reach` neighbours on either side; at
    the grid's edge, that edge. error_at_1: pooled. error, gain, gain_se: at the grid temperature that is best for one
    half of the prompts, measured on the other half, averaged over both ways; gain_se is by prompt.
    """
    loss, gain, gain_se = (arrays[name][row] for name in ("loss", "gain", "gain_se"))
    pooled = loss.mean(axis=0)
    optimum, at_edge = _vertex(np.log(np.asarray(temperatures)), pooled, reach)
    chosen, scored = loss.argmin(axis=-1), np.array([1, 0])
    return {
        "optimal_temperature": float(np.exp(optimum)),
        "best_on_grid": float(temperatures[int(pooled.argmin())]),
        "at_grid_edge": float(at_edge),
        "error_at_1": float(pooled[list(temperatures).index(1.0)]),
        "error": float(loss[scored, chosen].mean()),
        "gain": float(gain[scored, chosen].mean()),
        "gain_se": float(np.sqrt((gain_se[scored, chosen] ** 2).sum()) / 2),
    }


def _static(condition: Mapping[str, float]) -> tuple[tuple[str, int], ...]:
    return tuple((name, value) for name, value in condition.items() if isinstance(value, int))


def _vertex(logs: np.ndarray, losses: np.ndarray, reach: int) -> tuple[float, bool]:
    least = int(losses.argmin())
    if least in (0, len(logs) - 1):
        return float(logs[least]), True
    window = slice(max(0, least - reach), least + reach + 1)
    curvature, slope, _ = np.polyfit(logs[window], losses[window], 2)
    if curvature <= 0:
        return float(logs[least]), False
    return float(np.clip(-slope / (2 * curvature), logs[window][0], logs[window][-1])), False
