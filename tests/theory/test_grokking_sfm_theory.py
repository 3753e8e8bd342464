"""The singular feature machine's theory: known values, limits, and what bad input is told."""

import math

import numpy as np
import pytest

from corollary.claims.grokking.paper import PAPER
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
    return PAPER.quantity(name)(**values)


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
    assert not sfm_phases.edges(p, round(0.8 * smallest * p**2)).window
    assert sfm_phases.edges(p, round(1.2 * smallest * p**2)).window


def test_the_literal_schedule_has_three_regimes():
    """Its highest threshold above the true modes' energy, between the two energies, and below both."""
    assert sfm_phases.release_time(31, 480, 0.05, 1.0) == pytest.approx(45.24, abs=0.01)
    assert sfm_phases.release_time(31, 480, 0.005, 1.0) == 1.0
    assert sfm_phases.release_time(31, 480, 1e-4, 2.0) == math.inf


@pytest.mark.parametrize(("B", "t"), [(0.5, 3), (1.0, 2), (5.0, 1)])
def test_the_literal_threshold_is_highest_near_e_samples(B, t):
    highest = sfm_phases.highest_threshold(0.3, B)
    assert highest == pytest.approx(0.6 * math.log(1 + B * t) / (1 + B * t))
    assert all(sfm_gate.SQUARED_SCHEDULES["literal"](beta=0.3, B=B, t=one) <= highest for one in range(1, 20))


def test_one_schedule_meets_the_others_where_their_sample_sizes_agree():
    at = {"beta": 0.1, "n": 50, "t": 49, "B": 1.0}
    values = [form(**at) for form in sfm_gate.SQUARED_SCHEDULES.values()]
    assert values == pytest.approx([0.2 * math.log(50) / 50] * 3)


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


def test_the_mean_cost_of_an_active_mode_at_a_finite_size():
    """n w0^2 / 2 less the mean log Bayes factor, E n w_hat^2 being n w0^2 + 1; and -ln of the prior."""
    steps = {step.name: step.expression for step in sfm_bayes.active_cost().steps}
    n, w0, s2, prior = 10, 0.7, 2, 0.3
    values = {"n": n, "w_0": w0, "w0": w0, "s2": s2, "s^2": s2, "prior": prior, "pi": prior}
    shrink = n * s2 / (1 + n * s2)
    expected = n * w0**2 / 2 - shrink * (n * w0**2 + 1) / 2 + math.log(1 + n * s2) / 2 - math.log(prior)
    mean = steps["mean over data"]
    found = mean.subs({symbol: values[symbol.name] for symbol in mean.free_symbols})
    assert float(found) == pytest.approx(expected, rel=1e-12)


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
        ("mode-free-energy", {"n": 100, "w0": math.nan}, "w0 = nan: must be a finite number"),
        ("description-length", {"p": 3, "k": 10}, r"k = 10: must be at most p\^2 = 9"),
        ("crossover", {"p": 3, "beta": 0.1, "eps": 5.0}, "memorising is cheaper at every"),
        ("inclusion-threshold", {"n": 100, "prior": 1.0}, r"prior = 1.0: must be a number in \(0, 1\)"),
    ],
)
def test_bad_input_is_named(name, values, told):
    with pytest.raises(ValueError, match=told):
        evaluate(name, **values)


