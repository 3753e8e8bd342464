"""Training runs: configured by name, seeds in parallel, checkpointed, and resumed to the bit.

Every random number of step t is drawn from fold_in(key, t), and every stretch of steps runs the same compiled
program with its first and last step as data, so that neither an interruption nor the spacing of checkpoints
can change a result. A run may be looked at every few steps, and end when a look says that it is done: a seed that
is done stays as it is, whatever the seeds beside it still need.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from etils import epath

from corollary.runtime import prepare
from corollary.storage.address import versions
from corollary.storage.store import Store, digest
from corollary.training.presets import Preset, configuration
from corollary.training.program import Program, look_steps, mesh_for, program_of
from corollary.training.records import Outcome, read_record, write_record
from corollary.training.settings import Config, Setting

if TYPE_CHECKING:
    import jax

State = Any
"""A pytree of arrays."""


@dataclass(frozen=True, eq=False)
class Run:
    """A training run that anybody can repeat by name. Its functions are pure and consume their keys.

    says, cost, expects: what it reproduces; time and hardware; the outcome to expect, with its source.
    settings: name -> Setting, among them `steps`, the number of training steps, or the most of them, and perhaps
    `every`, the steps from one look to the next (1 where there is none).
    init(key, config) -> state. step(state, key, config) -> (state, {metric: scalar}).
    evaluate(state, key, config) -> {name: array}: the final test sweep.
    watch(state, config) -> {metric: scalar}: what a look adds to the metrics of the step before it.
    done(before, now, config) -> bool: whether to stop, from the metrics of two looks in a row (NaN before the first).
    These five are traced for one seed and mapped over seeds.
    measure({name: array}, config) -> {name: float}: one seed's named numbers, from what `evaluate` returned and from
    "history/METRIC", its looks until it stopped.
    presets: name -> settings that go together. instruments: name -> what can be measured on any state,
    (state, config) -> {name: float}, not traced. checkpoints(config) -> the steps to keep a checkpoint of, by
    default every tenth of the run. in_turn: on a CPU, a device trains its seeds one after another, which is faster
    for states that together outgrow its caches.
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
    watch: Callable[[State, Config], dict[str, jax.Array]] | None = None
    done: Callable[[dict[str, jax.Array], dict[str, jax.Array], Config], jax.Array] | None = None
    presets: Mapping[str, Preset] = field(default_factory=dict)
    instruments: Mapping[str, Callable[[State, Config], Mapping[str, float]]] = field(default_factory=dict)
    checkpoints: Callable[[Config], Sequence[int]] | None = None
    in_turn: bool = False


@dataclass(frozen=True)
class Progress:
    """Where a training stands. phase: "train" or "evaluate". metrics: name -> [seeds], at the last look."""

    phase: str
    step: int
    steps: int
    metrics: dict[str, np.ndarray]
    seconds: float


