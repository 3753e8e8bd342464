"""Several trainings of one seed: each is the run's own, at the settings that the point asks for."""

import jax
import numpy as np
import pytest

from corollary.sims.grokking import networks, quadratic
from corollary.training.run import train

TINY = {"width": 8, "rate": 5e-3, "steps": 20, "every": 10}


def test_operations_are_those_of_the_run():
    point = {**TINY, "p": 7, "fraction": 0.6}
    seen = networks.operations(jax.random.key(3), point)
    alone = train(quadratic.RUN, {**point, "operation": "mul"}, (3,), out=None).measurements
    assert all(values.shape == (4,) for values in seen.values())
    assert seen["train_accuracy"][2] == pytest.approx(alone["train_accuracy"][0])


def test_sizes_around_the_critical_one_follow_the_power(monkeypatch):
    asked = []

    def trained(run, key, settings):
        assert run.name == "grokking/quadratic" and key.shape == ()
        asked.extend((one["p"], round(one["fraction"] * one["p"] ** 2)) for one in settings)
        return {"test_99": np.array([np.inf, 50.0])}

    monkeypatch.setattr(networks, "_trained", trained)
    point = {"p": [59, 83], "least": 10.0, "most": 20.0, "middle": 59, "power": 2, "width": 8}
    seen = networks.around_critical(jax.random.key(0), point)
    assert asked == [(59, 590), (83, round(590 * (83 / 59) ** 2)), (59, 1180), (83, round(1180 * (83 / 59) ** 2))]
    assert seen["below"].tolist() == seen["above"].tolist() == [0.0, 1.0]


@pytest.mark.parametrize(("steps", "exponent"), [((100.0, 400.0), 2.0), ((100.0, np.inf), 99.0)])
def test_growth_is_the_exponent_between_two_moduli(monkeypatch, steps, exponent):
    monkeypatch.setattr(networks, "_trained", lambda run, key, settings: {"test_99": np.array(steps)})
    assert networks.growth(jax.random.key(0), {"p": [11, 22], "fraction": [0.3, 0.3]})["exponent"] == exponent


def test_steps_are_compared_with_those_of_addition(monkeypatch):
    monkeypatch.setattr(networks, "_trained", lambda run, key, settings: {"test_50": np.array([300.0, 200.0])})
    assert networks.against_addition(jax.random.key(0), {"operation": "sub"})["ratio"] == 1.5
