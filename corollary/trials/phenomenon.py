"""Phenomenon: a training run shows an effect, over independent seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from corollary.point import Depths, Point, at_depth, label
from corollary.storage.reachable_code import code_digest, described
from corollary.storage.store import digest
from corollary.trials.claim import Claim, Outcome, PointRecord, Trial, Verdict
from corollary.trials.confidence import proportion_interval

Observation = Mapping[str, float]


@dataclass(frozen=True)
class Control:
    """Another setting in which the effect must not be seen. point: its inputs. shows: the statistic, by default that
    of the claim."""

    point: Point
    shows: Callable[[Observation], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class Phenomenon(Claim):
    """A preregistered statistic of a training run comes out true in more than a share `prevalence` of seeds.

    observe: (seeds: list of ints, point) -> one dict of floats a seed. shows: (observation) -> bool, fixed
    in advance. effect: the name of the observed number reported as the effect size. point: the setting. seeds: how many
    at most; `batch` of them are trained at a time.
    wrong: statistics (callables) on the same runs, or `Control` settings, that must be seen in less than that share.

    Rule: the exact time-uniform interval for a proportion (beta-binomial martingale): holds once it lies above
    `prevalence`, refuted once below.
    """

    kind: ClassVar[str] = "Phenomenon"
    observe: Callable[[list[int], Point], list[Observation]]
    shows: Callable[[Observation], bool]
    effect: str
    point: Point = field(default_factory=dict)
    prevalence: float = 0.5
    seeds: int | Depths[int] = 32
    batch: int = 8

    def decide(self, trial: Trial) -> Outcome:
        record = self._tally(self.point, self.shows, trial, trial.alpha / 2)
        wrong = {}
        share = trial.alpha / (2 * max(len(self.wrong), 1))
        for name, variant in self.wrong.items():
            control = variant if isinstance(variant, Control) else Control(self.point, variant)
            wrong[name] = self._tally(control.point, control.shows or self.shows, trial, share).verdict
        return Outcome(record.verdict, (record,), wrong, None, None, record.note)

    def _tally(self, point: Point, shows: Callable[[Observation], bool], trial: Trial, alpha: float) -> PointRecord:
        seen: list[bool] = []
        effects: list[float] = []
        verdict, low, high = Verdict.UNDECIDED, 0.0, 1.0
        most = at_depth(self.seeds, trial.depth)
        while verdict is Verdict.UNDECIDED and len(seen) < most:
            seeds = [trial.seed * 1000 + n for n in range(len(seen), min(len(seen) + self.batch, most))]
            trial.report(f"training seeds {len(seen) + 1}-{len(seen) + len(seeds)} · {label(point)}")
            for observation in self._observed(seeds, point, trial):
                seen.append(bool(shows(observation)))
                effects.append(float(observation[self.effect]))
            low, high = proportion_interval(sum(seen), len(seen) - sum(seen), alpha)
            verdict = (
                Verdict.HOLDS
                if low > self.prevalence
                else Verdict.REFUTED
                if high < self.prevalence
                else Verdict.UNDECIDED
            )
        spread = np.std(effects, ddof=1) / np.sqrt(len(effects)) if len(effects) > 1 else np.nan
        note = f"seen in {sum(seen)} of {len(seen)} seeds; {self.effect} {np.mean(effects):.4g} +- {spread:.2g}"
        return PointRecord(
            label(point) or "default",
            f"> {self.prevalence}",
            sum(seen) / len(seen),
            [low, high],
            len(seen),
            None,
            verdict,
            note,
        )

    def _observed(self, seeds: list[int], point: Point, trial: Trial) -> list[Observation]:
        """Runs are kept: the same seeds at the same point are never trained twice by the same code."""
        name = f"runs/{digest(described(self.observe), code_digest(self.observe.__module__), point, seeds)}.json"
        stored = trial.store.read_json(name) if trial.store else None
        if stored is None:
            stored = [dict(o) for o in self.observe(seeds, point)]
            if trial.store:
                trial.store.write_json(name, stored)
        return stored
