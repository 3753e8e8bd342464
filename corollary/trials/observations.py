"""What is observed once a key: seeds of a phenomenon, attempts of a learner. Kept under what decides it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corollary.measure import Measure, canonical, is_traced, measure_name, named, split
from corollary.point import Point
from corollary.storage.address import code_address, program_address, versions
from corollary.storage.store import Store, digest
from corollary.training.run import Run, train
from corollary.trials.profile import section

Observed = dict[str, np.ndarray]
"""Name -> values, [keys, ...]; a measure that returns an array has it under ""."""


def observe(measure: Measure, keys: Any, point: Point, store: Store | None = None) -> Observed:
    """A measure's values at a point, one row a key; what the store holds is read.

    measure: traced ones are mapped over the keys and compiled, untraced ones called once a key. keys: typed keys [n].
    """

    inputs, address = canonical(point, measure), _address(measure, point, keys)
    at = digest(measure_name(measure), address, _words(keys), inputs, versions())
    name = f"observations/{at}.npz"
    stored = store.read_arrays(name) if store is not None else None
    if stored is not None:
        return stored
    with section("sampling"):
        if is_traced(measure):
            observed = {
                part: np.asarray(values) for part, values in _mapped(measure, point, address, keys)(keys).items()
            }
        else:
            rows = [named(measure(key, inputs)) for key in keys]
            observed = {part: np.stack([np.asarray(row[part]) for row in rows]) for part in rows[0]}
    if store is not None:
        store.write_arrays(name, observed)
    return observed


def observe_seeds(measure: Measure | Run, seeds: Sequence[int], point: Point, store: Store | None = None) -> Observed:
    """As `observe`, over seeds; of a training `Run`, its measurements with the point as settings."""
    import jax
    import jax.numpy as jnp

    if isinstance(measure, Run):
        with section("sampling"):
            result = train(measure, point, seeds, None if store is None else store.path, checkpoint=False)
        return {name: np.asarray(values) for name, values in result.measurements.items()}
    return observe(measure, jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32)), point, store)


_programs: OrderedDict[tuple[str, int], Callable[[Any], Any]] = OrderedDict()
MOST_PROGRAMS = 8


def forget() -> None:
    """Drops compiled programs."""
    _programs.clear()


def _mapped(measure: Measure, point: Point, address: str, keys: Any) -> Callable[[Any], Any]:
    """The measure over keys, compiled once for all batches of a size."""
    import jax

    place = (address, len(keys))
    if place not in _programs:
        fixed, data = split(point, measure)
        _programs[place] = jax.jit(jax.vmap(lambda key: named(measure(key, {**fixed, **data}))))
        if len(_programs) > MOST_PROGRAMS:
            _programs.popitem(last=False)
    return _programs[place]


def _address(measure: Measure, point: Point, keys: Any) -> str:
    """Of the traced program where there is one, else of the code that can be reached."""
    import jax

    if not is_traced(measure):
        return code_address(measure)
    with section("tracing"):
        fixed, data = split(point, measure)
        return program_address(jax.make_jaxpr(lambda key: named(measure(key, {**fixed, **data})))(keys[0]))


def _words(keys: Any) -> list[Any]:
    import jax

    return [str(jax.random.key_impl(keys)), np.asarray(jax.random.key_data(keys))]
