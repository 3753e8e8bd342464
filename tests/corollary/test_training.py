"""The training engine: settings, seeds, records, checkpoints, and resumption to the bit."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.training.run import Run, train, train_and_measure
from corollary.training.settings import Setting, configure


def _init(key, config):
    return {"w": jax.random.uniform(key, (16, 16), jnp.float32, -1, 1), "seen": jnp.zeros((), jnp.int32)}


def _step(state, key, config):
    x = jax.random.uniform(key, (32, 16), jnp.float32)

    def loss(w):
        return jnp.mean((jnp.tanh(x @ w) - x) ** 2)

    value, gradient = jax.value_and_grad(loss)(state["w"])
    return {"w": state["w"] - config["rate"] * gradient, "seen": state["seen"] + 1}, {"loss": value}


def _evaluate(state, key, config):
    x = jax.random.uniform(key, (64, 16), jnp.float32)
    return {"error": jnp.mean((jnp.tanh(x @ state["w"]) - x) ** 2, axis=1), "seen": state["seen"]}


def _measure(arrays, config):
    return {"error": arrays["error"].mean(), "seen": arrays["seen"]}


TOY = Run(
    name="toy-paper/identity",
    says="A linear layer learns the identity.",
    cost="nothing",
    expects="the error falls",
    settings={
        "steps": Setting(60, "gradient steps", within=(1, 1e6)),
        "rate": Setting(0.5, "learning rate", within=(0.0, 10.0)),
        "method": Setting("plain", "the update", choices=("plain", "fancy")),
        "verbose": Setting(False, "unused"),
    },
    init=_init,
    step=_step,
    evaluate=_evaluate,
    measure=_measure,
)


class Interrupted(Exception):
    pass


def _interrupt_at(step):
    def on_progress(progress):
        if progress.phase == "train" and progress.step >= step:
            raise Interrupted

    return on_progress


def _assert_same_bits(one, other):
    for part in ("history", "evaluation", "measurements"):
        ours, theirs = getattr(one, part), getattr(other, part)
        assert ours.keys() == theirs.keys()
        for name, values in ours.items():
            assert values.dtype == theirs[name].dtype
            np.testing.assert_array_equal(values, theirs[name])


@pytest.fixture(scope="module")
def uninterrupted():
    return train(TOY, seeds=(0, 3), out=None)


def test_training_learns(uninterrupted):
    assert uninterrupted.history["loss"].shape == (2, 60)
    assert np.all(uninterrupted.history["loss"][:, -1] < uninterrupted.history["loss"][:, 0])
    np.testing.assert_array_equal(uninterrupted.measurements["seen"], 60)


@pytest.mark.parametrize(("stop", "every"), [(5, 3), (44, 13), (59, 25)])
def test_an_interrupted_run_ends_in_the_same_bits(tmp_path, uninterrupted, stop, every):
    with pytest.raises(Interrupted):
        train(TOY, seeds=(0, 3), out=tmp_path, on_progress=_interrupt_at(stop), checkpoint_every=every)
    first = []
    resumed = train(TOY, seeds=(0, 3), out=tmp_path, on_progress=first.append, checkpoint_every=every)
    assert first[0].step == stop // every * every
    _assert_same_bits(resumed, uninterrupted)


def test_a_killed_process_ends_in_the_same_bits(tmp_path, uninterrupted):
    script = textwrap.dedent(f"""
        import os, signal, sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_training import TOY, train
        def die(progress):
            if progress.step >= 31:
                os.kill(os.getpid(), signal.SIGKILL)
        train(TOY, seeds=(0, 3), out={str(tmp_path)!r}, on_progress=die, checkpoint_every=10)
    """)
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    seen = []
    resumed = train(TOY, seeds=(0, 3), out=tmp_path, on_progress=seen.append, checkpoint_every=10)
    assert seen[0].step == 30
    _assert_same_bits(resumed, uninterrupted)


def test_a_stored_result_is_read_and_only_missing_seeds_are_trained(tmp_path, uninterrupted):
    train(TOY, seeds=(3,), out=tmp_path)
    records = {path: path.read_bytes() for path in tmp_path.rglob("seed-3.*")}
    both = train(TOY, seeds=(0, 3), out=tmp_path)
    assert {path: path.read_bytes() for path in records} == records
    calls = []
    again = train(TOY, seeds=(0, 3), out=tmp_path, on_progress=calls.append)
    assert not calls
    _assert_same_bits(again, both)


def test_a_seed_does_not_depend_on_its_company(uninterrupted):
    alone = train(TOY, seeds=(3,), out=None)
    np.testing.assert_allclose(alone.history["loss"][0], uninterrupted.history["loss"][1], rtol=1e-4)
    assert abs(alone.history["loss"][0] - uninterrupted.history["loss"][0]).max() > 1e-3


def test_measurements_without_a_folder(uninterrupted):
    measured = train_and_measure(TOY, [0, 3])
    assert [one["error"] for one in measured] == uninterrupted.measurements["error"].tolist()


def test_configurations_do_not_overwrite_each_other(tmp_path):
    slow = train(TOY, ["rate=0.1"], out=tmp_path)
    fast = train(TOY, {"rate": 0.2}, out=tmp_path)
    assert slow.folder != fast.folder
    _assert_same_bits(train(TOY, ["rate=0.1"], out=tmp_path), slow)


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path):
    with pytest.raises(Interrupted):
        train(TOY, ["rate=0.1"], out=tmp_path, on_progress=_interrupt_at(30))
    with pytest.raises(Interrupted):
        train(TOY, ["rate=0.2"], out=tmp_path, on_progress=_interrupt_at(1), checkpoint_every=60)
    folders = tmp_path.glob("toy-paper/identity/*/checkpoints")
    empty, theirs = sorted(folders, key=lambda folder: len(list(folder.glob("*/*"))))
    empty.rename(empty.parent / "aside")
    theirs.rename(empty)
    with pytest.raises(ValueError, match=r"another configuration \(rate=0\.1 there, rate=0\.2 here\)"):
        train(TOY, ["rate=0.2"], out=tmp_path)


def test_a_damaged_checkpoint_stops_the_run_and_the_one_before_takes_over(tmp_path, uninterrupted):
    with pytest.raises(Interrupted):
        train(TOY, seeds=(0, 3), out=tmp_path, on_progress=_interrupt_at(30), checkpoint_every=10)
    (latest,) = tmp_path.glob("**/30")
    next(latest.rglob("_METADATA")).write_text("{")
    with pytest.raises(ValueError, match=r"checkpoint '.*30' is truncated or corrupt"):
        train(TOY, seeds=(0, 3), out=tmp_path)
    shutil.rmtree(latest)
    seen = []
    _assert_same_bits(train(TOY, seeds=(0, 3), out=tmp_path, on_progress=seen.append), uninterrupted)
    assert seen[0].step == 20


def test_a_damaged_record_is_named_and_not_overwritten(tmp_path):
    train(TOY, ["rate=0.1"], out=tmp_path)
    (record,) = tmp_path.rglob("seed-0.json")
    record.write_bytes(record.read_bytes()[:50])
    with pytest.raises(ValueError, match=r"seed-0\.json' is truncated or corrupt"):
        train(TOY, ["rate=0.1"], out=tmp_path)
    assert len(record.read_bytes()) == 50


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["rat=1"], "setting 'rat' is unknown to toy-paper/identity; did you mean 'rate'?"),
        (["rate"], "setting 'rate' is malformed"),
        (["steps=3.5"], "setting steps='3.5' is not allowed; allowed: an integer in"),
        ({"steps": True}, "setting steps=True is not allowed"),
        (["rate=nan"], "setting rate='nan' is not allowed; allowed: a finite number in"),
        (["rate=-1"], "setting rate='-1' is not allowed"),
        (["verbose=1"], "setting verbose='1' is not allowed; allowed: true or false"),
        (["method=fanci"], "setting method='fanci' is not allowed; did you mean 'fancy'?"),
    ],
)
def test_bad_settings_are_one_clear_line(overrides, message):
    with pytest.raises(ValueError) as raised:
        train(TOY, overrides, out=None)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_settings_are_parsed_by_the_type_of_their_default():
    config = configure("toy", TOY.settings, ["steps=7", "rate=1e-2", "method = fancy", "verbose=true"])
    assert config == {"steps": 7, "rate": 0.01, "method": "fancy", "verbose": True}
    assert type(configure("toy", TOY.settings, {"rate": np.float32(2)})["rate"]) is float


def test_a_free_text_keeps_the_spaces_and_newlines_around_it():
    settings = {"between": Setting(" ", "words"), "steps": Setting(1, "of it")}
    found = configure("toy", settings, ["between= \n=", "steps= 2 "])
    assert found == {"between": " \n=", "steps": 2}


@pytest.mark.parametrize("seeds", [(), (1, 1), (-1,), (2**32,), (0.5,)])
def test_bad_seeds_are_refused(seeds):
    with pytest.raises(ValueError, match="seeds="):
        train(TOY, seeds=seeds, out=None)


def test_an_unwritable_folder_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot be written"):
        train(replace(TOY, init=None), out=tmp_path / "file")
