"""The trained model that is stolen: what is measured of the theft and of the students."""

from dataclasses import replace

import jax
import numpy as np
import pytest

from corollary.sims.attention_queries import steal
from corollary.training.run import train
from corollary.training.settings import configure


def test_what_is_measured_of_a_theft():
    config = configure("run", steal.RUN.settings, {"d": 3, "m": 4, "examples": 77})
    teacher = jax.device_get(steal._fresh(jax.random.key(0), config))
    X = np.asarray(steal._sequences(jax.random.key(1), config, 20))
    outputs = np.asarray(steal.transformer(teacher, X))
    arrays = {
        "X": X,
        "outputs": outputs,
        "targets": outputs + 3.0,
        **teacher,
        "student_outputs": 1.1 * outputs,
        "student_W": 1.5 * teacher["W"],
        "student_4_outputs": 0.7 * outputs,
        "student_4_W": -teacher["W"],
    }
    found = steal.RUN.measure(arrays, config)
    assert found["stolen_error"] < 1e-7 and found["stolen_W_error"] < 1e-6
    assert found["student_error"] == pytest.approx(0.1) and found["student_W_error"] == pytest.approx(0.5)
    assert found["student_4_error"] == pytest.approx(0.3) and found["student_4_W_error"] == pytest.approx(2)
    assert found["trained_loss"] == pytest.approx(9) and found["examples"] == 77
    assert found["target_variance"] == pytest.approx(outputs.var())
    assert found["queries"] > 2 * (3 * 3 + 3), "the head's, and those of the network"


def test_a_short_training_learns_its_task():

    quick = replace(steal.RUN, evaluate=lambda state, key, config: {}, measure=lambda arrays, config: {})
    loss = train(quick, {"steps": 300, "d": 4, "m": 16, "tokens": 3, "batch": 64}, out=None).history["loss"][0]
    assert loss[-30:].mean() < 0.7 * loss[:30].mean()


def test_the_task_that_is_trained_on_has_entries_of_variance_one_over_d():
    config = configure("run", steal.RUN.settings, {"d": 9, "m": 2})
    tasks = jax.jit(jax.vmap(lambda key: steal._init(key, config)["task"]))(jax.random.split(jax.random.key(0), 400))
    for name, shape in (("match", (400, 9, 9)), ("read", (400, 2, 9))):
        entries = np.asarray(tasks[name])
        assert entries.shape == shape
        assert entries.var() == pytest.approx(1 / 9, rel=5 * np.sqrt(2 / entries.size))
