"""The decision rules err no more often than promised, whenever one stops, and still tell right from wrong."""

import pytest

from corollary.trials.calibration import FAMILIES, bernoulli, family_rates, mean_rates, proportion_rates, ratio_rates

ALPHA, TRIALS = 0.05, 2000


def test_a_mean_at_the_edge_of_the_margin_is_rarely_refuted():
    assert mean_rates(candidate=1.05, margin=0.05, alpha=ALPHA, trials=TRIALS, seed=1).refuted <= ALPHA


def test_a_mean_just_outside_the_margin_is_rarely_accepted():
    assert mean_rates(candidate=1.2001, margin=0.2, alpha=ALPHA, trials=TRIALS, seed=3).holds <= ALPHA


def test_a_ratio_at_the_edge_of_the_margin_is_rarely_refuted():
    assert ratio_rates(candidate=1.05, margin=0.05, alpha=ALPHA, trials=TRIALS, seed=4).refuted <= ALPHA


def test_a_proportion_at_the_threshold_is_rarely_decided():
    rates = proportion_rates(truth=0.3, threshold=0.3, alpha=ALPHA, trials=TRIALS, seed=5)
    assert rates.holds + rates.refuted <= ALPHA


def test_power_a_true_mean_is_accepted_and_a_wrong_one_refuted():
    assert mean_rates(candidate=1.0, margin=0.2, alpha=ALPHA, trials=100, seed=6).holds > 0.9
    assert mean_rates(candidate=1.5, margin=0.05, alpha=ALPHA, trials=100, seed=7).refuted > 0.95
    assert proportion_rates(truth=0.8, threshold=0.3, alpha=ALPHA, trials=100, seed=8).holds > 0.95


UNDECIDED = ("sigma 2", "sigma 3", "sigma 4", "tail 1.05", "tail 1.2", "tail 1.5", "1e-06", "0.0001", "0.001", "by 0.9")
"""Families on which so few samples decide nothing."""


@pytest.mark.parametrize("name", FAMILIES)
def test_no_family_is_misjudged_more_often_than_promised(name):
    true = family_rates(FAMILIES[name], candidate=1.0, margin=0.1, alpha=0.01, trials=TRIALS, seed=11)
    false = family_rates(FAMILIES[name], candidate=1.12, margin=0.1, alpha=0.01, trials=TRIALS, seed=12)
    assert true.refuted <= 0.01, true
    assert false.holds <= 0.01, false
    decided = true.holds + true.refuted
    if name.endswith(UNDECIDED):
        assert decided < 0.05, true
    if name.startswith("lattice") or name in ("lognormal, sigma 0.5", "Bernoulli, 0.5"):
        assert true.holds > 0.95, true


@pytest.mark.parametrize("rate", [1e-4, 0.01, 0.2, 0.5])
def test_with_a_support_the_rule_is_exact_for_rare_events_too(rate):
    stated = {"support": (0, 1 / rate), "alpha": 0.05, "margin": 0.1}
    assert family_rates(bernoulli(rate), candidate=1.0, trials=TRIALS, seed=13, **stated).refuted <= 0.05
    assert family_rates(bernoulli(rate), candidate=1.12, trials=TRIALS, seed=14, **stated).holds <= 0.05
