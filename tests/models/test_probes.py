"""Probes against the truth they were made from, against the stationarity of their loss, and against shuffled labels."""

import numpy as np
import pytest

from corollary.models.probes import linear_probe, logistic_probe, probe

RNG = np.random.default_rng(0)
X = RNG.normal(size=(600, 5)) * [1, 1, 100, 0.01, 1]
W, B = RNG.normal(size=(5, 2)) / np.array([1, 1, 100, 0.01, 1])[:, None], np.array([0.5, -2.0])


def test_a_linear_probe_finds_a_linear_map():
    found = linear_probe(X, X @ W + B, penalty=0.0)
    np.testing.assert_allclose(found.weights, W, rtol=1e-8)
    np.testing.assert_allclose(found.bias, B, rtol=1e-6)


def test_a_logistic_probe_stands_where_its_loss_is_flat():
    labels = (X @ np.c_[W, -W[:, :1]]).argmax(1)
    penalty = 1e-2
    found = logistic_probe(X, labels, penalty)
    logits = found(X)
    shares = np.exp(logits - logits.max(1, keepdims=True))
    shares /= shares.sum(1, keepdims=True)
    off = (shares - np.eye(3)[labels]) / len(X)
    np.testing.assert_allclose(X.T @ off + penalty * found.weights, 0, atol=2e-5)
    np.testing.assert_allclose(off.sum(0), 0, atol=1e-6)


def test_a_probe_is_measured_on_what_it_did_not_see_beside_shuffled_labels():
    labels = (X @ W[:, 0] > 0).astype(int)
    seen = probe(X, labels, penalty=1e-6)
    assert seen.held_out > 0.95
    assert 0.35 < seen.shuffled < 0.65
    line = probe(X, X @ W + 0.1 * RNG.normal(size=(600, 2)), kind="linear")
    assert line.held_out > 0.95 > 0.2 > line.shuffled
    noise = probe(RNG.normal(size=(60, 200)), RNG.integers(2, size=60))  # fits any labels, and tells nothing
    assert noise.held_out < 0.8


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: linear_probe(X[0], [1]), r"x of shape \(5,\) is not allowed"),
        (lambda: linear_probe(X, [1, 2]), "y of 2 rows is not allowed; allowed: 600"),
        (lambda: linear_probe(X * np.nan, X), "x with a number that is not finite"),
        (lambda: logistic_probe(X, X[:, 0]), r"y of shape \(600,\), float64; allowed"),
        (lambda: logistic_probe(X, np.zeros(600, int), 0.0), "penalty=0.0 is not allowed; allowed: a number > 0"),
        (lambda: probe(X, X, kind="tree"), "kind='tree' is not allowed"),
        (lambda: probe(X, X, held_out=1.0), "held_out=1.0 is not allowed"),
    ],
)
def test_what_does_not_fit_is_refused(call, told):
    with pytest.raises(ValueError, match=told):
        call()
