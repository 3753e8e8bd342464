"""Runs that are looked at every few steps: stopping, freezing, checkpoints at chosen steps, presets, instruments."""

import json
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.training.instruments import measure_along
from corollary.training.presets import Preset, configuration
from corollary.training.run import Run, train
from corollary.training.settings import Setting


def _init(key, config):
    return {"x": jax.random.uniform(key, (8,), jnp.float32, 1, 2), "rate": jax.random.uniform(key, (), jnp.float32)}


def _step(state, key, config):
    noise = jax.random.uniform(key, (8,), jnp.float32)
    return {**state, "x": state["x"] * (1 - 0.1 * state["rate"] * noise)}, {"loss": jnp.sum(state["x"] ** 2)}


TOY = Run(
    name="toy-paper/shrink",
    says="A vector shrinks, at each seed's own rate.",
    cost="nothing",
    expects="its norm falls",
    settings={
        "steps": Setting(200, "most steps", within=(1, 1e6)),
        "every": Setting(7, "steps from one look to the next", within=(1, 1e6)),
        "small": Setting(0.2, "norm at which to stop", within=(0.0, 10.0)),
    },
    init=_init,
    step=_step,
    evaluate=lambda state, key, config: {"x": state["x"]},
    measure=lambda arrays, config: {"looks": len(arrays["history/norm"]), "first": arrays["history/norm"][0]},
    watch=lambda state, config: {"norm": jnp.linalg.norm(state["x"])},
    done=lambda before, now, config: (before["norm"] < config["small"]) & (now["norm"] < config["small"]),
    presets={"tiny": Preset({"small": 0.1}, "nothing", "it takes longer"), "short": Preset({"steps": 9}, "", "")},
    instruments={
        "size": lambda state, config: {"largest": jnp.max(state["x"])},
        "parts": lambda state, config: {"first": state["x"][0], "last": state["x"][-1]},
    },
    checkpoints=lambda config: [14, 70],
)
SEEDS = (0, 1, 2, 5)


class Interrupted(Exception):
    pass


def _interrupt_at(step):
    def on_progress(progress):
        if progress.phase == "train" and progress.step >= step:
            raise Interrupted

    return on_progress


@pytest.fixture(scope="module")
def together():
    return train(TOY, seeds=SEEDS, out=None)


def test_a_run_is_looked_at_every_few_steps_and_after_the_last():
    found = train(TOY, {"steps": 24, "small": 0.0}, out=None)
    np.testing.assert_array_equal(found.looks, [7, 14, 21, 24])
    assert found.history["norm"].shape == found.history["loss"].shape == (1, 4)
    np.testing.assert_allclose(found.history["norm"][0, -1], np.linalg.norm(found.evaluation["x"][0]), rtol=1e-6)


def test_each_seed_stops_at_the_second_look_that_says_so(together):
    assert len(set(together.stopped)) > 1, "the seeds differ"
    for row, stopped in enumerate(together.stopped):
        norms = together.history["norm"][row]
        small = norms < 0.2
        if stopped < 200:
            last = stopped // 7 - 1
            assert small[last - 1] and small[last] and not small[: last - 1].any()
            assert np.isnan(norms[last + 1 :]).all()
    assert together.looks[-1] == together.stopped.max()


def test_a_seed_that_is_done_stays_as_it_is_alone(together):
    for row, seed in enumerate(SEEDS):
        alone = train(TOY, seeds=(seed,), out=None)
        assert alone.stopped[0] == together.stopped[row]
        np.testing.assert_allclose(alone.evaluation["x"][0], together.evaluation["x"][row], rtol=1e-6)


def test_seeds_in_turn_and_side_by_side_agree(together):
    in_turn = train(replace(TOY, in_turn=True), seeds=SEEDS, out=None)
    np.testing.assert_array_equal(in_turn.stopped, together.stopped)
    np.testing.assert_allclose(in_turn.evaluation["x"], together.evaluation["x"], rtol=1e-6)


@pytest.mark.parametrize("stop", [14, 77])
def test_an_interrupted_run_ends_in_the_same_bits(tmp_path, together, stop):
    with pytest.raises(Interrupted):
        train(TOY, seeds=SEEDS, out=tmp_path, on_progress=_interrupt_at(stop), checkpoints=[10])
    first = []
    resumed = train(TOY, seeds=SEEDS, out=tmp_path, on_progress=first.append)
    assert first[0].step == (14 if stop == 14 else 70)
    np.testing.assert_array_equal(resumed.stopped, together.stopped)
    np.testing.assert_array_equal(resumed.history["norm"], together.history["norm"])
    np.testing.assert_array_equal(resumed.evaluation["x"], together.evaluation["x"])


