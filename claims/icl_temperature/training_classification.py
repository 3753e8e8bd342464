"""Which temperature a small transformer trained on in-context classification wants when labels are flipped."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import corollary as co
from corollary.claims.icl_temperature.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.icl_temperature import training_classification as sims


@PAPER.claim(
    "noisy-demonstrations",
    says="In classification the best temperature does not fall as more demonstrations are mislabelled, and tuning "
    "pays at 20 and 30%.",
    where="experiment E5",
    status="reconstructed",
    depth="full",
)
def noisy_demonstrations() -> co.Phenomenon:
    shares = ("clean", "flipped_0.1", "flipped_0.2", "flipped_0.3", "flipped_0.4")

    def rises(row: Mapping[str, float]) -> bool:
        grid = np.array(sims.TEMPERATURES)  # what is kept of a run may be rounded
        places = [int(np.abs(grid - row[f"{share}/best_on_grid"]).argmin()) for share in shares]
        steady = all(other >= one - 1 for one, other in pairwise(places))
        pays = all(row[f"flipped_{share}/gain"] > 2 * row[f"flipped_{share}/gain_se"] for share in ("0.2", "0.3"))
        return steady and pays

    return co.Phenomenon(
        measures=PAPER.run("classification"),
        shows=rises,
        effect="flipped_0.3/gain",
        wrong={
            "a network of two training steps": co.Control(point={"steps": 2, "warmup": 1}),
            "tuning pays on clean demonstrations": lambda row: row["clean/gain"] > 2 * row["clean/gain_se"],
        },
    )
