"""What steering does to answers: how many it puts right and wrong, and whether that is more than chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Effect:
    """plus: answers put right; minus: put wrong; answers: all."""

    plus: int
    minus: int
    answers: int

    @property
    def gain(self) -> float:
        """Of the accuracy."""
        return (self.plus - self.minus) / self.answers

    @property
    def side_effects(self) -> float | None:
        """Answers put wrong over answers changed; None where none changed."""
        changed = self.plus + self.minus
        return self.minus / changed if changed else None

    @property
    def statistic(self) -> float:
        """McNemar's, about N(0, 1) without an effect; 0 where no answer changed."""
        changed = self.plus + self.minus
        return (self.plus - self.minus) / math.sqrt(changed) if changed else 0.0


def effect(before: Any, after: Any) -> Effect:
    """Of answers right before and after, booleans [n]. Raises ValueError for none, and for different numbers of
    them."""
    before, after = np.asarray(before, bool), np.asarray(after, bool)
    if before.shape != after.shape or before.ndim != 1 or not len(before):
        raise ValueError(
            f"answers of shapes {before.shape} and {after.shape} are not allowed; allowed: [n] twice, n >= 1"
        )
    return Effect(int((~before & after).sum()), int((before & ~after).sum()), len(before))
