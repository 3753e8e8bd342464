"""Kills what is running at random moments, again and again in one folder, until it has ended; then compares.

    python -m tests.corollary.faults sweep 50

Each attempt is a child that starts from the imports on, so that most of its time is work; JAX begins in the child. What
is printed, as JSON: kills, how many of them fell before the end, and whether the results are those of an undisturbed
run, to the bit.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from corollary.storage.parts import Parts
from corollary.storage.store import Store
from corollary.sweeps.sweep import sweep
from corollary.training.run import train
from corollary.trials.verification import verify

HERE = Path(__file__).parent
FILE = str(HERE / "faulty" / "faulty_theorem.py")


def swept(out: str) -> Any:
    """A sweep of a claim and one of a measure."""
    claim = sweep(f"{FILE}/slow", {"a": "1:12:lin:12"}, depth="quick", out=out)
    measure = sweep(f"{FILE}/normal", {"m": "0:1:lin:40", "s": [0.5, 2.0]}, out=out, precision=0.2, budget=2048)
    return [claim.measured.values.tolist(), measure.estimate.values.tolist(), measure.samples.values.tolist()]


def trained(out: str) -> Any:
    found = train(_run(), {"steps": 400}, (0, 1), out, checkpoint_every=20)
    return [found.evaluation["end"].tolist(), {name: values.tolist() for name, values in found.history.items()}]


def verified(out: str) -> Any:
    found = verify(FILE, depth="quick", out=out)
    return [[one.id, str(one.verdict), [point.measured for point in one.outcome.points]] for one in found.records]


def trainings_swept(out: str) -> Any:
    return sweep(
        f"{FILE}/walk", {"size": [0.5, 1.0, 2.0], "steps": [50, 100]}, out=out, replicates=2
    ).end.values.tolist()


KINDS: dict[str, Callable[[str], Any]] = {
    "sweep": swept,
    "training": trained,
    "verify": verified,
    "trainings": trainings_swept,
}


def _run() -> Any:
    from corollary.sweeps.targets import work_of
    from corollary.sweeps.work import Order

    return work_of(Order(f"{FILE}/walk")).found


def kept(out: str) -> set[float]:
    """The points of the slow claim whose rows are stored."""
    found: set[float] = set()
    for folder in Path(out).glob("sweeps/faulty_theorem/slow/*"):
        parts = Parts(Store(folder.parent), folder.name)
        marks = parts.marks()
        found |= {value**0.5 for value in parts.read("measured", marks)}
    return found


def attempt(work: Callable[[str], Any], out: str, result: str, after: float | None) -> tuple[bool, float]:
    """(whether the child ended by itself, its seconds). after: seconds until it is killed."""
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            os.setpgid(0, 0)
            found = work(out)
            Path(result).write_text(json.dumps(found))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    end = None if after is None else started + after
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if status and os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                raise SystemExit(f"the child failed with {os.waitstatus_to_exitcode(status)}")
            return status == 0, time.monotonic() - started
        if end is not None and time.monotonic() >= end:
            os.kill(child, signal.SIGKILL)
            end = None
        time.sleep(0.002)  # looks for the end, and for the moment of the kill, without taking a core


def main(kind: str, kills: int, seed: int) -> None:
    generator = random.Random(seed)
    work = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = f"{folder}/programs"
        os.environ["FAULTY_LOG"] = f"{folder}/log"
        log = Path(folder) / "log"
        results = []
        for name in ("warm", "undisturbed"):
            log.write_text("")
            ended, seconds = attempt(work, f"{folder}/{name}", f"{folder}/{name}.json", None)
            assert ended
            results.append(Path(f"{folder}/{name}.json").read_text())
        assert results[0] == results[1], "two undisturbed runs differ"
        done = early = whole = twice = 0
        while done < kills:
            out = f"{folder}/killed-{whole}"
            finished = False
            while not finished and done < kills:
                before = kept(out) if kind == "sweep" else set()
                log.write_text("")
                finished, _ = attempt(work, out, f"{folder}/killed.json", generator.uniform(0, 1.05 * seconds))
                done, early = done + 1, early + (not finished)
                twice += len(before & {float(line) for line in log.read_text().split()})
            if not finished:
                attempt(work, out, f"{folder}/killed.json", None)
            assert Path(f"{folder}/killed.json").read_text() == results[1], f"{kind}: the results differ after kills"
            if kind != "sweep":
                shutil.rmtree(out)
            whole += 1
        print(json.dumps({"kind": kind, "kills": done, "before the end": early, "runs": whole, "twice": twice}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
