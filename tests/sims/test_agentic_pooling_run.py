"""The persona language model: a few steps of its training, taken apart."""

import numpy as np

from corollary.sims.agentic_pooling.persona_model import RUN
from corollary.training.run import train


def test_a_short_training_learns_and_is_taken_apart():
    found = train(RUN, {"steps": 60, "batch": 32, "width": 16, "layers": 1, "contexts": 4}, seeds=(0,), out=None)
    loss = found.history["loss"][0]
    assert np.isfinite(loss).all()
    assert loss[-10:].mean() < loss[:10].mean()
    for name in ("linear", "log", "stranger_linear", "stranger_log"):
        assert found.evaluation[name].shape == (1, 5)
        assert (found.evaluation[name] > -1e-12).all()
    assert found.measurements["all_predicted"][0] >= found.measurements["manifest_predicted"][0] - 1e-12
