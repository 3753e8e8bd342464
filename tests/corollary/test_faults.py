"""What goes wrong on machines: kills, full disks, damage, clocks, two writers, lost hosts. Run again, the results are
those of an undisturbed run, to the bit. `python -m tests.corollary.faults KIND 50` kills more often."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from corollary.storage.store import CorruptRecord, Store
from corollary.sweeps.dataset import open_sweep
from corollary.sweeps.sweep import sweep
from corollary.training.run import train
from corollary.trials.verification import verify

sys.path.insert(0, str(Path(__file__).parent))

import faults

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def log(tmp_path, monkeypatch):
    monkeypatch.setenv("FAULTY_LOG", str(tmp_path / "log"))


@pytest.mark.parametrize("kind", faults.KINDS)
def test_kills_at_random_moments_change_nothing(kind):
    kills = 3 if kind == "sweep" else 2
    command = [sys.executable, "-m", "tests.corollary.faults", kind, str(kills), str(random.randrange(10**6))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    print(told)
    assert told["kills"] == kills and told["twice"] == 0


@pytest.mark.parametrize("room", [0, 200, 5000])
def test_a_full_disk_says_so_in_a_line_and_leaves_nothing_half(tmp_path, room):
    """No file may grow beyond `room` bytes: writing fails in the middle, as on a full disk."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "corollary", "sweep", f"{faults.FILE}/normal", "m=0:1:lin:3000", "s=1,2"]
    command += ["--budget", "64", "--out", str(out)]
    env = {**os.environ, "JAX_ENABLE_COMPILATION_CACHE": "false"}
    limited = "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, 2 * (int(sys.argv[1]),)); "
    limited += "os.execv(sys.argv[2], sys.argv[2:])"
    full = subprocess.run([sys.executable, "-c", limited, str(room), *command], capture_output=True, text=True, env=env)
    assert full.returncode == 2 and "Traceback" not in full.stderr, full.stderr[-1000:]
    assert "cannot be written" in full.stderr or "what was stored before is whole" in full.stderr
    assert len(full.stderr.strip().splitlines()) == 1
    assert not [path for path in out.rglob(".*") if path.is_file()]
    again = subprocess.run(command, capture_output=True, text=True, env=env)
    assert again.returncode == 0, again.stderr[-1000:]


def in_a_process(work, out):
    """A command that prints what `faults.WORK(out)` gives, as JSON."""
    code = "import sys, json; sys.path.insert(0, sys.argv[1]); import faults; "
    code += "print(json.dumps(getattr(faults, sys.argv[2])(sys.argv[3])))"
    return [sys.executable, "-c", code, str(Path(faults.__file__).parent), work, out]


def flipped(path, generator):
    """The file with one bit changed, and its old content."""
    content = path.read_bytes()
    changed = bytearray(content)
    changed[generator.randrange(len(changed))] ^= 1 << generator.randrange(8)
    path.write_bytes(changed)
    return content


def test_every_changed_bit_of_stored_arrays_is_refused_or_harmless(tmp_path):
    store = Store(str(tmp_path))
    path = Path(str(store.write_arrays("kept.npz", {"x": np.arange(3.0)})))
    content, before = path.read_bytes(), repr(store.read_arrays("kept.npz"))
    refused = 0
    for place in range(8 * len(content)):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << place % 8
        path.write_bytes(changed)
        try:
            assert repr(store.read_arrays("kept.npz")) == before, place
        except CorruptRecord:
            refused += 1
    assert refused > 4 * len(content)


def test_no_record_with_a_changed_bit_is_read_as_good(tmp_path):
    """Records of sweeps, trainings, verdicts and samples: whatever bit is changed, reading refuses, or nothing differs
    (white space, names of zip members)."""
    out = str(tmp_path / "out")
    swept, trained = faults.swept(out), faults.trained(out)
    verify(faults.FILE, depth="quick", out=out)
    store, generator = Store(out), random.Random(0)
    patterns = (
        "verdicts/*/*/*.json",
        "moments/*.npz",
        "observations/*.npz",
        "faulty/walk/*/seed-0.*",
        "sweeps/*/*/*/*",
    )
    kinds = {pattern: store.names(pattern) for pattern in patterns}
    assert all(kinds[pattern] for pattern in patterns if "observations" not in pattern)
    refused = harmless = 0
    for names in kinds.values():
        for _ in range(20 if names else 0):
            path = Path(out) / generator.choice(names)
            good = {".json": store.read_json, ".npz": store.read_arrays}.get(path.suffix)
            name = str(path.relative_to(out))
            before = repr(good(name)) if good else None
            content = flipped(path, generator)
            try:
                if good is not None:
                    assert repr(good(name)) == before, f"{name} was read as good"
                    harmless += 1
                elif path.suffix == ".parquet":
                    with pytest.raises(CorruptRecord, match=path.name):
                        faults.Parts(Store(path.parent.parent), path.parent.name).marks()
                    refused += 1
            except CorruptRecord as error:
                assert path.name in str(error)
                refused += 1
            path.write_bytes(content)
    print({"refused": refused, "harmless": harmless})
    assert refused > 3 * harmless
    assert faults.swept(out) == swept and faults.trained(out) == trained


