import importlib.util

import numpy as np
import pytest

from corollary.storage.store import Store
from corollary.sweeps.sweep import sweep
from corollary.sweeps.values import parse_assignments, parse_axis, parse_value

THEOREM = """
import jax, jax.numpy as jnp, sympy as sp
from corollary import ClosedForm, Mean, Source
a = sp.Symbol("a", positive=True)
def exponential(key, point):
    return point["a"] * jax.random.exponential(key, (2048,), jnp.float64)
claim = Mean(id="mean", says="", source=Source("folklore"), predicts=ClosedForm(a), measures=exponential,
             at=[{"a": 1.0}], within=0.05, wrong={"twice": ClosedForm(2 * a)})
"""


@pytest.fixture
def target(tmp_path):
    (tmp_path / "theorem.py").write_text(THEOREM)
    return f"{tmp_path / 'theorem.py'}/mean"


def test_a_claim_is_measured_at_every_point(target, tmp_path):
    found = sweep(target, {"a": "0.5,1,2"}, depth="quick", out=str(tmp_path / "out"))
    assert found.sizes == {"a": 3}
    np.testing.assert_allclose(found.measured, found.predicted, rtol=0.05)
    assert set(found.verdict.values) == {"holds"}
    assert np.all(found.low < found.predicted) and np.all(found.predicted < found.high)


def test_only_what_is_missing_is_computed(target, tmp_path):
    seen = []

    def watch(done, total, point, record):
        seen.append(point["a"])

    out = str(tmp_path / "out")
    first = sweep(target, {"a": [0.5, 1.0]}, depth="quick", alpha=2e-3, out=out, watch=watch)
    names = Store(out).names("sweeps/*.json")
    (tmp_path / "out" / names[0]).unlink()  # as if the run had been killed before its last point
    again = sweep(target, {"a": [0.5, 1.0]}, depth="quick", alpha=2e-3, out=out, watch=watch)
    assert len(seen) == 3
    assert first.equals(again)


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ({"z": "1,2"}, "no input 'z'"),
        ({}, "at least one axis"),
        ({"a": "1:2:log"}, "not a range"),
        ({"a": "2:1:lin:3"}, "not a range"),
    ],
)
def test_bad_axes_are_refused(target, axes, says):
    with pytest.raises(ValueError, match=says):
        sweep(target, axes, out=None)


def test_axes_and_values_are_read_as_typed(tmp_path):
    assert parse_axis("d", "64,256") == [64, 256]
    np.testing.assert_allclose(parse_axis("t", "0.1:10:log:3"), [0.1, 1, 10])
    np.testing.assert_allclose(parse_axis("t", "0:1:lin:3"), [0, 0.5, 1])
    assert parse_value("S", "[[1,2],[3,4]]").shape == (2, 2)
    assert parse_value("model", "literal") == "literal"
    np.savez(tmp_path / "m.npz", S=np.eye(3))
    np.testing.assert_array_equal(parse_value("S", f"{tmp_path / 'm.npz'}:S"), np.eye(3))


@pytest.mark.parametrize("text", ["tau", "=3", "tau=", "1x=2"])
def test_malformed_assignments_are_refused(text):
    with pytest.raises(ValueError, match="malformed"):
        parse_assignments((text,))


@pytest.mark.parametrize("text", ["[[1,2],[3]]", "[1,", "missing.npz"])
def test_unreadable_matrices_are_refused(text):
    with pytest.raises(ValueError, match="S="):
        parse_value("S", text)


def test_ray_gives_what_the_local_engine_gives(target):
    """With the extra installed; without it, the error says what to install."""
    if importlib.util.find_spec("ray") is None:
        with pytest.raises(ValueError, match=r"corollary\[ray\]"):
            sweep(target, {"a": [1.0]}, out=None, engine="ray")
    else:
        axes = {"a": [0.5, 1.0]}
        found = sweep(target, axes, depth="quick", out=None, engine="ray")
        assert found.equals(sweep(target, axes, depth="quick", out=None))
