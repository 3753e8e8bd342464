"""Identity: two expressions, or two computations, are equal."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from corollary.formulas.closed_form import ClosedForm, values_at
from corollary.formulas.derivation import POINTS, Derivation, Draw, equal, random_point
from corollary.formulas.mutants import first_order_mutants
from corollary.point import Point, call_at
from corollary.trials.claim import Claim, Mutation, Outcome, PointRecord, Trial, Verdict


@dataclass(frozen=True, kw_only=True)
class Identity(Claim):
    """Two expressions are equal on their whole domain.

    left, right: SymPy expressions or ClosedForms; left may be a Derivation, whose steps are then all checked and whose
    closed form is compared. domain: symbol name -> how to draw it, where its assumptions do not say enough.
    Or, for computations: functions of named inputs, with draw: (numpy Generator) -> point, and digits: to how many
    decimal digits, relative to the larger side, they must agree.
    wrong: what must not equal the left side, given like `right`.

    Rule: a SymPy proof; failing that, agreement to 50 digits at 20 random points of the domain (the record says which).
    Computations: agreement at 20 random points. A single disagreement refutes.
    """

    kind: ClassVar[str] = "Identity"
    floatless: ClassVar[bool] = True
    spends_alpha: ClassVar[bool] = False
    left: Any
    right: Any
    domain: Mapping[str, Draw] = field(default_factory=dict)
    draw: Callable[[np.random.Generator], Point] | None = None
    digits: int = 10

    def decide(self, trial: Trial) -> Outcome:
        trial.report("comparing the two sides")
        left, chain = self.left, ""
        if isinstance(left, Derivation):
            chain = f"{len(left.verify())} steps checked; "
            left = left.closed_form
        compare = self._by_expression if self.draw is None else self._by_computation
        how = compare(left, self.right, trial.seed)
        wrong = {name: _verdict(compare(left, variant, trial.seed)) for name, variant in self.wrong.items()}
        mutation = None if self.corrected_by else self._mutation(left, trial.seed)
        note = chain + (how or "the two sides differ")
        record = PointRecord(
            "all of the domain", str(self.says), how or "differ", None, POINTS, None, _verdict(how), note
        )
        return Outcome(_verdict(how), (record,), wrong, None, mutation, note)

    def formulas(self) -> Mapping[str, ClosedForm]:
        left = self.left.closed_form if isinstance(self.left, Derivation) else self.left
        if self.draw is not None:
            return {
                name: side for name, side in (("left", left), ("right", self.right)) if isinstance(side, ClosedForm)
            }
        return {"left": _form(left), "right": _form(self.right)}

    def _by_expression(self, left: Any, right: Any, seed: int) -> str:
        one, other = _form(left), _form(right)
        return equal(one, other, lambda *forms: self._points(forms, seed))

    def _points(self, forms: tuple[ClosedForm, ...], seed: int) -> Iterator[Point]:
        source = random.Random(f"{self.id}/{seed}")
        symbols = {name: symbol for form in forms for name, symbol in form.symbols.items()}
        return (random_point(symbols, self.domain, source) for _ in range(POINTS))

    def _by_computation(self, left: Any, right: Any, seed: int) -> str:
        assert self.draw is not None
        generator = np.random.default_rng(seed)
        for _ in range(POINTS):
            point = self.draw(generator)
            one, other = (np.asarray(call_at(side, point), dtype=float) for side in (left, right))
            scale = max(np.abs(one).max(initial=0.0), np.abs(other).max(initial=0.0))
            for name, side in (("left", one), ("right", other)):
                if not np.all(np.isfinite(side)) and (name == "left" or right is self.right):
                    raise ValueError(
                        f"the {name} side is no finite number at a drawn point: {side.ravel()[:4].tolist()}"
                    )
            if one.shape != other.shape or not np.abs(one - other).max(initial=0.0) <= scale * 10.0**-self.digits:
                return ""
        return f"float64, {self.digits} digits at {POINTS} points"

    def _mutation(self, left: Any, seed: int) -> Mutation | None:
        """The mutants of a closed form against the other side, a computation; those of an expression against itself:
        every one that is a different function differs somewhere at the random points."""
        if self.draw is not None:
            return self._mutation_by_computation(left, seed)
        form = _form(self.right)
        mutants = list(first_order_mutants(form))
        if not mutants:
            return None
        points = [{name: _as_float(value) for name, value in point.items()} for point in self._points((form,), seed)]
        original, *values = values_at([form, *(mutant for _, mutant in mutants)], points)
        equivalent, rejected, undefined = [], 0, 0
        for (name, _), row in zip(mutants, values, strict=True):
            gap = np.abs(row - original)
            if np.isnan(row).any():
                undefined += 1
            elif np.any(gap > 1e-9 * np.maximum(np.abs(row), np.abs(original))):
                rejected += 1
            else:
                equivalent.append(name)
        return Mutation(len(mutants), rejected, tuple(equivalent), len(equivalent), undefined, ())

    def _mutation_by_computation(self, left: Any, seed: int) -> Mutation | None:
        """Mutants that agree with the original to `digits` at every drawn point are set aside as equivalent."""
        assert self.draw is not None
        form, other = (self.right, left) if isinstance(self.right, ClosedForm) else (left, self.right)
        mutants = list(first_order_mutants(form))
        if not mutants:
            return None
        generator = np.random.default_rng(seed)
        points = [self.draw(generator) for _ in range(POINTS)]
        against = np.array([float(np.asarray(call_at(other, point))) for point in points])
        original, *values = values_at([form, *(mutant for _, mutant in mutants)], points)
        allowed = 10.0**-self.digits * np.maximum(np.abs(original), np.abs(against))
        equivalent, standing, rejected, undefined = [], [], 0, 0
        for (name, _), row in zip(mutants, values, strict=True):
            if np.isnan(row).any():
                undefined += 1
            elif np.all(np.abs(row - original) <= allowed):
                equivalent.append(name)
            elif np.any(np.abs(row - against) > allowed):
                rejected += 1
            else:
                standing.append(name)
        return Mutation(len(mutants), rejected, tuple(equivalent), len(equivalent), undefined, tuple(standing))


def _form(side: Any) -> ClosedForm:
    return side if isinstance(side, ClosedForm) else ClosedForm(side)


def _as_float(value: Any) -> Any:
    return np.asarray(value, dtype=float) if np.ndim(value) else (value if isinstance(value, int) else float(value))


def _verdict(how: str) -> Verdict:
    return Verdict.HOLDS if how else Verdict.REFUTED
