"""Exponent: a quantity scales as a power of a size."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from corollary.point import Depths, Point, at_depth, label
from corollary.trials.claim import Claim, Outcome, PointRecord, Trial, Verdict
from corollary.trials.confidence import mean_radius
from corollary.trials.value import computed_at


@dataclass(frozen=True, kw_only=True)
class Exponent(Claim):
    """A positive quantity scales as size**exponent along a geometric sweep.

    along: the name of the swept size. at: points in increasing order of it, at least four, each size at least 1.4 times
    the one before. predicts: the exponent (a number, exact or float). wrong: other exponents.
    measures: (key, point) -> [samples], whose mean is the quantity; or computes: (named inputs) -> the quantity,
    without noise. within: the margin on the exponent. chunks: of samples at each size.

    Rule: the slope of log quantity against log size over the upper half of the sweep. Its interval adds the
    simultaneous confidence sequences of the sizes (arXiv 2103.06476, Thm 2.2) and what the slope still moves when
    the smaller sizes of that half are left out, so that a sweep short of the asymptotic range stays undecided.
    """

    kind: ClassVar[str] = "Exponent"
    along: str
    predicts: Any
    at: Sequence[Point] | Depths[Sequence[Point]]
    measures: Callable[..., Any] | None = None
    computes: Callable[..., Any] | None = None
    within: float | Depths[float] = 0.05
    chunks: int | Depths[int] = Depths(quick=16, standard=64, full=1024)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.measures is None) == (self.computes is None):
            raise ValueError(f"claim {self.id!r} needs exactly one of measures and computes")

    def decide(self, trial: Trial) -> Outcome:
        points = list(at_depth(self.at, trial.depth) or ())
        sizes = np.array([float(p[self.along]) for p in points])
        if len(sizes) < 4 or np.any(sizes[1:] < 1.4 * sizes[:-1]):
            raise ValueError(
                f"claim {self.id!r} sweeps {self.along}={sizes.tolist()}; allowed: at least 4 sizes, each at "
                "least 1.4 times the one before"
            )
        means, radii, counts = self.quantities(points, trial)
        bad = [label(point) for point, mean in zip(points, means, strict=True) if not np.isfinite(mean)]
        if bad:
            raise ValueError(f"the quantity is no finite number at ({bad[0]})")
        if np.any(means <= radii):
            verdict, fit = Verdict.UNDECIDED, None
        else:
            fit = Slope.of(sizes, means, radii)
            verdict = fit.judge(float(self.predicts), at_depth(self.within, trial.depth))
        margin = at_depth(self.within, trial.depth)
        wrong = {
            name: Verdict.UNDECIDED if fit is None else fit.judge(float(value), margin)
            for name, value in self.wrong.items()
        }
        records = [
            PointRecord(
                label(p),
                None,
                float(m),
                [float(m - r), float(m + r)],
                int(c),
                None,
                verdict,
                alpha=trial.alpha / (2 * len(points)) if self.measures is not None else 0.0,
            )
            for p, m, r, c in zip(points, means, radii, counts, strict=True)
        ]
        if fit is None:
            return Outcome(verdict, tuple(records), wrong, None, None, "a mean is not distinguishable from zero")
        summary = PointRecord(
            f"slope in {self.along}",
            float(self.predicts),
            fit.slope,
            [fit.slope - fit.radius, fit.slope + fit.radius],
            int(sum(counts)),
            fit.radius + margin + abs(fit.slope - float(self.predicts)),
            verdict,
            "local slopes " + " ".join(f"{s:.3f}" for s in fit.local),
            margin=margin,
            alpha=trial.alpha / 2 if self.measures is not None else 0.0,
            wrong={name: float(value) for name, value in self.wrong.items()},
        )
        return Outcome(
            verdict,
            (summary, *records),
            wrong,
            summary.resolution,
            None,
            summary.note,
            arrays={"sizes": sizes, "means": means, "radii": radii},
        )

    def quantities(self, points: Sequence[Point], trial: Trial) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Means, half-widths and sample counts, each [points]; half of alpha is for the statement."""
        means, radii, counts = [], [], []
        for number, point in enumerate(points, 1):
            trial.report(f"size {number}/{len(points)}")
            if self.computes is not None:
                (value,) = computed_at(self.computes, point, store=trial.store)
                means.append(float(value))
                radii.append(0.0)
                counts.append(1)
                continue
            mean, radius, count = self._sampled(point, trial, trial.alpha / (2 * len(points)))
            means.append(mean)
            radii.append(radius)
            counts.append(count)
        return np.array(means), np.array(radii), np.array(counts)

    def _sampled(self, point: Point, trial: Trial, alpha: float) -> tuple[float, float, int]:
        from corollary.trials.monte_carlo import Trajectory, looks

        assert self.measures is not None
        trajectory = Trajectory(self.measures, point, trial.seed, trial.store)
        wanted = at_depth(self.chunks, trial.depth)
        moments = trajectory.at(next(look for look in looks() if look >= wanted))
        radius = mean_radius(moments.count, alpha, moments.count) * float(np.sqrt(moments.covariance[0, 0]))
        return float(moments.mean[0]), radius, moments.count


@dataclass(frozen=True)
class Slope:
    """A fitted exponent. slope, radius: its interval. local: slopes between neighbouring sizes."""

    slope: float
    radius: float
    local: np.ndarray

    @staticmethod
    def of(sizes: np.ndarray, means: np.ndarray, radii: np.ndarray) -> Slope:
        """sizes, means, radii: [points], means above radii."""
        x, y = np.log(sizes), np.log(means)
        error = np.maximum(-np.log1p(-radii / means), np.log1p(radii / means))
        upper = slice(len(x) // 2 - 1 if len(x) < 6 else len(x) // 2, None)
        slope, noise = _least_squares(x[upper], y[upper], error[upper])
        later = slice(upper.start + 1, None)
        drift = abs(_least_squares(x[later], y[later], error[later])[0] - slope)
        return Slope(slope, noise + drift + 1e-12, np.diff(y) / np.diff(x))

    def judge(self, exponent: float, margin: float) -> Verdict:
        distance = abs(self.slope - exponent)
        if distance + self.radius < margin:
            return Verdict.HOLDS
        return Verdict.REFUTED if distance - self.radius > margin else Verdict.UNDECIDED


def _least_squares(x: np.ndarray, y: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """(slope, the most it can move when every y moves by at most its error)."""
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    return float(weights @ y), float(np.abs(weights) @ error)
