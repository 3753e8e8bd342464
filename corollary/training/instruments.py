"""Instruments along a training: what a run's states measure at every step of which a checkpoint was kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from etils import epath

from corollary.paper import known
from corollary.runtime import prepare
from corollary.storage.address import code_address
from corollary.storage.store import Store, digest
from corollary.training.checkpoints import Checkpoints
from corollary.training.presets import configuration
from corollary.training.program import mesh_for, program_of
from corollary.training.run import Run, identity_of, keys_of

EVERYTHING = "all"


@dataclass(frozen=True)
class Measured:
    """One seed's measurements. steps: [states], ascending. values: "instrument/number" -> [states]."""

    seed: int
    steps: np.ndarray
    values: dict[str, np.ndarray]


def instruments_of(run: Run, names: Sequence[str]) -> list[str]:
    """The instruments that names stand for; "all" is all of them. Raises ValueError for one that the run lacks."""
    if EVERYTHING in names:
        return list(run.instruments)
    return [known(name, run.instruments, f"measure of {run.name}") for name in names]


def measure_along(
    run: Run,
    names: Sequence[str] = (EVERYTHING,),
    overrides: Mapping[str, Any] | Sequence[str] = (),
    seeds: Sequence[int] = (0,),
    out: str | os.PathLike[str] = "results",
    on_progress: Callable[[str, int, int], None] = lambda what, done, total: None,
    preset: str = "",
) -> list[Measured]:
    """Applies instruments to every checkpoint of a run that was trained into `out`, seed by seed.

    What is measured already is read. names: of the run's instruments, or "all". on_progress: (what is measured, done,
    total). Raises ValueError for an unknown instrument, a seed without checkpoints, and a checkpoint that is damaged or
    belongs to another configuration.
    """
    wanted = instruments_of(run, names)
    config = configuration(run, preset, overrides)
    prepare()
    identity = identity_of(run, config)
    kept = {name: _kept(run, name) for name in wanted}
    store = Store(epath.Path(out) / run.name / digest(identity))
    groups = {seed: _group_of(store, seed) for seed in seeds}
    total = sum(len(wanted) * len(Checkpoints(groups[seed][0], {}).steps()) for seed in seeds)
    found, done = [], 0
    for seed in seeds:
        folder, beside = groups[seed]
        with Checkpoints(folder, {**identity, "seeds": list(beside)}) as checkpoints:
            stored = store.read_json(_record(seed)) or {}
            for step in checkpoints.steps():
                known_here = stored.setdefault(str(step), {})
                missing = [name for name in wanted if kept[name] not in known_here]
                if missing:
                    state, at = _state(run, config, checkpoints, step, beside, seed)
                    stored[str(step)]["step"] = at
                for name in missing:
                    on_progress(f"{name} at step {at}, seed {seed}", done, total)
                    numbers = run.instruments[name](state, config)
                    known_here[kept[name]] = {number: float(value) for number, value in numbers.items()}
                    store.write_json(_record(seed), stored)
                done += len(wanted)
        found.append(_table(kept, seed, stored, wanted))
    return found


def _kept(run: Run, name: str) -> str:
    """Under what an instrument's numbers are kept: its name, and the code that it reaches."""
    return f"{name} {code_address(run.instruments[name])}"


def _record(seed: int) -> str:
    return f"measures/seed-{seed}.json"


def _group_of(store: Store, seed: int) -> tuple[epath.Path, tuple[int, ...]]:
    """The folder of the checkpoints that hold a seed, and the seeds they hold."""
    for name in store.names("checkpoints/*/*.json"):
        about = store.read_json(name)
        if isinstance(about, dict) and seed in about["identity"].get("seeds", ()):
            return (store.path / name).parent, tuple(about["identity"]["seeds"])
    raise ValueError(f"seed={seed} has no checkpoints in {str(store.path)!r}; train it there first")


def _state(
    run: Run, config: dict[str, Any], checkpoints: Checkpoints, step: int, beside: tuple[int, ...], seed: int
) -> tuple[Any, int]:
    """(one seed's state, the step that it stands at: a seed that is done stays behind)."""
    import jax
    import jax.numpy as jnp

    program = program_of(run, tuple(config.items()), mesh_for(len(beside)))
    init_keys, step_keys, _ = keys_of(beside)
    carry = checkpoints.restore(step, jax.eval_shape(program.begin, init_keys, step_keys))
    row = beside.index(seed)
    state = jax.tree.map(lambda leaf: jnp.asarray(leaf[row]), jax.device_get(carry["state"]))
    return state, int(min(step, carry["stopped"][row]))


def _table(kept: Mapping[str, str], seed: int, stored: dict[str, Any], wanted: Sequence[str]) -> Measured:
    """Distinct steps in order; a seed that stopped early stands at the same step in several checkpoints."""
    rows = {entry["step"]: entry for _, entry in sorted(stored.items(), key=lambda item: int(item[0]))}
    steps = sorted(rows)
    numbers = {(name, number) for row in rows.values() for name in wanted for number in row[kept[name]]}
    values = {
        f"{name}/{number}": np.array([rows[step][kept[name]].get(number, np.nan) for step in steps])
        for name, number in sorted(numbers)
    }
    return Measured(seed, np.array(steps), values)
