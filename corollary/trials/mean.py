"""Mean: an expectation (or a ratio or a linear contrast of expectations) equals a closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from corollary.formulas.closed_form import ClosedForm
from corollary.measure import Measure
from corollary.point import Depths, Point, at_depth, call_at, label
from corollary.trials import belief
from corollary.trials.claim import Claim, Outcome, PointRecord, Trial, Verdict
from corollary.trials.confidence import FIRST_LOOK, mean_radius, proportion_interval
from corollary.trials.moments import Moments
from corollary.trials.profile import section


@dataclass(frozen=True)
class Contrast:
    """The compared quantities are numerator . m / denominator . m, with m the measured means.

    numerator, denominator: functions of a point returning float [components] or [compared, components]; without a
    denominator, the quantity is the linear contrast itself. Every candidate value v is judged through the mean of
    (numerator - v denominator) . sample, which is exact: no ratio is ever expanded.
    """

    numerator: Callable[[Point], Any] | None = None
    denominator: Callable[[Point], Any] | None = None

    def rows(self, point: Point, components: int) -> tuple[np.ndarray, np.ndarray]:
        """(numerator, denominator), each [compared, 1 + components], over means augmented by a leading 1."""
        over = np.eye(components) if self.numerator is None else np.atleast_2d(self.numerator(point)).astype(float)
        top = np.hstack([np.zeros((len(over), 1)), over])
        if self.denominator is None:
            bottom = np.zeros_like(top)
            bottom[:, 0] = 1.0
        else:
            under = np.atleast_2d(self.denominator(point)).astype(float)
            bottom = np.hstack([np.zeros((len(over), 1)), np.broadcast_to(under, over.shape)])
        if top.shape[1] != components + 1:
            raise ValueError(
                f"contrast has {top.shape[1] - 1} weights; allowed: {components}, one a measured component"
            )
        return top, bottom


def ratio(numerator: int, denominator: int) -> Contrast:
    """The ratio of the means of two components of the measure, by their index."""

    def unit(index: int) -> Callable[[Point], np.ndarray]:
        return lambda point: np.eye(max(numerator, denominator) + 1)[index]

    return Contrast(unit(numerator), unit(denominator))


@dataclass(frozen=True)
class Remeasured:
    """A wrong variant that is a mistake of the measurement: the claim's own prediction must be refuted on it."""

    measures: Measure


@dataclass(frozen=True, kw_only=True)
class Mean(Claim):
    """An expectation equals a closed form at every point of a grid.

    predicts: a ClosedForm, a function of named inputs, or a mapping of names to either, one a compared quantity.
    measures: (key, point) -> [samples], [samples, components] or {name: [samples]}, one chunk of iid rows; named ones
    are compared with the predictions of the same names.
    at: points, or `Depths` of them. within: the relative margin inside which the two count as equal.
    scale: what the margin is relative to, a function like `predicts`; by default abs(predicted) itself.
    compares: how measured means become the compared quantities; by default one to one.
    support: (low, high) between which every sample lies, where that is known: the rule is then exact.
    wrong: what `predicts` may be, or `Remeasured`. budget: the most chunks at a point. mutants: whether machine-made
    mutants of the closed forms are tried too.

    Rule: the asymptotic time-uniform confidence sequence of arXiv 2103.06476, Thm 2.2, on (measured - candidate), and
    no verdict while it is not to be believed (`corollary.trials.belief`). With a support, the exact sequence of
    Jeffreys' mixture of bets instead. A candidate holds at a point once the sequence lies inside the margin, is refuted
    once it lies outside.

    Raises ValueError where a prediction is not finite, or is 0 without a scale.
    """

    kind: ClassVar[str] = "Mean"
    in_float32: ClassVar[bool] = True
    predicts: Any
    measures: Measure
    at: Sequence[Point] | Depths[Sequence[Point]] = ({},)
    within: float | Depths[float] = 1e-2
    scale: Any = None
    compares: Contrast = field(default_factory=Contrast)
    support: tuple[float, float] | None = None
    budget: int | Depths[int] = Depths(quick=400, standard=4000, full=40000)
    mutants: bool = True

    def decide(self, trial: Trial) -> Outcome:
        from corollary.trials.mean_trial import MeanTrial

        return MeanTrial(self, trial).run()

    def points(self, depth: str) -> list[Point]:
        return list(at_depth(self.at, depth) or ())

    def formulas(self) -> Mapping[str, ClosedForm]:
        return formulas_of(self.predicts)


