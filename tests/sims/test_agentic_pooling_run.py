"""The persona language model: a few steps of its training, taken apart."""

import numpy as np

from corollary.sims.agentic_pooling.composition import by_length
from corollary.sims.agentic_pooling.persona_model import RUN, measure
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


def test_means_by_length_are_of_the_contexts_of_that_length():
    """Two contexts of each of five lengths, one length after the other."""
    assert by_length(np.arange(10.0)).tolist() == [0.5, 2.5, 4.5, 6.5, 8.5]


def test_slopes_are_reported_over_what_is_predicted():
    arrays = {name: np.arange(5.0) for name in ("linear", "log", "stranger_linear", "stranger_log")}
    for name in ("pure", "manifest", "all"):
        arrays |= {f"steering/{name}": np.array([1.0, 2.0, 3.0, 4.0]), f"steering/{name}/predicted": np.array(4.0)}
    found = measure(arrays, {})
    assert found["log_m1"] == 0 and found["linear_m8"] == 4 and found["pure_predicted"] == 4
    assert [found[f"all_ratio_{budget}"] for budget in ("0.1", "0.01", "0.001", "0.0001")] == [0.25, 0.5, 0.75, 1]
