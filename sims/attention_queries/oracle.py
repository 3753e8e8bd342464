"""The counting oracle: all that a learner ever sees of a hidden model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Answer = Callable[[np.ndarray], np.ndarray]
"""Sequences [queries, tokens, d] -> [queries], or [queries, p] of a model with p outputs."""

CHECKED_SHARE = 0.01
ROUNDING = 1e-14
ENTRIES_AT_ONCE = 1 << 22
SHORTCUT_FROM = 1 << 14
"""Pairs asked at once from which on matrix products pay."""


class NotLearned(RuntimeError):
    """A learner gave up."""


class BudgetSpent(NotLearned):
    """A query was asked beyond the oracle's budget. It was not answered."""


@dataclass(frozen=True)
class Hidden:
    """A model behind an oracle. width: d, or the residual width it reads. answer: sequences -> values.
    answer_pairs: (U [rows, d], B [columns, d]) -> the values [rows, columns] of all sequences [u + b ; b] at once, by
    matrix products; None where there is no such shortcut."""

    width: int
    answer: Answer
    answer_pairs: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None


class Oracle:
    """Answers queries about what it hides, and counts every one, checks and retries included.

    A learner gets this object and nothing else: no attribute leads to the hidden parameters.
    """

    __slots__ = ("__answer", "__answer_pairs", "__asked", "__budget", "width")

    def __init__(self, hidden: Hidden, budget: int | None = None):
        self.width = hidden.width
        self.__answer, self.__answer_pairs = hidden.answer, hidden.answer_pairs
        self.__asked, self.__budget = 0, budget

    @property
    def queries(self) -> int:
        """How many queries were answered so far."""
        return self.__asked

    def __call__(self, sequences: Any) -> np.ndarray:
        """sequences: [queries, tokens >= 1, d] of one length. Returns the answers [queries], or
        [queries, p].

        Raises ValueError on another shape, BudgetSpent when the budget does not cover all of them.
        """
        sequences = np.asarray(sequences)
        if sequences.ndim != 3 or sequences.shape[1] < 1 or sequences.shape[2] != self.width:
            raise ValueError(f"sequences={list(sequences.shape)}; allowed: shape [queries, tokens >= 1, {self.width}]")
        self.__spend(len(sequences))
        return self.__answer(sequences)

    def pairs(self, U: np.ndarray, B: np.ndarray) -> np.ndarray:
        """The answers [rows, columns] to every sequence [u + b ; b], u a row of U, b a row of B: rows * columns
        queries.

        Where the hidden model answers them by matrix products, a random hundredth is answered literally as well;
        raises RuntimeError if the two differ beyond rounding.
        """
        count = len(U) * len(B)
        self.__spend(count)
        if self.__answer_pairs is None or count < SHORTCUT_FROM:
            return self.__literally(U, B, *np.divmod(np.arange(count), max(len(B), 1))).reshape(len(U), len(B))
        answers = self.__answer_pairs(U, B)
        checked = np.random.default_rng(count).integers(0, count, int(CHECKED_SHARE * count))
        rows, columns = np.divmod(checked, len(B))
        gap = np.abs(self.__literally(U, B, rows, columns) - answers[rows, columns]).max()
        if not gap <= 1e-10 * (1 + np.abs(answers).max()):
            raise RuntimeError(f"answers to pairs differ from the literal ones by {gap:.3g}")
        return answers

    def __literally(self, U: np.ndarray, B: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        step = max(1, ENTRIES_AT_ONCE // (2 * self.width))
        batches = [slice(first, first + step) for first in range(0, len(rows), step)]
        parts = [self.__answer(pair(U[rows[batch]], B[columns[batch]])) for batch in batches]
        return np.concatenate(parts) if parts else np.zeros(0)

    def __spend(self, count: int) -> None:
        if self.__budget is not None and self.__asked + count > self.__budget:
            raise BudgetSpent(f"{count} more queries after {self.__asked} exceed the budget of {self.__budget}")
        self.__asked += count


def pair(u: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The sequences [u + b ; b], shape [queries, 2, d], of directions u and b [queries, d]."""
    return np.stack([u + b, b], axis=-2)


def noisy(hidden: Hidden, tau: float, disturb: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Hidden:
    """The model with every answer moved by at most tau. disturb: (sequences, true answers) -> moves in [-1, 1], in
    units of tau; it may know the hidden model and be as hostile as it likes.

    Raises ValueError unless tau is a finite number >= 0.
    """
    if not 0 <= tau < np.inf:
        raise ValueError(f"tau={tau}; allowed: a finite number >= 0")

    def answer(sequences: np.ndarray) -> np.ndarray:
        true = hidden.answer(sequences)
        return true + tau * np.clip(disturb(sequences, true), -1, 1)

    return Hidden(hidden.width, answer)


def withheld(hidden: Hidden, place: int) -> Hidden:
    """The model with the answer to its query number `place`, counted from 0, replaced by 0."""
    return _changed(hidden, place, lambda answer: 0 * answer)


def disturbed(hidden: Hidden, place: int, by: float) -> Hidden:
    """The model with the answer to its query number `place`, counted from 0, moved by a number."""
    return _changed(hidden, place, lambda answer: answer + by)


def _changed(hidden: Hidden, place: int, change: Callable[[np.ndarray], np.ndarray]) -> Hidden:
    asked = 0

    def answer(sequences: np.ndarray) -> np.ndarray:
        nonlocal asked
        answers = np.array(hidden.answer(sequences))
        if asked <= place < asked + len(answers):
            answers[place - asked] = change(answers[place - asked])
        asked += len(answers)
        return answers

    return Hidden(hidden.width, answer)


def membership(hidden: Hidden, theta: float = 0.0) -> Hidden:
    """The model behind membership queries: +1 where the value exceeds theta, else -1."""
    return Hidden(hidden.width, lambda sequences: np.where(hidden.answer(sequences) > theta, 1, -1))


def antisymmetric(oracle: Oracle) -> Hidden:
    """The odd part twice over, X -> T(X) - T(-X), of a model that is itself behind an oracle: two queries each. A
    difference within rounding counts as 0."""

    def answer(sequences: np.ndarray) -> np.ndarray:
        one, other = oracle(sequences), oracle(-sequences)
        difference = one - other
        return np.where(np.abs(difference) > ROUNDING * (np.abs(one) + np.abs(other)), difference, 0.0)

    return Hidden(oracle.width, answer)