def test_what_is_damaged_is_computed_again_by_the_same_sweep(tmp_path):
    out = str(tmp_path / "out")
    axes = {"m": "0:1:lin:30", "s": [1.0]}
    first = sweep(f"{faults.FILE}/normal", axes, out=out).estimate.values.tolist()
    for share in (0.5, 0):
        part = next(Path(out).glob("sweeps/*/*/*/part-*"))
        part.write_bytes(part.read_bytes()[: int(share * part.stat().st_size)])
        [grid] = Path(out).glob("sweeps/*/*/*/grid-*")
        with pytest.raises(CorruptRecord, match="the same sweep again computes it again"):
            open_sweep(grid)
        assert sweep(f"{faults.FILE}/normal", axes, out=out).estimate.values.tolist() == first
    grid.write_text("{")
    assert sweep(f"{faults.FILE}/normal", axes, out=out).estimate.values.tolist() == first
    assert open_sweep(grid).estimate.values.tolist() == first


def test_a_clock_that_jumps_changes_nothing(tmp_path, monkeypatch):
    expected = faults.swept(str(tmp_path / "calm")), faults.trained(str(tmp_path / "calm"))
    generator = random.Random(1)
    monkeypatch.setattr(time, "time", lambda: generator.uniform(-1e9, 4e9))
    monkeypatch.setattr(time, "time_ns", lambda: generator.randrange(-(10**18), 4 * 10**18))
    assert (faults.swept(str(tmp_path / "out")), faults.trained(str(tmp_path / "out"))) == expected


def test_two_writers_in_one_folder_hurt_nobody(tmp_path):
    out = str(tmp_path / "out")
    running = [subprocess.Popen(in_a_process("swept", out), stdout=subprocess.PIPE) for _ in range(2)]
    found = [json.loads(one.communicate(timeout=300)[0]) for one in running]
    assert [one.returncode for one in running] == [0, 0]
    assert found[0] == found[1] == faults.swept(str(tmp_path / "alone"))


def test_a_lost_host_ends_the_others_and_costs_only_what_was_in_flight(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    out = tmp_path / "out"
    command = [sys.executable, "-m", "corollary", "sweep", f"{faults.FILE}/slow", "a=1:60:lin:60", "--depth", "quick"]
    running = [
        subprocess.Popen(
            [*command, "--out", str(out), "--hosts", f"127.0.0.1:{port},{host},2"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for host in (0, 1)
    ]
    while not faults.kept(str(out)):
        assert all(one.poll() is None for one in running)
        time.sleep(0.05)  # between two looks at what the hosts have kept
    running[1].send_signal(signal.SIGKILL)
    assert running[1].wait() and running[0].wait(timeout=300)
    before = faults.kept(str(out))
    (tmp_path / "log").write_text("")
    found = sweep(f"{faults.FILE}/slow", {"a": "1:60:lin:60"}, depth="quick", alpha=1e-3, out=str(out))
    assert found.measured.values.tolist() == [float(a**2) for a in range(1, 61)]
    assert before and not before & {float(line) for line in (tmp_path / "log").read_text().split()}


def test_a_training_beside_itself_ends_as_alone(tmp_path):
    """Two processes of the same training in the same folder."""
    out = str(tmp_path / "out")
    running = [subprocess.Popen(in_a_process("trained", out), stdout=subprocess.PIPE) for _ in range(2)]
    found = [one.communicate(timeout=300)[0] for one in running]
    ended = [json.loads(output) for output, one in zip(found, running, strict=True) if one.returncode == 0]
    assert ended, "neither ended"
    alone = faults.trained(str(tmp_path / "alone"))
    assert all(one == alone for one in ended)
    assert train(faults._run(), {"steps": 400}, (0, 1), out).evaluation["end"].tolist() == alone[0]
