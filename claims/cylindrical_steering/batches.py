"""What the official code hands to its judge, and what it takes for the length of DiffMean."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import corollary as co
from corollary.claims.cylindrical_steering.paper import PAPER

with co.lazily():
    from corollary.sims.cylindrical_steering import batches
    from corollary.theory.cylindrical_steering import decoding


@PAPER.claim(
    "judged-reply",
    says="The judge sees the reply alone: a concept that only the prompt names is never counted.",
    where="batched decoding of the official code",
    corrected_by="leaked-prompt",
    kinder="All labels pass through this cut, but it errs only in batches of mixed length, and adds a concept only "
    "where the prompt names it.",
)
def judged_reply() -> co.Mean:
    return co.Mean(
        predicts=lambda: 0.0,
        scale=lambda: 1.0,
        measures=batches.false_presence,
        support=(0.0, 1.0),
        within=0.02,
        compares=co.Contrast(lambda point: [1.0, 0.0]),
        at=[{"n": 20, "w": 25}],
    )


@PAPER.claim(
    "leaked-prompt",
    says="Cut at its own length, a prompt of n tokens in a batch of w leaves its last min(w - n, n) to the "
    "judge, who counts a concept named in it with probability min(1, w / n - 1); cut at w, never.",
    where="batched decoding of the official code",
    status="corrected",
)
def leaked_prompt() -> co.Mean:
    points = [{"n": n, "w": w} for n, w in ((20, 25), (20, 35), (8, 30), (12, 12), (7, 10))]
    return co.Mean(
        predicts={"own length": decoding.LEAKED, "padded length": lambda: 0.0},
        measures=batches.false_presence,
        scale=lambda: [1.0, 1.0],
        support=(0.0, 1.0),
        within=0.02,
        at=co.Depths(quick=points[:3], standard=points),
        wrong={
            "as a share of the batch's length": lambda n, w: [(w - n) / w, 0.0],
            "without an end": lambda n, w: [(w - n) / n, 0.0],
            "whatever the cut": lambda n, w: [min(1, (w - n) / n)] * 2,
        },
    )


@PAPER.claim(
    "judged-tokens",
    says="Of a prompt of 20 tokens padded to 25 the judge reads 5 before the reply, of one of 8 all 8; cut at "
    "the padded length, the reply and nothing else.",
    where="batched decoding of the official code",
    status="corrected",
)
def judged_tokens() -> co.Witness:
    def seen(longest: int = 25) -> dict[str, Any]:
        return {str(n): batches.judged_tokens(n, longest) for n in (20, 8)}

    whole = {"padded": (0, batches.REPLY_LENGTH)}
    clean = {"own": (0, batches.REPLY_LENGTH), **whole}
    return co.Witness(
        computes=seen,
        states={"20": {"own": (5, batches.REPLY_LENGTH), **whole}, "8": {"own": (8, batches.REPLY_LENGTH), **whole}},
        wrong={"nothing of the prompt": {"20": clean, "8": clean}, "in a batch of 24": lambda: seen(24)},
    )


@PAPER.claim(
    "length-from-first-step",
    says="The first steering length over 2.5 is |DiffMean|.",
    where="analysis scripts of the official code",
    corrected_by="length-from-grid",
    kinder="Implication 2 stands: the factor is the same for every concept, so that no correlation changes; only "
    "lengths are off.",
)
def length_from_first_step() -> co.Witness:
    return co.Witness(computes=lambda: batches.steering_lengths(Fraction(7))[0] / Fraction(5, 2), states=Fraction(7))


@PAPER.claim(
    "length-from-grid",
    says="|DiffMean| is 25/3 times the first steering length; a 2.5th of that length is 6/125 of it, the same "
    "factor for every concept, so that correlations stand and lengths do not.",
    where="analysis scripts of the official code",
    status="corrected",
)
def length_from_grid() -> co.Witness:
    def found() -> dict[str, list[Fraction]]:
        sizes = [Fraction(7), Fraction(1, 3)]
        first = [batches.steering_lengths(size)[0] for size in sizes]
        return {
            "over the size": [one / size * Fraction(25, 3) for one, size in zip(first, sizes, strict=True)],
            "published": [one / size / Fraction(5, 2) for one, size in zip(first, sizes, strict=True)],
        }

    one, off = Fraction(1), Fraction(6, 125)
    return co.Witness(
        computes=found,
        states={"over the size": [one, one], "published": [off, off]},
        wrong={
            "published right": {"over the size": [one, one], "published": [one, one]},
            "a factor of 2.5 off": {"over the size": [one, one], "published": [Fraction(2, 5)] * 2},
        },
    )
