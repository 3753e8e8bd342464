"""Measures in float32: what a trial adds to its intervals, sends back to float64, and never accepts."""

import warnings

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

import corollary as co
from corollary import runtime
from corollary.measure import float64_reason, needs_float64
from corollary.sims.numerics.gaussian import normal
from corollary.trials import float32 as single
from corollary.trials.claim import Trial, Verdict
from corollary.trials.mean import Contrast, Judge
from corollary.trials.mean_trial import MeanTrial
from corollary.trials.moments import Moments
from corollary.trials.monte_carlo import Trajectory, outline_of
from corollary.trials.paired import check, judged

pytestmark = pytest.mark.usefixtures("compiled_quickly")


def squares(key, point):
    return normal(key, (2048, 2)) ** 2 * point["scale"]


def below(key, point):
    return (normal(key, (4096,)) < point["scale"]).astype(jnp.float64)


def jax_own(key, point):
    return jax.random.normal(key, (2048,), jnp.float64) * point["scale"]


def loses_digits(key, point):
    """E = scale/100. In float32 a number near 2**20 has a step of 1/8, to which small ones are lost."""
    return lax.optimization_barrier(normal(key, (4096,)) ** 2 * point["scale"] / 100 + 2.0**20) - 2.0**20


def difference_of_squares(key, point):
    """E = scale**2, the variance, from squares of numbers near 30,000."""
    x = lax.optimization_barrier(normal(key, (4096,)) * point["scale"] + 30000.0)
    return lax.optimization_barrier(x * x) - 9e8 - 60000 * (x - 30000.0)


@needs_float64("a reason of its own")
def declared(key, point):
    return normal(key, (2048,)) ** 2 * point["scale"]


def whole_numbers(key, point):
    return jax.random.randint(key, (2048,), 0, 2**40, jnp.int64) / 2**40 * point["scale"]


POINT = {"scale": 1.5}


def claim(measures, predicts, **others):
    wrong = {"twice": lambda scale: 2 * predicts(scale)}
    given = {"at": [POINT], "within": 0.05, "wrong": wrong, "mutants": False}
    return co.Mean(measures=measures, predicts=predicts, **given, **others)


def both(one):
    """(verdict, interval) in float64 and in float32, and what was said of the latter."""
    outcomes = [one.decide(Trial(0, "quick", float32=float32)) for float32 in (False, True)]
    return [(o.verdict, o.points[0].interval) for o in outcomes], outcomes[1].precision


@pytest.mark.parametrize(
    ("measures", "predicts", "support"),
    [(squares, lambda scale: np.array([scale, scale]), None), (below, lambda scale: 0.9331928, (0.0, 1.0))],
)
def test_verdicts_agree_and_the_interval_is_wider_by_the_bound(measures, predicts, support):
    one = claim(measures, predicts, support=support)
    (wide, narrow), said = both(one)
    assert wide[0] == narrow[0] == Verdict.HOLDS
    assert said.startswith("float32, which adds at most")
    trial = MeanTrial(one, Trial(0, "quick", float32=True))
    point = trial.points[0]
    assert point.trajectory._outline.float32 and np.all(point.bound > 0)
    point.advance()
    judge = point.judge
    without = Judge(Contrast(), POINT, len(point.bound), judge.margin, judge.alpha, judge.planned, support)
    wider = judge.estimate(point.moments)[1] - without.estimate(point.moments)[1]
    np.testing.assert_allclose(wider, point.bound, rtol=1e-4)


def test_the_bound_covers_what_float32_does_to_the_mean():
    found = check(squares, POINT, 3, 1e-6)
    assert found.why == "" and np.all(found.bound < 1e-5)
    narrow, wide = (Trajectory(squares, POINT, 3, float32=float32).at(17).mean for float32 in (True, False))
    assert np.all(np.abs(narrow - wide) <= found.bound)


