"""`corollary train` leaves XLA few threads for runs whose seeds go in turn, which is safe while nothing there batches
linear algebra: XLA's factorisations of many matrices wait for other threads, and with few of them for ever."""

import re
import subprocess
import sys

import jax
import pytest

from corollary import papers
from corollary.training.presets import configuration
from corollary.training.program import mesh_for, program_of
from corollary.training.run import keys_of

RUNS = {f"{paper.slug}/{name}": paper.run(name) for paper in papers().values() for name in paper.runs}
IN_TURN = [name for name, run in RUNS.items() if run.in_turn]
FACTORISATION = re.compile(r"custom_call @lapack_(\w+)\(.*?: \(tensor<((?:\d+x)*)(?:f|c)")


def batched(run):
    """LAPACK's routines that the programs of a run apply to more than one matrix at a time, for seeds on every
    device and two a device."""
    config = configuration(run, "", {})
    seeds = tuple(range(2 * len(jax.devices())))
    program = program_of(run, tuple(config.items()), mesh_for(len(seeds)))
    init, step, test = keys_of(seeds)
    carry = jax.eval_shape(program.begin, init, step)
    texts = [
        program.begin.lower(init, step),
        program.advance.lower(carry, step, 0, 1),
        program.evaluate.lower(carry["state"], test),
    ]
    found = [match for text in texts for match in FACTORISATION.findall(text.as_text())]
    return {routine for routine, shape in found if any(int(size) > 1 for size in shape.split("x")[:-3])}


@pytest.mark.parametrize("name", IN_TURN)
def test_runs_in_turn_factorise_one_matrix_at_a_time(name):
    assert not batched(RUNS[name])


def test_a_batch_of_factorisations_is_seen():
    assert batched(RUNS["icl-temperature/regression"])


def test_training_with_all_measures_ends(tmp_path):
    small = ["--set", "p=13", "--set", "fraction=0.5", "--set", "steps=40", "--set", "every=20"]
    asked = ["train", "grokking/quadratic", *small, "--seeds", "2", "--measure", "all", "--out", str(tmp_path)]
    program = "from corollary.cli import main; main()"
    subprocess.run([sys.executable, "-c", program, *asked], check=True, timeout=300, stdout=subprocess.DEVNULL)
