"""Questions with demonstrations of which some are answered wrongly: csv files, draws, prompts, answers.

The format is that of the SCIQ files and prompts of the noisy-demonstration protocol that arXiv 2511.01292 follows.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int


@dataclass(frozen=True)
class Template:
    """How a demonstration is written: `marker`, then `before`, its text, `between`, its answer, `after`, a newline."""

    marker: str
    before: str
    between: str
    after: str

    @classmethod
    def of(cls, template: str, marker: str) -> Template:
        """Raises ValueError unless {text}, and behind it {answer}, is there once."""
        before, text, rest = template.partition("{text}")
        between, answer, after = rest.partition("{answer}")
        if not (text and answer) or any(one in before + between + after for one in ("{text}", "{answer}")):
            allowed = "a text with {text} once, and behind it {answer} once"
            raise ValueError(f"setting template={template!r} is not allowed; allowed: {allowed}")
        return cls(marker, before, between, after)

    def prompt(self, demonstrations: Sequence[tuple[str, str]], text: str) -> str:
        """The demonstrations (text, answer), and the question up to where its answer begins. Double quotes are left
        out, as the protocol has it."""
        shown = "".join(
            f"{self.marker}{self.before}{one}{self.between}{answer}{self.after}\n" for one, answer in demonstrations
        )
        return f"{shown}{self.before}{text}{self.between}".replace('"', "")

    def answer(self, generated: str, until: str) -> str:
        """What a continuation answers: up to `until`, if that is anything, without markers and newlines, stripped."""
        kept = generated.split(until, 1)[0] if until else generated
        kept = kept.replace(self.marker, "") if self.marker else kept
        return kept.replace("\n", "").strip()


@dataclass(frozen=True)
class Draw:
    """The chance of one repeat. order: of the pool; its first rows are those answered wrongly. shown: [questions,
    most], the rows shown with each question; fewer demonstrations are the first of them."""

    order: Int[np.ndarray, " pool"]
    shown: Int[np.ndarray, "questions most"]

    def wrong(self, share: float) -> Bool[np.ndarray, " pool"]:
        """Which rows are answered wrongly: exactly the whole number nearest to share * pool, more as share grows."""
        chosen = np.zeros(len(self.order), bool)
        chosen[self.order[: round(share * len(self.order))]] = True
        return chosen


def draw(seed: int, repeat: int, pool: int, questions: int, most: int) -> Draw:
    """Each question is shown `most` different rows of the pool, at random."""
    rng = np.random.default_rng((seed, repeat))
    order = rng.permutation(pool)
    return Draw(order, np.stack([rng.choice(pool, most, replace=False) for _ in range(questions)]))


def read_columns(name: str, file: str, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """The columns of each row of a csv file in UTF-8, with a byte-order mark or without. name: of the setting. Raises
    ValueError, in one line, for a file that is not given, a missing column, an empty cell, or no rows."""
    if not file:
        raise ValueError(f"setting {name}='' is not allowed; allowed: a csv file with columns {', '.join(columns)}")
    rows = []
    try:
        with Path(file).expanduser().open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened)
            there = list(reader.fieldnames or [])
            missing = [column for column in columns if column not in there]
            if missing:
                shown = ", ".join(filter(None, there)) or "none"
                raise ValueError(
                    f"{file}: column {missing[0]!r} is missing; allowed: {', '.join(columns)}; has: {shown}"
                )
            for row in reader:
                empty = [column for column in columns if not (row[column] or "").strip()]
                if empty:
                    raise ValueError(f"{file}, line {reader.line_num}: {empty[0]}='' is not allowed; allowed: a text")
                rows.append(tuple(row[column] for column in columns))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{file} is not allowed; allowed: csv in UTF-8 ({error})") from error
    if not rows:
        raise ValueError(f"{file} has no rows; allowed: one or more below {', '.join(columns)}")
    return rows