def formulas_of(form: Any) -> dict[str, ClosedForm]:
    """The closed forms in what a claim predicts, by name; functions are left out."""
    parts = form if isinstance(form, Mapping) else {"": form}
    return {str(name): part for name, part in parts.items() if isinstance(part, ClosedForm)}


def predicted(form: Any, point: Point) -> np.ndarray:
    """The predicted values at a point, float64 [compared].

    form: a ClosedForm, a function of named inputs, or a mapping of names to either. Raises ValueError for anything
    else, and for a value that is no real number.
    """
    if isinstance(form, Mapping):
        return np.concatenate([predicted(part, point) for part in form.values()])
    if not callable(form):
        raise ValueError(f"{form!r} is not a formula; allowed: a ClosedForm, a function of named inputs, or a mapping")
    with section("theory"):
        value = np.asarray(call_at(form, point))
    if np.iscomplexobj(value):
        raise ValueError(f"a formula has the complex value {value} at ({label(point)}); allowed: real numbers")
    return np.atleast_1d(value.astype(float)).ravel()


@dataclass(frozen=True)
class Judgement:
    """A candidate's standing at a look. verdict: of all compared quantities together. doubt: why none is given, where
    the interval is not to be believed."""

    verdict: Verdict
    doubt: str = ""


class Judge:
    """Decides candidates at one point from stored moments. Knows no simulation and no formula.

    compares: how means become compared quantities. margin: float64 [compared]. alpha: the probability of a wrong
    verdict, over all looks and quantities. planned: the sample size at which the asymptotic interval is tightest.
    support: of every sample, or None. bound: on what rounding adds to each component's mean, float64 [components], or
    None; every interval is wider by it.
    """

    def __init__(
        self,
        compares: Contrast,
        point: Point,
        components: int,
        margin: np.ndarray,
        alpha: float,
        planned: int,
        support: tuple[float, float] | None = None,
        bound: np.ndarray | None = None,
    ):
        self.bound = np.zeros(components) if bound is None else bound
        self.top, self.bottom = compares.rows(point, components)
        self.margin, self.alpha, self.planned, self.support = margin, alpha, planned, support
        if support is not None and (np.any(self.bottom[:, 1:]) or np.any((self.top[:, 1:] != 0).sum(1) != 1)):
            raise ValueError(f"support={support} goes with means themselves; a contrast of several has none")

    def judge(self, moments: Moments, candidate: np.ndarray) -> Judgement:
        """candidate: [compared]. Error probability at most alpha for a wrong verdict, over all looks."""
        if self.support is not None:
            return Judgement(self._judge_bounded(moments, candidate))
        if moments.count < FIRST_LOOK:
            return Judgement(Verdict.UNDECIDED)
        doubt = belief.doubt(self._rows(candidate)[:, 1:], moments)
        if doubt:
            return Judgement(Verdict.UNDECIDED, doubt)
        sign = self._denominator_sign(moments)
        low_gap, low_radius = self._gap(moments, candidate - self.margin)
        high_gap, high_radius = self._gap(moments, candidate + self.margin)
        inside = (sign * low_gap > low_radius) & (sign * high_gap < -high_radius)
        outside = (sign != 0) & ((sign * high_gap > high_radius) | (sign * low_gap < -low_radius))
        if outside.any():
            return Judgement(Verdict.REFUTED)
        return Judgement(Verdict.HOLDS if inside.all() else Verdict.UNDECIDED)

    def estimate(self, moments: Moments) -> tuple[np.ndarray, np.ndarray]:
        """(estimate, half-width) of each compared quantity: the values whose own contrast is not excluded, to first
        order around the estimate. For display and resolution; verdicts use `judge`."""
        augmented = np.concatenate([[1.0], moments.mean])
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = self.top @ augmented / (self.bottom @ augmented)
            if self.support is not None:
                low, high = self._bounded(moments)
                return centre, np.maximum(high - centre, centre - low)
            _, radius = self._gap(moments, centre)
            return centre, radius / np.abs(self.bottom @ augmented)

    def _judge_bounded(self, moments: Moments, candidate: np.ndarray) -> Verdict:
        low, high = self._bounded(moments)
        if np.any((low > candidate + self.margin) | (high < candidate - self.margin)):
            return Verdict.REFUTED
        inside = (low > candidate - self.margin) & (high < candidate + self.margin)
        return Verdict.HOLDS if inside.all() else Verdict.UNDECIDED

    def _bounded(self, moments: Moments) -> tuple[np.ndarray, np.ndarray]:
        """The exact interval of each compared mean, (low, high), each [compared]."""
        assert self.support is not None
        bottom, top = self.support
        alpha = self.alpha / len(self.top)
        edges = []
        for row in self.top:
            component = int(np.flatnonzero(row[1:])[0])
            share = (moments.mean[component] - bottom) / (top - bottom)
            beyond = 1e-9 + self.bound[component] / (top - bottom)
            if not -beyond <= share <= 1 + beyond:
                raise ValueError(f"support={self.support} does not contain the mean {moments.mean[component]:.6g}")
            total = moments.count * min(max(share, 0.0), 1.0)
            interval = np.array(proportion_interval(total, moments.count - total, alpha)) * (top - bottom) + bottom
            interval += np.array([-1.0, 1.0]) * self.bound[component]
            edges.append(np.sort(row[0] + row[1 + component] * interval))
        low, high = np.array(edges).T
        return low, high

    def _rows(self, value: np.ndarray) -> np.ndarray:
        return self.top - np.where(np.isfinite(value), value, 0.0)[:, None] * self.bottom

    def _gap(self, moments: Moments, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = self._rows(value)
        gap = rows[:, 0] + rows[:, 1:] @ moments.mean
        # Three events per quantity (low edge, high edge, sign of the denominator) share its alpha.
        radius = mean_radius(moments.count, self.alpha / (3 * len(rows)), self.planned)
        return gap, radius * np.sqrt(belief.variance(rows[:, 1:], moments)) + np.abs(rows[:, 1:]) @ self.bound

    def _denominator_sign(self, moments: Moments) -> np.ndarray:
        value = self.bottom[:, 0] + self.bottom[:, 1:] @ moments.mean
        radius = mean_radius(moments.count, self.alpha / (3 * len(value)), self.planned)
        radius = (
            radius * np.sqrt(belief.variance(self.bottom[:, 1:], moments)) + np.abs(self.bottom[:, 1:]) @ self.bound
        )
        return np.where(np.abs(value) > radius, np.sign(value), 0.0)


def scheduled(budget: int) -> Iterator[int]:
    """The looks of a trajectory up to a budget of chunks; the last is the first look at or beyond it."""
    from corollary.trials.monte_carlo import looks

    for chunks in looks():
        yield chunks
        if chunks >= budget:
            return


def record(
    judge: Judge,
    moments: Moments,
    point: Point,
    value: np.ndarray,
    scale: np.ndarray,
    judgement: Judgement,
    wrong: Mapping[str, np.ndarray],
) -> PointRecord:
    """A point's record, with the smallest error relative to `scale` that its trial would have caught. wrong: what each
    wrong variant says there."""
    estimate, radius = judge.estimate(moments)
    resolution = float(np.max((np.abs(estimate - value) + radius + judge.margin) / scale))
    flat = _scalar_if_one
    return PointRecord(
        label(point),
        flat(value),
        flat(estimate),
        [flat(estimate - radius), flat(estimate + radius)],
        moments.count,
        resolution if np.isfinite(resolution) else None,
        judgement.verdict,
        judgement.doubt,
        margin=flat(judge.margin),
        alpha=judge.alpha,
        wrong={name: flat(values) for name, values in wrong.items()},
    )


def _scalar_if_one(values: np.ndarray) -> Any:
    return float(values[0]) if len(values) == 1 else [float(v) for v in values]


def share(trial: Trial, points: int) -> float:
    """Half of a claim's alpha goes to the statement, split over its points; the wrong variants share the rest."""
    return trial.alpha / (2 * max(points, 1))
