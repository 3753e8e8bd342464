"""Moments are a function of (seed, measure, point): not of devices, interruptions, or who looked before."""

import json
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.storage.store import CorruptRecord, Store
from corollary.trials import monte_carlo
from corollary.trials.moments import Moments
from corollary.trials.monte_carlo import Trajectory, looks

PROGRAM = """
import json, sys
import jax
jax.config.update("jax_num_cpu_devices", int(sys.argv[1]))
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
from corollary.trials.monte_carlo import Trajectory
def measure(key, point):
    x = jax.random.normal(key, (512, point["d"]), jnp.float64) * point["scale"]
    m = x @ jnp.ones((point["d"], 3)) / point["d"]
    return jnp.exp(0.3 * m)
moments = Trajectory(measure, {"d": 7, "scale": 1.5}, seed=3).at(21)
print(json.dumps([len(jax.devices()), moments.count, moments.mean.tolist(), moments.scatter.tolist()]))
"""


def squares(key, point):
    return jax.random.normal(key, (256, 2), jnp.float64) ** 2 * point["scale"]


def _same(one: Moments, other: Moments) -> bool:
    pairs = ((one.mean, other.mean), (one.scatter, other.scatter))
    return one.count == other.count and all(np.array_equal(a, b) for a, b in pairs)


def test_one_and_eight_devices_give_the_same_bits():
    one, eight = (
        json.loads(
            subprocess.run([sys.executable, "-c", PROGRAM, n], capture_output=True, check=True, text=True).stdout
        )
        for n in ("1", "8")
    )
    assert (one[0], eight[0]) == (1, 8)
    assert one[1:] == eight[1:]


def test_a_dispatch_that_fits_an_accelerator_draws_the_same_samples(monkeypatch):
    point = {"scale": 1.3}
    on_cores = Trajectory(squares, point, seed=4).at(21)
    monkeypatch.setattr(monte_carlo, "dispatch", lambda: monte_carlo.ON_ACCELERATORS)
    beside = Trajectory(squares, point, seed=4).at(21)
    assert beside.count == on_cores.count
    for name in ("mean", "scatter", "largest"):  # batched sums may add up in another order
        np.testing.assert_allclose(getattr(beside, name), getattr(on_cores, name), rtol=1e-13)


def test_moments_are_those_of_the_samples():
    point = {"scale": 2.0}
    trajectory = Trajectory(squares, point, seed=0)
    moments = trajectory.at(8)
    from corollary.trials.monte_carlo import stream_key

    key = stream_key(0, squares, point)
    samples = np.concatenate([np.asarray(squares(jax.random.fold_in(key, c), point)) for c in range(8)])
    assert moments.count == len(samples) == 8 * 256
    np.testing.assert_allclose(moments.mean, samples.mean(0), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance, np.cov(samples.T), rtol=1e-10)


def test_an_interrupted_trajectory_resumes_to_the_same_bits(tmp_path: Path):
    point, wanted = {"scale": 1.0}, [look for look, _ in zip(looks(), range(6), strict=False)]
    whole = Trajectory(squares, point, seed=1).at(wanted[-1])
    for look in wanted:  # each look in a process of its own, as it were
        resumed = Trajectory(squares, point, seed=1, store=Store(tmp_path)).at(look)
    assert _same(whole, resumed)
    again = Trajectory(squares, point, seed=1, store=Store(tmp_path))
    assert again.reused == wanted[-1]
    assert _same(again.at(wanted[2]), Trajectory(squares, point, seed=1).at(wanted[2]))


def test_an_edited_measure_does_not_meet_its_former_moments(tmp_path: Path):
    def build(power):
        def measure(key, point):
            return jax.random.normal(key, (16,), jnp.float64) ** power

        return measure

    Trajectory(build(2), {}, seed=0, store=Store(tmp_path)).at(8)
    assert Trajectory(build(2), {}, seed=0, store=Store(tmp_path)).reused == 8
    assert Trajectory(build(4), {}, seed=0, store=Store(tmp_path)).reused == 0


def test_a_truncated_record_is_named_and_not_used(tmp_path: Path):
    Trajectory(squares, {"scale": 1.0}, seed=0, store=Store(tmp_path)).at(8)
    [record] = (tmp_path / "moments").iterdir()
    record.write_bytes(record.read_bytes()[:100])
    with pytest.raises(CorruptRecord, match=record.name):
        Trajectory(squares, {"scale": 1.0}, seed=0, store=Store(tmp_path))


def test_a_measure_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match="returned shape"):
        Trajectory(lambda key, point: jax.random.normal(key), {}, seed=0)
