"""Checkpoints: whole or named as damaged, and never taken for another configuration's."""

import jax.numpy as jnp
import numpy as np
import pytest

from corollary.training.checkpoints import Checkpoints, CorruptCheckpoint

IDENTITY = {"run": "toy/run", "config": {"width": 3, "rate": 0.1}}


def _state():
    draws = np.random.default_rng(0).normal(size=(2, 16, 16)).astype(np.float32)
    return {"w": jnp.asarray(draws), "count": jnp.asarray([7, 8], jnp.int32), "nested": ({"b": jnp.ones(3)},)}


@pytest.fixture
def folder(tmp_path):
    with Checkpoints(tmp_path, IDENTITY) as checkpoints:
        checkpoints.save(3, _state())
        checkpoints.save(12, _state())
    return tmp_path


def _same(state, other):
    np.testing.assert_array_equal(state["w"], other["w"])
    np.testing.assert_array_equal(state["count"], other["count"])
    np.testing.assert_array_equal(state["nested"][0]["b"], other["nested"][0]["b"])


def test_a_state_comes_back_to_the_bit(folder):
    with Checkpoints(folder, IDENTITY) as checkpoints:
        assert checkpoints.steps() == [3, 12]
        _same(checkpoints.restore(12, _state()), _state())


def test_another_identity_is_refused(folder):
    other = {"run": "toy/run", "config": {"width": 4, "rate": 0.1}}
    with (
        Checkpoints(folder, other) as checkpoints,
        pytest.raises(ValueError, match=r"another configuration \(width=3 there, width=4 here\)"),
    ):
        checkpoints.restore(3, _state())


def test_a_missing_step_is_named(folder):
    with Checkpoints(folder, IDENTITY) as checkpoints, pytest.raises(ValueError, match=r"step=5 .*\[3, 12\]"):
        checkpoints.restore(5, _state())


@pytest.mark.parametrize("damage", ["truncate", "flip", "delete"])
def test_damage_to_any_file_is_named(folder, damage):
    files = [path for path in sorted((folder / "12").rglob("*")) if path.is_file() and path.stat().st_size]
    for path in files:
        whole = path.read_bytes()
        middle = len(whole) // 2
        if damage == "truncate":
            path.write_bytes(whole[:middle])
        elif damage == "flip":
            path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :])
        else:
            path.unlink()
        with Checkpoints(folder, IDENTITY) as checkpoints, pytest.raises(CorruptCheckpoint, match="12"):
            checkpoints.restore(12, _state())
        path.write_bytes(whole)
    assert len(files) > 5


def test_an_unfinished_save_does_not_count_and_is_replaced(folder):
    (folder / "12.json").unlink()
    with Checkpoints(folder, IDENTITY) as checkpoints:
        assert checkpoints.steps() == [3]
        checkpoints.save(12, _state())
        _same(checkpoints.restore(12, _state()), _state())


def test_a_relative_folder_will_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Checkpoints("results/run", {"run": "x"}) as checkpoints:
        checkpoints.save(1, _state())
        _same(checkpoints.restore(1, _state()), _state())