@dataclass(frozen=True)
class TrainingResult:
    """What a run gave, seed by seed.

    history: metric -> [seeds, looks], NaN once a seed has stopped. looks: [looks], the step of each.
    stopped: [seeds], the step at which each ended. evaluation: name -> [seeds, ...]. measurements: name -> [seeds].
    folder: where its records and checkpoints lie; None when nothing was stored.
    """

    run: str
    config: Config
    seeds: tuple[int, ...]
    history: dict[str, np.ndarray]
    looks: np.ndarray
    stopped: np.ndarray
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
    checkpoints: Sequence[int] = (),
    preset: str = "",
    checkpoint: bool = True,
) -> TrainingResult:
    """Trains the run for every seed, side by side, then evaluates it.

    What `out` already holds is read, not computed again; what was interrupted goes on from its last
    checkpoint and ends in the same bits. Seeds are spread over the devices as evenly as divides them. A seed
    trained beside others, or on other devices, agrees with itself trained alone up to rounding.

    overrides: settings, as {name: value} or ["name=value"]. seeds: distinct integers in 0..2**32-1.
    out: a folder or bucket; None stores nothing. checkpoint_every: in steps, by default as the run has it.
    checkpoints: further steps to keep one of; all are kept. preset: the name of the settings to start from.
    checkpoint: whether any are kept; without, an interrupted training begins again.
    Raises ValueError for an unknown preset, a bad setting, an unwritable folder, a damaged record or checkpoint, or
    one that belongs to another configuration.
    """
    config = configuration(run, preset, overrides)
    seeds = _checked_seeds(seeds)
    if checkpoint_every is not None and checkpoint_every < 1:
        raise ValueError(f"checkpoint_every={checkpoint_every} is not allowed; allowed: an integer >= 1")
    if not all(isinstance(step, int) and 1 <= step <= config["steps"] for step in checkpoints):
        raise ValueError(f"checkpoints={list(checkpoints)} is not allowed; allowed: steps in 1..{config['steps']}")
    if out is not None:
        Store(out).check_writable()
    prepare()  # before the program is traced: JAX counts its devices at the first key
    identity = identity_of(run, config)
    kept = frozenset({*_checkpoint_steps(run, config, checkpoint_every), *checkpoints, config["steps"]})
    task = _Task(run, config, identity, on_progress, kept, checkpoint)
    if out is None:
        return _assemble(task, seeds, _train_seeds(task, seeds, None), None)
    store = Store(epath.Path(out) / run.name / digest(identity))
    outcomes = {seed: read_record(store, seed, identity) for seed in seeds}
    missing = tuple(seed for seed in seeds if outcomes[seed] is None)
    if missing:
        with store.alone(_group(missing)):
            outcomes |= {seed: read_record(store, seed, identity) for seed in missing}  # by who was here before
            missing = tuple(seed for seed in missing if outcomes[seed] is None)
            started = time.perf_counter()
            for seed, outcome in (_train_seeds(task, missing, store) if missing else {}).items():
                write_record(store, seed, identity, outcome, time.perf_counter() - started)
                outcomes[seed] = outcome
    return _assemble(task, seeds, outcomes, store.path)


def identity_of(run: Run, config: Config) -> dict[str, Any]:
    """What determines a training's numbers; its digest names the folder below `out`/run that holds them."""
    return {"run": run.name, "config": config, "program": _fingerprint(run, config), "versions": versions()}


def _fingerprint(run: Run, config: Config) -> str:
    """The address of what a seed computes, so that an edited run never goes on from its former self."""
    import jax

    from corollary.storage.address import program_address

    jax.config.update("jax_enable_x64", True)

    def whole(key: jax.Array) -> Any:
        state, metrics = run.step(run.init(key, config), key, config)
        looked = {} if run.watch is None else {**metrics, **run.watch(state, config)}
        done: Any = None if run.done is None else run.done(looked, looked, config)
        return metrics, run.evaluate(state, key, config), *([looked, done] if looked else [])

    return program_address(jax.make_jaxpr(whole)(jax.random.key(0)))


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
    checkpoints: frozenset[int]
    checkpoint: bool


def _checkpoint_steps(run: Run, config: Config, every: int | None) -> Sequence[int]:
    if every is None and run.checkpoints is not None:
        return [step for step in run.checkpoints(config) if step <= config["steps"]]
    every = every or max(1, config["steps"] // 10)
    return range(every, config["steps"], every)


def keys_of(seeds: Sequence[int]) -> jax.Array:
    """[3, seeds]: each seed's keys, of its beginning, its steps and its test."""
    import jax
    import jax.numpy as jnp

    keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, dtype=jnp.uint32))
    return jax.vmap(lambda key: jax.random.split(key, 3), out_axes=1)(keys)


def _train_seeds(task: _Task, seeds: tuple[int, ...], store: Store | None) -> dict[int, Outcome]:
    import jax

    program = program_of(task.run, tuple(task.config.items()), mesh_for(len(seeds)))
    init_keys, step_keys, test_keys = keys_of(seeds)
    carry = _train_steps(task, program, seeds, store, init_keys, step_keys)
    evaluated = program.evaluate(carry["state"], test_keys)
    history, stopped, evaluation = jax.device_get((carry["history"], carry["stopped"], evaluated))
    outcomes = {}
    for row, seed in enumerate(seeds):
        looks = int(np.searchsorted(look_steps(task.config), stopped[row])) + 1
        seen = {name: np.array(values[row, :looks]) for name, values in history.items()}
        arrays = {name: np.asarray(values[row]) for name, values in evaluation.items()}
        outcomes[seed] = Outcome(seen, arrays, int(stopped[row]))
    return outcomes


