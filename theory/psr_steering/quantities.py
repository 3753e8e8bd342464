"""What can be evaluated by name: `corollary evaluate psr-steering/<quantity> name=value ...`."""

from __future__ import annotations

from collections.abc import Callable

from corollary.formulas.quantity import Argument, Quantity, finite, integer, interval, nonnegative, positive
from corollary.theory.psr_steering import clamping, direction, frontier, gate, layers, sample_size, scale, sequence

OURS = "reconstructed"
M = Argument("m", "mean of the pre-activation", finite)
S = Argument("s", "its standard deviation", positive, 1.0)
TAU = Argument("tau", "threshold of the gate, in standard deviations", interval(-5, 5, "both"))
SHARE = interval(0, 1, "both")
ABOUT_A_DIRECTION = (
    Argument("d", "width", integer(2)),
    Argument("n", "tokens", integer(1)),
    Argument("sigma", "noise of each coordinate, in units of the gate", positive),
)
FIRST = Argument("first", "mean of the gate", positive)
SECOND = Argument("second", "mean of its square", positive)
TOKENS, FEATURES = Argument("n", "tokens", integer(1)), Argument("d", "features", integer(1))
EXPLAINED = Argument("Rg", "share of the gate's variance that they explain", interval(0, 1, "both"))
LAYERS = Argument("L", "layers", integer(1))
GATES = (Argument("e", "mean of a gate", finite), Argument("v", "its variance", positive))


def _hard(which: int) -> Callable[[float], float]:
    def of(tau: float) -> float:
        return gate.hard_probe(tau)[which]

    return of


def _probe(n: int, d: int, Rg: float) -> float:
    if n <= d + 2:
        raise ValueError(f"n={n} is not allowed with d={d}; allowed: n > d + 2, or the probe's error has no mean")
    return float(sample_size.PROBE(n=n, d=d, Rg=Rg))


def _single(L: int, e: float, v: float, c: float) -> float:
    if (L - 1) * c < -1:
        raise ValueError(f"c={c} is not allowed with L={L}; allowed: c >= -1/(L - 1), or no gates are so correlated")
    return float(layers.SINGLE(L=L, e=e, v=v, c=c))


QUANTITIES = {
    "scaled-error": Quantity(
        function=scale.SCALED,
        arguments=(
            Argument("s", "strength, in units of the least-squares scale", finite),
            Argument("R2", "share of the power that is predicted", SHARE),
        ),
        source=OURS,
    ),
    "gate-mean": Quantity(function=gate.FIRST, arguments=(M, S), source=OURS),
    "gate-power": Quantity(function=gate.SECOND, arguments=(M, S), source=OURS),
    "gate-kappa": Quantity(function=gate.KAPPA, arguments=(M, S), source=OURS),
    "constant-error": Quantity(function=gate.CONSTANT, arguments=(M, S), source=OURS),
    "affine-error": Quantity(function=gate.AFFINE, arguments=(M, S), source=OURS),
    "hard-constant-error": Quantity(function=gate.HARD_CONSTANT, arguments=(TAU,), source=OURS),
    "hard-affine-error": Quantity(function=gate.HARD_AFFINE, arguments=(TAU,), source=OURS),
    "hard-probe-start": Quantity(function=_hard(0), arguments=(TAU,), source=OURS),
    "hard-probe-slope": Quantity(function=_hard(1), arguments=(TAU,), source=OURS),
    "hard-probe-error": Quantity(function=_hard(2), arguments=(TAU,), source=OURS),
    "clamped-variance": Quantity(
        function=clamping.CLAMPED,
        arguments=(
            M,
            S,
            Argument("v", "variance of the projection", nonnegative),
            Argument("c", "covariance of pre-activation and projection", finite),
        ),
        source=OURS,
    ),
    "sequence-error": Quantity(
        function=sequence.LEFT,
        arguments=(
            Argument("icc", "share of the variance between sequences", SHARE),
            Argument("T", "tokens of a sequence", integer(1)),
        ),
        source=OURS,
    ),
    "mean-difference-sine": Quantity(
        function=direction.MEAN_DIFFERENCE, arguments=(*ABOUT_A_DIRECTION, FIRST), source=OURS
    ),
    "weighted-sine": Quantity(function=direction.WEIGHTED, arguments=(*ABOUT_A_DIRECTION, SECOND), source=OURS),
    "singular-sine": Quantity(function=direction.SINGULAR, arguments=(*ABOUT_A_DIRECTION, SECOND), source=OURS),
    "mean-fresh-error": Quantity(function=sample_size.MEAN, arguments=(TOKENS,), source=OURS),
    "probe-fresh-error": Quantity(function=_probe, arguments=(TOKENS, FEATURES, EXPLAINED), source=OURS),
    "tokens-needed": Quantity(
        function=sample_size.ENOUGH,
        arguments=(FEATURES, Argument("Rg", "share of the gate's variance that they explain", interval(0, 1, "high"))),
        source=OURS,
    ),
    "one-layer-error": Quantity(
        function=_single,
        arguments=(LAYERS, *GATES, Argument("c", "correlation of two layers' gates", interval(-1, 1, "both"))),
        source=OURS,
    ),
    "constants-error": Quantity(function=layers.CONSTANTS, arguments=GATES, source=OURS),
    "trait-at-coherence": Quantity(
        function=frontier.TRAIT,
        arguments=(
            Argument("C", "coherence", interval(0, 1, "")),
            Argument("delta", "leak of the gate", positive, 1.0),
            Argument("m", "margin of coherence", finite),
            Argument("t", "threshold of the trait", finite),
        ),
        source=OURS,
    ),
}
