"""The KL divergence as the damage."""

from __future__ import annotations

from collections.abc import Callable

import corollary as co
from corollary.claims.direction_magnitude.language_model import trained
from corollary.claims.direction_magnitude.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.direction_magnitude import divergence as sims
    from corollary.theory.direction_magnitude import divergence as theory

QUADRATIC = (0.1 / 0.03) ** 2


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


def _exceeds(row: co.Row, layer: int, factor: float) -> bool:
    """Whether angular over radial divergence does."""
    return row[f"divergence angular 0.03 {layer}"] > factor * row[f"divergence radial 0.03 {layer}"]


@PAPER.claim(
    "trained-divergence-quadratic",
    depth="full",
    says="With one layer near the end perturbed, both divergences grow as (.1/.03)^2 = 11.1 from .03 to .1 of the "
    "norm, to 12%.",
    where="KL; toy",
    status="reconstructed",
)
def trained_divergence_quadratic() -> co.Phenomenon:
    def near(large: float, small: float, factor: float, margin: float = 0.12) -> bool:
        return abs(large - factor * small) < margin * factor * small

    def quadratic(row: co.Row) -> bool:
        return all(
            near(row[f"divergence {kind} 0.1 4"], row[f"divergence {kind} 0.03 4"], QUADRATIC)
            for kind in ("radial", "angular")
        )

    return trained(
        quadratic,
        "divergence angular 0.1 4",
        {
            "the loss at twice a large displacement": co.Control(
                shows=lambda row: near(row["loss radial 0.4"], row["loss radial 0.2"], 4)
            ),
            "over 5% off, for rotations": lambda row: (
                not near(row["divergence angular 0.1 4"], row["divergence angular 0.03 4"], QUADRATIC, 0.05)
            ),
        },
    )


@PAPER.claim(
    "trained-last-layer",
    depth="full",
    says="Behind the last block radial steps change nothing (KL below 1e-7) where rotations do, one block before the "
    "ratio exceeds 3, and in the two before that it exceeds 1.",
    where="KL by layer; toy",
    status="reconstructed",
)
def trained_last_layer() -> co.Phenomenon:
    def diverges(row: co.Row, layer: int = 5) -> bool:
        nothing = abs(row[f"divergence radial 0.03 {layer}"]) < 1e-7 < 1e-4 < row[f"divergence angular 0.03 {layer}"]
        return nothing and _exceeds(row, 4, 3) and _exceeds(row, 3, 1) and _exceeds(row, 2, 1)

    return trained(
        diverges,
        "divergence angular 0.03 5",
        {
            "one block earlier too": co.Control(shows=lambda row: diverges(row, 4)),
            "50 times one block before the end": lambda row: _exceeds(row, 4, 50),
        },
    )
