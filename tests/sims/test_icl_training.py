"""The training experiments of in-context learning: their prompts, the tuning of temperature, and that they train."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.icl_temperature import (
    training_attention,
    training_classification,
    training_curriculum,
    training_regression,
)
from corollary.sims.icl_temperature.training_sweep import over_prompts, paired, tuned
from corollary.sims.icl_temperature.training_transformer import predictor
from corollary.training.run import train, train_and_measure
from corollary.training.settings import configure

RUNS = (
    training_attention.RUN,
    training_regression.RUN,
    training_regression.ATTENTION_ONLY,
    training_curriculum.RUN,
    training_classification.RUN,
)
GRID = tuple(2.0 ** (k / 4) for k in range(-8, 9))


def _swept(optimum, prompts=400, noise=0.0, depth=1.0):
    """A sweep of loss depth * ln(tau / optimum)^2 + noise of each prompt at each temperature."""
    rng = np.random.default_rng(0)
    curve = depth * np.log(np.array(GRID) / optimum) ** 2
    losses = curve + noise * rng.normal(size=(1, prompts, len(GRID))) + rng.normal(size=(1, prompts, 1))
    return jax.tree.map(np.asarray, paired(jnp.asarray(losses), GRID))


def test_tuning_finds_the_vertex_of_a_parabola_between_grid_points():
    found = tuned(_swept(optimum=1.9), 0, GRID)
    assert found["optimal_temperature"] == pytest.approx(1.9, rel=1e-6)
    assert found["best_on_grid"] == pytest.approx(2.0)
    assert found["gain"] == pytest.approx(np.log(1.9) ** 2 - np.log(2 / 1.9) ** 2)
    assert found["error_at_1"] - found["error"] == pytest.approx(found["gain"])
    assert found["gain_se"] == pytest.approx(0.0, abs=1e-12)
    assert found["at_grid_edge"] == 0


@pytest.mark.parametrize("optimum", [0.1, 9.0])
def test_tuning_names_the_edge_of_the_grid(optimum):
    found = tuned(_swept(optimum), 0, GRID)
    assert found["at_grid_edge"] == 1
    assert found["optimal_temperature"] in (pytest.approx(GRID[0]), pytest.approx(GRID[-1]))


def test_halves_and_gains_by_hand():
    """Four prompts at temperatures 1 and 2: halves with mean losses (2, 3) and (3, 1)."""
    losses = jnp.array([[[1.0, 2.0], [3.0, 4.0], [2.0, 1.0], [4.0, 1.0]]])
    found = {name: np.asarray(values)[0] for name, values in paired(losses, (1.0, 2.0)).items()}
    np.testing.assert_allclose(found["loss"], [[2, 3], [3, 1]])
    np.testing.assert_allclose(found["gain"], [[0, -1], [0, 2]])
    # Gains of -1 and -1 do not vary; gains of 1 and 3 have the deviation sqrt(2), over sqrt(2) prompts.
    np.testing.assert_allclose(found["gain_se"], [[0, 0], [0, 1]])
    numbers = tuned({name: values[None] for name, values in found.items()}, 0, (1.0, 2.0))
    # The first half likes temperature 1, and the second half scores it 3; the second likes 2, which the first scores 3.
    assert (numbers["error"], numbers["gain"], numbers["gain_se"]) == (3.0, -0.5, 0.0)
    assert (numbers["error_at_1"], numbers["best_on_grid"], numbers["at_grid_edge"]) == (2.5, 2.0, 1.0)


def test_a_gain_where_there_is_none_is_not_reported_as_one():
    """On pure noise the best temperature of a half looks better there, and is not on the other half."""
    swept = _swept(optimum=1.0, noise=1.0, depth=0.0)
    found = tuned(swept, 0, GRID)
    assert swept["gain"][0].max() > 3 * found["gain"]
    assert abs(found["gain"]) < 3 * found["gain_se"]


def test_conditions_share_their_prompts_whatever_their_shapes():
    def measure(key, condition):
        return {"x": condition["scale"] * jax.random.uniform(key, (5, condition["n"]), jnp.float64).max(axis=1)}

    conditions = [{"n": 3, "scale": 1.0}, {"n": 4, "scale": 1.0}, {"n": 3, "scale": 2.0}]
    found = jax.jit(lambda key: over_prompts(measure, conditions, key, 20, 5))(jax.random.key(0))["x"]
    assert found.shape == (3, 20)
    np.testing.assert_array_equal(2 * found[0], found[2])
    assert len(np.unique(found[0])) == 20


def test_the_posterior_mean_is_ridge_regression():
    rng = np.random.default_rng(0)
    inputs, labels, asked = rng.normal(size=(2, 9, 3)), rng.normal(size=(2, 9)), rng.normal(size=(2, 4, 3))
    predicted = training_regression.posterior_mean(inputs, labels, asked, 0.7, 2.0)
    for x, y, queries, ours in zip(inputs, labels, asked, predicted, strict=True):
        augmented = np.vstack([x, 0.7 / np.sqrt(2.0) * np.eye(3)])
        weights = np.linalg.lstsq(augmented, np.concatenate([y, np.zeros(3)]), rcond=None)[0]
        np.testing.assert_allclose(ours, queries @ weights, rtol=1e-10)


def test_regression_prompts_have_the_moments_of_their_condition():
    config = configure("run", training_regression.RUN.settings, {"d": 3})
    condition = {"n": 16, "noise": 1.5, "covariance": 2.0, "task": 3.0}
    prompts = jax.jit(lambda key: training_regression._prompts(key, 20000, config, condition))
    inputs, labels, asked, answers = prompts(jax.random.key(0))
    np.testing.assert_allclose(inputs.var(), 2.0, rtol=0.01)
    np.testing.assert_allclose(asked.var(), 2.0, rtol=0.01)
    np.testing.assert_allclose(answers.var(), 3 * 2.0 * 3.0, rtol=0.03)
    np.testing.assert_allclose(labels.var(), 3 * 2.0 * 3.0 + 1.5**2, rtol=0.03)


@pytest.mark.parametrize("module", [training_attention, training_regression])
def test_the_error_of_a_prompt_is_over_its_queries_and_knows_no_label_noise(module):
    predicted, answers = jnp.array([[1.0, 2.0], [0.0, 0.0]]), jnp.array([[0.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(module._error(predicted, answers, {"noise": 0.5}), [2.5 + 0.25, 0.5 + 0.25])


def test_queries_read_the_labelled_points_and_not_each_other():
    config = configure("run", training_regression.RUN.settings, {"d": 2, "n": 5, "queries": 3, "layers": 2})
    predict = predictor(training_regression.RUN.init(jax.random.key(0), config)["parameters"], config)
    inputs, labels, asked = (
        jax.random.normal(key, shape)
        for key, shape in zip(jax.random.split(jax.random.key(1), 3), [(1, 5, 2), (1, 5), (1, 3, 2)], strict=True)
    )
    told = predict(inputs, labels, asked)
    np.testing.assert_allclose(predict(inputs, labels, asked.at[0, 1].add(1))[0, ::2], told[0, ::2], atol=1e-6)
    np.testing.assert_allclose(predict(inputs[:, ::-1], labels[:, ::-1], asked), told, atol=1e-5)
    for changed in ((inputs.at[0, 4].add(1), labels, asked), (inputs, labels.at[0, 4].add(1), asked)):
        assert (np.abs(predict(*changed) - told) > 1e-4).all()


def test_one_prompt_of_an_attention_run_by_hand(monkeypatch):
    """Inputs 1 + sqrt(4) z, labels w.x with noise of its own, and queries that come after the n labelled points."""
    drawn = iter([np.arange(3.0).reshape(1, 3, 1), np.array([[10.0]]), np.array([[1.0, -1.0]])])
    monkeypatch.setattr(training_attention, "normal", lambda key, shape, *rest: next(drawn).reshape(shape))
    condition = {"n": 2, "covariance": 4.0, "mean": 1.0, "noise": 0.5}
    inputs, labels, asked, answers = training_attention._prompts(jax.random.key(0), 1, 1, 1, condition)
    assert inputs.ravel().tolist() == [1.0, 3.0] and asked.ravel().tolist() == [5.0]
    assert labels.ravel().tolist() == [10.5, 29.5] and answers.ravel().tolist() == [50.0]


def test_classification_flips_demonstrations_only():
    @jax.jit
    def prompts(flipped):
        condition = {"n": 20, "flipped": flipped}
        return training_classification._prompts(jax.random.key(1), 2000, 4, 5, condition)

    _, clean, _, answers = prompts(0.0)
    _, some, _, answers_too = prompts(0.1)
    _, more, _, _ = prompts(0.3)
    assert set(np.unique(clean)) == {-1.0, 1.0}
    np.testing.assert_array_equal(answers, answers_too)
    np.testing.assert_allclose([(some != clean).mean(), (more != clean).mean()], [0.1, 0.3], atol=0.01)
    assert not np.any((some != clean) & (more == clean))


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_run_is_declared_completely(run):
    """init, step and evaluate agree with each other on shapes, and measure names a number of each."""
    config = configure(run.name, run.settings)
    state = jax.eval_shape(lambda key: run.init(key, config), jax.random.key(0))
    after, metrics = jax.eval_shape(lambda s, key: run.step(s, key, config), state, jax.random.key(0))
    assert jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype), after) == jax.tree.map(
        lambda leaf: (leaf.shape, leaf.dtype), state
    )
    assert all(metric.shape == () for metric in metrics.values())
    assert all((run.says, run.cost, run.expects))
    assert all(setting.meaning for setting in run.settings.values())


def test_a_warmup_longer_than_the_run_is_refused():
    with pytest.raises(ValueError, match="setting warmup=200 is not allowed; allowed: less than steps=100"):
        train(training_regression.RUN, {"steps": 100}, out=None)


def test_attention_learns_and_follows_the_input_covariance():
    small = {"attention": "linearised", "d": 2, "n": 10, "steps": 300, "batch": 32, "test_prompts": 4000}
    (found,) = train_and_measure(training_attention.RUN, [0], small)
    assert found["error"] < 1.5  # predicting zero gives d + sigma^2 = 2.25
    assert found["covariance_x2/optimal_temperature"] == pytest.approx(2 * found["none/optimal_temperature"], rel=0.1)
    assert found["covariance_x2/gain"] > 4 * found["covariance_x2/gain_se"]
    assert found["noise_5/optimal_temperature"] > found["noise_2/optimal_temperature"]


def test_a_transformer_learns_and_survives_an_interruption_to_the_bit(tmp_path):
    small = {"d": 1, "n": 6, "layers": 1, "heads": 1, "width": 8, "mlp_width": 0, "norm": "none", "batch": 16}
    short = {"steps": 300, "warmup": 20, "rate": 0.01, "test_prompts": 50}
    quick = replace(training_regression.RUN, evaluate=lambda state, key, config: {}, measure=lambda arrays, config: {})
    loss = train(quick, {**small, **short}, out=None).history["loss"][0]
    assert loss[-50:].mean() < 0.75 * loss[:20].mean()

    def interrupt(progress):
        if progress.step >= 160:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(quick, {**small, **short}, out=tmp_path, on_progress=interrupt, checkpoint_every=100)
    resumed = train(quick, {**small, **short}, out=tmp_path, checkpoint_every=100)
    np.testing.assert_array_equal(resumed.history["loss"][0], loss)
