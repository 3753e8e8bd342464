"""What a sweep can be over: a quantity, a claim, a training run, or a measure; each gives the rows of a point."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from corollary.paper import FILE_MODULE, find_paper, from_file, known, load_file, split_target
from corollary.point import Point, at_depth, label
from corollary.storage.store import Store, plain
from corollary.trials.claim import DEFAULT_ALPHA

Item = tuple[Point, tuple[int, ...]]
"""A point and the replicates of it that are wanted."""

Row = dict[str, Any]
"""Column -> number, text or array."""


@dataclass(frozen=True)
class Order:
    """What a sweep asks of its target. target: as typed, or the thing itself. replicates: seeds of a training, least
    samples of a measure; 0 for what the target has. precision, budget: as in `estimates.Stop`; 0 for none. float32: of
    a measure or a Mean; None for what suits the device."""

    target: Any
    depth: str = "standard"
    alpha: float = DEFAULT_ALPHA
    seed: int = 0
    replicates: int = 0
    precision: float = 0.0
    budget: int = 0
    float32: bool | None = None


class Work(ABC):
    """kind: in a word. at_once: how many items are best computed together. traced: whether it needs JAX."""

    kind: ClassVar[str]
    at_once: ClassVar[int] = 1
    traced: ClassVar[bool] = True

    def __init__(self, found: Any, order: Order):
        self.found, self.order = found, order

    @cached_property
    def float32(self) -> bool:
        """Whether measures are computed in float32 where that can be bounded."""
        from corollary.runtime import in_float32

        return getattr(self.found, "in_float32", True) and in_float32(self.order.float32)

    @property
    def replicates(self) -> tuple[int, ...]:
        """The replicates of a point that have a row each."""
        return (0,)

    @property
    def settings(self) -> dict[str, Any]:
        """What of the order decides a row."""
        return {}

    @property
    def about(self) -> dict[str, Any]:
        """What is true of every row."""
        return {}

    @abstractmethod
    def check(self, point: Point) -> None:
        """Raises ValueError for an unknown input, or a value that is not allowed."""

    @abstractmethod
    def rows(self, items: Sequence[Item], store: Store | None) -> Iterator[tuple[int, list[Row]]]:
        """(number of the item, a row a replicate), as they come."""


class QuantityWork(Work):
    kind, at_once, traced = "quantity", 256, False

    def check(self, point: Point) -> None:
        self.found.check(point)

    def rows(self, items: Sequence[Item], store: Store | None) -> Iterator[tuple[int, list[Row]]]:
        for number, (point, _) in enumerate(items):
            started = time.perf_counter()
            value = self.found(**point)
            yield number, [{"value": plain(value), "seconds": time.perf_counter() - started}]


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


class TrainingWork(Work):
    """A training run with the point as its settings, over seeds."""

    kind = "training"

    @property
    def replicates(self) -> tuple[int, ...]:
        return tuple(range(self.order.seed, self.order.seed + max(self.order.replicates, 1)))

    @property
    def about(self) -> dict[str, Any]:
        return {"says": self.found.says, "expects": self.found.expects}

    def check(self, point: Point) -> None:
        from corollary.training.settings import configure

        configure(self.found.name, self.found.settings, point)

    def rows(self, items: Sequence[Item], store: Store | None) -> Iterator[tuple[int, list[Row]]]:
        from corollary.training.run import train

        for number, (point, seeds) in enumerate(items):
            started = time.perf_counter()
            result = train(self.found, point, seeds, None if store is None else store.path)
            seconds = (time.perf_counter() - started) / len(seeds)
            yield (
                number,
                [
                    {name: float(values[row]) for name, values in result.measurements.items()}
                    | {"stopped": int(result.stopped[row]), "seconds": seconds}
                    for row in range(len(seeds))
                ],
            )


def work_of(order: Order) -> Work:
    """The work of a target: "paper/quantity", "paper/claim", "paper/run", "file.py/claim", "file.py/name" of a
    measure or a run that the file defines; or a claim, a run or a measure itself. Of a quantity and a claim of one
    name it is the claim that is estimated. Raises ValueError for anything else."""
    estimated = bool(order.precision or order.replicates or order.budget)
    found = _found(order.target, estimated) if isinstance(order.target, str) else order.target
    from corollary.formulas.quantity import Quantity
    from corollary.training.run import Run
    from corollary.trials.claim import Claim

    if order.float32 and (isinstance(found, Quantity | Run) or not getattr(found, "in_float32", True)):
        kind = getattr(found, "kind", "") or ("quantity" if isinstance(found, Quantity) else "training")
        raise ValueError(f"float32=True goes with a measure or a Mean claim; {order.target} is a {kind}, in float64")
    if isinstance(found, Quantity):
        if estimated:
            raise ValueError(f"{found.name} is a quantity, which is not sampled; allowed: no replicates or precision")
        return QuantityWork(found, order)
    if isinstance(found, Claim):
        if estimated and not (found.kind in ("Mean", "Exponent") and getattr(found, "measures", None) is not None):
            raise ValueError(
                f"{found.id} is of kind {found.kind}; allowed with replicates, precision or budget: a Mean, or a "
                "sampled Exponent"
            )
        return (MeasureWork if estimated else ClaimWork)(found, order)
    if isinstance(found, Run):
        if order.precision or order.budget:
            raise ValueError(f"{found.name} is a training; allowed with it: replicates, the number of seeds")
        return TrainingWork(found, order)
    if callable(found):
        return MeasureWork(found, order)
    raise ValueError(f"target={order.target!r} cannot be swept; allowed: a quantity, claim, training run or measure")


def _found(target: str, estimated: bool) -> Any:
    place, name = split_target(target)
    if place.endswith(".py"):
        return _in_file(place, name)
    paper = find_paper(place)
    tables: list[tuple[Mapping[str, Any], Callable[[str], Any]]] = [
        (paper.quantities, paper.quantity),
        (paper.claims, lambda one: _built(paper, one)),
        (paper.runs, paper.run),
    ]
    for names, get in tables[1:] + tables[:1] if estimated else tables:
        if name in names:
            return get(name)
    raise ValueError(
        known(name, [one for names, _ in tables for one in names], f"quantity, claim or run of {paper.slug}")
    )


def _built(paper: Any, name: str) -> Any:
    from corollary.runtime import prepare

    prepare()  # before the claim makes arrays
    return paper.claims[name].build()


def _in_file(place: str, name: str) -> Any:
    if not Path(place).is_file():
        raise ValueError(f"no file {place!r}; allowed: a Python file that defines claims, measures or runs")
    from corollary.runtime import prepare

    prepare()  # before the file makes arrays
    module = load_file(Path(place))
    found = getattr(module, name, None)
    from corollary.training.run import Run

    if isinstance(found, Run) or (callable(found) and getattr(found, "__module__", "").startswith(FILE_MODULE)):
        return found
    paper = from_file(place)
    return paper.claims[known(name, paper.claims, f"claim of {paper.slug}")].build()


def _flat(values: np.ndarray) -> list[Any]:
    """A number a point, or an array where there are several."""
    return values[:, 0].tolist() if values.shape[1] == 1 else list(values)
