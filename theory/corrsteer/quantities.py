"""What can be evaluated by name: `corollary evaluate corrsteer/<quantity> name=value ...`."""

from __future__ import annotations

from collections.abc import Callable

from corollary.formulas.quantity import Argument, Quantity, finite, integer, interval, nonnegative, positive
from corollary.theory.corrsteer import changes, coefficient, contrast, cue, null, pooling, power, pruning, rare

OURS = "reconstructed"
OPEN = interval(0, 1)
SHARE = Argument("pi", "share of successes", OPEN)
RHO = Argument("rho", "correlation with success", interval(-1, 1))
POSITIVE_RHO = Argument("rho", "correlation with success", interval(0, 1))
N = Argument("n", "samples", integer(5))
FEATURES = Argument("F", "features", integer(2))
LEVEL = Argument("q", "quantile", OPEN, 0.5)
SUCCESSES = Argument("k", "successes, below n", integer(1))
FIRES = Argument("m", "samples on which it fires, all successes", integer(1))
RATES = (
    Argument("lam1", "rate of firing on successes", OPEN),
    Argument("lam0", "on failures", OPEN),
    Argument("T", "tokens", integer(1)),
    SHARE,
)
VALIDATION = (
    Argument("n", "validation samples", integer(1)),
    Argument("q", "share of the answers that an inert feature changes", interval(0, 1, "both")),
)


def _among(function: Callable[..., float]) -> Callable[..., float]:
    """With fewer successes than samples, and no more firings than successes."""

    def of(n: int, k: int, **others: float) -> float:
        if k >= n:
            raise ValueError(f"k={k} is not allowed with n={n}; allowed: k < n")
        if others.get("m", 1) > k:
            raise ValueError(f"m={others['m']} is not allowed with k={k}; allowed: m <= k")
        return float(function(n=n, k=k, **others))

    return of


def _rare(n: int, k: int, m: int, cv: float) -> float:
    return float(rare.RARE(n=n, k=k, m=m, cv=cv))


def _expected(n: int, k: int, m: int, F: int) -> float:
    return rare.expected(F, n, k, m)


def _some(n: int, k: int, F: int) -> float:
    return rare.some(F, n, k)


def _first(n: int, n1: int, D: float, F: int) -> float:
    if n1 >= n:
        raise ValueError(f"n1={n1} is not allowed with n={n}; allowed: n1 < n")
    return power.first_of(n, n1, D, F)


def _overshoot(mu1: float, mu0: float) -> float:
    if mu0 >= mu1:
        raise ValueError(f"mu0={mu0} is not allowed with mu1={mu1}; allowed: mu0 < mu1, a positive correlation")
    return float(coefficient.OVERSHOOT(mu1=mu1, mu0=mu0))


def _gained(N: int, gain: float, changed: int) -> float:
    if abs(N * gain) > changed:
        raise ValueError(f"changed={changed} is not allowed with N={N}, gain={gain}; allowed: at least N |gain|")
    return float(changes.BY_GAIN(N=N, gain=gain, changed=changed))


QUANTITIES = {
    "correlation": Quantity(
        function=contrast.POPULATION,
        arguments=(
            Argument("gap", "mean on successes less that on failures", finite),
            Argument("within", "standard deviation inside a class", positive, 1.0),
            SHARE,
        ),
        source=OURS,
    ),
    "t-statistic": Quantity(function=contrast.STATISTIC, arguments=(RHO, N), source=OURS),
    "mutual-information": Quantity(function=contrast.MUTUAL, arguments=(RHO,), source=OURS),
    "null-tail": Quantity(
        function=null.tail, arguments=(N, Argument("x", "correlation", interval(-1, 1))), source="Fisher's law"
    ),
    "largest-null": Quantity(function=null.largest, arguments=(N, FEATURES, LEVEL), source=OURS),
    "effective-features": Quantity(
        function=null.effective,
        arguments=(N, Argument("median", "of the largest correlation, successes permuted", interval(0, 1))),
        source=OURS,
    ),
    "correlation-variance": Quantity(function=power.TATE, arguments=(RHO, SHARE), source="Tate 1954"),
    "design-variance": Quantity(function=power.DESIGN, arguments=(RHO,), source=OURS),
    "power": Quantity(
        function=_first,
        arguments=(
            N,
            Argument("n1", "successes, below n", integer(1)),
            Argument("D", "gap of the class means, in within-class deviations", finite),
            FEATURES,
        ),
        source=OURS,
    ),
    "samples-needed": Quantity(function=power.needed, arguments=(POSITIVE_RHO, FEATURES), source=OURS),
    "rare-correlation": Quantity(
        function=_among(_rare),
        arguments=(
            Argument("n", "samples", integer(2)),
            SUCCESSES,
            FIRES,
            Argument("cv", "coefficient of variation of the activations there", nonnegative, 0.0),
        ),
        source=OURS,
    ),
    "rare-count": Quantity(
        function=_among(_expected),
        arguments=(
            Argument("n", "samples", integer(2)),
            SUCCESSES,
            FIRES,
            Argument("F", "features that fire on m samples", integer(1)),
        ),
        source=OURS,
    ),
    "some-singleton": Quantity(
        function=_among(_some),
        arguments=(
            Argument("n", "samples", integer(2)),
            SUCCESSES,
            Argument("F", "features that fire on one sample", integer(1)),
        ),
        source=OURS,
    ),
    "overtaken": Quantity(
        function=rare.OVERTAKEN, arguments=(Argument("n", "samples", integer(2)), POSITIVE_RHO), source=OURS
    ),
    "max-correlation": Quantity(function=pooling.MAX, arguments=RATES, source=OURS),
    "mean-correlation": Quantity(function=pooling.MEAN, arguments=RATES, source=OURS),
    "coefficient-ratio": Quantity(function=pooling.RATIO, arguments=(RATES[0], RATES[2]), source=OURS),
    "overshoot": Quantity(
        function=_overshoot,
        arguments=(
            Argument("mu1", "mean activation on successes", positive),
            Argument("mu0", "on failures", nonnegative),
        ),
        source=OURS,
    ),
    "side-effects": Quantity(
        function=_gained,
        arguments=(
            Argument("N", "answers", integer(1)),
            Argument("gain", "change of the accuracy", interval(-1, 1, "both")),
            Argument("changed", "answers put right or wrong", integer(1)),
        ),
        source=OURS,
    ),
    "random-side-effects": Quantity(
        function=changes.RANDOM,
        arguments=(
            Argument("A", "accuracy without steering", interval(0, 1, "high")),
            Argument("K", "options", integer(2)),
        ),
        source=OURS,
    ),
    "mcnemar": Quantity(
        function=changes.MCNEMAR,
        arguments=(Argument("plus", "answers put right", positive), Argument("minus", "put wrong", nonnegative)),
        source="McNemar 1947",
    ),
    "false-passes": Quantity(function=pruning.passes, arguments=VALIDATION, source=OURS),
    "demanded-statistic": Quantity(
        function=pruning.demanded,
        arguments=(Argument("L", "inert features", integer(1)), Argument("level", "of all together", OPEN, 0.05)),
        source="Bonferroni",
    ),
    "cue-preferred": Quantity(
        function=cue.preferred,
        arguments=(
            Argument("n", "samples", integer(1)),
            Argument("gap", "the cue's correlation less the other's", finite),
            Argument("deviation", "of the difference of their influence functions", positive),
        ),
        source=OURS,
    ),
}
