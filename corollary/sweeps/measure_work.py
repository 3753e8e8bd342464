"""Measures in a sweep: sampled to a number of samples or a precision."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from corollary.point import Point, at_depth
from corollary.storage.store import Store
from corollary.sweeps.claim_work import ClaimWork
from corollary.sweeps.work import Item, Order, Row, Work


class MeasureWork(Work):
    """A measure's means, to a number of samples or a precision; of a Mean claim, what it compares; of an Exponent,
    what it takes the slope of."""

    kind, at_once = "measure", 1024
    LEAST = 1024

    def __init__(self, found: Any, order: Order):
        super().__init__(found, order)
        self.measure = getattr(found, "measures", found)
        self.claim = found if getattr(found, "kind", "") == "Mean" else None
        self.base: Point = at_depth(found.at, "full")[0] if hasattr(found, "at") else {}

    @property
    def settings(self) -> dict[str, Any]:
        order = self.order
        return {
            "seed": order.seed,
            "replicates": order.replicates,
            "precision": order.precision,
            "budget": order.budget,
            **({"float32": True, "alpha": order.alpha} if self.float32 else {}),
        }

    def check(self, point: Point) -> None:
        if self.base:
            ClaimWork(self.found, self.order).check(point)

    def rows(self, items: Sequence[Item], store: Store | None) -> Iterator[tuple[int, list[Row]]]:
        from corollary.sweeps.checked import checked_estimates
        from corollary.sweeps.estimates import Stop, estimates

        points = [{**self.base, **point} for point, _ in items]
        order = self.order
        stop = Stop(order.replicates or self.LEAST, order.precision, order.budget or Stop.budget)

        def error(now: Any) -> np.ndarray:
            value, spread = self._told(points, now)
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.nan_to_num(np.max(spread / np.abs(value), axis=1), nan=np.inf)

        started = time.perf_counter()
        asked = (self.measure, points, order.seed, stop, error)
        support = getattr(self.claim, "support", None)
        for found in checked_estimates(*asked, order.alpha, support) if self.float32 else estimates(*asked):
            columns = self._columns(points, found)
            columns |= {"precision": list(found.precision)} if found.precision else {}
            columns |= {"samples": [found.count] * len(found.numbers)}
            ended = time.perf_counter()
            columns |= {"seconds": [(ended - started) / len(found.numbers)] * len(found.numbers)}
            for number, *row in zip(found.numbers.tolist(), *columns.values(), strict=True):
                yield number, [dict(zip(columns, row, strict=True))]
            started = time.perf_counter()

    def _columns(self, points: list[Point], found: Any) -> dict[str, list[Any]]:
        value, spread = self._told(points, found)
        told = {"standard error": spread}
        if found.bound is not None:
            told["float32 bound"] = self._bound(points, found)
        if found.names and self.claim is None:
            named = {name: value[:, place].tolist() for place, name in enumerate(found.names)}
            return named | {
                f"{name}: {what}": numbers[:, place].tolist()
                for what, numbers in told.items()
                for place, name in enumerate(found.names)
            }
        columns = {"estimate": _flat(value)} | {what: _flat(numbers) for what, numbers in told.items()}
        if self.claim is not None:
            from corollary.trials.mean import predicted

            stated = np.array([predicted(self.claim.predicts, points[number]) for number in found.numbers])
            columns["closed form"] = _flat(stated)
        return columns

    def _told(self, points: list[Point], found: Any) -> tuple[np.ndarray, np.ndarray]:
        """(compared quantities, their standard errors to first order), each [points, compared]; what float32 may add to
        a mean is part of its error."""
        if self.claim is None:
            value, spread = found.mean, np.sqrt(np.diagonal(found.covariance, axis1=1, axis2=2) / found.count)
        else:
            values, spreads = [], []
            for place, covariance in enumerate(found.covariance):
                quantity, rows, under = self._contrast(points, found, place)
                with np.errstate(divide="ignore", invalid="ignore"):
                    spreads.append(np.sqrt(np.einsum("qi,ij,qj->q", rows, covariance, rows) / found.count) / under)
                values.append(quantity)
            value, spread = np.array(values), np.array(spreads)
        return value, spread if found.bound is None else spread + self._bound(points, found)

    def _bound(self, points: list[Point], found: Any) -> np.ndarray:
        """On what float32 adds to each compared quantity, [points, compared]."""
        if self.claim is None:
            return np.asarray(found.bound)
        bounds = []
        for place, bound in enumerate(found.bound):
            _, rows, under = self._contrast(points, found, place)
            bounds.append(np.abs(rows) @ bound / under)
        return np.array(bounds)

    def _contrast(self, points: list[Point], found: Any, place: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(the compared quantities of a point, how they move with each mean, and in units of what), [compared],
        [compared, components], [compared]."""
        from corollary.trials.mean_trial import compared_by_name

        assert self.claim is not None
        mean = found.mean[place]
        compares = compared_by_name(self.claim, found.names)
        top, bottom = compares.rows(points[found.numbers[place]], len(mean))
        means = np.concatenate([[1.0], mean])
        with np.errstate(divide="ignore", invalid="ignore"):
            value = top @ means / (bottom @ means)
            return value, (top - value[:, None] * bottom)[:, 1:], np.abs(bottom @ means)


def _flat(values: np.ndarray) -> list[Any]:
    """A number a point, or an array where there are several."""
    return values[:, 0].tolist() if values.shape[1] == 1 else list(values)
