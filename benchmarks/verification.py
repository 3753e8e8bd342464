"""Whole commands: a paper verified with nothing cached and again, start-up, and an exact error at d = 200.

Each command is a process of its own; peak memory is that of the largest. Expected on two cores: three minutes.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks import Row

COMMAND = [sys.executable, "-c", "from corollary.cli import main; main()"]
PAPER = "icl-temperature"


def run() -> Iterator[Row]:
    for words in (["--help"], ["list"]):
        seconds = min(_timed(words)[0] for _ in range(3))
        yield Row(f"corollary {' '.join(words)}", seconds, "s", "fastest of 3; no JAX, no SymPy")
    with tempfile.TemporaryDirectory() as folder:
        cold, memory = _timed(["verify", PAPER, "--out", folder])
        yield Row(f"corollary verify {PAPER}, cold", cold, "s", f"peak memory {memory:.2f} GiB")
        for moments in Path(folder, "moments").glob("*.npz"):
            moments.unlink()
        warm, memory = _timed(["verify", PAPER, "--out", folder])
        yield Row(f"corollary verify {PAPER}, warm", warm, "s", "compiled programs kept, every sample drawn again")
        again, _ = _timed(["verify", PAPER, "--out", folder])
        yield Row(f"corollary verify {PAPER}, again", again, "s", "moments kept as well")
    yield Row("exact literal error, any covariances, d = 200", _exact_error(200), "s", "float64, after the import")


def _timed(words: list[str]) -> tuple[float, float]:
    """(wall seconds, peak GiB) of a command."""
    started = time.perf_counter()
    process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"corollary {' '.join(words)} ended with status {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 2**20


def _exact_error(d: int) -> float:
    from corollary.theory.icl_temperature import coefficients

    generator = np.random.default_rng(0)
    roots = generator.normal(size=(2, d, d)) / np.sqrt(d)
    Sigma_x, Sigma_w = (root @ root.T + 0.1 * np.eye(d) for root in roots)
    vectors = dict(zip(("mu_x", "mu_w", "v21"), 0.1 * generator.normal(size=(3, d)), strict=True))
    error = coefficients("literal").error
    started = time.perf_counter()
    error(Sigma_x=Sigma_x, Sigma_w=Sigma_w, M11=np.eye(d), v22=0.3, sigma=0.5, l=2 * d, tau=1.2, **vectors)
    return time.perf_counter() - started
