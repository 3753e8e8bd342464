"""The temperature that a user reads off demonstrations of one's own."""

import numpy as np
import pytest

import corollary.sims.icl_temperature as sims_icl


def test_the_temperature_of_ones_own_demonstrations_by_hand():
    """Every fold written out, two prompts pooled; inputs scaled by sqrt(c) ask for c times the temperature."""
    source = np.random.default_rng(0)
    X, M11, v22 = source.normal(size=(2, 6, 3)), np.eye(3) + 0.3 * source.normal(size=(3, 3)), 0.7
    y = np.einsum("rid,rd->ri", X, source.normal(size=(2, 3)))
    square, cross = [], []
    for prompt in range(2):
        for j in range(6):
            rest = [i for i in range(6) if i != j]
            q = v22 * np.cov(X[prompt, rest] @ M11 @ X[prompt, j], y[prompt, rest], bias=True)[0, 1]
            square.append(q**2)
            cross.append(q * (y[prompt, j] - v22 * y[prompt, rest].mean()))
    found = sims_icl.temperature_of_demonstrations(X, y, M11, v22)
    assert found.temperature == pytest.approx(sum(square) / sum(cross)) and 0 < found.temperature < np.inf
    gaps = np.reshape(np.array(square) - found.temperature * np.array(cross), (2, 6)).mean(1)
    assert found.standard_error == pytest.approx(np.std(gaps, ddof=1) * 2**0.5 / (sum(cross) / 6))
    scaled = sims_icl.temperature_of_demonstrations(1.5**0.5 * X, y, M11, v22)
    assert scaled.temperature == pytest.approx(1.5 * found.temperature)
    one = sims_icl.temperature_of_demonstrations(X[0], y[0], M11, v22)
    assert one.temperature == pytest.approx(sum(square[:6]) / sum(cross[:6])) and np.isnan(one.standard_error)


def test_demonstrations_from_which_no_finite_temperature_follows():
    X = np.array([[1.0], [2.0], [4.0], [3.0]])
    assert sims_icl.temperature_of_demonstrations(X, 2 * X[:, 0], v22=-1.0).temperature == np.inf
    assert np.isnan(sims_icl.temperature_of_demonstrations(X, 2 * X[:, 0], M11=0.0).temperature)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"y": np.zeros(3)}, r"X, y of shapes \(4, 2\), \(3,\)"),
        ({"X": np.zeros((2, 2)), "y": np.zeros(2)}, "n = 2 is not allowed"),
        ({"M11": np.eye(3)}, r"M11 of shape \(3, 3\)"),
        ({"y": np.array([0.0, 1.0, np.nan, 2.0])}, "y has an entry that is not finite"),
    ],
)
def test_demonstrations_that_cannot_be_read_are_refused(given, says):
    with pytest.raises(ValueError, match=says):
        sims_icl.temperature_of_demonstrations(**{"X": np.ones((4, 2)), "y": np.ones(4), **given})
