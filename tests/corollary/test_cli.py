"""The command line as a user meets it: outputs, exit statuses, one-line errors."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import corollary
from corollary.cli import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PROGRAM = [sys.executable, "-c", "from corollary.cli import main; main()"]


def run(*arguments, cwd=None, check=None):
    done = subprocess.run([*PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
    assert check is None or done.returncode == check, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def theorem(tmp_path_factory) -> Path:
    """The theorem of one's own that the README shows."""
    [code] = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    path = tmp_path_factory.mktemp("user") / "my_theorem.py"
    path.write_text(code)
    return path


def test_help_and_list_import_neither_jax_nor_sympy():
    code = (
        "import sys\nfrom corollary.cli import corollary\n"
        "for words in (['--help'], ['list'], ['list', '--json'], ['verify', '--help'], ['sweep', '--help']):\n"
        "    corollary.main(words, standalone_mode=False)\n"
        "assert not {'jax', 'sympy', 'matplotlib', 'scipy'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    shown = run(command, "--help", check=0).stdout
    assert f"corollary {command}" in shown or "corollary report" in shown


def test_a_terminal_that_cannot_show_a_tick_ends_nothing(theorem, tmp_path):
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    words = [*PROGRAM, "verify", str(theorem), "--depth", "quick"]
    done = subprocess.run(words, capture_output=True, cwd=tmp_path, env=environment)
    lines = done.stdout.decode("cp1252").splitlines()
    assert done.returncode == 1 and any(line.startswith("+   median ") for line in lines), done.stderr


def test_an_interruption_says_what_is_kept(tmp_path):
    # Where the tests run in the background, children would ignore the signal.
    heeding = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); " + PROGRAM[-1]
    words = [sys.executable, "-c", heeding, "verify", "--depth", "quick"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "results").exists() and process.poll() is None and time.monotonic() < deadline:
            pass
        process.send_signal(signal.SIGINT)
        assert "interrupted; what was finished is stored" in process.communicate(timeout=120)[1]
        assert process.returncode == 130
    finally:
        process.kill()


def test_python_dash_m_names_the_version():
    done = subprocess.run([sys.executable, "-m", "corollary", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.split()[-1] == corollary.__version__
    assert f"version: {corollary.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_the_bare_command_says_what_it_is_and_where_to_begin():
    shown = run(check=0).stdout
    assert "Interpretability theory" in shown and "corollary --help" in shown
    assert len(re.findall(r"^ +corollary \w+", shown, re.M)) == 3 and len(shown.splitlines()) < 20
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("verify ", {"icl-temperature", "grokking"}),
        ("verify icl-temperature/err", {"icl-temperature/error", "icl-temperature/error-softmax"}),
        ("evaluate icl-temperature/opt", {"icl-temperature/optimal_temperature"}),
        ("derive icl-temperature/opt", {"icl-temperature/optimal_temperature_isotropic"}),
        ("figures cca-barriers/fr", {"cca-barriers/frontier"}),
        ("train grokking/tr", {"grokking/transformer"}),
        ("sweep icl-temperature/error-d", {"icl-temperature/error-drawn"}),
        ("list gro", {"grokking"}),
        ("train icl", {"icl-temperature", "icl-temperature/attention"}),
        ("li", {"list"}),
    ],
)
def test_a_shell_completes_papers_and_names(typed, offered):
    assert "_COROLLARY_COMPLETE" in run("completion", "bash", check=0).stdout
    words = f"corollary {typed}"
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1), "_COROLLARY_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-m", "corollary"], env={**os.environ, **asked}, capture_output=True, text=True
    )
    found = {line.partition(",")[2] for line in done.stdout.splitlines()}
    assert offered <= found, done.stderr
    last = typed.rpartition(" ")[2]
    assert all(one.startswith(last) for one in found)


def test_a_users_true_theorem_holds_and_the_subtly_false_one_is_refuted(theorem, tmp_path):
    done = run("verify", theorem, "--depth", "quick", "--json", "records.json", cwd=tmp_path)
    records = {record["id"]: record for record in json.loads((tmp_path / "records.json").read_text())}
    assert done.returncode == 1
    assert records["my_theorem/median"]["verdict"] == "holds"
    assert records["my_theorem/median-as-told"]["verdict"] == "refuted"
    for record in records.values():
        assert {"id", "kind", "source", "verdict", "points", "seconds", "wrong"} <= record.keys()
        assert set(record["wrong"].values()) == {"refuted"}
    assert run("verify", f"{theorem}/median", "--depth", "quick", cwd=tmp_path).returncode == 0
    swept = run("sweep", f"{theorem}/median", "n=51,75", "--depth", "quick", "--json", cwd=tmp_path, check=0)
    assert [row["verdict"] for row in json.loads(swept.stdout)] == ["holds", "holds"]
    assert "report.html" in run("report", cwd=tmp_path, check=0).stdout


BAD = [
    (["vrify"], "did you mean 'verify'"),
    (["verify", "no-such-paper"], "unknown paper 'no-such-paper'"),
    (["verify", "missing.py"], "no file 'missing.py'"),
    (["verify", "--alpha", "2"], "alpha=2.0"),
    (["verify", "--depth", "deep"], "deep"),
    (["evaluate", "no-such-paper/error"], "unknown paper"),
    (["derive", "no-such-paper"], "unknown paper"),
    (["train", "no-such-paper/run"], "unknown paper"),
    (["report", "--out", "nothing-here"], "holds no verdicts"),
]


@pytest.mark.parametrize(("words", "says"), BAD, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_bad_input_gets_one_line_and_status_2(words, says, tmp_path):
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(theorem, tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("verify", theorem, "--out", tmp_path / "file" / "results", cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_a_corrupt_record_is_named_and_nothing_is_lost(theorem, tmp_path):
    run("verify", f"{theorem}/median", "--depth", "quick", cwd=tmp_path, check=0)
    [moments, *_] = (tmp_path / "results" / "moments").iterdir()
    moments.write_bytes(b"not an archive")
    done = run("verify", f"{theorem}/median", "--depth", "quick", cwd=tmp_path)
    assert done.returncode == 3
    assert moments.name in done.stdout
    assert list((tmp_path / "results" / "verdicts").glob("my_theorem-*/median/quick.json"))


def test_a_verification_killed_midway_goes_on_to_the_same_verdict(theorem, tmp_path):
    uninterrupted = tmp_path / "whole"
    run("verify", theorem, "--depth", "quick", "--out", uninterrupted, cwd=tmp_path)
    interrupted = tmp_path / "parts"
    process = subprocess.Popen(
        [*PROGRAM, "verify", str(theorem), "--depth", "quick", "--out", str(interrupted)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while not list(interrupted.glob("moments/*.npz")) and process.poll() is None and time.monotonic() < deadline:
        pass
    process.kill()
    process.wait()
    run("verify", theorem, "--depth", "quick", "--out", interrupted, cwd=tmp_path)
    for name in ("median", "median-as-told"):
        one, other = (
            json.loads(next(folder.glob(f"verdicts/my_theorem-*/{name}/quick.json")).read_text())
            for folder in (uninterrupted, interrupted)
        )
        timed = {"seconds": 0, "profile": {}, "checksum": ""}
        assert {**one, **timed} == {**other, **timed}