def _train_steps(
    task: _Task,
    program: Program,
    seeds: tuple[int, ...],
    store: Store | None,
    init_keys: jax.Array,
    step_keys: jax.Array,
) -> dict[str, Any]:
    """From the last checkpoint, or from the start, until every seed has stopped: the carry."""
    import jax

    steps, looks = task.config["steps"], look_steps(task.config)
    started = time.perf_counter()

    def report(phase: str, step: int, carry: dict[str, Any]) -> None:
        if task.on_progress is not None:
            seen = np.searchsorted(looks, np.minimum(step, carry["stopped"]), side="right")
            rows = np.arange(len(seeds))
            metrics = {name: np.asarray(x)[rows, seen - 1] for name, x in carry["history"].items() if np.all(seen)}
            task.on_progress(Progress(phase, step, steps, metrics, time.perf_counter() - started))

    carry = program.begin(init_keys, step_keys)
    with _checkpoints(task, seeds, store) as checkpoints:
        reached = max(checkpoints.steps(), default=0) if checkpoints else 0
        if reached:
            carry = checkpoints.restore(reached, carry)
        report("train", reached, carry)
        for stop in (stop for stop in _stops(task) if stop > reached):
            if np.all(carry["done"]):
                break
            carry = jax.block_until_ready(program.advance(carry, step_keys, reached, stop))
            reached = stop
            if checkpoints and (stop in task.checkpoints or np.all(carry["done"])):
                checkpoints.save(stop, carry)
            report("train" if stop < steps else "evaluate", stop, carry)
    return carry


def _stops(task: _Task) -> list[int]:
    """Where control returns to Python: at each checkpoint, and for the progress display at each look, or some fifty
    times where every step is one."""
    steps = task.config["steps"]
    stride = max(task.config.get("every", 1), 1 if task.run.watch else steps // 50)
    return sorted({*task.checkpoints, *range(stride, steps, stride), steps})


def _checkpoints(task: _Task, seeds: tuple[int, ...], store: Store | None) -> Any:
    if store is None or not task.checkpoint:
        return nullcontext()
    from corollary.training.checkpoints import Checkpoints

    return Checkpoints(store.path / "checkpoints" / _group(seeds), {**task.identity, "seeds": list(seeds)})


def _group(seeds: tuple[int, ...]) -> str:
    """The name of seeds that are trained together."""
    return f"seeds-{digest(seeds)}" if len(seeds) > 1 else f"seed-{seeds[0]}"


def _assemble(
    task: _Task, seeds: tuple[int, ...], outcomes: Mapping[int, Any], folder: epath.Path | None
) -> TrainingResult:
    def stacked(part: str) -> dict[str, np.ndarray]:
        rows = [getattr(outcomes[seed], part) for seed in seeds]
        return {name: _padded([np.asarray(row[name]) for row in rows]) for name in rows[0]}

    def measured(outcome: Outcome) -> dict[str, float]:
        known = {**outcome.evaluation, **{f"history/{name}": values for name, values in outcome.history.items()}}
        return {name: float(value) for name, value in task.run.measure(known, task.config).items()}

    numbers = [measured(outcomes[seed]) for seed in seeds]
    stopped = np.array([outcomes[seed].stopped for seed in seeds])
    looks = look_steps(task.config)
    return TrainingResult(
        run=task.run.name,
        config=task.config,
        seeds=seeds,
        history=stacked("history"),
        looks=looks[: np.searchsorted(looks, stopped.max()) + 1],
        stopped=stopped,
        evaluation=stacked("evaluation"),
        measurements={name: np.array([row[name] for row in numbers]) for name in numbers[0]},
        folder=folder,
    )


def _padded(rows: list[np.ndarray]) -> np.ndarray:
    """The rows on top of each other, shorter ones filled up with NaN."""
    longest = max(row.size for row in rows)
    if all(row.size == longest for row in rows):
        return np.stack(rows)
    return np.stack([np.pad(row, (0, longest - row.size), constant_values=np.nan) for row in rows])


def _checked_seeds(seeds: Sequence[int]) -> tuple[int, ...]:
    given = tuple(seeds)
    valid = all(isinstance(seed, int | np.integer) and 0 <= seed < 2**32 for seed in given)
    if not given or not valid or len(set(given)) < len(given):
        raise ValueError(f"seeds={given} is not allowed; allowed: distinct integers in 0..2**32-1")
    return tuple(int(seed) for seed in given)
