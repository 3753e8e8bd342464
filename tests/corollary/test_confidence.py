import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln

from corollary.trials.confidence import mean_radius, proportion_interval


@given(st.integers(10, 10**7), st.floats(1e-9, 0.2))
def test_the_radius_is_wider_than_a_fixed_time_interval_and_shrinks_like_root_n(count, alpha):
    from scipy.stats import norm

    radius = mean_radius(count, alpha, count)
    fixed = norm.isf(alpha / 2) / math.sqrt(count)
    assert fixed < radius < 3.5 * fixed
    assert mean_radius(4 * count, alpha, 4 * count) == pytest.approx(radius / 2)


@given(st.integers(0, 300), st.integers(0, 300), st.floats(1e-6, 0.2))
def test_the_proportion_interval_ends_where_the_martingale_reaches_one_over_alpha(successes, failures, alpha):
    low, high = proportion_interval(successes, failures, alpha)
    total = successes + failures
    assert 0 <= low <= (successes / total if total else 0.5) <= high <= 1
    for edge in (low, high):
        if 0 < edge < 1:
            mixture = betaln(0.5 + successes, 0.5 + failures) - math.log(math.pi)
            wealth = mixture - successes * math.log(edge) - failures * math.log1p(-edge)
            assert wealth == pytest.approx(-math.log(alpha), abs=1e-5)
