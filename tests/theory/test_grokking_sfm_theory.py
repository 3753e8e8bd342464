"""The singular feature machine's theory: known values, limits, and what bad input is told."""

import math

import numpy as np
import pytest

from corollary import papers
from corollary.theory.grokking import (
    sfm_bayes,
    sfm_crossover,
    sfm_description,
    sfm_drift,
    sfm_gate,
    sfm_phases,
    sfm_spectra,
    sfm_splits,
)


def evaluate(name, **values):
    return papers()["grokking"].quantity(name)(**values)


def test_the_unit_step_is_just_unstable_at_the_papers_split():
    assert sfm_drift.FACTOR(alpha=4704 / 9409, eta=1.0) == pytest.approx(-1.0002, abs=2e-5)
    assert sfm_drift.FITTED(alpha=0.5, eta=0.5, steps=1) == 1.0


def test_printed_and_corrected_thresholds_differ_by_the_step():
    assert sfm_gate.THRESHOLD(n=100, beta=0.3, eta=1.0) == sfm_gate.PAPER_THRESHOLD(n=100, beta=0.3)
    assert sfm_gate.THRESHOLD(n=100, beta=0.3, eta=0.25) == pytest.approx(sfm_gate.PAPER_THRESHOLD(n=100, beta=0.3) / 2)


def test_energies_of_a_split_add_up_to_what_was_trained_on():
    """Parseval: all modes together have the target's power on the train pairs; rows and columns are not special."""
    p, n = 13, 70
    off, true = sfm_splits.OFF_ENERGY(p=p, n=n), sfm_splits.DIAGONAL_ENERGY(p=p, n=n)
    assert (p * p - p + 1) * off + (p - 1) * true == pytest.approx(n / p**2 * (1 - 1 / p))


def test_the_window_opens_at_about_p_pairs():
    p = 97
    smallest = sfm_phases.SMALLEST_SHARE(p=p)
    assert sfm_phases.EDGE_RATIO(p=p, alpha=smallest) == pytest.approx(1)
    assert smallest * p * p == pytest.approx(p, rel=0.03)
    assert not sfm_phases.edges(p, 0.8 * smallest).window
    assert sfm_phases.edges(p, 1.2 * smallest).window


def test_known_edges_times_and_releases():
    found = sfm_phases.edges(97, 0.5)
    assert (found.lower, found.upper) == (pytest.approx(0.0073149, rel=1e-5), pytest.approx(0.71670, rel=1e-5))
    assert sfm_phases.time_to_generalise(31, 480, 0.0135, 1.0) == pytest.approx(87.26, abs=0.01)
    assert sfm_phases.release_time(31, 480, 0.5, 5.0) == pytest.approx(161.3, abs=0.1)
    assert sfm_phases.release_time(31, 480, 1e-4, 5.0) == 1.0
    assert sfm_phases.time_to_generalise(31, 480, 1e-5, 1.0) == math.inf


def test_both_crossings_and_the_printed_one():
    first, last = sfm_crossover.crossings(97, 1.0, 0.05)
    assert (first, last) == (pytest.approx(1.0000054, abs=1e-7), pytest.approx(2762227.5, abs=0.1))
    assert evaluate("paper-crossover", beta=1, eps=0.05) == last
    for n, cheaper in ((10, True), (last / 1.01, True), (1.01 * last, False)):
        assert (sfm_crossover.GAP(m=n, p=97, beta=1.0, eps=0.05) < 0) is cheaper
    with pytest.raises(ValueError, match="memorising is cheaper at every"):
        sfm_crossover.crossings(3, 0.1, 5.0)


def test_two_equal_losses_leave_it_to_the_coefficients():
    assert sfm_crossover.two_basins(0, 3) == (1, math.inf)
    assert sfm_crossover.two_basins(2, 1) is None


def test_a_mode_is_detected_where_the_gate_lets_it_through():
    found = sfm_crossover.detection_size(1 / 97, 1.0)
    assert found == pytest.approx(1406.24, abs=0.01)
    assert 2 * math.log(found) / found == pytest.approx(1 / 97)
    assert sfm_crossover.detection_size(5.0, 1.0) == 1.0


@pytest.mark.parametrize(("n", "residual"), [(1e2, 7.2e-3), (1e3, 7.5e-4), (1e4, 7.5e-5)])
def test_the_exact_free_energy_approaches_its_expansion(n, residual):
    gap = sfm_bayes.mode_free_energy(n, 0.7, 1.0, 0.1) - sfm_bayes.ACTIVE_COST(n=n, w0=0.7, s2=1.0, prior=0.1)
    assert gap == pytest.approx(residual, rel=0.02)


def test_an_absent_mode_costs_less_than_its_limit():
    costs = [sfm_bayes.mode_free_energy(n, 0.0, 1.0, 0.1) for n in (1e2, 1e4, 1e7)]
    assert costs == sorted(costs)
    assert costs[-1] < sfm_bayes.NULL_COST(prior=0.1) == pytest.approx(0.10536, abs=1e-5)
    assert sfm_bayes.mode_free_energy(1e3, 0.5, 1.0, 1.0) == pytest.approx(
        sfm_bayes.ACTIVE_COST(n=1e3, w0=0.5, s2=1.0, prior=1.0), abs=1e-2
    )


def test_real_targets_count_modes_and_complex_ones_twice():
    assert sfm_bayes.learning_coefficient(96) == 48
    assert sfm_bayes.learning_coefficient(5, real=False) == 5


def test_addresses_are_overcounted_by_eq_8():
    assert sfm_description.memorising_ratio(97) == pytest.approx(77.62, abs=0.01)
    assert sfm_description.description_length(97, 9409) == pytest.approx(9409 * 32)
    assert sfm_description.description_length(97, 97) == pytest.approx(3104 + 774.79, abs=0.01)
    length = evaluate("paper-description-length", k=97)
    assert evaluate("paper-description-length", k=9409) / length == pytest.approx(97)


def test_the_label_has_its_weakest_mode_in_the_middle():
    p = 23
    modes = np.abs(sfm_spectra.transform(np.arange(p)))
    assert modes[1:] == pytest.approx([sfm_spectra.LABEL_MODE(p=p, k=k) for k in range(1, p)])
    assert modes[1:].argmin() + 1 in (p // 2, p // 2 + 1)


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("phase-edges", {"p": 96}, "p = 96: must be an odd prime"),
        ("phase-edges", {"alpha": 1.0}, r"alpha = 1.0: must be a number in \(0, 1\)"),
        ("phase-edges", {"p": 5, "alpha": 0.01}, "on both sides of the split"),
        ("drift-factor", {"alpha": 0.4, "eta": 0.8}, "eta = 0.8: must be < 2 alpha = 0.8.*diverges"),
        ("target-support", {"operation": "div"}, "v = 0 has no answer"),
        ("target-support", {"encoding": "characters", "frequencies": 99}, "at most p - 1 = 96"),
        ("crossover", {"beta": -1, "eps": 0.1}, "beta = -1: must be a number > 0"),
        ("mode-free-energy", {"n": 1.0}, "n = 1.0: must be a number > 1"),
    ],
)
def test_bad_input_is_named(name, values, told):
    with pytest.raises(ValueError, match=told):
        evaluate(name, **values)
