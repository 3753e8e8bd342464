"""How the loss of trained models against temperature is drawn.

Every temperature is tried on the same test prompts, so intervals (two standard errors, by prompt) are of the paired
difference from temperature 1. Of several seeds the mean is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from corollary.point import Depths
from corollary.storage.results import Results
from corollary.training.run import TrainingResult

SEEDS = Depths(quick=1, standard=1, full=5)
TINY = {"steps": 3, "d": 2, "n": 10}
TINY_TRANSFORMER = {**TINY, "warmup": 1, "layers": 1, "width": 8, "mlp_width": 0, "norm": "none", "test_prompts": 50}
"""Too few steps to learn anything: for a look at the figure alone. Contexts as long as those of the shifts in length
spare a second compilation."""


def seeds(results: Results) -> tuple[int, ...]:
    """The seeds to train: at seed 0 the first ones, and others at every other seed, as in a trial."""
    return tuple(results.seed * 1000 + place for place in range(results.at(SEEDS)))


def count(trained: Sequence[int]) -> str:
    """How many seeds were trained, as small print."""
    return f"{len(trained)} seed" + ("s" if len(trained) > 1 else "")


def as_good(temperatures: Sequence[float], gains: np.ndarray, errors: np.ndarray) -> tuple[float, float]:
    """The lowest and the highest temperature whose gain falls short of the greatest by at most two standard errors,
    their own and the best one's together."""
    best = int(np.argmax(gains))
    near = np.flatnonzero(gains[best] - gains <= 2 * np.hypot(errors, errors[best]))
    return temperatures[near.min()], temperatures[near.max()]


def relative(
    ax: Axes, run: TrainingResult, row: int, temperatures: Sequence[float], every: int = 1, ls: str = "", **style: Any
) -> float:
    """Draws the loss relative to that at temperature 1, which it returns."""
    gains, errors = pooled(run, row)
    at_one = run.evaluation["loss"][:, row, :, list(temperatures).index(1.0)].mean()
    ax.errorbar(
        temperatures[::every], (1 - gains / at_one)[::every], (2 * errors / at_one)[::every], fmt="o", ls=ls, **style
    )
    return float(at_one)


def pooled(run: TrainingResult, row: int) -> tuple[np.ndarray, np.ndarray]:
    """(gain over temperature 1, standard error) at each temperature, over both halves of the prompts and all seeds."""
    gain, error = (run.evaluation[name][:, row] for name in ("gain", "gain_se"))
    halves = gain.shape[0] * gain.shape[1]
    return gain.mean(axis=(0, 1)), np.sqrt((error**2).sum(axis=(0, 1))) / halves
