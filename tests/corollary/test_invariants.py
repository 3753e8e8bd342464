"""Invariants: what each check lets pass, what it stops, and the reason that it gives."""

from fractions import Fraction

import numpy as np
import pytest

from corollary.trials import invariants

THIRD = Fraction(1, 3)


@pytest.mark.parametrize(
    "law",
    [
        [0.25, 0.75],
        [[0.5, 0.5], [1.0, 0.0]],
        {"a": THIRD, "b": 2 * THIRD},
        {("a", True): 0.1, ("a", False): 0.9},
        {"rows": np.full((2, 4), 0.25), "single": [1.0]},
        0.3,
    ],
)
def test_laws_pass(law):
    assert invariants.probabilities(law)


@pytest.mark.parametrize(
    ("law", "why"),
    [
        ([1.1, -0.1], r"1.1 at \(0,\) lies outside \[0, 1\]"),
        ({"a": Fraction(11, 10), "b": Fraction(-1, 10)}, r"11/10 at \(0,\) lies outside"),
        ([[0.5, 0.5], [0.5, 0.4]], r"the sum 0.9 at \(1,\) is not 1"),
        ({"a": THIRD, "b": THIRD}, "the sum 2/3 is not 1"),
        ({"rows": [[0.5, 0.4]]}, r"rows the sum 0.9 at \(0,\) is not 1"),
        ([0.5, np.nan], "nan"),
        (1.5, "1.5 lies outside"),
    ],
)
def test_what_is_no_law_is_stopped_with_the_place(law, why):
    check = invariants.probabilities(law)
    assert not check
    with pytest.raises(AssertionError, match=why):
        raise AssertionError(check.why)


def test_the_axis_of_a_sum_is_the_one_that_is_asked():
    columns = np.array([[0.2, 0.6], [0.8, 0.4]])
    assert invariants.probabilities(columns, axis=0) and not invariants.probabilities(columns)
    assert invariants.probabilities(columns / 2, axis=None)


def test_exact_numbers_are_held_exactly():
    nearly = 1 - Fraction(1, 10**20)
    assert not invariants.probabilities({"a": nearly}) and invariants.probabilities({"a": float(nearly)})


def test_ranges_and_finiteness():
    assert invariants.within(np.arange(3), 0, 2) and not invariants.within([0, 3], 0, 2)
    assert invariants.within([[0.0, 5.0]], [0, 4], [1, 6])
    assert invariants.finite({"a": [1, 2.5], "b": THIRD}) and not invariants.finite([1.0, np.inf])
    assert invariants.finite(np.array([1j])).why == "is complex"


def test_symmetry_and_definiteness():
    generator = np.random.default_rng(0)
    A = generator.normal(size=(3, 5, 4))
    gram = np.swapaxes(A, -1, -2) @ A
    assert invariants.symmetric(gram) and invariants.positive_semidefinite(gram)
    assert not invariants.symmetric(A) and not invariants.symmetric(gram + np.triu(np.ones(4), 1))
    check = invariants.positive_semidefinite(np.diag([1.0, -0.5]))
    assert "eigenvalue -0.5" in check.why


def averages(x):
    """Of each position with those before it; x: [batch, length]."""
    return np.cumsum(x, axis=1) / np.arange(1, x.shape[1] + 1)


def test_a_causal_function_passes_and_a_leak_is_named():
    x = np.random.default_rng(0).normal(size=(2, 5))
    assert invariants.causal(averages, x)
    leak = invariants.causal(lambda x: averages(x) + 1e-6 * np.roll(x, -1, axis=1), x)
    assert leak.why == "the output at 0 depends on the later input at 1"
    assert not invariants.causal(lambda x: np.flip(averages(np.flip(x, 1)), 1), x)


def test_a_function_that_ignores_its_own_position_is_named():
    shifted = invariants.causal(lambda x: np.roll(averages(x), 1, axis=1) * (np.arange(5) > 0), np.ones((1, 5)))
    assert shifted.why == "the output at 0 does not depend on the input there"


def test_causality_of_tokens_with_another_axis_of_outputs():
    tokens = np.array([[0, 1, 2, 0]])
    embedded = np.eye(3)

    def logits(tokens):
        return np.moveaxis(np.cumsum(embedded[tokens], axis=1), 1, 2)

    assert invariants.causal(logits, tokens, output_axis=2, change=lambda token: (token + 1) % 3)


def test_what_must_not_matter():
    def mean(values, seed):
        return {"mean": np.mean(values)}

    assert invariants.independent_of(mean, {"values": [1.0, 2.0], "seed": 0}, seed=1)
    check = invariants.independent_of(mean, {"values": [1.0, 2.0], "seed": 0}, values=[1.0, 3.0])
    assert check.why == "it changes with values = [1.0, 3.0]"


def test_a_key_that_is_used_twice_is_noticed():
    import jax

    def draws(key, point):
        return jax.random.normal(key, (point["n"],))

    def twice(key, point):
        return draws(key, point) + jax.random.uniform(key, (point["n"],))

    assert invariants.keys_used_once(draws, {"n": 3})
    check = invariants.keys_used_once(twice, {"n": 3})
    assert not check and "consumed" in check.why


def test_the_first_fault_of_several_is_given():
    checks = (invariants.within(value, 0, 1) for value in (0.5, 2.0, -1.0))
    assert invariants.every(checks).why.startswith("2")
    assert invariants.every([])
