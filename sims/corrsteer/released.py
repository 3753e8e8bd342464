"""Numbers that the paper and its authors' talk give out, as they are printed there."""

from __future__ import annotations

from fractions import Fraction

LLAMA_SIMPLE_QA = {"n": 1167, "m": 1, "r": 0.376991, "layers": (8, 9, 10, 14, 17, 21, 28, 30, 31)}
"""Layers whose selected feature fires on one of n samples, and the correlation they all have."""
GEMMA_SIMPLE_QA = {"n": 1167, "m": 2, "low": 0.19214, "high": 0.19379, "layers": (1, 4, 5, 8, 11, 13, 15, 17, 19)}
"""Layers whose feature fires on two, and the range of their correlations."""
XSTEST = {"n": 121, "largest": 0.333, "layers": 25, "features": 16384}
HARMBENCH = {"n": 108, "smallest": 0.69, "layers": 25, "features": 16384}

CHANGED = {
    "MMLU": (182, 697),
    "MMLU-Pro": (40, 51),
    "GSM8K": (326, 42),
    "BBQ ambiguous": (70, 801),
    "BBQ disambiguated": (124, 341),
    "HarmBench": (16, 70),
    "SimpleQA": (4, 6),
    "XSTest": (17, 16),
}
"""Task -> answers put wrong and right by one feature a layer, Gemma 2 2B, means over seeds."""
ANSWERS = {"MMLU": 14042, "GSM8K": 1319, "HarmBench": 280, "XSTest": 315, "SimpleQA": 3029}
ACCURACY = {
    "MMLU": ("52.21", "55.48"),
    "GSM8K": ("54.44", "40.34"),
    "HarmBench": ("46.61", "73.75"),
    "XSTest": ("86.35", "86.98"),
    "SimpleQA": ("3.78", "3.74"),
}
"""Task -> per cent right without and with it, as printed."""

SUBTRACTED = {
    "MMLU": ("52.23", "56.32", "49.45"),
    "MMLU-Pro": ("14.00", "17.56", "0.66"),
    "BBQ disambiguated": ("75.42", "76.53", "12.15"),
    "BBQ ambiguous": ("59.10", "62.08", "60.85"),
    "HarmBench": ("44.64", "67.50", "47.86"),
    "XSTest": ("86.35", "87.30", "86.67"),
    "SimpleQA": ("3.63", "3.80", "3.76"),
}
"""Task -> per cent without steering, with positively correlated features added, with negatively correlated ones
subtracted, in every layer."""
PROGRESS = {
    40: ("55.11", 4),
    80: ("55.63", 7),
    200: ("55.70", 9),
    1000: ("55.21", 16),
    2000: ("56.10", 18),
    4000: ("56.32", 25),
}
"""Samples -> MMLU accuracy, and how many of 25 layers hold the feature that they end with."""


def below_the_baseline() -> list[str]:
    """Tasks on which subtracting is worse than doing nothing."""
    return [task for task, (none, _, less) in SUBTRACTED.items() if Fraction(less) < Fraction(none)]


def worse_than_adding() -> list[str]:
    """Tasks on which subtracting is worse than adding."""
    return [task for task, (_, more, less) in SUBTRACTED.items() if Fraction(less) < Fraction(more)]


def gained_early(samples: int = 40) -> tuple[Fraction, int]:
    """(share of the last gain over no steering, features that stay) after so many samples."""
    none = Fraction(SUBTRACTED["MMLU"][0])
    accuracy, kept = PROGRESS[samples]
    return (Fraction(accuracy) - none) / (Fraction(PROGRESS[4000][0]) - none), kept


def unlike(task: str) -> bool:
    """Whether the counts and the accuracies of a task cannot be of the same runs: they differ by more than an answer,
    and by more than rounding the accuracies explains."""
    minus, plus = CHANGED[task]
    before, after = (Fraction(one) for one in ACCURACY[task])
    gained = ANSWERS[task] * (after - before) / 100
    rounding = ANSWERS[task] * Fraction(1, 10000)
    return abs(plus - minus - gained) > 1 + rounding
