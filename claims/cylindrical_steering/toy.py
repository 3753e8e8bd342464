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


Seen = Mapping[str, float]
MODELS, BATCH = 48, 8


def _phenomenon(shows: Callable[[Seen], bool], effect: str, **rest: Any) -> co.Phenomenon:

    return co.Phenomenon(
        observe=sims.observe, shows=shows, effect=effect, prevalence=0.5, seeds=MODELS, batch=BATCH, **rest
    )


def _near(found: Seen, one: str, other: str, margin: float) -> bool:
    return abs(found[f"median {one}"] - found[f"median {other}"]) < margin


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
        lambda found: found["reached diffmean"] > 0.95 and found["reached random"] < 0.5,
        "reached diffmean",
        wrong={
            "a random direction does too": lambda found: found["reached random"] > 0.5,
            "read at the prompt's last token it does": lambda found: found["reached prompt"] > 0.05,
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
        lambda found: found["clean diffmean"] < 0.25 and found["corrupted diffmean"] > 0.95,
        "clean diffmean",
        wrong={
            "half of the samples have such a length": lambda found: found["clean diffmean"] >= 0.5,
            "only the concept's direction spoils": lambda found: found["corrupted random"] < 0.5,
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
        lambda found: found["single"] == 1 and found["range"] > 0.1,
        "range",
        wrong={
            "a tenth of the samples switch back": lambda found: found["single"] < 0.9,
            "all at one length": lambda found: found["range"] < 0.05,
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
        lambda found: found["explained_state"] > 0.4 and found["explained_angle"] < 0.3,
        "explained_state",
        wrong={
            "the angle tells as much": lambda found: found["explained_angle"] > 0.4,
            "the slope adds nothing": lambda found: found["explained_start"] > found["explained_state"] - 0.1,
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
    def delay(found: Seen, axis: str) -> float:
        return found[f"median {axis} 1"] - found["median code 0" if axis == "code" else "median diffmean"]

    def shows(found: Seen) -> bool:
        later = found["median code 0"] < found["median code 0.5"] < found["median code 1"]
        return later and delay(found, "code") > 0.15 and delay(found, "sample") < delay(found, "code") / 2

    return _phenomenon(
        shows,
        "median code 1",
        wrong={
            "the official roles bring it forward": lambda found: delay(found, "code") < 0,
            "both delay alike": lambda found: delay(found, "sample") > 0.75 * delay(found, "code"),
        },
    )


@PAPER.claim(
    "toy-angle",
    depth="full",
    says="A trained toy's test samples meet DiffMean at cosine r / sqrt((r + 1)(r + 1/M)), to 0.03, and each "
    "other at r / (r + 1), to 0.06, with the signal r of the training samples.",
    where="reconstructed",
    status="reconstructed",
)
def angle() -> co.Phenomenon:

    def off(found: Seen, measured: str, form: Any, samples: int) -> float:
        return abs(found[measured] - float(form(r=found["signal"], M=samples)))

    def shows(found: Seen) -> bool:
        return (
            off(found, "cosine", diffmean.COSINE, 100) < 0.03 and off(found, "pair", diffmean.PAIR_COSINE, 100) < 0.06
        )

    return _phenomenon(
        shows,
        "cosine",
        wrong={
            "a single sample for the mean": lambda found: off(found, "cosine", diffmean.COSINE, 1) < 0.03,
            "pairs as near as DiffMean": lambda found: off(found, "pair", diffmean.COSINE, 100) < 0.06,
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
        lambda found: _near(found, "pca", "diffmean", 0.1) and _near(found, "probe", "diffmean", 0.1),
        "median probe",
        wrong={
            "so does a random direction": lambda found: found["median random"] < 3,
            "a sample's own difference is no better": lambda found: (
                found["median code 0"] > found["median diffmean"] - 0.02
            ),
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
        lambda found: found["one_shot"] < found["first_own"],
        "one_shot",
        wrong={
            "DiffMean needs less": lambda found: found["one_shot"] > found["first_own"],
            "no vector turns it": lambda found: found["one_shot"] > 2,
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
        lambda found: found["helix"] > 0.9 and found["walk"] > 0.9,
        "helix",
        wrong={
            "independent points fit too": lambda found: found["noise"] > 0.9,
            "a straight line with noise fits too": lambda found: found["line"] > 0.9,
        },
    )


@PAPER.claim(
    "shifted-injection",
    depth="full",
    says="Read at a block's output and added at its input, a sample's difference vector brings the state "
    "there to the one with the concept, missing less than half of the difference.",
    where="hooks of the official code; toy",
    corrected_by="same-point",
)
def shifted_injection() -> co.Phenomenon:
    return _phenomenon(lambda found: found["miss"] < 0.5, "miss")


@PAPER.claim(
    "same-point",
    depth="full",
    says="Added where it was read, a sample's difference gives the next token its distribution with the "
    "concept, to 0.1%; added a block earlier it overshoots the state there by more than that state's "
    "difference.",
    where="hooks of the official code; toy",
    status="corrected",
)
def same_point() -> co.Phenomenon:
    return _phenomenon(
        lambda found: found["gap_same"] < 1e-3 and found["miss"] > 1,
        "miss",
        wrong={
            "a block earlier it is as exact": lambda found: found["gap_shifted"] < 1e-3,
            "read at the block's input it is as exact": lambda found: found["gap_input"] < 1e-3,
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
        lambda found: found["gap_shifted"] < found["gap_input"],
        "gap_shifted",
        wrong={
            "it steers half of the way at most": lambda found: found["gap_shifted"] > 0.5,
            "read at the input it steers better": lambda found: found["gap_input"] < found["gap_shifted"],
        },
    )
