"""Training runs: configured by name, seeds in parallel, checkpointed, and resumed to the bit.

Every random number of step t is drawn from fold_in(key, t), and every stretch of steps runs the same compiled
program with its first and last step as data, so that neither an interruption nor the spacing of checkpoints
can change a result.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
from etils import epath

from corollary.runtime import prepare
from corollary.settings import Config, Setting, configure
from corollary.store import CorruptRecord, Store, digest

if TYPE_CHECKING:
    import jax
    from jax.sharding import Mesh

State = Any
"""A pytree of arrays."""

LIBRARIES = ("corollary", "jax", "jaxlib", "flax", "optax", "numpy")
"""Their versions are part of what determines a training's numbers."""


@dataclass(frozen=True, eq=False)
class Run:
    """A training run that anybody can repeat by name. Its functions are pure and consume their keys.

    says, cost, expects: what it reproduces; time and hardware; the outcome to expect, with its source.
    settings: name -> Setting, among them `steps`, the number of training steps.
    init(key, config) -> state. step(state, key, config) -> (state, {metric: scalar}).
    evaluate(state, key, config) -> {name: array}: the final test sweep. These three are traced for one seed
    and mapped over seeds.
    measure({name: array}, config) -> {name: float}: one seed's named numbers, from what `evaluate` returned.
    """

    name: str
    says: str
    cost: str
    expects: str
    settings: Mapping[str, Setting]
    init: Callable[[jax.Array, Config], State]
    step: Callable[[State, jax.Array, Config], tuple[State, dict[str, jax.Array]]]
    evaluate: Callable[[State, jax.Array, Config], dict[str, jax.Array]]
    measure: Callable[[dict[str, np.ndarray], Config], dict[str, float]]


@dataclass(frozen=True)
class Progress:
    """Where a training stands. phase: "train" or "evaluate". metrics: name -> [seeds], at the last step."""

    phase: str
    step: int
    steps: int
    metrics: dict[str, np.ndarray]
    seconds: float


@dataclass(frozen=True)
class TrainingResult:
    """What a run gave, seed by seed.

    history: metric -> [seeds, steps]. evaluation: name -> [seeds, ...]. measurements: name -> [seeds].
    folder: where its records and checkpoints lie; None when nothing was stored.
    """

    run: str
    config: Config
    seeds: tuple[int, ...]
    history: dict[str, np.ndarray]
    evaluation: dict[str, np.ndarray]
    measurements: dict[str, np.ndarray]
    folder: epath.Path | None