@pytest.mark.parametrize(
    ("measures", "predicts"),
    [(loses_digits, lambda scale: scale / 100), (difference_of_squares, lambda scale: scale**2)],
)
def test_a_measure_that_loses_digits_falls_back(measures, predicts):
    (wide, narrow), said = both(claim(measures, predicts))
    assert wide[0] == narrow[0] == Verdict.HOLDS
    assert said.startswith("float64: ")


def test_unchecked_float32_would_have_been_believed():
    """What the check is for: the interval itself sees nothing amiss."""
    moments = Trajectory(loses_digits, POINT, 0, float32=True).at(8)
    wrong = moments.mean
    assert abs(wrong[0] - 0.015) > 0.005
    judge = Judge(Contrast(), POINT, 1, 0.05 * np.array([0.015]), 1e-6, 10**5)
    assert judge.judge(moments, np.array([0.015])).verdict is Verdict.REFUTED


def test_a_bound_that_would_fill_the_margin_sends_a_point_to_float64():
    def noisy(key, point):
        return lax.optimization_barrier(normal(key, (4096,)) * 30 + 2.0**20) - 2.0**20 + 1.0

    one = co.Mean(at=[POINT], measures=noisy, predicts=lambda scale: 1.0, within=1e-4, wrong={}, mutants=False)
    trial = MeanTrial(one, Trial(0, "quick", float32=True))
    assert trial.points[0].bound is None and "of the margin" in trial.points[0].why


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        (declared, "a reason of its own"),
        (jax_own, "do not go together"),
        (whole_numbers, "cannot be traced in float32"),
    ],
)
def test_what_cannot_be_checked_is_computed_in_float64_and_says_so(measures, words):
    assert words in check(measures, POINT, 0, 1e-6).why
    one = co.Mean(at=[POINT], measures=measures, predicts=lambda scale: 1.0, within=0.1, wrong={}, mutants=False)
    trial = MeanTrial(one, Trial(0, "quick", float32=True))
    assert not trial.points[0].trajectory._outline.float32
    assert words in "; ".join(trial._precision)


def test_the_check_judges_samples_and_not_means():
    random = np.random.default_rng(0)
    wide = random.normal(size=(4, 1024, 1))
    means = wide.mean(1)
    other = random.permuted(wide, axis=1)  # other draws, of the very same mean
    assert "other draws" in judged(other, wide, means, 1e-6).why
    rounded = wide.astype(np.float32).astype(float)
    found = judged(rounded, wide, means, 1e-6)
    assert found.why == "" and found.bound[0] < 1e-6
    moved = judged(rounded, wide, means + 1e-3, 1e-6)
    assert moved.bound[0] > 1e-3, "a trial's own program that rounds otherwise counts"


def test_rare_changes_are_counted_where_a_support_is_known_and_otherwise_unchecked():
    wide = (np.random.default_rng(0).random((8, 1024, 1)) < 0.3).astype(float)
    narrow = wide.copy()
    assert "no support" in judged(narrow, wide, narrow.mean(1), 1e-6).why
    none = judged(narrow, wide, narrow.mean(1), 1e-6, (0, 1)).bound[0]
    narrow[0, 0] = 1 - narrow[0, 0]
    one = judged(narrow, wide, narrow.mean(1), 1e-6, (0, 1)).bound[0]
    assert 10 / wide.size < none < one < 5e-3
    assert judged(narrow, wide, narrow.mean(1), 1e-6).bound[0] > 0.3, "a change of a whole sample, as if all had it"


