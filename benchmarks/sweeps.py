"""Sweeps: 10,000 small points against what one would write, the engine's price a point, devices, and a million rows.

The competitors need joblib and ray[tune]; without them their rows are left out. Trials of Ray Tune are timed on fewer
points, as the note says.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np

import corollary
from benchmarks import Row, least_seconds
from corollary.storage.parts import Parts
from corollary.storage.store import Store
from corollary.sweeps.dataset import open_sweep
from corollary.sweeps.sweep import sweep

SIDE, SAMPLES = 100, 256
AXES = {"a": np.linspace(0.5, 2.0, SIDE), "b": np.linspace(0.0, 1.0, SIDE)}
TUNED = 24
"""Points of which Ray Tune makes trials."""


def square(key: jax.Array, point: dict) -> jax.Array:
    """(a x + b)^2 of normal x: mean a^2 + b^2."""
    x = jax.random.normal(key, (SAMPLES,), jnp.float64)
    return (point["a"] * x + point["b"]) ** 2


@jax.jit
def _one(key: jax.Array, a: jax.Array, b: jax.Array) -> tuple[jax.Array, jax.Array]:
    drawn = square(key, {"a": a, "b": b})
    return drawn.mean(), drawn.std() / jnp.sqrt(SAMPLES)


def _points() -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a in AXES["a"] for b in AXES["b"]]


def plain_loop() -> np.ndarray:
    """What one would write: a jitted function in a loop, results as Python numbers."""
    key = jax.random.key(0)
    return np.array([[float(v) for v in _one(jax.random.fold_in(key, n), a, b)] for n, (a, b) in enumerate(_points())])


def _for_joblib(n: int, a: float, b: float) -> tuple[float, float]:
    corollary.prepare()
    mean, error = _one(jax.random.fold_in(jax.random.key(0), n), a, b)
    return float(mean), float(error)


def run() -> Iterator[Row]:
    corollary.prepare()
    seconds = {}
    seconds["ours"] = least_seconds(lambda: sweep(square, AXES, out=None, replicates=SAMPLES))
    found = sweep(square, AXES, out=None, replicates=SAMPLES)
    points = SIDE * SIDE
    off = np.abs(found.estimate - (found.a**2 + found.b**2)) / found["standard error"]
    assert float(off.max()) < 8
    yield Row("sweep of 10,000 small points", 1e3 * seconds["ours"] / points, "ms a point", f"{SAMPLES} samples each")
    seconds["loop"] = least_seconds(plain_loop, 1)
    yield Row("plain loop with jit, over ours", seconds["loop"] / seconds["ours"], "times", "same function and samples")
    if importlib.util.find_spec("joblib") is not None:
        from joblib import Parallel, delayed

        with Parallel(n_jobs=os.cpu_count()) as pool:
            pool(delayed(_for_joblib)(0, 1.0, 1.0) for _ in range(64))
            start = time.perf_counter()
            pool(delayed(_for_joblib)(n, a, b) for n, (a, b) in enumerate(_points()))
            seconds["joblib"] = time.perf_counter() - start
        yield Row("joblib, over ours", seconds["joblib"] / seconds["ours"], "times", "loky, warm")
    tuned = _tuned()
    if tuned is not None:
        yield Row("Ray Tune, over ours, a point", tuned / (seconds["ours"] / points), "times", f"on {TUNED} points")
    yield from _stored()
    yield from _devices()
    yield from _many_rows()


def _tuned() -> float | None:
    """Seconds a trial, start of the cluster not counted."""
    code = f"""
import time, ray
from ray import tune
def trial(config):
    from benchmarks.sweeps import _for_joblib
    mean, error = _for_joblib(config["n"], config["n"] / {TUNED}, 1.0)
    tune.report({{"mean": mean, "error": error}})
ray.init(log_to_driver=False, logging_level=40)
def fit(count):
    space = {{"n": tune.grid_search(list(range(count)))}}
    tune.Tuner(trial, param_space=space, run_config=tune.RunConfig(verbose=0)).fit()
fit(2)
start = time.perf_counter()
fit({TUNED})
print("seconds", (time.perf_counter() - start) / {TUNED})
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}
    )
    said = [line for line in done.stdout.splitlines() if line.startswith("seconds ")]
    return float(said[-1].split()[1]) if said else None


def _stored() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        found = sweep(square, AXES, out=folder, replicates=SAMPLES)
        first = time.perf_counter() - start
        start = time.perf_counter()
        sweep(square, AXES, out=folder, replicates=SAMPLES)
        again = time.perf_counter() - start
        start = time.perf_counter()
        open_sweep(found.attrs["path"]).estimate.values  # noqa: B018
        opened = time.perf_counter() - start
    yield Row("the same, every row kept", 1e3 * first / SIDE**2, "ms a point", "writing included")
    yield Row("run again, nothing missing", again, "s", "10,000 points")
    yield Row("opened and one variable read", opened, "s", "10,000 points")


def _devices() -> Iterator[Row]:
    """One program over more devices of the same cores: what spreading costs, not what more cores give."""
    code = (
        "from benchmarks import sweeps, least_seconds; from corollary.sweeps.sweep import sweep; import corollary;"
        "corollary.prepare();"
        "print(least_seconds(lambda: sweep(sweeps.square, sweeps.AXES, out=None, replicates=4096), 2))"
    )
    taken = {}
    for devices in (1, 2, 4, 8):
        env = {**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "PYTHONPATH": "."}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
        taken[devices] = float(done.stdout.split()[-1])
    for devices in (2, 4, 8):
        yield Row(
            f"1 forced device over {devices}, 4,096 samples a point",
            taken[1] / taken[devices],
            "times",
            f"{os.cpu_count()} cores",
        )


def _many_rows() -> Iterator[Row]:
    """What a sweep of a million points does to the store: hosts append batches, then the folder is opened."""
    for rows, hosts in ((100_000, 8), (1_000_000, 1024)):
        with tempfile.TemporaryDirectory() as folder:
            parts = Parts(Store(folder), "rows")
            batch = max(rows // hosts // 2, 100)
            generator = np.random.default_rng(0)
            start = time.perf_counter()
            for first in range(0, rows, batch):
                values = generator.standard_normal(batch)
                parts.append([{"mark": first + n, "estimate": v, "standard error": 0.1} for n, v in enumerate(values)])
            written = time.perf_counter() - start
            start = time.perf_counter()
            marks = Parts(Store(folder), "rows").marks()
            listed = time.perf_counter() - start
            start = time.perf_counter()
            parts.read("estimate", marks)
            read = time.perf_counter() - start
            size = sum(path.stat().length for path in Store(folder).path.glob("rows/*"))
        name = f"{rows:,} rows in batches of {batch}"
        yield Row(f"{name}: appended", 1e6 * written / rows, "us a row", f"{size / rows:.0f} bytes a row on disk")
        yield Row(f"{name}: what is there", listed, "s", "before a sweep goes on")
        yield Row(f"{name}: one variable", read, "s", "as `open_sweep` reads it")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    yield Row("most memory of the whole benchmark", peak, "GiB", "the driver of a million rows included")
