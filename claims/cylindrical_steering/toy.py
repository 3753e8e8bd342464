"""Steering in transformers trained from scratch, with exact labels. Every statistic is of one base model, and was fixed
on base models of other seeds than the trial's.

What the toy shows that language models need not: added to every token, DiffMean spoils the digits as it brings in the
concept, so that there is no length with one and without the other; and penalties act the other way round than among
planted concepts, where a sample's other differences are noise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    from corollary.sims.cylindrical_steering import toy as sims
    from corollary.theory.cylindrical_steering import diffmean


MODELS, BATCH = 48, 8

EXCHANGED = {"pairs": "exchanged"}
"""The two texts of a pair in random order: their differences have no concept in common."""

UNTRAINED = {"steps": 1}


def _phenomenon(shows: Callable[[co.Row], bool], effect: str, wrong: Mapping[str, Any] | None = None) -> co.Phenomenon:
    return co.Phenomenon(
        measures=sims.RUN, shows=shows, effect=effect, prevalence=0.5, seeds=MODELS, batch=BATCH, wrong=wrong or {}
    )


def _near(row: co.Row, one: str, other: str, margin: float) -> bool:
    return abs(row[f"median {one}"] - row[f"median {other}"]) < margin


@PAPER.claim(
    "toy-activation",
    depth="full",
    says="Read where the replies part, and added to every token after the last block, DiffMean puts the "
    "concept into over 95% of a trained toy's replies; a random direction puts it into less than half.",
    where="steering experiments; toy",
    status="reconstructed",
)
def activation() -> co.Phenomenon:
    return _phenomenon(
        lambda row: row["reached diffmean"] > 0.95 and row["reached random"] < 0.5,
        "reached diffmean",
        wrong={
            "differences without a concept": co.Control(EXCHANGED),
            "a random direction does too": lambda row: row["reached random"] > 0.5,
            "read at the prompt's last token it does": lambda row: row["reached prompt"] > 0.05,
        },
    )


@PAPER.claim(
    "toy-corruption",
    depth="full",
    says="Added to every token of a trained toy, DiffMean spoils a reply as it brings in the concept: for "
    "under a quarter of samples any length gives the concept and the right digits.",
    where="collapse; toy",
    status="reconstructed",
)
def corruption() -> co.Phenomenon:
    return _phenomenon(
        lambda row: row["clean diffmean"] < 0.25 and row["corrupted diffmean"] > 0.95,
        "clean diffmean",
        wrong={
            "differences without a concept": co.Control(EXCHANGED),
            "half of the samples have such a length": lambda row: row["clean diffmean"] >= 0.5,
            "only the concept's direction spoils": lambda row: row["corrupted random"] < 0.5,
        },
    )


@PAPER.claim(
    "toy-steps",
    depth="full",
    says="Every sample of a trained toy switches once along DiffMean, and their lengths spread over more than "
    "a tenth of it: steps one by one, a smooth curve together.",
    where="population and per-sample predictability; toy",
    status="reconstructed",
)
def steps() -> co.Phenomenon:
    return _phenomenon(
        lambda row: row["single"] == 1 and row["range"] > 0.1,
        "range",
        wrong={
            "before training": co.Control(UNTRAINED),
            "a tenth of the samples switch back": lambda row: row["single"] < 0.9,
            "all at one length": lambda row: row["range"] < 0.05,
        },
    )


@PAPER.claim(
    "toy-state-tells",
    depth="full",
    says="In a trained toy the log-odds at the base and their slope explain over 40% of a sample's activation "
    "length, its angle to DiffMean under 30%.",
    where="per-sample unpredictability; toy",
    status="reconstructed",
)
def state_tells() -> co.Phenomenon:
    return _phenomenon(
        lambda row: row["explained_state"] > 0.4 and row["explained_angle"] < 0.3,
        "explained_state",
        wrong={
            "differences without a concept": co.Control(EXCHANGED),
            "the angle tells as much": lambda row: row["explained_angle"] > 0.4,
            "the slope adds nothing": lambda row: row["explained_start"] > row["explained_state"] - 0.1,
        },
    )


@PAPER.claim(
    "toy-penalty",
    depth="full",
    says="In a trained toy the penalty delays activation with the official code's roles, and by less than "
    "half as much when what is normal to the sample's own difference is suppressed.",
    where="Implication 1; toy",
    status="reconstructed",
)
def penalty() -> co.Phenomenon:
    def delay(row: co.Row, axis: str) -> float:
        return row[f"median {axis} 1"] - row["median code 0" if axis == "code" else "median diffmean"]

    def shows(row: co.Row) -> bool:
        later = row["median code 0"] < row["median code 0.5"] < row["median code 1"]
        return later and delay(row, "code") > 0.15 and delay(row, "sample") < delay(row, "code") / 2

    return _phenomenon(
        shows,
        "median code 1",
        wrong={
            "differences without a concept": co.Control(EXCHANGED),
            "the official roles bring it forward": lambda row: delay(row, "code") < 0,
            "both delay alike": lambda row: delay(row, "sample") > 0.75 * delay(row, "code"),
        },
    )


@PAPER.claim(
    "toy-angle",
    depth="full",
    says="A trained toy's differences share a direction, with a signal r over 1/2 in the training samples; its test "
    "samples meet DiffMean at cosine r / sqrt((r + 1)(r + 1/M)), to 0.03, and each other at r / (r + 1), to 0.06.",
    where="reconstructed",
    status="reconstructed",
)
def angle() -> co.Phenomenon:
    def off(row: co.Row, measured: str, form: Any, samples: int) -> float:
        return abs(row[measured] - float(form(r=row["signal"], M=samples)))

    def shows(row: co.Row) -> bool:
        near = off(row, "cosine", diffmean.COSINE, 100) < 0.03 and off(row, "pair", diffmean.PAIR_COSINE, 100) < 0.06
        return row["signal"] > 0.5 and near

    return _phenomenon(
        shows,
        "cosine",
        wrong={
            "differences without a concept": co.Control(EXCHANGED),
            "a single sample for the mean": lambda row: off(row, "cosine", diffmean.COSINE, 1) < 0.03,
            "pairs as near as DiffMean": lambda row: off(row, "pair", diffmean.COSINE, 100) < 0.06,
        },
    )


@PAPER.claim(
    "toy-directions",
    depth="full",
    says="The leading direction of a trained toy's differences and a logistic probe turn its samples at "
    "DiffMean's median length, to a tenth of |DiffMean|.",
    where="baselines; toy",
    status="reconstructed",
)
def baselines() -> co.Phenomenon:
    return _phenomenon(
        lambda row: _near(row, "pca", "diffmean", 0.1) and _near(row, "probe", "diffmean", 0.1),
        "median probe",
        wrong={
            "before training": co.Control(UNTRAINED),
            "so does a random direction": lambda row: row["median random"] < 3,
            "a sample's own difference is no better": lambda row: row["median code 0"] > row["median diffmean"] - 0.02,
        },
    )


@PAPER.claim(
    "toy-one-shot",
    depth="full",
    says="A vector optimised for one text of a trained toy turns it at a smaller length than DiffMean.",
    where="probing experiment; toy",
    status="reconstructed",
)
def one_shot() -> co.Phenomenon:
    return _phenomenon(
        lambda row: row["one_shot"] < row["first_own"],
        "one_shot",
        wrong={
            "before training": co.Control(UNTRAINED),
            "DiffMean needs less": lambda row: row["one_shot"] > row["first_own"],
            "no vector turns it": lambda row: row["one_shot"] > 2,
        },
    )


@PAPER.claim(
    "toy-helix",
    depth="full",
    says="Over 90% of the best helix's circle is explained by a trained toy's optimised vectors of growing "
    "length, and as much by a random walk: the probe cannot tell them apart.",
    where="helix probing experiment; toy",
    status="reconstructed",
)
def helix() -> co.Phenomenon:
    return _phenomenon(
        lambda row: row["helix"] > 0.9 and row["walk"] > 0.9,
        "helix",
        wrong={
            "independent points in the vectors' place": co.Control(
                shows=lambda row: row["noise"] > 0.9 and row["walk"] > 0.9
            ),
            "independent points fit too": lambda row: row["noise"] > 0.9,
            "a straight line with noise fits too": lambda row: row["line"] > 0.9,
        },
    )


@PAPER.claim(
    "shifted-injection",
    depth="full",
    says="A sample's difference vector, read at a block's output but added at its input, brings the state at that "
    "input towards the one with the concept: less than half of the difference between the two is left.",
    where="hooks of the official code; toy",
    corrected_by="same-point",
    kinder="Every published steering run has the same shift, so that they compare like with like; what rests on it "
    "is the effect at a given length.",
)
def shifted_injection() -> co.Phenomenon:
    return _phenomenon(lambda row: row["miss"] < 0.5, "miss")


@PAPER.claim(
    "same-point",
    depth="full",
    says="A sample's difference vector, added where it was read, gives the next token its distribution with the "
    "concept, to 0.1%; added a block earlier it leaves the state there further from the one with the concept than "
    "it was.",
    where="hooks of the official code; toy",
    status="corrected",
)
def same_point() -> co.Phenomenon:
    return _phenomenon(
        lambda row: row["gap_same"] < 1e-3 and row["miss"] > 1,
        "miss",
        wrong={
            "added a block earlier": co.Control(shows=lambda row: row["gap_shifted"] < 1e-3 and row["miss"] > 1),
            "read at the block's input it is as exact": lambda row: row["gap_input"] < 1e-3,
        },
    )


@PAPER.claim(
    "shift-steers",
    depth="full",
    says="The shifted vector, too long for its place, steers the next token all the same, closer to its "
    "distribution with the concept than one that was read and added at the block's input.",
    where="hooks of the official code; toy",
    status="reconstructed",
)
def shift_steers() -> co.Phenomenon:
    return _phenomenon(
        lambda row: row["gap_shifted"] < row["gap_input"],
        "gap_shifted",
        wrong={
            "closer than where it was read": co.Control(shows=lambda row: row["gap_shifted"] < row["gap_same"]),
            "it steers half of the way at most": lambda row: row["gap_shifted"] > 0.5,
            "read at the input it steers better": lambda row: row["gap_input"] < row["gap_shifted"],
        },
    )
