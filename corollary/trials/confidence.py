"""Time-uniform confidence sequences: intervals that stay valid however often one looks and whenever one stops."""

import math

from scipy.optimize import brentq
from scipy.special import betaln

FIRST_LOOK = 2048
"""Samples before the first look at a mean. The asymptotic guarantee is for sequences that start late enough
for the sample variance to be consistent; the calibration test measures the error rate at this start."""


def mean_radius(count: int, alpha: float, planned: int) -> float:
    """Half-width of the asymptotic confidence sequence for a mean, in units of the sample standard deviation.

    arXiv 2103.06476 (Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas), Thm 2.2: with rho > 0, the intervals
    mean_t +- sd_t * sqrt(2 (t rho^2 + 1) / (t^2 rho^2) * log(sqrt(t rho^2 + 1) / alpha)), t >= m, cover the
    mean at all t at once with probability 1 - alpha, asymptotically in the first look m.

    count: samples so far, >= 1. alpha: error probability in (0, 1). planned: the sample size at which rho makes
    the interval tightest; any value is valid as long as it does not depend on the data.
    """
    spread = -2 * math.log(alpha)
    rho2 = (spread + math.log(spread + 1)) / planned
    scaled = count * rho2 + 1
    return math.sqrt(2 * scaled / (count**2 * rho2) * (0.5 * math.log(scaled) - math.log(alpha)))


def proportion_interval(successes: int, failures: int, alpha: float) -> tuple[float, float]:
    """Exact time-uniform confidence interval for a probability, from the beta-binomial martingale.

    The likelihood ratio of Jeffreys' mixture against p, B(1/2 + s, 1/2 + f) / B(1/2, 1/2) / (p^s (1-p)^f), is a
    nonnegative martingale of mean 1 when p is the truth, so that by Ville's inequality it ever exceeds 1/alpha with
    probability at most alpha (Robbins 1970; arXiv 1810.08240 for the family). The interval is the set of p not excluded
    so far.

    successes, failures: counts >= 0. alpha: in (0, 1). Returns (low, high) within [0, 1].
    """
    mixture = betaln(0.5 + successes, 0.5 + failures) - betaln(0.5, 0.5)

    def log_wealth(p: float) -> float:
        loss = (successes * math.log(p) if successes else 0.0) + (failures * math.log1p(-p) if failures else 0.0)
        return float(mixture - loss + math.log(alpha))

    total = successes + failures
    if total == 0:
        return 0.0, 1.0
    tiny = 1e-15
    top = min(max(successes / total, tiny), 1 - tiny)
    low = 0.0 if successes == 0 or log_wealth(tiny) <= 0 else brentq(log_wealth, tiny, top, xtol=1e-14)
    high = 1.0 if failures == 0 or log_wealth(1 - tiny) <= 0 else brentq(log_wealth, top, 1 - tiny, xtol=1e-14)
    return float(low), float(high)