def train(
    run: Run,
    overrides: Mapping[str, Any] | Sequence[str] = (),
    seeds: Sequence[int] = (0,),
    out: str | os.PathLike[str] | None = "results",
    on_progress: Callable[[Progress], None] | None = None,
    checkpoint_every: int | None = None,
) -> TrainingResult:
    """Trains the run for every seed, all seeds at once, then evaluates it.

    What `out` already holds is read, not computed again; what was interrupted goes on from its last
    checkpoint and ends in the same bits. Seeds are spread over the devices as evenly as divides them. A seed
    trained beside others, or on other devices, agrees with itself trained alone up to rounding.

    overrides: settings, as {name: value} or ["name=value"]. seeds: distinct integers in 0..2**32-1.
    out: a folder or bucket; None stores nothing. checkpoint_every: in steps, by default a tenth of the run;
    all checkpoints are kept.
    Raises ValueError for a bad setting, an unwritable folder, a damaged record or checkpoint, or one that
    belongs to another configuration.
    """
    config = configure(run.name, run.settings, overrides)
    seeds = _checked_seeds(seeds)
    if checkpoint_every is not None and checkpoint_every < 1:
        raise ValueError(f"checkpoint_every={checkpoint_every} is not allowed; allowed: an integer >= 1")
    if out is not None:
        Store(out).check_writable()
    versions = {name: version(name) for name in LIBRARIES}
    identity = {"run": run.name, "config": config, "program": _program_of(run, config), "versions": versions}
    task = _Task(run, config, identity, on_progress, checkpoint_every or max(1, config["steps"] // 10))
    if out is None:
        return _assemble(task, seeds, _train_seeds(task, seeds, None), None)
    store = Store(epath.Path(out) / run.name / digest(identity))
    outcomes = {seed: _read_record(store, seed, identity) for seed in seeds}
    missing = tuple(seed for seed in seeds if outcomes[seed] is None)
    if missing:
        started = time.perf_counter()
        for seed, outcome in _train_seeds(task, missing, store).items():
            _write_record(store, seed, identity, outcome, time.perf_counter() - started)
            outcomes[seed] = outcome
    return _assemble(task, seeds, outcomes, store.path)


def _program_of(run: Run, config: Config) -> str:
    """The address of what a seed computes, so that an edited run never goes on from its former self."""
    import jax

    from corollary.fingerprint import fingerprint

    jax.config.update("jax_enable_x64", True)

    def whole(key: jax.Array) -> Any:
        state, metrics = run.step(run.init(key, config), key, config)
        return metrics, run.evaluate(state, key, config)

    return fingerprint(whole, jax.random.key(0))


def train_and_measure(
    run: Run, seeds: Sequence[int], overrides: Mapping[str, Any] | Sequence[str] = ()
) -> list[dict[str, float]]:
    """The named numbers of a run, seed by seed, with nothing stored: what a claim over seeds observes."""
    measured = train(run, overrides, seeds, out=None).measurements
    return [{name: float(values[row]) for name, values in measured.items()} for row in range(len(seeds))]


@dataclass(frozen=True)
class _Task:
    run: Run
    config: Config
    identity: dict[str, Any]
    on_progress: Callable[[Progress], None] | None
    checkpoint_every: int


@dataclass(frozen=True)
class _Outcome:
    """One seed's share of a TrainingResult."""

    history: dict[str, np.ndarray]
    evaluation: dict[str, np.ndarray]
    measurements: dict[str, float]


@dataclass(frozen=True)
class _Program:
    """The compiled functions of one configuration, for any number of seeds that the devices divide.

    begin(init_keys, step_keys) -> carry = (state, history); advance(carry, step_keys, first, last) -> carry;
    evaluate(state, keys) -> {name: array}. Keys and every array have the seeds as their first axis.
    """

    begin: Callable[[jax.Array, jax.Array], Any]
    advance: Callable[[Any, jax.Array, int, int], Any]
    evaluate: Callable[[State, jax.Array], dict[str, jax.Array]]


@lru_cache(maxsize=32)
def _program(run: Run, settings: tuple[tuple[str, Any], ...], mesh: Mesh) -> _Program:
    import jax
    import jax.numpy as jnp
    from jax.sharding import PartitionSpec

    config = dict(settings)
    init = jax.vmap(lambda key: run.init(key, config))
    step = jax.vmap(lambda state, key: run.step(state, key, config))
    evaluate = jax.vmap(lambda state, key: run.evaluate(state, key, config))

    def begin(init_keys: jax.Array, step_keys: jax.Array) -> Any:
        state = init(init_keys)
        _, metrics = jax.eval_shape(step, state, step_keys)
        shape = (len(step_keys), config["steps"])
        return state, {name: jnp.full(shape, jnp.nan, metric.dtype) for name, metric in metrics.items()}

    def advance(carry: Any, step_keys: jax.Array, first: int, last: int) -> Any:
        def one(t: jax.Array, carry: Any) -> Any:
            state, history = carry
            state, metrics = step(state, jax.vmap(lambda key: jax.random.fold_in(key, t))(step_keys))
            return state, {name: history[name].at[:, t].set(value) for name, value in metrics.items()}

        return jax.lax.fori_loop(first, last, one, carry)

    spread, whole = PartitionSpec("seeds"), PartitionSpec()

    def over_devices(function: Callable[..., Any], *inputs: PartitionSpec, **options: Any) -> Callable[..., Any]:
        sharded = jax.shard_map(function, mesh=mesh, in_specs=inputs, out_specs=spread, check_vma=False)
        return jax.jit(sharded, **options)

    return _Program(
        begin=over_devices(begin, spread, spread),
        advance=over_devices(advance, spread, spread, whole, whole, donate_argnums=0),
        evaluate=over_devices(evaluate, spread, spread),
    )


def _mesh(seeds: int) -> Mesh:
    """As many of the devices as divide the seeds evenly."""
    import jax
    from jax.sharding import Mesh

    devices = jax.devices()
    return Mesh(np.array(devices[: max(k for k in range(1, len(devices) + 1) if seeds % k == 0)]), ("seeds",))


def _train_seeds(task: _Task, seeds: tuple[int, ...], store: Store | None) -> dict[int, _Outcome]:
    import jax
    import jax.numpy as jnp

    prepare()
    program = _program(task.run, tuple(task.config.items()), _mesh(len(seeds)))
    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, dtype=jnp.uint32))
    init_keys, step_keys, test_keys = jax.vmap(lambda key: jax.random.split(key, 3), out_axes=1)(keys)
    state, history = _train_steps(task, program, seeds, store, init_keys, step_keys)
    history, evaluation = jax.device_get((history, program.evaluate(state, test_keys)))
    outcomes = {}
    for row, seed in enumerate(seeds):
        arrays = {name: np.asarray(values[row]) for name, values in evaluation.items()}
        outcomes[seed] = _Outcome(
            history={name: values[row] for name, values in history.items()},
            evaluation=arrays,
            measurements={name: float(x) for name, x in task.run.measure(arrays, task.config).items()},
        )
    return outcomes


