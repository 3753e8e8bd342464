"""Scores of a steered reply, by rule: concept, instruction and fluency, each 0, 1 or 2, and their harmonic mean.

The published evaluation asks a large language model; these rules stand in where there is none, count what can be
counted, and say nothing finer. One's own judge is a Python file with a function `judge(prompt, reply, plain,
keywords)`, whose argument `plain` is the unsteered reply, that returns the three scores.
"""

from __future__ import annotations

import importlib.util
import itertools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Judge = Callable[[str, str, str, Sequence[str]], tuple[float, float, float]]
SHARES = (0.1, 0.3)
"""Shares of the words of prompt and plain reply that a reply has to take up for 1 and for 2 of instruction."""
LEAST_FRESH = (0.5, 0.8)
"""Shares of a reply's pairs of neighbouring words that have to differ for 1 and for 2 of fluency."""


def by_rule(prompt: str, reply: str, plain: str, keywords: Sequence[str]) -> tuple[float, float, float]:
    """concept: how many of the keywords occur, up to 2. instruction: whether the reply takes up words of the prompt and
    of the plain reply. fluency: whether it repeats itself; an empty reply has 0 throughout."""
    words = _words(reply)
    if not words:
        return 0.0, 0.0, 0.0
    concept = min(2, sum(_occurs(keyword, reply) for keyword in keywords))
    wanted = {word for word in (*_words(prompt), *_words(plain)) if len(word) > 3}
    share = len(wanted & set(words)) / len(wanted) if wanted else 1.0
    pairs = list(itertools.pairwise(words))
    fresh = len(set(pairs)) / len(pairs) if pairs else 1.0
    return float(concept), float(sum(share >= s for s in SHARES)), float(sum(fresh >= s for s in LEAST_FRESH))


def overall(scores: Sequence[float]) -> float:
    """The harmonic mean; 0 if any is 0."""
    return len(scores) / sum(1 / score for score in scores) if min(scores) > 0 else 0.0


def judge_from(file: str) -> Judge:
    """The `judge` of a Python file of one's own, or `by_rule` if no file is named. Raises ValueError for a file without
    one."""
    if not file:
        return by_rule
    place = Path(file).expanduser()
    spec = importlib.util.spec_from_file_location("judge_of_ones_own", place)
    if spec is None or spec.loader is None:
        raise ValueError(f"{place} is not allowed; allowed: a Python file with a function judge")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    own: Any = getattr(module, "judge", None)
    if not callable(own):
        raise ValueError(f"{place} has no function judge; allowed: judge(prompt, reply, plain, keywords)")
    return own


def _occurs(keyword: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(keyword.lower())}", text.lower()) is not None


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
