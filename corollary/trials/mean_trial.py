"""How a Mean claim is decided: sample each point until the statement is decided there, then spend what is left of
the budget where the wrong variants and the mutants that still stand are told apart most cheaply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from corollary.measure import float64_reason, measure_name
from corollary.point import Point, at_depth, label
from corollary.reporting.numbers import percent
from corollary.trials.claim import Look, Mutation, Outcome, PointRecord, Trial, Verdict
from corollary.trials.mean import Contrast, Judge, Judgement, Remeasured, predicted, record, scheduled, share
from corollary.trials.moments import Moments
from corollary.trials.mutation import IDENTICAL, mutant_values, shares_of_terms
from corollary.trials.profile import section

if TYPE_CHECKING:
    from corollary.trials.mean import Mean


WRONG_VARIANT = "wrong variant"
MOST_ADDED = 0.1
"""Of the margin: what rounding may add to an interval before float64 is cheaper."""


class PointTrial:
    """One point of the trial: its trajectory, the look it has reached, and its judges."""

    def __init__(self, claim: Mean, point: Point, value: np.ndarray, trial: Trial, alpha: float, checked: float = 0.0):
        """checked: the error probability that the paired check may spend here, or 0 for float64 without one."""
        self.point, self.value = point, value
        self.budget = at_depth(claim.budget, trial.depth)
        self._looks = list(scheduled(self.budget))
        self._reached = -1
        self.scale = np.broadcast_to(
            np.abs(value if claim.scale is None else predicted(claim.scale, point)), value.shape
        )
        margin = at_depth(claim.within, trial.depth) * self.scale
        if not np.all(margin > 0):
            raise ValueError(
                f"claim {claim.id!r} predicts 0 at point ({label(point)}), where a relative margin is empty; "
                "allowed: a `scale` that says what the margin is relative to"
            )
        self._support, self.margin = claim.support, margin
        self._sample(claim, trial, checked)
        self.moments = Moments.none(self.trajectory.components)
        self._planned = max(self.trajectory.rows * self.budget // 8, 1)
        self.judge = self.judge_at(alpha)
        if len(self.judge.top) != len(value):
            raise ValueError(
                f"measures={measure_name(claim.measures)} gives {len(self.judge.top)} compared quantities, predicts "
                f"{len(value)}; allowed: one a prediction"
            )

    def judge_at(self, alpha: float) -> Judge:
        components = self.trajectory.components
        return Judge(
            self._compares, self.point, components, self.margin, alpha, self._planned, self._support, self.bound
        )

    def _sample(self, claim: Mean, trial: Trial, checked: float) -> None:
        """Sets the trajectory: in float32 where the check bounds what that adds, well below the margin. bound: of each
        component, or None in float64. why: float64, where float32 was asked for."""
        from corollary.trials.monte_carlo import Trajectory
        from corollary.trials.paired import check

        self.bound: np.ndarray | None = None
        self.added, self.why = 0.0, ""
        if checked:
            found = check(claim.measures, self.point, trial.seed, checked, claim.support, trial.store)
            self.bound, self.why = (None, found.why) if found.why else (found.bound, "")
        float32 = self.bound is not None
        self.trajectory = Trajectory(claim.measures, self.point, trial.seed, trial.store, float32=float32)
        self._compares = compared_by_name(claim, self.trajectory.names)
        if self.bound is None:
            return
        top, bottom = self._compares.rows(self.point, self.trajectory.components)
        under = np.abs(bottom @ np.concatenate([[1.0], found.mean]))
        moved = np.abs(top - self.value[:, None] * bottom)[:, 1:] @ self.bound
        with np.errstate(divide="ignore", invalid="ignore"):
            self.added = float(np.max(np.nan_to_num(moved / (under * self.margin), nan=np.inf)))
        if self.added > MOST_ADDED:
            self.bound, self.why = None, f"float32 may add {percent(self.added)} of the margin"
            self.trajectory = Trajectory(claim.measures, self.point, trial.seed, trial.store)

    def record(self, judgement: Judgement, wrong: Mapping[str, np.ndarray]) -> PointRecord:
        return record(self.judge, self.moments, self.point, self.value, self.scale, judgement, wrong)

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
        points = claim.points(trial.depth)
        checked, self._why = 0.0, ""
        if trial.float32:
            self._why = float64_reason(claim.measures)
        if trial.float32 and not self._why:
            # A third each: for intervals in float32, for those in float64 where the check sends a point there, and for
            # the check's bounds.
            trial = replace(trial, alpha=trial.alpha / 3)
            checked = trial.alpha / max(len(points), 1)
        self.claim, self.trial = claim, trial
        self.alpha = share(trial, len(points))
        self.points = []
        for point in points:
            value = predicted(claim.predicts, point)
            if not np.all(np.isfinite(value)):
                raise ValueError(
                    f"claim {claim.id!r} predicts {value.tolist()} at point ({label(point)}); allowed: finite values"
                )
            self.points.append(PointTrial(claim, point, value, trial, self.alpha, checked))
        self._precision = [self._computed_in()] if trial.float32 else []

    def run(self) -> Outcome:
        judgements = [self._decide(number, one) for number, one in enumerate(self.points, 1)]
        wrong = [
            Candidate(name, [predicted(form, one.point) for one in self.points])
            for name, form in self.claim.wrong.items()
            if not isinstance(form, Remeasured)
        ]
        # A quarter of alpha is for the wrong variants, another for the mutants; each has its own part of it.
        self._reject(wrong, WRONG_VARIANT, self.alpha / (2 * max(len(self.claim.wrong), 1)))
        mutation = self._mutation() if self.claim.mutants and not self.claim.corrected_by else None
        verdicts = {c.name: Verdict.REFUTED if c.refuted else self._standing(c) for c in wrong}
        values = {c.name: c.values for c in wrong}
        for name, form in self.claim.wrong.items():
            if isinstance(form, Remeasured):
                verdicts[name], values[name] = self._remeasured(name, form)
        records = [
            one.record(judgement, {name: each[index] for name, each in values.items()})
            for index, (one, judgement) in enumerate(zip(self.points, judgements, strict=True))
        ]
        resolution = max((r.resolution for r in records if r.resolution is not None), default=None)
        doubts = "; ".join(dict.fromkeys(judgement.doubt for judgement in judgements if judgement.doubt))
        precision = "; ".join(self._precision)
        return Outcome(_joined(judgements), tuple(records), verdicts, resolution, mutation, doubts, precision=precision)

    def _computed_in(self) -> str:
        """Float32 and what it adds, or float64 and why, in words."""
        if self._why:
            return f"float64: {self._why}"
        wide = [one.why for one in self.points if one.why]
        reasons = "; ".join(dict.fromkeys(wide))
        if len(wide) == len(self.points):
            return f"float64: {reasons}"
        added = max(one.added for one in self.points if not one.why)
        said = f"float32, which adds at most {percent(added)} of the margin"
        return said + (f"; float64 at {len(wide)} of {len(self.points)} points: {reasons}" if wide else "")

    def _remeasured(self, name: str, variant: Remeasured) -> tuple[Verdict, list[np.ndarray]]:
        """The verdict on the statement when something else is measured in its place, and what that gave."""
        claim = replace(self.claim, measures=variant.measures)
        # The statement of a trial has half of its alpha; this one has a wrong variant's part of a quarter.
        alpha = self.trial.alpha / (2 * len(self.claim.wrong))
        trial = MeanTrial(claim, replace(self.trial, alpha=alpha, look=None))
        self._precision += [f"{name}: {line}" for line in trial._precision]
        verdict = _joined([trial._decide(number, one) for number, one in enumerate(trial.points, 1)])
        return verdict, [one.judge.estimate(one.moments)[0] for one in trial.points]

    def _decide(self, number: int, one: PointTrial) -> Judgement:
        judgement = Judgement(Verdict.UNDECIDED)
        while judgement.verdict is Verdict.UNDECIDED and not one.exhausted:
            one.advance()
            self.trial.report(f"point {number}/{len(self.points)} · {one.moments.count:,} samples")
            judgement = one.judge.judge(one.moments, one.value)
            self._show(one, judgement, None)
        return judgement

    def _show(self, one: PointTrial, judgement: Judgement, candidates: list[Candidate] | None) -> None:
        if self.trial.look is None:
            return
        wrong = {
            name: predicted(form, one.point)
            for name, form in self.claim.wrong.items()
            if not isinstance(form, Remeasured)
        }
        refuted = None if candidates is None else {c.name: c.refuted for c in candidates}
        self.trial.look(Look(one.record(judgement, wrong), refuted))

    def _reject(self, candidates: list[Candidate], what: str, alpha: float) -> None:
        """Refutes what the moments at hand refute, then samples on where the cheapest of the rest would fall. alpha:
        of each candidate at each point."""
        judges = [point_trial.judge_at(alpha) for point_trial in self.points]
        for index in range(len(self.points)):
            self._judge_all(candidates, index, judges[index])
            if what == WRONG_VARIANT:
                self._show_again(index, candidates)
        while standing := [c for c in candidates if not c.refuted]:
            costs = [
                (s.cost(c.values[i], judges[i]), i)
                for c in standing
                for i, s in enumerate(self.points)
                if not s.exhausted
            ]
            cheapest, index = min(costs, default=(np.inf, 0))
            if not np.isfinite(cheapest):
                return
            point_trial = self.points[index]
            point_trial.advance()
            self.trial.report(f"{what}s standing: {len(standing)} · {point_trial.moments.count:,} samples")
            self._judge_all(standing, index, judges[index])
            if what == WRONG_VARIANT:
                self._show_again(index, candidates)

    def _show_again(self, index: int, candidates: list[Candidate]) -> None:
        one = self.points[index]
        self._show(one, one.judge.judge(one.moments, one.value), candidates)

    def _judge_all(self, candidates: list[Candidate], index: int, judge: Judge) -> None:
        for candidate in candidates:
            if candidate.refuted:
                continue
            if not np.all(np.isfinite(candidate.values[index])):
                # A formula that yields no number where the quantity exists is wrong there.
                candidate.refuted = candidate.undefined = True
            elif judge.judge(self.points[index].moments, candidate.values[index]).verdict is Verdict.REFUTED:
                candidate.refuted = True

    def _standing(self, candidate: Candidate) -> Verdict:
        """A wrong variant that was not refuted: accepted at every point (it holds), or not decided somewhere."""
        for index, point_trial in enumerate(self.points):
            if point_trial.judge.judge(point_trial.moments, candidate.values[index]).verdict is not Verdict.HOLDS:
                return Verdict.UNDECIDED
        return Verdict.HOLDS

    def _mutation(self) -> Mutation | None:
        candidates, equivalent, identical = [], [], 0
        with section("mutants"):
            values = [one.value for one in self.points]
            mutants = mutant_values(self.claim.predicts, [one.point for one in self.points], values)
        for name, values in mutants:
            gaps = [np.abs(v - s.value) for v, s in zip(values, self.points, strict=True)]
            if all(np.all(gap <= s.margin) for gap, s in zip(gaps, self.points, strict=True)):
                equivalent.append(name)
                identical += all(
                    np.all(gap <= IDENTICAL * np.abs(s.value)) for gap, s in zip(gaps, self.points, strict=True)
                )
            else:
                candidates.append(Candidate(name, values))
        if not candidates and not equivalent:
            return None
        self._reject(candidates, "mutant", self.alpha / (2 * max(len(candidates), 1)))
        rejected = sum(c.refuted and not c.undefined for c in candidates)
        standing = tuple(c.name for c in candidates if not c.refuted)
        undefined = sum(c.undefined for c in candidates)
        total = len(candidates) + len(equivalent)
        terms = shares_of_terms(mutants, [one.value for one in self.points])
        return Mutation(total, rejected, tuple(equivalent), identical, undefined, standing, terms)


def _joined(judgements: list[Judgement]) -> Verdict:
    verdicts = {judgement.verdict for judgement in judgements}
    if Verdict.REFUTED in verdicts:
        return Verdict.REFUTED
    return Verdict.HOLDS if verdicts == {Verdict.HOLDS} else Verdict.UNDECIDED


def compared_by_name(claim: Mean, names: tuple[str, ...]) -> Contrast:
    """The claim's contrast; for named samples without one, each is compared with the prediction of its name."""
    if not names or claim.compares != Contrast():
        return claim.compares
    wanted = tuple(claim.predicts) if isinstance(claim.predicts, Mapping) else names
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ValueError(f"predicts {missing[0]!r}, which is not measured; measured: {', '.join(names)}")
    weights = np.eye(len(names))[[names.index(name) for name in wanted]]
    return Contrast(lambda point: weights)