def test_moments_in_float32_are_those_of_the_samples():
    random = np.random.default_rng(1)
    samples = (random.normal(size=(3000, 3)) * [1.0, 1e-25, 1e25] + [1e4, 1e-25, 0.0]).astype(np.float32)
    with single.in_float32():
        parts = jax.jit(single.moments)(samples)
    assert all(part.dtype == jnp.float32 for part in parts)
    mean, scatter, largest = single.as_float64(tuple(np.asarray(part) for part in parts), len(samples))
    exact = Moments.of(samples.astype(np.float64))
    deviation = samples.astype(np.float64).std(0)
    assert np.all(np.abs(mean - exact.mean) <= single.mean_error(len(samples), deviation))
    size = np.sqrt(np.outer(*[np.diagonal(exact.scatter)] * 2))
    np.testing.assert_array_less(np.abs(scatter - exact.scatter) / size, 2e-6)
    np.testing.assert_allclose(largest, exact.largest, rtol=1e-3)  # about the first part of the mean


def test_only_the_narrowing_of_requests_is_silent(recwarn):
    with single.in_float32():
        assert jnp.zeros(2, jnp.float64).dtype == jnp.float32
        with pytest.warns(UserWarning, match="something else"):
            warnings.warn("something else", UserWarning, stacklevel=1)
    assert not recwarn.list
    assert jnp.zeros(2, jnp.float64).dtype == jnp.float64


def test_float32_has_an_address_of_its_own():
    wide, narrow = (outline_of(below, (), (("scale", ()),), float32) for float32 in (False, True))
    assert wide.address != narrow.address


def test_a_tpu_takes_float32_unless_told_otherwise(monkeypatch):
    assert [runtime.in_float32(asked) for asked in (None, True, False)] == [False, True, False]
    monkeypatch.setattr(runtime, "find_spec", lambda name: object())
    monkeypatch.setattr(jax, "default_backend", lambda: "tpu")
    assert [runtime.in_float32(asked) for asked in (None, True, False)] == [True, True, False]


def test_a_run_declares_its_reason_without_a_field():
    from corollary.training.run import Run

    run = Run("r", "", "", "", {}, *[lambda *a: a] * 4)
    assert float64_reason(run) == ""
    assert float64_reason(needs_float64("ranks")(run)) == "ranks"
    with pytest.raises(ValueError, match="allowed: why"):
        needs_float64(" ")


def test_verify_says_what_float32_is_not_for():
    from corollary.cli.trial_summary import precision_lines

    value = co.Value(
        id="value", at=[{}], computes=lambda: 2.0, predicts=lambda: 2.0, within=1e-9,
        wrong={"three": lambda: 3.0},
    )  # fmt: skip
    mean = claim(squares, lambda scale: np.array([scale, scale]), id="mean")
    found = co.verify(value, mean, depth="quick", float32=True)
    assert found.passed and found["mean"].settings["float32"]
    lines = precision_lines(found)
    assert lines[0].startswith("theorem/mean: float32, which adds at most")
    assert lines[-1] == "float64, which their kinds need: 1 Value"
    plain = co.verify(mean, depth="quick")
    assert "precision" not in plain["mean"].as_dict() and "float32" not in plain["mean"].settings


def test_a_sweep_adds_the_bound_to_the_standard_error():
    axes = {"scale": [0.5, 2.0]}
    asked = {"out": None, "replicates": 4096}
    wide, narrow = (co.sweep(squares, axes, float32=float32, **asked) for float32 in (False, True))
    assert "float32 bound" not in wide and list(narrow["precision"].values) == ["float32", "float32"]
    bound = narrow["float32 bound"].values
    assert np.all(bound > 0) and np.all(np.abs(narrow["estimate"].values - wide["estimate"].values) <= bound)
    added = narrow["standard error"].values - wide["standard error"].values
    np.testing.assert_allclose(added, bound, rtol=0.05)
    mixed = co.sweep(jax_own, axes, float32=True, **asked)
    assert all(said.startswith("float64: ") for said in mixed["precision"].values)
    np.testing.assert_array_equal(mixed["estimate"].values, co.sweep(jax_own, axes, **asked)["estimate"].values)
    with pytest.raises(ValueError, match="goes with a measure or a Mean"):
        co.sweep("icl-temperature/optimal_temperature", {"d": [5]}, float32=True)
