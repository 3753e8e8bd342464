"""Trained decoders: are their circuits unique, with and without forced redundancy? Accuracy is of two labels."""

from __future__ import annotations

import corollary as co
from corollary.claims.circuits_rome.paper import PAPER

with co.lazily():
    from corollary.sims.circuits_rome import trained as sims

SEEDS, BATCH = 48, 4
PLAIN, SPARE = {"drop": 0.0}, {"drop": 0.5}
WHERE = "functional anisotropy; tried on decoders trained on indirect objects"


@PAPER.claim(
    "oasr-lowers-overlap",
    depth="full",
    says="A search kept away from a circuit overlaps it less than one from another seed does, with half of the heads "
    "dropped in training, and keeps an accuracy of .98; trained plainly it does not.",
    where=f"OASR lowers overlap at little cost; {WHERE}",
)
def lowers() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN,
        shows=lambda row: row["iou away"] < row["iou again"] and row["accuracy away"] >= 0.98,
        effect="iou away",
        point=SPARE,
        seeds=SEEDS,
        batch=BATCH,
        wrong={"trained plainly": co.Control(PLAIN), "the overlap is by chance": lambda row: row["z away"] < 3},
    )


@PAPER.claim(
    "some-edge-matters",
    depth="full",
    says="Trained plainly, a decoder has an edge without which over 1% of the prompts fail; with half of its heads "
    "dropped in training it has none.",
    where=f"no essential edges; {WHERE}",
    status="reconstructed",
)
def matters() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN,
        shows=lambda row: row["least without one"] < 0.99,
        effect="least without one",
        point=PLAIN,
        seeds=SEEDS,
        batch=BATCH,
        wrong={"half of the heads dropped": co.Control(SPARE)},
    )


@PAPER.claim(
    "plain-circuits-overlap-more",
    depth="full",
    says="Without dropped heads two circuits, the second kept away from the first, overlap over three times as much as "
    "by chance: at matched sizes circuits are less free than where heads were dropped.",
    where=WHERE,
    status="reconstructed",
)
def more() -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN,
        shows=lambda row: row["ratio away"] > 3,
        effect="ratio away",
        point=PLAIN,
        seeds=SEEDS,
        batch=BATCH,
        wrong={"half of the heads dropped": co.Control(SPARE)},
    )
