"""Sweeps on several hosts and on a Ray cluster give what one machine gives, and survive what they lose."""

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import pytest

from corollary.sweeps.dataset import open_sweep
from corollary.sweeps.sweep import sweep

THEOREM = """
import os, time
import jax, jax.numpy as jnp
from corollary import Run, static, untraced, Value, ClosedForm, Source
from corollary.training.settings import Setting
import sympy as sp

def normal(key, point):
    return point["m"] + jax.random.normal(key, (128,), jnp.float64)

walk = Run(name="own/walk", says="A walk.", cost="none", expects="spread",
           settings={"steps": Setting(4, "steps", within=(1, 1000)), "size": Setting(1.0, "of a step", within=(0, 10))},
           init=lambda key, config: jnp.zeros(()),
           step=lambda x, key, config: (x + config["size"] * jax.random.normal(key), {"x": x}),
           evaluate=lambda x, key, config: {"end": x}, measure=lambda arrays, config: {"end": float(arrays["end"])})

a = sp.Symbol("a", positive=True)
def slowly(a):
    with open(os.path.join(os.path.dirname(__file__), "workers"), "a") as file:
        file.write(f"{os.getpid()} {a}\\n")
    time.sleep(0.2)  # long enough for its worker to be killed in the middle
    return a**2
claim = Value(id="slow", says="", source=Source(""), predicts=ClosedForm(a**2), computes=slowly, at=[{"a": 1.0}],
              within=1e-9, wrong={"twice": ClosedForm(2 * a)})
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "theorem.py").write_text(THEOREM)
    return str(tmp_path / "theorem.py")


def on_hosts(file, out, target, *options):
    """The same command on two hosts of two devices each: what each printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "corollary",
                "sweep",
                f"{file}/{target}",
                *options,
                "--json",
                "--out",
                f"{out}{host}",
                "--hosts",
                f"127.0.0.1:{port},{host},2",
            ],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for host in (0, 1)
    ]
    said = [one.communicate(timeout=300) for one in running]
    assert [one.returncode for one in running] == [0, 0], said
    return [json.loads(output) for output, _ in said]


def test_two_hosts_give_what_one_machine_gives(file, tmp_path):
    first, second = on_hosts(file, tmp_path / "out", "normal", "m=0:1:lin:7", "--precision", "0.05", "--budget", "4096")
    alone = sweep(f"{file}/normal", {"m": "0:1:lin:7"}, out=None, precision=0.05, budget=4096)
    assert [row["estimate"] for row in first] == alone.estimate.values.tolist()
    assert [row["estimate"] for row in second] == alone.estimate.values.tolist()
    assert list((tmp_path / "out0").glob("sweeps/**/*.parquet"))
    assert not list((tmp_path / "out1").glob("sweeps/**/*.parquet"))  # one of them writes
    again, _ = on_hosts(file, tmp_path / "out", "normal", "m=0:1:lin:7", "--precision", "0.05", "--budget", "4096")
    assert [row["seconds"] for row in again] == [row["seconds"] for row in first]


def test_two_hosts_share_out_trainings(file, tmp_path):
    first, _ = on_hosts(file, tmp_path / "out", "walk", "size=1,2,3", "--seeds", "2")
    alone = sweep(f"{file}/walk", {"size": "1,2,3"}, out=None, replicates=2)
    np.testing.assert_allclose([row["end"] for row in first], alone.end.values.ravel(), rtol=1e-6)


@pytest.mark.parametrize("where", ["here", "127.0.0.1:99,2,2", "127.0.0.1,0,1"])
def test_bad_hosts_are_refused(file, where):
    with pytest.raises(ValueError, match="allowed: auto, or ADDRESS:PORT,INDEX,COUNT"):
        sweep(f"{file}/normal", {"m": [1.0]}, out=None, hosts=where)


ON_RAY = """
import sys
from corollary.sweeps.sweep import sweep
file, out = sys.argv[1:]
found = sweep(f"{file}/slow", {"a": "1:12:lin:12"}, depth="quick", out=out, engine="ray", resources={"CPU": 1})
assert "jax" not in sys.modules, "the driver imported JAX"
print(found.measured.values.tolist())
"""


def start(file, out):
    return subprocess.Popen(
        [sys.executable, "-c", ON_RAY, file, str(out)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def workers(tmp_path, least):
    """(process, point) of every attempt, once there are so many."""
    place = tmp_path / "workers"
    end = time.monotonic() + 120
    while time.monotonic() < end:
        lines = place.read_text().splitlines() if place.exists() else []
        if len(lines) >= least:
            return [(int(line.split()[0]), float(line.split()[1])) for line in lines]
        time.sleep(0.05)  # between two looks at what the workers have written
    raise AssertionError("no worker began")


def runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def gone(processes):
    """Waits until none of the processes is there: Ray ends the workers of a driver that it has lost."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if not any(map(runs, processes)):
            return
        time.sleep(0.05)  # between two looks
    raise AssertionError("workers outlived their driver")


def test_a_worker_that_is_killed_costs_its_points_only_a_second_try(file, tmp_path):
    running = start(file, tmp_path / "out")
    victim, _ = workers(tmp_path, 3)[-1]
    os.kill(victim, 9)
    output, errors = running.communicate(timeout=300)
    assert running.returncode == 0, errors
    assert json.loads(output.splitlines()[-1]) == [float(a**2) for a in range(1, 13)]
    tried = workers(tmp_path, 12)
    assert len({process for process, _ in tried}) >= 2 and len(tried) <= 12 + 4


def test_a_driver_that_is_killed_goes_on_where_its_workers_were(file, tmp_path):
    running = start(file, tmp_path / "out")
    workers(tmp_path, 8)
    running.kill()
    running.communicate()
    gone({process for process, _ in workers(tmp_path, 1)})
    before = len(workers(tmp_path, 1))
    [grid] = (tmp_path / "out").glob("sweeps/**/grid-*.json")
    kept = int(np.isfinite(open_sweep(grid).measured).sum())
    assert kept >= 1
    again = start(file, tmp_path / "out")
    output, errors = again.communicate(timeout=300)
    assert again.returncode == 0, errors
    assert json.loads(output.splitlines()[-1]) == [float(a**2) for a in range(1, 13)]
    assert len(workers(tmp_path, 1)) - before <= 12 - kept


def test_a_cluster_that_lacks_something_says_so(file):
    code = (
        "import sys\nfrom corollary.sweeps.sweep import sweep\n"
        "try: sweep(sys.argv[1] + '/slow', {'a': [1.0]}, out=None, engine='ray', resources={'TPU': 4})\n"
        "except ValueError as error: print(error)\n"
        "try: sweep(sys.argv[1] + '/slow', {'b': [1.0]}, out=None, engine='ray')\n"
        "except ValueError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, timeout=300)
    first, second = done.stdout.splitlines()
    assert first.startswith("resources TPU=4 is not to be had; the cluster has CPU=")
    assert second == "slow has no input 'b'; allowed: a"
