"""Decoders of the reliability language: what steering by correlated features does to their answers.

Statistics and margins of the first three were fixed after a look at 32 trainings, a first choice from seven having been
too strict; those of the cue after seven. Trials see none of these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    from corollary.sims.corrsteer import trained as sims

SEEDS, BATCH = 32, 8
UNTRAINED = {"steps": 1}
STYLED = {"styled": 1}
MANY = "agreement 0.5, 2000 samples"
RANDOM = tuple(f"random {n}" for n in range(4))
TOY = "planted reliability; toy"


def of_models(
    shows: Callable[[co.Row], bool],
    effect: str,
    wrong: dict[str, Any],
    point: co.Point | None = None,
    seeds: int = SEEDS,
) -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN, shows=shows, effect=effect, seeds=seeds, batch=BATCH, wrong=wrong, point=point or {}
    )


@PAPER.claim(
    "features-help",
    depth="full",
    says="One feature a layer, selected on 2,000 samples, gains .3 points of accuracy or more, at a side-effect ratio "
    "under .8 of the mean one of random active features with their own coefficients.",
    where=TOY,
)
def features() -> co.Phenomenon:
    def helps(row: co.Row, said: str = MANY, least: float = 0.003, others: tuple[str, ...] = RANDOM) -> bool:
        random = sum(row[f"side effects, {other}"] for other in others) / len(others)
        return row[f"gain, {said}"] >= least and row[f"side effects, {said}"] < 0.8 * random

    return of_models(
        helps,
        f"gain, {MANY}",
        {
            "an untrained decoder": co.Control(UNTRAINED),
            "random features for the selected": co.Control(
                shows=lambda row: helps(row, RANDOM[1], others=(RANDOM[0], *RANDOM[2:]))
            ),
            "by five points": lambda row: helps(row, least=0.05),
        },
        seeds=2 * SEEDS,
    )


@PAPER.claim(
    "mean-difference-gains-more",
    depth="full",
    says="The difference of the mean streams of right and wrong answers, added at the same layers at strength 1, gains "
    "4 points or more, over twice as much as the selected features, at a side-effect ratio under .2.",
    where="comparison with contrastive activation addition; toy",
    status="reconstructed",
)
def mean_difference() -> co.Phenomenon:
    def more(row: co.Row, said: str = "caa") -> bool:
        gain = row[f"gain, {said}"]
        return gain >= 0.04 and gain > 2 * row[f"gain, {MANY}"] and row[f"side effects, {said}"] < 0.2

    return of_models(
        more,
        "gain, caa",
        {
            "the features at twice their strength": co.Control(shows=lambda row: more(row, "twice")),
            "features with the difference of means": co.Control(shows=lambda row: more(row, "difference")),
        },
    )


@PAPER.claim(
    "subtracting-changes-little",
    depth="full",
    says="Subtracting the most negatively correlated feature of each layer changes the accuracy by less than a point, "
    "and fewer answers than adding the positive ones does.",
    where="positive against negative features; toy",
    status="reconstructed",
)
def subtracting() -> co.Phenomenon:
    def little(row: co.Row, said: str = "negative") -> bool:
        changed = f"changed, agreement 0.5, {sims.MIDDLE} samples"
        return abs(row[f"gain, {said}"]) < 0.01 and row[f"changed, {said}"] < row[changed]

    return of_models(
        little,
        "changed, negative",
        {
            "the mean difference": co.Control(shows=lambda row: little(row, "caa")),
            "twice the positive ones": co.Control(shows=lambda row: little(row, "twice")),
        },
    )


@PAPER.claim(
    "cue-takes-over",
    depth="full",
    says="Where values carry the nuisance bit and it agrees with the cause of right answers in nine of ten selection "
    "samples, the last layer's selected feature follows the bit over twice as closely as right answers, with a "
    "correlation over 1.3 times that without agreement.",
    where="confounded features; toy",
    status="reconstructed",
)
def cue() -> co.Phenomenon:
    def follows(row: co.Row, agreement: str = "0.9", ratio: float = 2.0) -> bool:
        nuisance, success, r = (
            row[f"{name}, layer 2, agreement {agreement}"] for name in ("nuisance", "success", "correlation")
        )
        return nuisance > ratio * success and r > 1.3 * row["correlation, layer 2, agreement 0.5"]

    return of_models(
        follows,
        "nuisance, layer 2, agreement 0.9",
        {
            "values without the bit": co.Control({}),
            "no agreement": co.Control(STYLED, shows=lambda row: follows(row, "0.5")),
            "it follows nothing else": lambda row: follows(row, ratio=200.0),
        },
        STYLED,
    )


@PAPER.claim(
    "cue-does-little",
    depth="full",
    says="Steered alone, that feature changes twenty of 4,000 answers or more and gains less than two points, with "
    "side effects over .25.",
    where="confounded features; toy",
    status="reconstructed",
)
def without_effect() -> co.Phenomenon:
    def little(row: co.Row, said: str = "last layer alone, agreement 0.9") -> bool:
        return row[f"changed, {said}"] >= 20 and row[f"gain, {said}"] < 0.02 and row[f"side effects, {said}"] > 0.25

    return of_models(
        little,
        "side effects, last layer alone, agreement 0.9",
        {
            "values without the bit, all layers": co.Control({}, shows=lambda row: little(row, MANY)),
            "the mean difference": co.Control(STYLED, shows=lambda row: little(row, "caa")),
        },
        STYLED,
    )