def test_progress_shows_the_last_look_of_every_seed():
    seen = []
    train(TOY, {"steps": 21, "small": 0.0}, seeds=(0, 1), out=None, on_progress=seen.append)
    assert [one.step for one in seen] == [0, 7, 14, 21]
    assert not seen[0].metrics
    assert all(np.isfinite(one.metrics["norm"]).all() for one in seen[1:])


def test_instruments_see_every_checkpoint_once(tmp_path):
    trained = train(TOY, seeds=(0, 2), out=tmp_path, checkpoints=[35])
    calls = str(tmp_path / "calls")  # outside of what the instrument captures, which is part of its address

    def counting(state, config):
        with open(calls, "a") as file:
            file.write(".")
        return {"norm": jnp.linalg.norm(state["x"])}

    run = replace(TOY, instruments={"norm": counting})
    zero, two = measure_along(run, ["all"], seeds=(0, 2), out=tmp_path)
    for row, seen in enumerate((zero, two)):
        at_looks = dict(zip(trained.looks, trained.history["norm"][row], strict=True))
        assert {14, 35, 70, trained.stopped[row]} >= set(seen.steps.tolist())
        assert seen.steps[-1] == trained.stopped[row]
        np.testing.assert_allclose(seen.values["norm/norm"], [at_looks[step] for step in seen.steps], rtol=1e-6)
    before = len(Path(calls).read_text())
    measure_along(run, ["norm"], seeds=(0, 2), out=tmp_path)
    assert len(Path(calls).read_text()) == before


def test_an_edited_instrument_measures_anew(tmp_path):
    train(TOY, out=tmp_path)

    def measured(factor):
        run = replace(TOY, instruments={"norm": lambda state, config: {"norm": factor * jnp.linalg.norm(state["x"])}})
        return measure_along(run, ["norm"], out=tmp_path)[0].values["norm/norm"]

    np.testing.assert_allclose(2 * measured(1.0), measured(2.0))


def test_an_edited_measurement_is_computed_anew_from_what_was_trained(tmp_path):
    first = train(TOY, out=tmp_path)
    steps = []
    again = train(replace(TOY, measure=lambda arrays, config: {"twice": 2.0}), out=tmp_path, on_progress=steps.append)
    assert again.measurements["twice"].tolist() == [2.0]
    assert again.folder == first.folder and not steps


def test_unknown_instruments_and_untrained_seeds_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"unknown measure of toy-paper/shrink 'sise'; did you mean 'size'\?"):
        measure_along(TOY, ["sise"], out=tmp_path)
    with pytest.raises(ValueError, match="seed=7 has no checkpoints"):
        measure_along(TOY, ["size"], seeds=(7,), out=tmp_path)


def test_a_checkpoint_of_another_configuration_is_not_measured(tmp_path):
    train(TOY, {"small": 0.4}, out=tmp_path)
    train(TOY, {"small": 0.3}, out=tmp_path)
    [mine] = [path for path in tmp_path.rglob("seed-0.json") if json.loads(path.read_text())["config"]["small"] == 0.3]
    [other] = [path for path in tmp_path.rglob("seed-0.json") if json.loads(path.read_text())["config"]["small"] == 0.4]
    (mine.parent / "checkpoints").rename(mine.parent / "aside")
    (other.parent / "checkpoints").rename(mine.parent / "checkpoints")
    with pytest.raises(ValueError, match=r"another configuration \(small=0\.4 there, small=0\.3 here\)"):
        measure_along(TOY, ["size"], {"small": 0.3}, out=tmp_path)


def test_presets_are_settings_by_name_that_overrides_replace():
    assert configuration(TOY, "tiny") == {"steps": 200, "every": 7, "small": 0.1}
    assert configuration(TOY, "tiny", ["small=0.2", "every=3"]) == {"steps": 200, "every": 3, "small": 0.2}
    with pytest.raises(ValueError, match=r"unknown preset of toy-paper/shrink 'tinny'; did you mean 'tiny'\?"):
        train(TOY, preset="tinny", out=None)
    assert train(TOY, preset="short", out=None).stopped == [9]


@pytest.mark.parametrize("steps", [[0], [201], [3.5]])
def test_checkpoints_outside_the_run_are_refused(steps):
    with pytest.raises(ValueError, match=r"checkpoints=.* is not allowed; allowed: steps in 1\.\.200"):
        train(TOY, out=None, checkpoints=steps)