def _train_steps(
    task: _Task,
    program: _Program,
    seeds: tuple[int, ...],
    store: Store | None,
    init_keys: jax.Array,
    step_keys: jax.Array,
) -> tuple[State, dict[str, jax.Array]]:
    """From the last checkpoint, or from the start, to the end: (state, metric -> [seeds, steps])."""
    import jax

    steps, every = task.config["steps"], task.checkpoint_every
    started = time.perf_counter()

    def report(phase: str, step: int, history: dict[str, jax.Array]) -> None:
        if task.on_progress is not None:
            metrics = {name: np.asarray(values[:, step - 1]) for name, values in history.items() if step}
            task.on_progress(Progress(phase, step, steps, metrics, time.perf_counter() - started))

    carry = program.begin(init_keys, step_keys)
    with _checkpoints(task, seeds, store) as checkpoints:
        done = max(checkpoints.steps(), default=0) if checkpoints else 0
        if done:
            carry = checkpoints.restore(done, carry)
        report("train", done, carry[1])
        for stop in (stop for stop in _stops(steps, every) if stop > done):
            carry = jax.block_until_ready(program.advance(carry, step_keys, done, stop))
            done = stop
            if checkpoints and (stop % every == 0 or stop == steps):
                checkpoints.save(stop, carry)
            report("train" if stop < steps else "evaluate", stop, carry[1])
    return carry


def _stops(steps: int, every: int) -> list[int]:
    """Where control returns to Python: at each checkpoint, and some fifty times for the progress display."""
    stride = max(1, steps // 50)
    return sorted({*range(every, steps, every), *range(stride, steps, stride), steps})


def _checkpoints(task: _Task, seeds: tuple[int, ...], store: Store | None) -> Any:
    if store is None:
        return nullcontext()
    from corollary.checkpoints import Checkpoints

    group = f"seeds-{digest(seeds)}" if len(seeds) > 1 else f"seed-{seeds[0]}"
    return Checkpoints(store.path / "checkpoints" / group, {**task.identity, "seeds": list(seeds)})


def _write_record(store: Store, seed: int, identity: dict[str, Any], outcome: _Outcome, seconds: float) -> None:
    """The arrays first, so that a record that exists is whole."""
    import jax

    arrays = {f"history/{name}": values for name, values in outcome.history.items()}
    arrays |= {f"evaluation/{name}": values for name, values in outcome.evaluation.items()}
    store.write_arrays(f"seed-{seed}.npz", arrays)
    about = {"seed": seed, "seconds": seconds, "device": jax.devices()[0].device_kind}
    store.write_json(f"seed-{seed}.json", {**identity, **about, "measurements": outcome.measurements})


def _read_record(store: Store, seed: int, identity: dict[str, Any]) -> _Outcome | None:
    record, arrays = store.read_json(f"seed-{seed}.json"), store.read_arrays(f"seed-{seed}.npz")
    if record is None:
        return None
    path = str(store.path / f"seed-{seed}.json")
    if arrays is None or not isinstance(record, dict) or not isinstance(record.get("measurements"), dict):
        raise CorruptRecord(f"record {path!r} is truncated or corrupt; remove it to compute it again")
    if {name: record.get(name) for name in identity} != identity:
        raise ValueError(f"record {path!r} belongs to another configuration; choose another out or remove it")

    def part(kind: str) -> dict[str, np.ndarray]:
        return {name.removeprefix(kind): values for name, values in arrays.items() if name.startswith(kind)}

    return _Outcome(part("history/"), part("evaluation/"), record["measurements"])


def _assemble(
    task: _Task, seeds: tuple[int, ...], outcomes: Mapping[int, Any], folder: epath.Path | None
) -> TrainingResult:
    def stacked(part: str) -> dict[str, np.ndarray]:
        rows = [getattr(outcomes[seed], part) for seed in seeds]
        return {name: np.stack([np.asarray(row[name]) for row in rows]) for name in rows[0]}

    parts = stacked("history"), stacked("evaluation"), stacked("measurements")
    return TrainingResult(task.run.name, task.config, seeds, *parts, folder)


def _checked_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    given = tuple(seeds)
    valid = all(isinstance(seed, int | np.integer) and 0 <= seed < 2**32 for seed in given)
    if not given or not valid or len(set(given)) < len(given):
        raise ValueError(f"seeds={given} is not allowed; allowed: distinct integers in 0..2**32-1")
    return tuple(int(seed) for seed in given)
