"""Phenomenon: a statistic comes out true over independent seeds of a training run, and not in a control setting."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from corollary.measure import Measure
from corollary.point import Depths, Point, at_depth, label
from corollary.training.run import Run
from corollary.trials.claim import Claim, Outcome, PointRecord, Trial, Verdict
from corollary.trials.confidence import proportion_interval
from corollary.trials.observations import observe_seeds

Row = Mapping[str, Any]
"""One seed's observation: name -> number, or array where the measure returns arrays."""

Statistic = Callable[[Row], bool]


@dataclass(frozen=True)
class Control:
    """Another setting in which the effect must not be seen.

    point: its inputs; by default the claim's own. measures: what is observed there; by default what the claim does.
    shows: the statistic; by default the claim's.
    """

    point: Point | None = None
    shows: Statistic | None = None
    measures: Measure | Run | None = None


@dataclass(frozen=True, kw_only=True)
class Phenomenon(Claim):
    """A preregistered statistic comes out true in more than a share `prevalence` of independent seeds.

    measures: a training `Run`, with the point as its settings and its measurements as the observation; or
    (key, point) -> {name: value}, one seed's observation. shows: (observation) -> bool, fixed in advance. effect: the
    name of the observed number reported as the effect size. point: the setting. seeds: how many at most; `batch` of
    them are observed at a time.
    wrong: at least one `Control`, a setting in which the statistic must come out true in less than that share; and
    statistics (callables) on the same seeds. One that no observation could show together with `shows` tests nothing:
    it is told as contrary and not counted.

    Rule: the exact time-uniform interval for a proportion (beta-binomial martingale): holds once it lies above
    `prevalence`, refuted once below. Raises ValueError without a control setting.
    """

    kind: ClassVar[str] = "Phenomenon"
    measures: Measure | Run
    shows: Statistic
    effect: str
    point: Point = field(default_factory=dict)
    prevalence: float = 0.5
    seeds: int | Depths[int] = 32
    batch: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.id and not self.corrected_by and not any(isinstance(one, Control) for one in self.wrong.values()):
            raise ValueError(
                f"claim {self.id!r} has no control setting; allowed: at least one Control among `wrong`, in which the "
                "effect could have been seen too"
            )

    def decide(self, trial: Trial) -> Outcome:
        rows: list[Row] = []
        record = self._tally(Control(), trial, trial.alpha / 2, rows)
        wrong: dict[str, Verdict] = {}
        why: dict[str, str] = {}
        contrary = []
        share = trial.alpha / (2 * max(len(self.wrong), 1))
        for name, variant in self.wrong.items():
            control = variant if isinstance(variant, Control) else Control(shows=variant)
            if not isinstance(variant, Control) and not compatible(self.shows, variant, rows):
                contrary.append(name)
            else:
                tally = self._tally(control, trial, share)
                wrong[name], why[name] = tally.verdict, tally.note.partition(";")[0]
        return Outcome(record.verdict, (record,), wrong, note=record.note, contrary=tuple(contrary), why=why)

    def _tally(self, control: Control, trial: Trial, alpha: float, kept: list[Row] | None = None) -> PointRecord:
        point = self.point if control.point is None else control.point
        shows, measures = control.shows or self.shows, control.measures or self.measures
        shown: list[bool] = []
        effects: list[float] = []
        verdict, low, high = Verdict.UNDECIDED, 0.0, 1.0
        most = at_depth(self.seeds, trial.depth)
        while verdict is Verdict.UNDECIDED and len(shown) < most:
            seeds = [trial.seed * 1000 + n for n in range(len(shown), min(len(shown) + self.batch, most))]
            trial.report(f"seeds {len(shown) + 1}-{len(shown) + len(seeds)} · {label(point)}")
            for row in rows_of(observe_seeds(measures, seeds, point, trial.store)):
                self._check(row, shows)
                shown.append(bool(shows(row)))
                effects.append(float(np.mean(row.get(self.effect, math.nan))))
                if kept is not None:
                    kept.append(row)
            low, high = proportion_interval(sum(shown), len(shown) - sum(shown), alpha)
            if low > self.prevalence:
                verdict = Verdict.HOLDS
            elif high < self.prevalence:
                verdict = Verdict.REFUTED
        spread = np.std(effects, ddof=1) / np.sqrt(len(effects)) if len(effects) > 1 else np.nan
        note = (
            f"shown by {sum(shown)} of {len(shown)} seeds; {self.effect} {np.mean(effects):.4g} +- {spread:.2g}; "
            f"a share of {least_share(len(shown), alpha, self.prevalence):.2f} would have been told from "
            f"{self.prevalence:g}"
        )
        return PointRecord(
            label(point) or "default",
            f"> {self.prevalence}",
            sum(shown) / len(shown),
            [low, high],
            len(shown),
            None,
            verdict,
            note,
            alpha=alpha,
        )

    def _check(self, row: Row, shows: Statistic) -> None:
        if shows is self.shows and self.effect not in row:
            raise ValueError(f"effect={self.effect!r} is not observed; observed: {', '.join(row)}")


def rows_of(observed: Mapping[str, np.ndarray]) -> Iterator[Row]:
    """The observations seed by seed; scalars as floats."""
    count = len(next(iter(observed.values())))
    for number in range(count):
        yield {
            name: float(values[number]) if np.ndim(values[number]) == 0 else values[number]
            for name, values in observed.items()
        }


def least_share(seeds: int, alpha: float, prevalence: float) -> float:
    """The smallest share of seeds that lifts the interval above `prevalence`: what the trial could resolve."""
    for successes in range(seeds + 1):
        if proportion_interval(successes, seeds - successes, alpha)[0] > prevalence:
            return successes / seeds
    return math.inf


FACTORS = (0.0, -1.0, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.03, 1.1, 1.5, 2.0, 4.0, 10.0, 1e3)
TRIES = 4000


def compatible(shows: Statistic, other: Statistic, rows: list[Row]) -> bool:
    """Whether some observation shows both statistics at once: an observed one, or one in which up to three numbers
    were changed by a factor or put in another's place. A statistic for which none is found is contrary."""
    if any(shows(row) and other(row) for row in rows):
        return True
    names = sorted(name for name in _read(shows, rows) | _read(other, rows) if np.ndim(rows[0][name]) == 0)
    generator = np.random.default_rng(0)
    for _ in range(TRIES if names else 0):
        row = dict(rows[generator.integers(len(rows))])
        for name in generator.choice(names, size=min(len(names), int(generator.integers(1, 4))), replace=False):
            if generator.random() < 0.5:
                row[name] = row[name] * FACTORS[generator.integers(len(FACTORS))]
            else:
                row[name] = float(rows[generator.integers(len(rows))][names[generator.integers(len(names))]])
        if shows(row) and other(row):
            return True
    return False


class _Noting(dict[str, Any]):
    """A row that notes which of its numbers are read."""

    def __init__(self, row: Row):
        super().__init__(row)
        self.noted: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.noted.add(name)
        return super().__getitem__(name)


def _read(statistic: Statistic, rows: list[Row]) -> set[str]:
    """The names that a statistic reads in some observation."""
    noted: set[str] = set()
    for row in map(_Noting, rows):
        statistic(row)
        noted |= row.noted
    return noted
