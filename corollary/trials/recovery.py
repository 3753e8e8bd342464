"""Recovery: an algorithm recovers what is hidden with so many queries or samples, and not with fewer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from corollary.measure import measure_name, untraced
from corollary.point import Depths, Point, at_depth, call_at, label
from corollary.trials.claim import Claim, Outcome, PointRecord, Trial, Verdict
from corollary.trials.confidence import proportion_interval
from corollary.trials.observations import observe

Attempt = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Recovery(Claim):
    """An algorithm succeeds with a stated number of queries, or with a stated probability.

    attempt: (key, point, budget) -> (recovered: bool [attempts], queries: int [attempts]): independent attempts
    against fresh hidden parameters, each with at most `budget` queries, counted by the oracle itself. Called in
    Python; what it returned is kept, like everything observed.
    at: points. needs: named inputs -> the number of queries that suffices; succeeds: the success probability that it
    must exceed; exact: whether every attempt uses exactly `needs` queries.
    dropped, where the count is claimed sharp: the same attempts with one answer withheld and something else in its
    place; they must succeed with a probability below `fails`. A budget that merely runs out shows nothing of the kind.
    Or, instead of needs, probability: named inputs (with `budget` among the point's) -> the success probability, to be
    met within the absolute margin `within`.
    wrong: other functions in the place of `needs` or `probability`. attempts: at most so many a point and budget.

    Rule: the exact time-uniform interval for a proportion (beta-binomial martingale). Raises ValueError without exactly
    one of needs and probability, for `recovered` that is not true or false, and for an oracle beyond its budget.
    """

    kind: ClassVar[str] = "Recovery"
    attempt: Attempt
    at: Sequence[Point] | Depths[Sequence[Point]] = ({},)
    needs: Callable[..., Any] | None = None
    probability: Callable[..., Any] | None = None
    succeeds: float = 0.9
    dropped: Attempt | None = None
    fails: float = 0.1
    exact: bool = True
    within: float | Depths[float] = 0.05
    attempts: int | Depths[int] = Depths(quick=4000, standard=20000, full=200000)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.needs is None) == (self.probability is None):
            raise ValueError(f"claim {self.id!r} needs exactly one of needs and probability")

    def decide(self, trial: Trial) -> Outcome:
        points = list(at_depth(self.at, trial.depth) or ())
        tables = [Attempts(self.attempt, self, point, trial, number) for number, point in enumerate(points)]
        alpha = trial.alpha / (2 * len(points) * 3)
        stated = self.needs or self.probability
        records = [self._judge(stated, table, alpha, self.dropped) for table in tables]
        wrong, why, values = {}, {}, {}
        for name, variant in self.wrong.items():
            judged = [self._judge(variant, table, alpha / len(self.wrong), None) for table in tables]
            wrong[name], values[name] = _joined([one.verdict for one in judged]), [one.predicted for one in judged]
            fell = next((one for one in judged if one.verdict is Verdict.REFUTED), judged[0])
            why[name] = f"{fell.note} ({fell.inputs})" if fell.note else ""
        if self.probability is not None:
            records = [
                replace(one, wrong={name: each[number] for name, each in values.items()})
                for number, one in enumerate(records)
            ]
        resolution = max((r.resolution for r in records if r.resolution is not None), default=None)
        return Outcome(_joined([r.verdict for r in records]), tuple(records), wrong, resolution, why=why)

    def _judge(self, stated: Any, table: Attempts, alpha: float, dropped: Attempt | None) -> PointRecord:
        if self.needs is None:
            return self._judge_probability(stated, table, alpha)
        return self._judge_count(stated, table, alpha, dropped)

    def _judge_count(self, stated: Any, table: Attempts, alpha: float, dropped: Attempt | None) -> PointRecord:
        """Enough at the stated budget, the oracle's own count agrees, and one answer fewer is too little."""
        budget = int(call_at(stated, table.point))
        if budget < 0:
            return PointRecord(label(table.point), budget, None, None, 0, None, Verdict.REFUTED, "a negative count")
        low, high = table.decide(budget, alpha, [self.succeeds])
        verdict = (
            Verdict.HOLDS if low > self.succeeds else Verdict.REFUTED if high < self.succeeds else Verdict.UNDECIDED
        )
        used = table.queries(budget)
        if verdict is Verdict.HOLDS and self.exact and np.any(used != budget):
            verdict = Verdict.REFUTED
        note = f"{budget} queries: success in [{low:.3f}, {high:.3f}]; used {used.min()}-{used.max()}"
        if verdict is Verdict.HOLDS and dropped is not None:
            fewer = Attempts(dropped, self, table.point, table.trial, table.number)
            fewer_low, fewer_high = fewer.decide(budget, alpha, [self.fails])
            if fewer_low > self.fails:
                verdict = Verdict.REFUTED
            elif fewer_high >= self.fails:
                verdict = Verdict.UNDECIDED
            note += f"; one answer withheld: [{fewer_low:.3f}, {fewer_high:.3f}]"
        return PointRecord(
            label(table.point), budget, int(used.max()), None, table.total(budget), None, verdict, note, alpha=alpha
        )

    def _judge_probability(self, stated: Any, table: Attempts, alpha: float) -> PointRecord:
        value = float(np.asarray(call_at(stated, table.point)))
        margin = at_depth(self.within, table.trial.depth)
        budget = int(table.point["budget"])
        low, high = table.decide(budget, alpha, [value - margin, value + margin])
        inside, outside = low > value - margin and high < value + margin, high < value - margin or low > value + margin
        if value + margin >= 1 and low > value - margin:
            inside = True
        if value - margin <= 0 and high < value + margin:
            inside = True
        verdict = Verdict.HOLDS if inside else Verdict.REFUTED if outside else Verdict.UNDECIDED
        rate = table.successes(budget) / max(table.total(budget), 1)
        return PointRecord(
            label(table.point),
            value,
            rate,
            [low, high],
            table.total(budget),
            margin + high - low,
            verdict,
            margin=margin,
            alpha=alpha,
        )


@untraced
@dataclass(frozen=True)
class Attempted:
    """An attempt as a measure: the budget is one of the point's inputs."""

    attempt: Attempt

    def __call__(self, key: Any, point: Point) -> dict[str, Any]:
        recovered, queries = self.attempt(key, point, point["budget"])
        return {"recovered": recovered, "queries": queries}


class Attempts:
    """Attempts at one point, by budget, made as they are needed and shared by all candidates."""

    def __init__(self, attempt: Attempt, claim: Recovery, point: Point, trial: Trial, number: int):
        self.measure, self.claim, self.point, self.trial, self.number = Attempted(attempt), claim, point, trial, number
        self._recovered: dict[int, list[np.ndarray]] = {}
        self._queries: dict[int, list[np.ndarray]] = {}

    def decide(self, budget: int, alpha: float, edges: Sequence[float]) -> tuple[float, float]:
        """The interval of the success probability once it is off every edge, or once the attempts are spent."""
        edges = [edge for edge in edges if 0 < edge < 1]
        most = at_depth(self.claim.attempts, self.trial.depth)
        while True:
            if self.total(budget):
                low, high = proportion_interval(
                    self.successes(budget), self.total(budget) - self.successes(budget), alpha
                )
                if all(high < edge or low > edge for edge in edges) or self.total(budget) >= most:
                    return low, high
            self._more(budget)

    def _more(self, budget: int) -> None:
        import jax

        batch = len(self._recovered.setdefault(budget, []))
        self.trial.report(f"{label(self.point)} · {self.total(budget):,} attempts with {budget} queries")
        key = jax.random.fold_in(jax.random.fold_in(jax.random.key(self.trial.seed), self.number), batch)
        observed = observe(self.measure, key[None], {**self.point, "budget": budget}, self.trial.store)
        recovered, queries = self._checked(observed)
        if np.any(queries > budget):
            raise ValueError(f"the oracle answered {int(queries.max())} queries on a budget of {budget}")
        self._recovered[budget].append(recovered)
        self._queries.setdefault(budget, []).append(queries)

    def _checked(self, observed: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        recovered = np.atleast_1d(observed["recovered"][0])
        if recovered.dtype != bool:
            raise ValueError(
                f"attempt={measure_name(self.measure.attempt)} returned recovered={recovered.ravel()[:3].tolist()}, "
                f"of type {recovered.dtype}; allowed: bool"
            )
        return recovered, np.broadcast_to(observed["queries"][0].astype(np.int64), recovered.shape)

    def total(self, budget: int) -> int:
        return sum(len(batch) for batch in self._recovered.get(budget, []))

    def successes(self, budget: int) -> int:
        return int(sum(batch.sum() for batch in self._recovered.get(budget, [])))

    def queries(self, budget: int) -> np.ndarray:
        return np.concatenate(self._queries[budget])


def _joined(verdicts: list[Verdict]) -> Verdict:
    if Verdict.REFUTED in verdicts:
        return Verdict.REFUTED
    return Verdict.HOLDS if all(v is Verdict.HOLDS for v in verdicts) else Verdict.UNDECIDED
