"""Claims in a sweep: on trial at each point."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from corollary.point import Point, at_depth, label
from corollary.storage.store import Store, plain
from corollary.sweeps.work import Item, Row, Work


class ClaimWork(Work):
    """A claim on trial at each point, or with its inputs changed at all of its own points. Of an exponent whose size is
    swept, the quantity at each size."""

    kind = "claim"

    @property
    def settings(self) -> dict[str, Any]:
        order = self.order
        asked = {"depth": order.depth, "alpha": order.alpha, "seed": order.seed}
        return asked | ({"float32": True} if self.float32 else {})

    def check(self, point: Point) -> None:
        inputs = self._inputs()
        unknown = [name for name in point if name not in inputs]
        if unknown:
            raise ValueError(f"{self.found.id} has no input {unknown[0]!r}; allowed: {', '.join(inputs) or 'none'}")

    def rows(self, items: Sequence[Item], store: Store | None) -> Iterator[tuple[int, list[Row]]]:
        from corollary.trials.claim import Trial

        order = self.order
        for number, (point, _) in enumerate(items):
            started = time.perf_counter()
            trial = Trial(order.seed, order.depth, order.alpha, store, float32=self.float32)
            if getattr(self.found, "along", None) in point:
                yield number, [self._at_size(point, trial) | {"seconds": time.perf_counter() - started}]
                continue
            outcome = self._at(point).decide(trial)
            first = outcome.points[0]
            low, high = first.interval if first.interval is not None else (None, None)
            rejected = sum(verdict == "refuted" for verdict in outcome.wrong.values())
            row = {
                "predicted": first.predicted,
                "measured": first.measured,
                "low": low,
                "high": high,
                "samples": first.samples,
                "resolution": first.resolution,
                "verdict": str(outcome.verdict),
                "rejected": rejected,
                "precision": outcome.precision or None,
                "seconds": time.perf_counter() - started,
            }
            yield number, [{name: plain(value) for name, value in row.items() if value is not None}]

    def _at_size(self, point: Point, trial: Any) -> Row:
        (mean,), (radius,), (samples,) = self.found.quantities([{**self._points()[0], **point}], trial)
        if not np.isfinite(mean):
            raise ValueError(f"the quantity is no finite number at ({label(point)})")
        return plain({"measured": mean, "low": mean - radius, "high": mean + radius, "samples": samples})

    def _inputs(self) -> Mapping[str, Any]:
        if hasattr(self.found, "point"):
            from corollary.training.run import Run

            runs = isinstance(self.found.measures, Run)
            return {**(self.found.measures.settings if runs else {}), **self.found.point}
        if not hasattr(self.found, "at"):
            raise ValueError(f"{self.found.id} is a claim of kind {self.found.kind}, which has no points to sweep")
        inputs: Mapping[str, Any] = self._points()[0]
        return inputs

    def _points(self) -> list[Point]:
        return list(at_depth(self.found.at, self.order.depth) or at_depth(self.found.at, "full"))

    def _at(self, point: Point) -> Any:
        if hasattr(self.found, "point"):
            return replace(self.found, point={**self.found.point, **point})
        points = self._points() if hasattr(self.found, "along") else self._points()[:1]
        bare = {"mutants": False} if "mutants" in {one.name for one in fields(self.found)} else {}
        return replace(self.found, at=[{**one, **point} for one in points], **bare)
