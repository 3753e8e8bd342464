"""How a Mean claim is decided: sample each point until the statement is decided there, then spend what is left of
the budget where the wrong variants and the mutants that still stand are told apart most cheaply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from corollary.formulas.closed_form import values_at
from corollary.formulas.mutants import first_order_mutants
from corollary.point import Point, at_depth, label
from corollary.trials.claim import Mutation, Outcome, PointRecord, Trial, Verdict
from corollary.trials.mean import Judge, Remeasured, predicted, record, scheduled, share
from corollary.trials.moments import Moments

if TYPE_CHECKING:
    from corollary.trials.mean import Mean


IDENTICAL = 1e-9
"""Relative gap below which a mutant is the original written otherwise, such as a transposed symmetric matrix."""


class Station:
    """One point of the trial: its trajectory, the look it has reached, and its judges."""

    def __init__(self, claim: Mean, point: Point, value: np.ndarray, trial: Trial, alpha: float):
        from corollary.trials.monte_carlo import Trajectory

        self.point, self.value = point, value
        self.trajectory = Trajectory(claim.measures, point, trial.seed, trial.store)
        self.budget = at_depth(claim.budget, trial.depth)
        self._looks = list(scheduled(self.budget))
        self._reached = -1
        self.moments = Moments.none(self.trajectory.components)
        self.scale = np.broadcast_to(
            np.abs(value if claim.scale is None else predicted(claim.scale, point)), value.shape
        )
        margin = at_depth(claim.within, trial.depth) * self.scale
        if not np.all(margin > 0):
            raise ValueError(
                f"claim {claim.id!r} predicts 0 at point ({label(point)}), where a relative margin is empty; "
                "allowed: a `scale` that says what the margin is relative to"
            )
        planned = max(self.trajectory.rows * self.budget // 8, 1)
        self._compares, self.margin, self._planned = claim.compares, margin, planned
        self.judge = self.judge_at(alpha)

    def judge_at(self, alpha: float) -> Judge:
        return Judge(self._compares, self.point, self.trajectory.components, self.margin, alpha, self._planned)

    @property
    def exhausted(self) -> bool:
        return self._reached + 1 >= len(self._looks)

    def advance(self) -> None:
        self._reached += 1
        self.moments = self.trajectory.at(self._looks[self._reached])

    def cost(self, candidate: np.ndarray, judge: Judge) -> float:
        """Samples that would refute the candidate here if the statement is true; inf if beyond the budget."""
        with np.errstate(invalid="ignore", divide="ignore"):
            separation = np.abs(candidate - self.value) - self.margin
            _, radius = judge.estimate(self.moments)
            needed = np.where(separation > 0, self.moments.count * (radius / separation) ** 2, np.inf)
        least = float(np.nanmin(np.where(np.isnan(needed), np.inf, needed)))
        return least if least <= self._looks[-1] * self.trajectory.rows else np.inf


@dataclass
class Candidate:
    """A wrong variant or a mutant: its values at every point, and whether it has been refuted."""

    name: str
    values: list[np.ndarray]
    refuted: bool = False
    undefined: bool = False


class MeanTrial:
    def __init__(self, claim: Mean, trial: Trial):
        self.claim, self.trial = claim, trial
        points = claim.points(trial.depth)
        self.alpha = share(trial, len(points))
        self.stations = []
        for point in points:
            value = predicted(claim.predicts, point)
            if not np.all(np.isfinite(value)):
                raise ValueError(
                    f"claim {claim.id!r} predicts {value.tolist()} at point ({label(point)}); allowed: finite values"
                )
            self.stations.append(Station(claim, point, value, trial, self.alpha))

    def run(self) -> Outcome:
        records = [self._decide(number, station) for number, station in enumerate(self.stations, 1)]
        wrong = [
            Candidate(name, [predicted(form, s.point) for s in self.stations])
            for name, form in self.claim.wrong.items()
            if not isinstance(form, Remeasured)
        ]
        self._reject(wrong, "wrong variant")
        mutation = self._mutation() if self.claim.mutants and not self.claim.corrected_by else None
        records = [
            record(s.judge, s.moments, s.point, s.value, s.scale, r.verdict)
            for s, r in zip(self.stations, records, strict=True)
        ]
        resolution = max((r.resolution for r in records if r.resolution is not None), default=None)
        verdicts = {c.name: Verdict.REFUTED if c.refuted else self._standing(c) for c in wrong}
        for name, form in self.claim.wrong.items():
            if isinstance(form, Remeasured):
                verdicts[name] = self._remeasured(form)
        return Outcome(self._joined(records), tuple(records), verdicts, resolution, mutation)

    def _remeasured(self, variant: Remeasured) -> Verdict:
        """The verdict on the statement when something else is measured in its place."""
        claim = replace(self.claim, measures=variant.measures, wrong={"nothing": ()}, mutants=False)
        alpha = self.trial.alpha / (2 * len(self.claim.wrong))
        trial = MeanTrial(claim, replace(self.trial, alpha=2 * alpha))
        return self._joined([trial._decide(number, station) for number, station in enumerate(trial.stations, 1)])

    def _decide(self, number: int, station: Station) -> PointRecord:
        verdict = Verdict.UNDECIDED
        while verdict is Verdict.UNDECIDED and not station.exhausted:
            station.advance()
            self.trial.report(f"point {number}/{len(self.stations)} · {station.moments.count:,} samples")
            verdict = station.judge.judge(station.moments, station.value).verdict
        return record(station.judge, station.moments, station.point, station.value, station.scale, verdict)

    def _reject(self, candidates: list[Candidate], what: str) -> None:
        """Refutes what the moments at hand refute, then samples on where the cheapest of the rest would fall."""
        if not candidates:
            return
        alpha = self.alpha / (2 * len(candidates))
        judges = [station.judge_at(alpha) for station in self.stations]
        for index in range(len(self.stations)):
            self._judge_all(candidates, index, judges[index])
        while standing := [c for c in candidates if not c.refuted]:
            costs = [
                (s.cost(c.values[i], judges[i]), i)
                for c in standing
                for i, s in enumerate(self.stations)
                if not s.exhausted
            ]
            cheapest, index = min(costs, default=(np.inf, 0))
            if not np.isfinite(cheapest):
                return
            station = self.stations[index]
            station.advance()
            self.trial.report(f"{what}s standing: {len(standing)} · {station.moments.count:,} samples")
            self._judge_all(standing, index, judges[index])

    def _judge_all(self, candidates: list[Candidate], index: int, judge: Judge) -> None:
        for candidate in candidates:
            if candidate.refuted:
                continue
            if not np.all(np.isfinite(candidate.values[index])):
                # A formula that yields no number where the quantity exists is wrong there.
                candidate.refuted = candidate.undefined = True
            elif judge.judge(self.stations[index].moments, candidate.values[index]).verdict is Verdict.REFUTED:
                candidate.refuted = True

    def _standing(self, candidate: Candidate) -> Verdict:
        """A wrong variant that was not refuted: accepted at every point (it holds), or not decided somewhere."""
        for index, station in enumerate(self.stations):
            if station.judge.judge(station.moments, candidate.values[index]).verdict is not Verdict.HOLDS:
                return Verdict.UNDECIDED
        return Verdict.HOLDS

    def _mutation(self) -> Mutation | None:
        candidates, equivalent, identical = [], [], 0
        for name, values in self._mutant_values():
            gaps = [np.abs(v - s.value) for v, s in zip(values, self.stations, strict=True)]
            if all(np.all(gap <= s.margin) for gap, s in zip(gaps, self.stations, strict=True)):
                equivalent.append(name)
                identical += all(
                    np.all(gap <= IDENTICAL * np.abs(s.value)) for gap, s in zip(gaps, self.stations, strict=True)
                )
            else:
                candidates.append(Candidate(name, values))
        if not candidates and not equivalent:
            return None
        self._reject(candidates, "mutant")
        rejected = sum(c.refuted and not c.undefined for c in candidates)
        standing = tuple(c.name for c in candidates if not c.refuted)
        undefined = sum(c.undefined for c in candidates)
        total = len(candidates) + len(equivalent)
        return Mutation(total, rejected, tuple(equivalent), identical, undefined, standing)

    def _mutant_values(self) -> list[tuple[str, list[np.ndarray]]]:
        """Every mutant's values at every point; a mutant of one compared quantity leaves the others as they are."""
        several = isinstance(self.claim.predicts, Mapping)
        forms = self.claim.predicts if several else {"": self.claim.predicts}
        found = []
        for position, (part, form) in enumerate(forms.items()):
            mutants = list(first_order_mutants(form))
            table = values_at([mutant for _, mutant in mutants], [s.point for s in self.stations])
            for (name, _), row in zip(mutants, table, strict=True):
                values = [self._with(s, position, v) for s, v in zip(self.stations, row, strict=True)]
                found.append((f"{part}: {name}" if part else name, values))
        return found

    @staticmethod
    def _with(station: Station, position: int, value: float) -> np.ndarray:
        values = station.value.copy()
        values[position] = value
        return values

    @staticmethod
    def _joined(records: list[PointRecord]) -> Verdict:
        verdicts = {r.verdict for r in records}
        if Verdict.REFUTED in verdicts:
            return Verdict.REFUTED
        return Verdict.HOLDS if verdicts == {Verdict.HOLDS} else Verdict.UNDECIDED
