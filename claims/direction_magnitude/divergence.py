"""The KL divergence as the damage."""

from __future__ import annotations

from collections.abc import Callable

import corollary as co
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.direction_magnitude import divergence as sims
    from corollary.theory.direction_magnitude import divergence as theory


def _ratio(centred: bool = True, count: Callable[[int], int] = lambda d: d - 1, across: bool = True) -> Callable:
    """The ratio with a mistake."""

    def value(draw: int) -> float:
        known = sims.local(draw)
        p, J, h = (known[name] for name in ("probabilities", "jacobian", "state"))
        along, other = theory.curvatures(p, J if centred else J + 1.0, h)
        if not centred:
            unit = h / np.linalg.norm(h)
            along, other = float(p @ (J @ unit) ** 2), float(p @ (J**2).sum(1)) - float(p @ (J @ unit) ** 2)
        return (other if across else other + along) / count(len(h)) / along

    return value


@PAPER.claim(
    "divergence-ratio",
    says="At small displacements angular and radial KL stand in the ratio of the trace across the state over d - 1 to "
    "the curvature along it, of G = J'(diag p - p p')J.",
    where="reconstructed",
    status="reconstructed",
)
def divergence_ratio() -> co.Value:
    return co.Value(
        predicts=lambda draw: theory.ratio(**sims.local(draw)),
        computes=sims.ratio,
        at=[{"draw": draw, "relative": 0.003} for draw in (0, 1, 5)],
        within=2e-3,
        wrong={
            "diag p for diag p - p p'": _ratio(centred=False),
            "over d": _ratio(count=lambda d: d),
            "the whole trace": _ratio(across=False),
            "1": lambda: 1.0,
        },
    )


@PAPER.claim(
    "divergence-quadratic",
    says="Both divergences are quadratic: a displacement of .03 |h| costs (10 / 3)^2 times one of .009 |h|.",
    where="reconstructed",
    status="reconstructed",
)
def divergence_quadratic() -> co.Value:
    def grown(draw: int) -> list[float]:
        small, large = (sims.damages(draw, relative) for relative in (0.009, 0.03))
        return [large[kind] / small[kind] for kind in ("radial", "angular")]

    return co.Value(
        predicts=lambda: [(0.03 / 0.009) ** 2] * 2,
        computes=grown,
        at=[{"draw": 0}, {"draw": 1}],
        within=0.03,
        wrong={"linear": lambda: [0.03 / 0.009] * 2, "cubic": lambda: [(0.03 / 0.009) ** 3] * 2},
    )


@PAPER.claim(
    "expected-loss",
    says="With labels drawn from the clean prediction, the expected rise of the cross-entropy is the KL divergence, "
    "at any displacement.",
    where="reconstructed",
    status="reconstructed",
)
def expected_loss() -> co.Value:
    return co.Value(
        predicts=lambda draw, relative: sims.damages(draw, relative)["angular"],
        computes=lambda draw, relative: sims.damages(draw, relative)["loss"],
        at=co.grid(draw=[0, 1], relative=[0.03, 0.7]),
        within=1e-9,
        wrong={
            "the radial one's": lambda draw, relative: sims.damages(draw, relative)["radial"],
            "half of it": lambda draw, relative: sims.damages(draw, relative)["angular"] / 2,
        },
    )