@pytest.mark.parametrize(
    ("name", "values", "value"),
    [
        ("drift-factor", {"alpha": 0.4, "eta": 0.3}, 0.25),
        ("drift-factor", {"eta": 0.3}, 0.4),
        ("target-support", {}, 96),
        ("target-support", {"p": 13, "operation": "sub", "encoding": "characters", "frequencies": 3}, 3),
        ("target-support", {"p": 13, "encoding": "characters"}, 5),
        ("target-support", {"p": 3, "operation": "mul", "encoding": "label"}, 7),
        ("target-support", {"p": 3, "operation": "mul"}, 9),
        ("gate-threshold", {"n": 100, "beta": 0.3, "eta": 0.25}, 0.0831129068),
        ("gate-threshold", {"n": 100, "beta": 0.3}, 0.1662258136),
        ("split-energies", {"p": 31}, {"off": 2.52016e-4, "diagonal": 8.29136e-3}),
        ("split-energies", {"p": 23, "alpha": 0.3}, {"off": 3.80845e-4, "diagonal": 4.29139e-3}),
        ("gate-survivors", {"ratio": 1.5}, {"mean": 981.478, "standard deviation": 26.6207}),
        ("gate-survivors", {"p": 31, "ratio": 1.2}, {"mean": 220.343, "standard deviation": 10.9439}),
        ("phase-edges", {}, {"lower": 0.00731486, "upper": 0.716704, "window": True}),
        ("phase-edges", {"p": 31, "alpha": 0.01}, {"lower": 2.25412e-5, "upper": 7.58483e-6, "window": False}),
        ("time-to-generalise", {"p": 31, "beta": 0.0135}, 87.2595),
        ("time-to-generalise", {"beta": 0.05, "alpha": 0.4, "B": 3}, 0.528862),
        ("time-to-generalise", {"p": 31, "beta": 1e-5}, math.inf),
        ("literal-release", {"p": 31, "beta": 0.5, "B": 5}, 161.262),
        ("literal-release", {"p": 31, "alpha": 0.3, "beta": 0.05}, 163.524),
        ("literal-release", {"beta": 1e-6}, math.inf),
        ("crossover", {"beta": 1, "eps": 0.05}, {"from": 1.00000537, "to": 2762227.5}),
        ("crossover", {"p": 31, "beta": 0.7, "eps": 0.2}, {"from": 1.00030736, "to": 33959.132}),
        ("paper-crossover", {"beta": 1, "eps": 0.05}, 2762227.5),
        ("paper-crossover", {"p": 31, "beta": 0.7, "eps": 0.2}, 33959.132),
        ("interpolator-crossover", {"beta": 1, "eps": 0.5}, 108.58207),
        ("interpolator-crossover", {"p": 31, "beta": 2, "eps": 0.5}, 33.378817),
        ("interpolator-crossover", {"p": 5, "beta": 0.1, "eps": 9}, math.inf),
        ("mode-detection", {"size": 1 / 97, "beta": 1}, 1406.24337),
        ("mode-detection", {"size": 0.001, "beta": 0.5}, 9118.00647),
        ("two-basins", {"loss_gap": 0.01, "coefficient_gap": 2}, {"from": 1.00503784, "to": 1456.79943}),
        ("two-basins", {"loss_gap": 0, "coefficient_gap": 2}, {"from": 1, "to": math.inf}),
        ("two-basins", {"loss_gap": 2, "coefficient_gap": 1}, "the complex basin at every n"),
        ("mode-free-energy", {"n": 100}, 0.0771093258),
        ("mode-free-energy", {"n": 1000, "w0": 0.7, "s2": 2.0, "prior": 0.3}, 4.62736263),
        ("inclusion-threshold", {"n": 100}, 0.0909966537),
        ("inclusion-threshold", {"n": 100, "s2": 2, "prior": 0.3}, 0.0703289013),
        ("description-length", {"k": 97}, 3878.78966),
        ("description-length", {"p": 5, "k": 3, "C": 8}, 24 + math.log2(math.comb(25, 3))),
        ("paper-description-length", {"k": 97}, 97 * (2 * math.log2(97) + 32)),
        ("paper-description-length", {"p": 5, "k": 3, "C": 8}, 3 * (2 * math.log2(5) + 8)),
    ],
)
def test_every_argument_of_every_quantity_counts(name, values, value):
    assert evaluate(name, **values) == (value if isinstance(value, str) else pytest.approx(value, rel=1e-4))
