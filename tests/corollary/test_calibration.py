"""The decision rules err no more often than promised, whenever one stops, and still tell right from wrong."""

from corollary.trials.calibration import mean_rates, proportion_rates, ratio_rates

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
    assert mean_rates(candidate=1.0, margin=0.2, alpha=ALPHA, trials=100, seed=6).holds > 0.95
    assert mean_rates(candidate=1.5, margin=0.05, alpha=ALPHA, trials=100, seed=7).refuted > 0.95
    assert proportion_rates(truth=0.8, threshold=0.3, alpha=ALPHA, trials=100, seed=8).holds > 0.95
