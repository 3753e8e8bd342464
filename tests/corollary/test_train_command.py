"""`corollary train`: what it lists, what it prints, and what it refuses."""

import json
import re

import numpy as np
import pytest
from test_training_looks import TOY

import corollary.cli.train_command as train_command
from corollary.cli import corollary
from corollary.paper import Paper
from corollary.training.instruments import Measured


@pytest.fixture(autouse=True)
def _toy_paper(monkeypatch):
    paper = Paper("toy-paper", title="Toys", runs={"shrink": "test_training_looks:TOY"})
    monkeypatch.setattr(train_command, "find_paper", lambda slug: paper)


def train(capsys, *words):
    corollary.main(["train", "toy-paper/shrink", *map(str, words)], standalone_mode=False)
    return capsys.readouterr().out


def test_a_run_says_its_settings_presets_and_instruments(capsys):
    listed = " ".join(train(capsys, "--list").split())
    for text in (TOY.says, "--set every=7", "--preset tiny small=0.1", "it takes longer", "--measure size, parts"):
        assert text in listed


def test_preset_and_measures_are_printed_and_written_as_json(capsys, tmp_path):
    out = ("--out", tmp_path, "--seeds", 2)
    shown = train(capsys, "--preset", "tiny", "--measure", "size", "--keep", 35, *out)
    assert "expected: it takes longer" in shown
    assert "seed 1\n  at step" in shown and "size/largest" in shown and "parts/first" not in shown
    record = json.loads(train(capsys, "--preset", "tiny", "--measure", "all", "--json", *out))
    assert record["config"]["small"] == 0.1
    assert [one["seed"] for one in record["measured"]] == [0, 1]
    assert {"steps", "size/largest", "parts/first", "parts/last"} <= set(record["measured"][0])
    assert 35 in record["measured"][0]["steps"]


@pytest.mark.parametrize("columns", [60, 80, 132])
@pytest.mark.parametrize("name", ["size", "a_family_of_instruments/a_number_with_a_long_name"])
def test_the_table_of_measures_fits_and_keeps_names_and_steps_whole(monkeypatch, columns, name):
    monkeypatch.setenv("COLUMNS", str(columns))
    steps = np.array([1, 10, 100, 1000, 10000, 100000, 1000000, 10000000])
    shown = train_command.table(Measured(3, steps, {name: np.linspace(-1.234e-7, 9e12, 8), "b": np.ones(8)}))
    lines = shown.splitlines()
    assert max(map(len, lines)) <= columns and f"  {name}" in shown
    values = [line for line in lines if re.search(r"\d\S*$", line) and not line.startswith("seed")]
    assert len(values) == 3 and len({len(line) for line in values}) == 1, shown
    assert values[0].split()[-1] == "10000000" and len(values[0].split()) >= 3


def test_a_training_says_that_it_compiles_then_how_far_it_is(capsys, monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr(
        train_command.Progress, "say", lambda self, *words, **more: said.append((*words, *more.values()))
    )
    train(capsys, "--out", tmp_path)
    phases = [words[0] for words in said]
    assert phases[:2] == ["tracing the program", "compiling, step 0 of 200"]
    assert phases[2].startswith("step ") and phases[2].endswith(" of 200")
    assert any("left" in words[-1] for words in said[3:])
    assert not capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--preset", "tinny"], "did you mean 'tiny'?"),
        (["--measure", "sise"], "did you mean 'size'?"),
        (["--measure", "size,colour"], "unknown measure of toy-paper/shrink 'colour'"),
        (["--set", "smal=1"], "did you mean 'small'?"),
        (["--keep", "1000"], "checkpoints=[1000] is not allowed; allowed: steps in 1..200"),
    ],
)
def test_bad_input_is_one_line_before_any_work(capsys, tmp_path, words, says):
    with pytest.raises(ValueError) as raised:
        train(capsys, *words, "--out", tmp_path)
    assert says in str(raised.value) and "\n" not in str(raised.value)
    assert not list(tmp_path.rglob("*.json"))
    assert not capsys.readouterr().err
