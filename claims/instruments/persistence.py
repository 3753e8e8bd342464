"""The loop of a regular polygon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import corollary as co
from corollary.claims.instruments.paper import PAPER

with co.lazily():
    from corollary.sims.instruments import embeddings
    from corollary.sims.instruments import persistence as sims
    from corollary.theory.instruments import persistence as theory

if TYPE_CHECKING:
    import numpy as np


@PAPER.claim(
    "polygon-loop",
    says="A regular N-gon has one loop: born at 2 sin(pi / N), dead at 2 sin(pi ceil(N / 3) / N).",
    where="Adamaszek and Adams 2017",
    status="reconstructed",
)
def polygon_loop() -> co.Value:
    def computed(points: int) -> dict[str, int | np.ndarray]:
        bars = sims.h1_bars(embeddings.polygon(points))
        return {"loops": len(bars), "birth": bars[:1, 0], "death": bars[:1, 1]}

    stated = {"loops": lambda: 1, "birth": theory.BIRTH, "death": theory.DEATH}
    return co.Value(
        predicts=stated,
        computes=computed,
        at=[{"points": points} for points in (4, 5, 6, 7, 8, 13, 36, 59)],
        wrong={
            "dies at sqrt 3": {**stated, "death": theory.LARGEST_DEATH},
            "rounded down": {**stated, "death": lambda points: theory.BIRTH(points=points / (points // 3))},
            "radii for edges": {
                **stated,
                "birth": lambda points: theory.BIRTH(points=points) / 2,
                "death": lambda points: theory.DEATH(points=points) / 2,
            },
        },
    )
