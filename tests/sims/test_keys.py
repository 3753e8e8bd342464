"""No measure, no draw of a bound and no step of a training run uses a key twice. They are traced, not run."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import pytest

from corollary import papers
from corollary.measure import is_traced, measure_name, split
from corollary.point import at_depth
from corollary.training.run import Run
from corollary.training.settings import configure
from corollary.trials import invariants

jax.config.update("jax_enable_x64", True)

Observation = tuple[Callable[[Any, Mapping[str, Any]], Any], Mapping[str, Any]]


PAIRED = "all temperatures and conditions are tried on the same prompts"
DELIBERATE = {
    "draw of largest-gain": "a coin keeps the random or the structured start that are made of one key",
    "sims.attention_sink.depth.ranks": "stacks with and without normalised heads are of the same draws",
    "circuits-rome/indirect-objects, evaluated": "a circuit and its complement are judged on the same prompts",
    "direction-magnitude/language-model, evaluated": "all perturbations of a protocol are made of the same draws",
    "sims.grokking.sfm_phases.edges": "the splits of all sizes are the beginnings of one order",
    "icl-temperature/attention, evaluated": PAIRED,
    "icl-temperature/attention-only, evaluated": PAIRED,
    "icl-temperature/classification, evaluated": PAIRED,
    "icl-temperature/regression, evaluated": PAIRED,
    "icl-temperature/regression-attention-only, evaluated": PAIRED,
    "steering-scaling/toy, evaluated": "what is compared is tried on the same prompts, and made from the same texts",
}
"""Observations that use a key twice, on purpose."""


def of_run(run: Run, overrides: Mapping[str, Any]) -> dict[str, Observation]:
    """What a run draws for its start and a step, and for its evaluation."""
    config = configure(run.name, run.settings, overrides)

    def trained(key: jax.Array, point: Mapping[str, Any]) -> Any:
        start, stepped = jax.random.split(key)
        return run.step(run.init(start, point), stepped, point)

    def evaluated(key: jax.Array, point: Mapping[str, Any]) -> Any:
        start, tested = jax.random.split(key)
        return run.evaluate(run.init(start, point), tested, point)

    return {f"{run.name}, trained": (trained, config), f"{run.name}, evaluated": (evaluated, config)}


def observations(slug: str) -> dict[str, Observation]:
    """Name -> (what is observed, a point of it), each function once."""
    found: dict[str, Observation] = {}
    for one in papers()[slug].claims.values():
        claim = one.build()
        measures = getattr(claim, "measures", None)
        if isinstance(measures, Run):
            found = {**of_run(measures, claim.point), **found}
        elif measures is not None and is_traced(measures):
            point = claim.point if hasattr(claim, "point") else at_depth(claim.at, one.depth)[0]
            fixed, data = split(point, measures)
            arrays = {name: jnp.asarray(value) for name, value in data.items()}
            found.setdefault(measure_name(measures), (measures, {**fixed, **arrays}))
        if one.kind == "Bound":
            draw = claim.draw
            found.setdefault(f"draw of {one.name}", (lambda key, point, draw=draw: draw(key), {}))
    return found


@pytest.mark.parametrize("slug", papers())
def test_no_key_is_used_twice(slug: str) -> None:
    found = observations(slug)
    assert found
    faults = {name: check.why for name, one in found.items() if not (check := invariants.keys_used_once(*one))}
    assert set(faults) == set(found) & set(DELIBERATE), faults
