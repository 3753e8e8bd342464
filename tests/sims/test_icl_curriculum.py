"""The decoder trained under a curriculum: how the curriculum grows, what a prediction sees, and a tiny training."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.icl_temperature import training_curriculum as curriculum
from corollary.sims.icl_temperature.training_regression import TEMPERATURES
from corollary.training.presets import configuration
from corollary.training.run import train

RUN = curriculum.RUN
QUICK = replace(RUN, evaluate=lambda state, key, config: {}, measure=lambda arrays, config: {})
SMALL = {"layers": 1, "width": 8, "batch": 4}


def test_the_curriculum_of_the_default_grows_as_in_garg_et_al():
    config = configuration(RUN)
    reached = {
        step: tuple(map(int, curriculum.stage(step, config))) for step in (0, 1999, 2000, 28_000, 30_000, 499_999)
    }
    assert reached == {
        0: (5, 11), 1999: (5, 11), 2000: (6, 13), 28_000: (19, 39), 30_000: (20, 41), 499_999: (20, 41),
    }  # fmt: skip
    assert config["points"] == 2 * config["d"] + 1


def test_a_tiny_training_goes_through_its_curriculum():
    """One dimension and two points more every stage, up to what there is."""
    overrides = {**SMALL, "steps": 12, "every": 1, "stage": 2}
    history = train(QUICK, overrides, out=None, preset="tiny").history
    assert history["dimensions"][0].tolist() == [1, 1, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3]
    assert history["points"][0].tolist() == [5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15]


@pytest.fixture(scope="module")
def small():
    config = configuration(RUN, "tiny", {**SMALL, "layers": 2})
    return config, RUN.init(jax.random.key(0), config)


def test_dimensions_beyond_the_stage_are_zero_and_carry_no_label(small):
    config, _ = small
    condition = curriculum._condition(config)
    inputs, answers = curriculum._prompts(jax.random.key(1), 5, config, condition, 2)
    whole, full = curriculum._prompts(jax.random.key(1), 5, config, condition, 3)
    assert (inputs[..., 2] == 0).all()
    np.testing.assert_array_equal(inputs[..., :2], whole[..., :2])
    assert not np.allclose(answers, full)
    weights = np.linalg.lstsq(np.asarray(inputs[0, :, :2]), np.asarray(answers[0]), rcond=None)[0]
    np.testing.assert_allclose(inputs[0, :, :2] @ weights, answers[0], atol=1e-5)


def test_the_loss_counts_the_points_of_the_stage_alone(small):
    """At step 0 five points of fifteen: the loss is their mean squared error, by hand."""
    config, state = small
    _, metrics = RUN.step(state, jax.random.key(2), config)
    prompt_key, noise_key = jax.random.split(jax.random.key(2))
    inputs, answers = curriculum._prompts(prompt_key, 4, config, curriculum._condition(config), 1)
    labels = answers + config["sigma"] * curriculum.normal(noise_key, answers.shape, jnp.float32)
    predicted = curriculum.predict(state["parameters"], inputs, labels, config)
    np.testing.assert_allclose(metrics["loss"], np.mean((predicted - labels)[:, :5] ** 2), rtol=1e-5)


def test_a_prediction_sees_the_points_before_it_and_its_own_input(small):
    config, state = small
    keys = jax.random.split(jax.random.key(3), 2)
    inputs, labels = (
        jax.random.normal(key, shape, jnp.float32) for key, shape in zip(keys, [(2, 15, 3), (2, 15)], strict=True)
    )
    predict = jax.jit(lambda inputs, labels, tau: curriculum.predict(state["parameters"], inputs, labels, config, tau))
    told = predict(inputs, labels, 1.0)
    assert told.shape == (2, 15)
    own = predict(inputs.at[:, 6].add(1), labels, 1.0) - told
    label = predict(inputs, labels.at[:, 6].add(1), 1.0) - told
    assert np.abs(own[:, :6]).max() < 1e-6 < 1e-4 < np.abs(own[:, 6:]).min(axis=0).max()
    assert np.abs(own[:, 6]).min() > 1e-5
    assert np.abs(label[:, :7]).max() < 1e-6 < 1e-5 < np.abs(label[:, 7]).min()
    hot = predict(inputs, labels, 4.0)
    np.testing.assert_allclose(hot[:, 0], told[:, 0], atol=1e-6)  # a single key has weight 1 at any temperature
    assert (np.abs(hot[:, 1:] - told[:, 1:]) > 1e-6).all()


def test_an_evaluation_of_a_prediction_that_knows_the_mean(monkeypatch):
    """A prediction of zero errs by task * covariance * d + noise^2, at every temperature and length."""
    monkeypatch.setattr(curriculum, "predict", lambda weights, inputs, labels, config, tau=1.0: 0 * labels * tau)
    config = configuration(RUN, "tiny", {"test_prompts": 4000})
    found = jax.jit(lambda key: RUN.evaluate({"parameters": {}}, key, config))(jax.random.key(0))
    assert found["by_length"].shape == (len(curriculum.SHIFTS), len(TEMPERATURES), 15)
    for row, shift in enumerate(curriculum.SHIFTS.values()):
        condition = {"noise": 0.5, "covariance": 1.0, "task": 1.0, **shift}
        expected = 3 * condition["covariance"] * condition["task"] + condition["noise"] ** 2
        np.testing.assert_allclose(found["by_length"][row].mean(), expected, rtol=0.05)
        assert condition["noise"] ** 2 < found["bayes"][row] < expected
    told = RUN.measure({name: np.asarray(values) for name, values in found.items()}, config)
    assert told["none/gain"] == 0
    assert told["noise_3/gap_closed"] == 0


def test_a_measure_of_errors_that_fall_with_length():
    shifts, points = len(curriculum.SHIFTS), 4
    lengths = np.broadcast_to([8.0, 4.0, 5.0, 2.0], (shifts, len(TEMPERATURES), points))
    swept = np.ones((shifts, 2, len(TEMPERATURES)))
    arrays = {"loss": swept, "gain": 0 * swept, "gain_se": 0 * swept, "bayes": np.zeros(shifts), "by_length": lengths}
    told = RUN.measure(arrays, {})
    assert told["none/fallen"] == 4
    assert told["none/rises"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"first_d": 4}, "setting first_d=4 is not allowed; allowed: at most d=3"),
        ({"first_points": 16}, "setting first_points=16 is not allowed; allowed: at most points=15"),
    ],
)
def test_a_curriculum_that_begins_beyond_its_end_is_refused(changed, told):
    with pytest.raises(ValueError, match=told):
        train(RUN, {**SMALL, **changed}, out=None, preset="tiny")
