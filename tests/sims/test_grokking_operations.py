"""The other operations, trained: a small quadratic network groks them as it groks addition."""

import numpy as np
import pytest

from corollary.sims.grokking.quadratic import RUN
from corollary.training.run import train_and_measure

SMALL = {"p": 47, "width": 96, "fraction": 0.4, "rate": 5e-3, "steps": 400}


@pytest.mark.parametrize("operation", ["sub", "mul", "div"])
def test_it_is_learnt_after_its_training_pairs(operation):
    (seen,) = train_and_measure(RUN, [0], {**SMALL, "operation": operation})
    assert seen["train_99"] < seen["test_50"] < seen["test_99"] < np.inf
    assert seen["test_when_memorised"] < 0.5
