"""Answers put right and wrong, and tests of them."""

from __future__ import annotations

import math
from typing import Any

import corollary as co
from corollary.claims.corrsteer.paper import PAPER

with co.lazily():
    import numpy as np

    from corollary.sims.corrsteer import changes as sims
    from corollary.sims.corrsteer import released
    from corollary.theory.corrsteer import changes as theory


def _drawn(generator: np.random.Generator) -> co.Point:
    return {"N": int(generator.integers(30, 200)), "seed": int(generator.integers(1000))}


@PAPER.claim(
    "side-effects",
    says="The side-effect ratio is (1 - N gain / changed) / 2: the accuracy's gain and the number of answers that "
    "change say it.",
    where="side-effect ratio",
    status="reconstructed",
)
def ratio() -> co.Identity:
    def by_gain(N: int, seed: int, total: bool = False) -> float:
        gain, changed = sims.accuracies(N, seed)
        return theory.BY_GAIN(N=N, gain=gain, changed=N if total else changed)

    return co.Identity(
        left=lambda N, seed: sims.counted(N, seed).side_effects,
        right=by_gain,
        draw=_drawn,
        digits=10,
        wrong={
            "over all answers": lambda N, seed: by_gain(N, seed, total=True),
            "its complement": lambda N, seed: 1 - by_gain(N, seed),
            "wrong over right": lambda N, seed: sims.counted(N, seed).minus / max(sims.counted(N, seed).plus, 1),
        },
    )


RANDOM = [{"A": 0.5221, "K": 4}, {"A": 0.3, "K": 10}]


@PAPER.claim(
    "random-answers",
    says="Where answers are replaced by another of K options at random, whatever they were, the side-effect ratio is "
    "A / (A + (1 - A)/(K - 1)): .77 at four options and accuracy .52; to 1%, at K = 4 and 10.",
    where="side-effect ratio",
    status="reconstructed",
)
def random() -> co.Mean:
    return co.Mean(
        predicts=theory.RANDOM,
        measures=sims.at_random,
        compares=co.ratio(0, 1),
        at=co.Depths(quick=RANDOM[:1], standard=RANDOM),
        within=0.01,
        wrong={
            "the accuracy": lambda A, K: A,
            "K wrong options": lambda A, K: theory.RANDOM(A=A, K=K + 1),
            "a half": lambda A, K: 0.5,
        },
    )


@PAPER.claim(
    "released-tests",
    says="By McNemar's statistic of the released counts, MMLU, both BBQ sets and HarmBench improve beyond 5 "
    "deviations, MMLU-Pro, SimpleQA and XSTest change within 2, and GSM8K gets worse beyond 14.",
    where="table of side-effect ratios",
    status="reconstructed",
)
def tests() -> co.Witness:
    def sorted_by(form: Any = None) -> dict[str, str]:
        def kind(task: str) -> str:
            minus, plus = released.CHANGED[task]
            z = (form or theory.MCNEMAR)(plus=plus, minus=minus)
            return "better" if z > 5 else "worse" if z < -14 else "within 2" if abs(z) < 2 else "between"

        return {task: kind(task) for task in released.CHANGED}

    better, within = "better", "within 2"
    return co.Witness(
        computes=sorted_by,
        states={
            "MMLU": better,
            "MMLU-Pro": within,
            "GSM8K": "worse",
            "BBQ ambiguous": better,
            "BBQ disambiguated": better,
            "HarmBench": better,
            "SimpleQA": within,
            "XSTest": within,
        },
        wrong={
            "counts for deviations": lambda: sorted_by(lambda plus, minus: plus - minus),
            "twice the deviation": lambda: sorted_by(
                lambda plus, minus: (plus - minus) / math.sqrt(4 * (plus + minus))
            ),
            "all answers changed": lambda: sorted_by(lambda plus, minus: (plus - minus) / math.sqrt(14042)),
        },
    )


@PAPER.claim(
    "released-runs",
    says="The released counts of answers put right and wrong are of the runs whose accuracies stand beside them.",
    where="tables of accuracy and of side effects",
    corrected_by="released-runs-differ",
    kinder="Either is a fair record of some runs; neither can be computed from the other.",
)
def same_runs() -> co.Witness:
    return co.Witness(
        computes=lambda: {task: released.unlike(task) for task in released.ANSWERS},
        states=dict.fromkeys(released.ANSWERS, False),
    )


@PAPER.claim(
    "released-runs-differ",
    says="Right less wrong is not the change of the accuracy times the answers, by more than an answer and rounding, "
    "on MMLU, GSM8K, HarmBench, XSTest and SimpleQA.",
    where="tables of accuracy and of side effects",
    status="corrected",
)
def runs_differ() -> co.Witness:
    return co.Witness(
        computes=lambda: {task: released.unlike(task) for task in released.ANSWERS},
        states=dict.fromkeys(released.ANSWERS, True),
        wrong={
            "of the same runs": dict.fromkeys(released.ANSWERS, False),
            "but for GSM8K": {task: task != "GSM8K" for task in released.ANSWERS},
        },
    )


@PAPER.claim(
    "subtracting-hurts",
    says="Subtracting negatively correlated features leaves every task worse than no steering does.",
    where="positive against negative features",
    corrected_by="subtracting",
    kinder="It stands against adding positively correlated ones, on every task.",
)
def subtracting_hurts() -> co.Witness:
    return co.Witness(
        computes=lambda: {"tasks": sorted(released.below_the_baseline())}, states={"tasks": sorted(released.SUBTRACTED)}
    )


@PAPER.claim(
    "subtracting",
    says="In the released table it is worse than no steering on MMLU, MMLU-Pro and disambiguated BBQ, better on the "
    "four others, and worse than adding on all seven.",
    where="positive against negative features",
    status="corrected",
)
def subtracting() -> co.Witness:
    worse = ["BBQ disambiguated", "MMLU", "MMLU-Pro"]
    return co.Witness(
        computes=lambda: {
            "worse than nothing": sorted(released.below_the_baseline()),
            "worse than adding": len(released.worse_than_adding()),
        },
        states={"worse than nothing": worse, "worse than adding": 7},
        wrong={
            "worse than nothing throughout": {
                "worse than nothing": sorted(released.SUBTRACTED), "worse than adding": 7,
            },
            "on one task adding is worse": {"worse than nothing": worse, "worse than adding": 6},
        },
    )  # fmt: skip


@PAPER.claim(
    "thousands-needed",
    says="About 4,000 samples are needed before the gain is there.",
    where="accuracy by number of samples",
    corrected_by="gain-comes-early",
    kinder="It stands for the selected features, which go on changing.",
)
def thousands() -> co.Witness:
    return co.Witness(
        computes=lambda: {"less than half by 2,000": released.gained_early(2000)[0] * 2 < 1},
        states={"less than half by 2,000": True},
    )


@PAPER.claim(
    "gain-comes-early",
    says="In the released curve 40 samples have 70% of the gain that 4,000 have, with 4 of the 25 features.",
    where="accuracy by number of samples",
    status="corrected",
)
def early() -> co.Witness:
    def found(samples: int = 40) -> dict[str, object]:
        share, kept = released.gained_early(samples)
        return {"per cent of the gain": round(100 * share), "features that stay": kept}

    return co.Witness(
        computes=found,
        states={"per cent of the gain": 70, "features that stay": 4},
        wrong={"at 200 samples": lambda: found(200), "at 1,000": lambda: found(1000), "at 4,000": lambda: found(4000)},
    )
