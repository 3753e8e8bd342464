"""Sweeps: over whatever there is, what is missing only, and the same numbers however they are computed."""

import json
import os
import signal
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.storage.address import code_address, versions
from corollary.storage.store import CorruptRecord, Store, digest
from corollary.sweeps import dry_run as dry_run_module
from corollary.sweeps.dataset import open_sweep
from corollary.sweeps.dry_run import dry_run
from corollary.sweeps.sweep import sweep
from corollary.sweeps.targets import work_of
from corollary.sweeps.work import Order
from corollary.training.run import Run
from corollary.training.settings import Setting
from corollary.trials.monte_carlo import Trajectory

THEOREM = """
import jax, jax.numpy as jnp, numpy as np, sympy as sp
from corollary import ClosedForm, Control, Exponent, Identity, Mean, Phenomenon, Run, Source, Value, static
from corollary.training.settings import Setting
a = sp.Symbol("a", positive=True)

def exponential(key, point):
    return point["a"] * jax.random.exponential(key, (256,), jnp.float64)

def pair(key, point):
    x = jax.random.normal(key, (64,), jnp.float64)
    return {"first": point["a"] + x, "second": point["b"] * x + 1}

@static("n")
def largest(key, point):
    return jnp.max(jnp.abs(jax.random.normal(key, (32, point["n"]), jnp.float64)), axis=1) + point["c"]

def fussy(key, point):
    return exponential(key, point) / jnp.where(point["a"] == 2.0, 0.0, 1.0)

source = Source("folklore")
claim = Mean(id="mean", says="", source=source, predicts=ClosedForm(a), measures=exponential,
             at=[{"a": 1.0}], within=0.05, wrong={"twice": ClosedForm(2 * a)})
value = Value(id="square", says="", source=source, predicts=ClosedForm(a**2), computes=lambda a: a * a,
              at=[{"a": 3.0}], within=1e-9, wrong={"cube": ClosedForm(a**3)})
slope = Exponent(id="slope", says="", source=source, along="n", predicts=2, computes=lambda n, c: c * n**2,
                 at=[{"n": n, "c": 1.0} for n in (4, 8, 16, 32, 64)], within=0.05, wrong={"one": 1})
second = Mean(id="second", says="", source=source, predicts={"second": ClosedForm(sp.Integer(1))}, measures=pair,
              at=[{"a": 5.0, "b": 1.0}], within=0.1, wrong={"two": {"second": ClosedForm(sp.Integer(2))}})
drawn = Exponent(id="sampled", says="", source=source, along="a", predicts=1, measures=exponential,
                 at=[{"a": a} for a in (1.0, 2.0, 4.0, 8.0)], within=0.05, wrong={"two": 2})
seen = Phenomenon(id="seen", says="", source=source,
                  measures=lambda key, point: {"x": jax.random.uniform(key) + point["s"]},
                  shows=lambda row: row["x"] > 0.5, effect="x", point={"s": 0.6}, seeds=64,
                  wrong={"lower": Control(point={"s": -0.6})})
proof = Identity(id="proof", says="", source=source, left=ClosedForm(a * a), right=ClosedForm(a**2),
                 wrong={"cube": ClosedForm(a**3)})
walk = Run(name="own/walk", says="A walk.", cost="none", expects="spread sqrt(steps)",
           settings={"steps": Setting(4, "steps", within=(1, 1000)), "size": Setting(1.0, "of a step", within=(0, 10))},
           init=lambda key, config: jnp.zeros(()),
           step=lambda x, key, config: (x + config["size"] * jax.random.normal(key), {"x": x}),
           evaluate=lambda x, key, config: {"end": x},
           measure=lambda arrays, config: {"end": float(arrays["end"]), "distance": abs(float(arrays["end"]))})
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "theorem.py").write_text(THEOREM)
    return str(tmp_path / "theorem.py")


@pytest.fixture
def counted():
    """(watch, the points that were computed)."""
    seen = []
    return (lambda done, total, point, row: seen.append(point)), seen


def test_a_claim_is_measured_at_every_point(file, tmp_path):
    found = sweep(f"{file}/mean", {"a": "0.5,1,2"}, depth="quick", out=str(tmp_path / "out"))
    assert found.sizes == {"a": 3}
    np.testing.assert_allclose(found.measured, found.predicted, rtol=0.05)
    assert set(found.verdict.values) == {"holds"}
    assert np.all(found.low < found.predicted) and np.all(found.predicted < found.high)


def test_claims_of_other_kinds_are_swept_too(file):
    found = sweep(f"{file}/square", {"a": "1:4:lin:4"}, out=None)
    np.testing.assert_allclose(found.measured, [1, 4, 9, 16])
    found = sweep(f"{file}/slope", {"c": [1.0, 5.0]}, out=None)
    np.testing.assert_allclose(found.measured, 2, rtol=1e-9)
    found = sweep(f"{file}/seen", {"s": [0.6, -0.6]}, out=None)
    assert found.verdict.values.tolist() == ["holds", "refuted"]
    with pytest.raises(ValueError, match="no points to sweep"):
        sweep(f"{file}/proof", {"a": [1.0]}, out=None)


def test_the_sizes_of_an_exponent_are_swept(file):
    """What it takes the slope of, computed or sampled; its other inputs too."""
    found = sweep(f"{file}/slope", {"n": [2, 3, 1000], "c": [1.0, 2.0]}, out=None)
    np.testing.assert_allclose(found.measured.sel(c=2.0), [8, 18, 2e6])
    found = sweep(f"{file}/sampled", {"a": "1:4:x2"}, out=None, depth="quick")
    assert np.all((found.low < found.a) & (found.a < found.high)) and "verdict" not in found
    found = sweep(f"{file}/sampled", {"a": "1:4:x2"}, out=None, precision=0.01)
    np.testing.assert_allclose(found.estimate, found.a, rtol=0.05)
    assert "closed form" not in found
    with pytest.raises(ValueError, match="has no input 'b'; allowed: a"):
        sweep(f"{file}/sampled", {"b": [1.0]}, out=None, precision=0.01)
    with pytest.raises(ValueError, match="slope is of kind Exponent; allowed with"):
        sweep(f"{file}/slope", {"n": [1, 2]}, out=None, precision=0.1)


def test_a_training_has_a_dimension_of_seeds(file, tmp_path, counted):
    watch, seen = counted
    out = str(tmp_path / "out")
    few = sweep(f"{file}/walk", {"size": [1.0, 2.0]}, out=out, replicates=2, watch=watch)
    assert few.distance.dims == ("size", "seed") and few.seed.values.tolist() == [0, 1]
    np.testing.assert_allclose(few.end.sel(size=2.0), 2 * few.end.sel(size=1.0), rtol=1e-6)
    more = sweep(f"{file}/walk", {"size": [1.0, 2.0, 3.0]}, out=out, replicates=3, watch=watch)
    assert more.sizes == {"size": 3, "seed": 3} and len(seen) == 5
    np.testing.assert_array_equal(more.end.values[:2, :2], few.end.values)
    with pytest.raises(ValueError, match="sizes"):
        sweep(f"{file}/walk", {"sizes": [1.0]}, out=out)


def test_a_measure_is_sampled_as_a_trial_samples_it(file):
    found = sweep(f"{file}/exponential", {"a": [0.5, 1.0, 2.0]}, out=None, replicates=2048, seed=3)
    measure = work_of(Order(f"{file}/exponential")).measure
    for point in (0.5, 1.0, 2.0):
        moments = Trajectory(measure, {"a": point}, 3).at(8)
        assert found.samples.sel(a=point) == moments.count == 2048
        np.testing.assert_allclose(found.estimate.sel(a=point), moments.mean[0], rtol=1e-14)
        error = np.sqrt(moments.covariance[0, 0] / 2048)
        np.testing.assert_allclose(found["standard error"].sel(a=point), error, rtol=1e-12)
    named = sweep(f"{file}/pair", {"a": [1.0], "b": [2.0, 4.0]}, out=None)
    np.testing.assert_allclose(
        named["second: standard error"], named["b"].values * named["first: standard error"].values
    )


def test_a_precision_ends_each_point_at_its_own_time(file):
    found = sweep(f"{file}/pair", {"a": [1.0, 100.0], "b": [0.1]}, out=None, precision=0.01)
    error = found["first: standard error"] / found["first"]
    assert np.all(error <= 0.01) and found.samples.sel(a=1.0) > 4 * found.samples.sel(a=100.0)
    capped = sweep(f"{file}/pair", {"a": [1e-9], "b": [0.1]}, out=None, precision=0.01, budget=4096)
    assert capped.samples.item() == 4096


def test_a_claim_is_built_in_float64(tmp_path):
    """The arrays that a file makes when it is loaded, before anything runs, are as those of a trial."""
    (tmp_path / "arrays.py").write_text(THEOREM + "\nthird = jnp.asarray(1 / 3, jnp.float64)\n")
    words = ["sweep", "arrays.py/square", "a=3", "--json"]
    python = [sys.executable, "-W", "error", "-m", "corollary"]
    found = subprocess.run([*python, *words], capture_output=True, text=True, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout)[0]["measured"] == 9


def test_what_is_estimated_is_the_claim_of_a_quantitys_name():
    name = "direction-magnitude/pair-accuracy"
    assert work_of(Order(name)).kind == "quantity"
    assert work_of(Order(name, precision=0.1)).kind == "measure"
    with pytest.raises(ValueError, match="psi is a quantity, which is not sampled"):
        work_of(Order("attention-queries/psi", replicates=8))


def test_a_mean_claim_is_estimated_beside_its_closed_form(file):
    found = sweep(f"{file}/mean", {"a": "1:4:x2"}, out=None, precision=0.005)
    np.testing.assert_array_equal(found["closed form"], [1, 2, 4])
    assert np.all(np.abs(found.estimate - found["closed form"]) < 5 * found["standard error"])
    with pytest.raises(ValueError, match="allowed with replicates, precision or budget: a Mean"):
        sweep(f"{file}/square", {"a": [1.0]}, out=None, precision=0.1)


def test_what_is_estimated_is_compared_by_name(file):
    """The claim predicts one of two named components, the second by name."""
    found = sweep(f"{file}/second", {"b": [1.0, 2.0]}, out=None, replicates=1024)
    assert found["estimate"].shape == found["closed form"].shape == (2,)
    np.testing.assert_allclose(found.estimate, 1, atol=0.2)


def test_points_of_other_shapes_are_swept_together(file):
    found = sweep(f"{file}/largest", {"n": [1, 10, 100], "c": [0.0, 1.0]}, out=None)
    assert np.all(np.diff(found.estimate.values, axis=0) > 0)
    # Of other keys, since the input is part of what a stream is drawn for.
    np.testing.assert_allclose(found.estimate.sel(c=1.0) - found.estimate.sel(c=0.0), 1, atol=0.2)


def test_only_what_is_missing_is_computed(file, tmp_path, counted):
    watch, seen = counted
    out = str(tmp_path / "out")
    first = sweep(f"{file}/exponential", {"a": [0.5, 1.0]}, out=out, watch=watch)
    again = sweep(f"{file}/exponential", {"a": [1.0, 0.5]}, out=out, watch=watch)
    assert len(seen) == 2
    np.testing.assert_array_equal(again.estimate.values, first.estimate.values[::-1])
    more = sweep(f"{file}/exponential", {"a": "0.5,1,2"}, out=out, watch=watch)
    assert len(seen) == 3 and more.sizes == {"a": 3}
    np.testing.assert_array_equal(more.estimate.values[:2], first.estimate.values)


def test_the_order_of_the_axes_does_not_matter(file, tmp_path, counted):
    watch, seen = counted
    out = str(tmp_path / "out")
    first = sweep(f"{file}/pair", {"a": [1.0, 2.0], "b": [0.1, 0.2, 0.3]}, out=out, watch=watch)
    again = sweep(f"{file}/pair", {"b": [0.1, 0.2, 0.3], "a": [1, 2]}, out=out, watch=watch)
    assert len(seen) == 6
    np.testing.assert_array_equal(again["first"].values.T, first["first"].values)


def test_an_edit_and_another_seed_are_computed_anew(file, tmp_path):
    out = str(tmp_path / "out")
    first = sweep(f"{file}/exponential", {"a": [1.0]}, out=out)
    other = sweep(f"{file}/exponential", {"a": [1.0]}, out=out, seed=1)
    assert first.estimate.item() != other.estimate.item()
    with open(file, "w") as stream:
        stream.write(THEOREM.replace('point["a"] * jax.random.exp', '2 * point["a"] * jax.random.exp'))
    edited = sweep(f"{file}/exponential", {"a": [1.0]}, out=out)
    assert edited.estimate.item() == 2 * first.estimate.item()


def test_a_zipped_sweep_has_one_dimension(file):
    found = sweep(f"{file}/pair", {"a": [1.0, 2.0], "b": [3.0, 4.0]}, out=None, zipped=True)
    assert found.sizes == {"point": 2} and found.b.values.tolist() == [3.0, 4.0]


def test_a_point_without_a_value_stops_no_other(file, tmp_path):
    out = str(tmp_path / "out")
    found = sweep(f"{file}/fussy", {"a": "1:4:lin:4"}, out=out)
    assert np.isnan(found.estimate.values).tolist() == [False, True, False, False]
    [(point, why)] = found.attrs["failed"]
    assert point == {"a": 2} and "infinities" in why
    alone = sweep(f"{file}/fussy", {"a": [1, 3, 4]}, out=None)
    np.testing.assert_array_equal(found.estimate.values[[0, 2, 3]], alone.estimate.values)


def test_records_of_older_versions_are_read(file, tmp_path, counted):
    watch, seen = counted
    out, target = str(tmp_path / "out"), f"{file}/mean"
    code = [code_address(work_of(Order(target)).found), versions()]
    name = digest(target, code, {"a": 0.5}, "standard", 1e-3, 0)
    Store(out).write_json(
        f"sweeps/{name}.json", {"target": target, "inputs": {"a": 0.5}, "measured": 0.25, "verdict": "holds"}
    )
    found = sweep(target, {"a": [0.5, 1.0]}, out=out, alpha=1e-3, watch=watch)
    assert found.measured.values[0] == 0.25 and seen == [{"a": 1.0}]


def test_a_sweep_is_opened_lazily(file, tmp_path, monkeypatch):
    found = sweep(f"{file}/pair", {"a": [1.0, 2.0], "b": "0.1:1:lin:3"}, out=str(tmp_path / "out"))
    from corollary.storage.parts import Parts

    asked = []
    read = Parts.read
    monkeypatch.setattr(
        Parts, "read", lambda self, name, marks: (asked.append((name, len(marks))), read(self, name, marks))[1]
    )
    opened = open_sweep(found.attrs["path"])
    expected = found["first"].isel(a=0).values
    asked.clear()
    np.testing.assert_array_equal(opened["first"].isel(a=0).values, expected)
    assert asked == [("first", 3)]
    np.testing.assert_array_equal(opened["second"].transpose().values, found["second"].values.T)
    folder = os.path.dirname(found.attrs["path"])
    assert open_sweep(folder).equals(found.drop_attrs())
    sweep(f"{file}/pair", {"a": [1.0], "b": [0.1]}, out=str(tmp_path / "out"))
    with pytest.raises(ValueError, match="several sweeps"):
        open_sweep(folder)
    with pytest.raises(ValueError, match="no sweep"):
        open_sweep(tmp_path / "nothing.json")
    (tmp_path / "grid-x.json").write_text("[]")
    with pytest.raises(CorruptRecord, match="no description"):
        open_sweep(tmp_path / "grid-x.json")


def test_what_a_sweep_will_take_is_tried_on_its_ends(file, tmp_path):
    out = str(tmp_path / "out")
    told = dry_run(f"{file}/exponential", {"a": "1:8:lin:8"}, out=out)
    assert (told.points, told.missing) == (8, 8) and 0 < told.seconds[0] <= told.seconds[1] and told.memory > 2**26
    assert not Store(out).names("sweeps/*/*/*/*")
    sweep(f"{file}/exponential", {"a": "1:8:lin:8"}, out=out)
    assert dry_run(f"{file}/exponential", {"a": "1:8:lin:8"}, out=out).missing == 0
    assert dry_run(f"{file}/walk", {"size": [1.0, 2.0]}, out=out, replicates=5).replicates == 5


@pytest.mark.parametrize("patience", [20.0, 0.0])
def test_a_dear_evaluation_is_part_of_what_a_training_will_take(monkeypatch, patience):
    """Whether the probe trains to the end, or stops before the evaluation."""

    def slowly(x):
        time.sleep(0.5)  # what an evaluation takes at least
        return np.asarray(x)

    def evaluate(x, key, config):
        return {"end": jax.pure_callback(slowly, jax.ShapeDtypeStruct(x.shape, x.dtype), x, vmap_method="expand_dims")}

    walk = Run(
        name="own/walk",
        says="",
        cost="",
        expects="",
        settings={"steps": Setting(8, "steps", within=(1, 1000))},
        init=lambda key, config: jnp.zeros(()),
        step=lambda x, key, config: (x + jax.random.normal(key), {"x": x}),
        evaluate=evaluate,
        measure=lambda arrays, config: {"end": float(arrays["end"])},
    )
    monkeypatch.setattr(dry_run_module, "PROBE_SECONDS", patience)
    assert dry_run(walk, {"steps": [8, 16]}, out=None).seconds[0] >= 2 * 0.5


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"z": "1,2"}, "no input 'z'"),
        ({}, "at least one axis"),
        ({"a": "1:2:log"}, "not a range"),
        ({"a": "2:1:lin:3"}, "not a range"),
        ({"a": "4:2:x2"}, "not a range"),
        ({"a": "1:2:x1"}, "not a range"),
        ({"a": "1,2,1.0"}, "a value twice"),
        ({"a": "1:1e8:x1.0000001"}, "not a range"),
    ],
)
def test_bad_axes_are_refused(file, axes, says):
    with pytest.raises(ValueError, match=says):
        sweep(f"{file}/mean", axes, out=None)


@pytest.mark.parametrize(
    ("target", "options", "says"),
    [
        ("mean", {"zipped": True, "axes": {"a": [1.0, 2.0], "b": [1.0]}}, "one length"),
        ("mean", {"engine": "slurm"}, "allowed: local, ray"),
        ("mean", {"precision": -0.1}, "precision=-0.1"),
        ("walk", {"precision": 0.1}, "a training"),
        ("nothing", {}, "nothing"),
    ],
)
def test_what_cannot_be_swept_is_refused(file, target, options, says):
    axes = options.pop("axes", {"a": [1.0]})
    with pytest.raises(ValueError, match=says):
        sweep(f"{file}/{target}", axes, out=None, **options)


def test_functions_are_swept_as_they_are():
    def shifted(key, point):
        return point["m"] + jax.random.normal(key, (512,), jnp.float64)

    found = sweep(shifted, {"m": np.linspace(0, 1, 3)}, out=None, replicates=4096)
    np.testing.assert_allclose(found.estimate, found.m, atol=0.1)


ON_DEVICES = """
import json, sys
from corollary.sweeps.sweep import sweep
found = sweep(sys.argv[1] + "/pair", {"a": "1:3:lin:5", "b": "0.1,0.2,0.3"}, out=None, precision=0.02)
print(json.dumps([found["first"].values.tolist(), found["samples"].values.tolist()]))
"""


def test_the_number_of_devices_changes_no_bit(file):
    found = {}
    for devices in (1, 3):
        env = {**os.environ, "XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_ENABLE_X64": "1"}
        done = subprocess.run([sys.executable, "-c", ON_DEVICES, file], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        found[devices] = json.loads(done.stdout)
    assert found[1] == found[3]


SLOW = """
import time
from corollary import Run
from corollary.training.settings import Setting
from corollary import untraced, Value, ClosedForm, Source
import sympy as sp
a = sp.Symbol("a", positive=True)
def slowly(a):
    print("at", a, flush=True)
    time.sleep(0.3)  # long enough to be interrupted in the middle
    return a
claim = Value(id="slow", says="", source=Source(""), predicts=ClosedForm(a), computes=slowly, at=[{"a": 1.0}],
              within=1e-9, wrong={"twice": ClosedForm(2 * a)})
"""


def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "corollary", "sweep", "slow.py/slow", "a=1:20:lin:20", "--depth", "quick"]
    running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while "at 2" not in running.stdout.readline():
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 130 and "Traceback" not in errors
    assert "of 20 points, which are kept" in errors
    assert "corollary sweep slow.py/slow a=1:20:lin:20 --depth quick" in errors
    done = int(errors.split("stopped after ")[1].split(" of")[0])
    again = subprocess.run([*command[:5], "a=1:5:lin:5", *command[6:]], cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("at ") == 5 - done
