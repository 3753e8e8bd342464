"""The compiled functions of a training run: begin, advance, evaluate, for all seeds at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import jax
    from jax.sharding import Mesh

    from corollary.training.run import Run
    from corollary.training.settings import Config


@dataclass(frozen=True)
class Program:
    """The compiled functions of one configuration, for any number of seeds that the devices divide.

    begin(init_keys, step_keys) -> carry; advance(carry, step_keys, first, last) -> carry; evaluate(state, keys) ->
    {name: array}. A carry is {"state", "history": {metric: [looks]}, "done": whether the seed has stopped, "stopped":
    the step at which it did}. Keys and every array have the seeds as their first axis.
    """

    begin: Callable[[jax.Array, jax.Array], dict[str, Any]]
    advance: Callable[[dict[str, Any], jax.Array, int, int], dict[str, Any]]
    evaluate: Callable[[Any, jax.Array], dict[str, jax.Array]]


def look_steps(config: Config) -> np.ndarray:
    """The steps after which a run is looked at: every `every` steps (each one by default) and after the last."""
    steps, every = config["steps"], config.get("every", 1)
    return np.minimum(np.arange(every, steps + every, every), steps)


def mesh_for(seeds: int) -> Mesh:
    """As many of the devices as divide the seeds evenly."""
    from jax.sharding import Mesh

    from corollary.runtime import devices

    found = devices()
    return Mesh(np.array(found[: max(k for k in range(1, len(found) + 1) if seeds % k == 0)]), ("seeds",))


@lru_cache(maxsize=32)
def program_of(run: Run, settings: tuple[tuple[str, Any], ...], mesh: Mesh) -> Program:
    """The program of a run's configuration over a mesh of devices."""
    import jax
    from jax.sharding import PartitionSpec

    config = dict(settings)
    one_by_one = run.in_turn and mesh.devices.flat[0].platform == "cpu"

    def over_seeds(function: Callable[..., Any], *inputs: Any) -> Any:
        return jax.lax.map(lambda one: function(*one), inputs) if one_by_one else jax.vmap(function)(*inputs)

    def begin(init_keys: jax.Array, step_keys: jax.Array) -> Any:
        return over_seeds(lambda init, step: _begin(run, config, init, step), init_keys, step_keys)

    def advance(carry: Any, step_keys: jax.Array, first: int, last: int) -> Any:
        return over_seeds(lambda one, key: _advance(run, config, one, key, first, last), carry, step_keys)

    def evaluate(state: Any, keys: jax.Array) -> Any:
        return over_seeds(lambda one, key: run.evaluate(one, key, config), state, keys)

    spread, whole = PartitionSpec("seeds"), PartitionSpec()

    def over_devices(function: Callable[..., Any], *inputs: PartitionSpec, **options: Any) -> Callable[..., Any]:
        sharded = jax.shard_map(function, mesh=mesh, in_specs=inputs, out_specs=spread, check_vma=False)
        return jax.jit(sharded, **options)

    return Program(
        begin=over_devices(begin, spread, spread),
        advance=over_devices(advance, spread, spread, whole, whole, donate_argnums=0),
        evaluate=over_devices(evaluate, spread, spread),
    )


def _begin(run: Run, config: Config, init_key: jax.Array, step_key: jax.Array) -> dict[str, Any]:
    import jax
    import jax.numpy as jnp

    state = run.init(init_key, config)
    metrics = jax.eval_shape(lambda state, key: _look(run, config, *run.step(state, key, config)), state, step_key)
    looks = len(look_steps(config))
    return {
        "state": state,
        "history": {name: jnp.full(looks, jnp.nan, metric.dtype) for name, metric in metrics.items()},
        "done": jnp.zeros((), bool),
        "stopped": jnp.asarray(config["steps"], jnp.int32),
    }


def _advance(run: Run, config: Config, carry: Any, step_key: jax.Array, first: Any, last: Any) -> Any:
    """One seed from step `first` to step `last`, in blocks that end in a look.

    The bounds are data, and whether a seed is done changes at looks alone, so that mapping over seeds leaves every
    condition of the loops common to them, but for `done`.
    """
    import jax
    import jax.numpy as jnp

    every, steps = config.get("every", 1), config["steps"]

    def block(b: Any, carry: Any) -> Any:
        low, high = jnp.maximum(first, b * every), jnp.minimum(last, jnp.minimum((b + 1) * every, steps))

        def one(t: Any, last: Any) -> Any:
            return run.step(last[0], jax.random.fold_in(step_key, t), config)

        state, metrics = jax.lax.fori_loop(low, high, one, (carry["state"], _zeros(run, config, carry, step_key)))
        complete = (high == (b + 1) * every) | (high == steps)
        if run.watch is None:
            now = _look(run, config, state, metrics)
        else:
            blank = {name: jnp.full((), jnp.nan, values.dtype) for name, values in carry["history"].items()}
            now = jax.lax.cond(complete, lambda: _look(run, config, state, metrics), lambda: blank)
        history = {name: values.at[b].set(now[name]) for name, values in carry["history"].items()}
        done, stopped = carry["done"], carry["stopped"]
        if run.done is not None:
            before = {name: jnp.where(b > 0, values[b - 1], jnp.nan) for name, values in carry["history"].items()}
            done = complete & run.done(before, now, config)
            stopped = jnp.where(done, high, stopped).astype(stopped.dtype)
        return {"state": state, "history": history, "done": done, "stopped": stopped}

    def unless_done(b: Any, carry: Any) -> Any:
        if run.done is None:
            return block(b, carry)
        return jax.lax.cond(carry["done"], lambda carry: carry, lambda carry: block(b, carry), carry)

    return jax.lax.fori_loop(first // every, -(-last // every), unless_done, carry)


def _look(run: Run, config: Config, state: Any, metrics: dict[str, jax.Array]) -> dict[str, jax.Array]:
    return metrics if run.watch is None else {**metrics, **run.watch(state, config)}


def _zeros(run: Run, config: Config, carry: Any, key: jax.Array) -> dict[str, jax.Array]:
    import jax
    import jax.numpy as jnp

    _, metrics = jax.eval_shape(lambda state: run.step(state, key, config), carry["state"])
    return {name: jnp.zeros(metric.shape, metric.dtype) for name, metric in metrics.items()}
