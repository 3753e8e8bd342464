"""Value: what a computation returns equals a closed form. Nothing is random, and no samples are pretended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from corollary.formulas.closed_form import ClosedForm
from corollary.measure import measure_name, named
from corollary.point import Depths, Point, at_depth, call_at, label
from corollary.storage.address import code_address, versions
from corollary.storage.store import Store, digest
from corollary.trials.claim import Claim, Mutation, Outcome, PointRecord, Trial, Verdict
from corollary.trials.mean import formulas_of, predicted
from corollary.trials.mutation import IDENTICAL, mutant_values, shares_of_terms
from corollary.trials.profile import section


@dataclass(frozen=True)
class Recomputed:
    """A wrong variant that is a mistake of the computation: the claim's own prediction must be refuted on it."""

    computes: Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Value(Claim):
    """A deterministic computation returns what a closed form predicts, at every point of a grid.

    predicts: a ClosedForm, a function of named inputs, or a mapping of names to either. computes: a function of named
    inputs -> a number, an array [compared], or a mapping of the same names; it shares no code with `predicts`.
    at: points. within: the margin, relative to abs(predicted), or to `scale`. wrong: what `predicts` may be, or
    `Recomputed`. mutants: whether machine-made mutants of the closed forms are tried too.

    Rule: holds where every value lies inside its margin, is refuted by one outside; a value that is no number is an
    error. No error probability.
    """

    kind: ClassVar[str] = "Value"
    spends_alpha: ClassVar[bool] = False
    predicts: Any
    computes: Callable[..., Any]
    at: Sequence[Point] | Depths[Sequence[Point]] = ({},)
    within: float | Depths[float] = 1e-9
    scale: Any = None
    mutants: bool = True

    def decide(self, trial: Trial) -> Outcome:
        points = list(at_depth(self.at, trial.depth) or ())
        stated = [predicted(self.predicts, point) for point in points]
        scales = [
            np.broadcast_to(np.abs(value if self.scale is None else predicted(self.scale, point)), value.shape)
            for value, point in zip(stated, points, strict=True)
        ]
        margins = [at_depth(self.within, trial.depth) * scale for scale in scales]
        for point, value, margin in zip(points, stated, margins, strict=True):
            if not np.all(np.isfinite(value)) or not np.all(margin > 0):
                raise ValueError(
                    f"predicted {value.tolist()} at point ({label(point)}); allowed: finite values, and with a 0 a "
                    "`scale` that says what the margin is relative to"
                )
        computed = self._computed(self.computes, points, trial)

        def refuted(values: list[np.ndarray], against: list[np.ndarray]) -> bool:
            return any(
                not np.all(np.abs(found - value) <= margin)  # also where there is no value
                for found, value, margin in zip(against, values, margins, strict=True)
            )

        wrong, others = {}, {}
        for name, variant in self.wrong.items():
            if isinstance(variant, Recomputed):
                others[name] = self._computed(variant.computes, points, trial, finite=False)
                falls = refuted(stated, others[name])
            else:
                others[name] = [predicted(variant, point) for point in points]
                falls = refuted(others[name], computed)
            wrong[name] = Verdict.REFUTED if falls else Verdict.HOLDS
        records = []
        for number, (point, value, one) in enumerate(zip(points, stated, computed, strict=True)):
            gap, margin = np.abs(one - value), margins[number]
            records.append(
                PointRecord(
                    label(point),
                    _flat(value),
                    _flat(one),
                    None,
                    0,
                    float(np.max((gap + margin) / scales[number])),
                    Verdict.HOLDS if np.all(gap <= margin) else Verdict.REFUTED,
                    "deterministic",
                    margin=_flat(margin),
                    wrong={name: _flat(values[number]) for name, values in others.items()},
                )
            )
        verdict = Verdict.HOLDS if all(r.verdict is Verdict.HOLDS for r in records) else Verdict.REFUTED
        resolution = max(r.resolution for r in records if r.resolution is not None)
        tried = self.mutants and not self.corrected_by
        mutation = self._mutation(points, stated, margins, refuted, computed) if tried else None
        return Outcome(verdict, tuple(records), wrong, resolution, mutation)

    def formulas(self) -> Mapping[str, ClosedForm]:
        return formulas_of(self.predicts)

    def _computed(
        self, computes: Callable[..., Any], points: list[Point], trial: Trial, finite: bool = True
    ) -> list[np.ndarray]:
        found = []
        for number, point in enumerate(points, 1):
            trial.report(f"point {number}/{len(points)}")
            found.append(computed_at(computes, point, self._names(), trial.store))
            if finite and not np.all(np.isfinite(found[-1])):
                raise ValueError(
                    f"computes={measure_name(computes)} returned {found[-1].tolist()} at point ({label(point)}); "
                    "allowed: finite numbers"
                )
        return found

    def _names(self) -> tuple[str, ...]:
        return tuple(self.predicts) if isinstance(self.predicts, Mapping) else ()

    def _mutation(
        self,
        points: list[Point],
        stated: list[np.ndarray],
        margins: list[np.ndarray],
        refuted: Callable[[list[np.ndarray], list[np.ndarray]], bool],
        computed: list[np.ndarray],
    ) -> Mutation | None:
        with section("mutants"):
            mutants = mutant_values(self.predicts, points, stated)
        equivalent, standing, rejected, undefined, identical = [], [], 0, 0, 0
        for name, values in mutants:
            gaps = [np.abs(v - s) for v, s in zip(values, stated, strict=True)]
            if all(np.all(gap <= margin) for gap, margin in zip(gaps, margins, strict=True)):
                equivalent.append(name)
                identical += all(np.all(gap <= IDENTICAL * np.abs(s)) for gap, s in zip(gaps, stated, strict=True))
            elif not all(np.all(np.isfinite(v)) for v in values):
                undefined += 1
            elif refuted(values, computed):
                rejected += 1
            else:
                standing.append(name)
        total = len(mutants)
        terms = shares_of_terms(mutants, stated)
        return (
            Mutation(total, rejected, tuple(equivalent), identical, undefined, tuple(standing), terms)
            if total
            else None
        )


def computed_at(
    computes: Callable[..., Any], point: Point, names: tuple[str, ...] = (), store: Store | None = None
) -> np.ndarray:
    """What a deterministic computation returns at a point, float64 [compared], in the order of names. Kept."""
    address = f"values/{digest(measure_name(computes), code_address(computes), point, versions())}.npz"
    stored = store.read_arrays(address) if store is not None else None
    if stored is None:
        with section("sampling"):
            stored = {name: np.asarray(value) for name, value in named(call_at(computes, point)).items()}
        if store is not None:
            store.write_arrays(address, stored)
    missing = [name for name in names if name not in stored and "" not in stored]
    if missing:
        raise ValueError(
            f"computes={measure_name(computes)} returned no {missing[0]!r}; it returned {', '.join(stored)}"
        )
    parts = [stored[name] for name in names] if names and "" not in stored else list(stored.values())
    if any(np.iscomplexobj(part) for part in parts):
        raise ValueError(f"computes={measure_name(computes)} returned a complex value at ({label(point)})")
    return np.concatenate([np.atleast_1d(part.astype(float)).ravel() for part in parts])


def _flat(values: np.ndarray) -> Any:
    return float(values[0]) if len(values) == 1 else [float(v) for v in values]
