"""Witness: something exists, or a construction has stated values, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

from corollary.trials.claim import Claim, Outcome, PointRecord, Trial, Verdict


@dataclass(frozen=True, kw_only=True)
class Witness(Claim):
    """A construction has exactly the stated values.

    computes: () -> the values: Fractions, ints, bools, strings, SymPy exact numbers, or tuples, lists and dicts of
    them. states: what they are claimed to be. wrong: other stated values, or other constructions (callables), that
    must not match.

    Rule: equality, with no floating-point number anywhere; a float raises ValueError.
    """

    kind: ClassVar[str] = "Witness"
    floatless: ClassVar[bool] = True
    spends_alpha: ClassVar[bool] = False
    computes: Callable[[], Any]
    states: Any

    def decide(self, trial: Trial) -> Outcome:
        trial.report("exact arithmetic")
        found = _exact(self.computes(), self.id)
        verdict = _compare(found, _exact(self.states, self.id))
        wrong, why = {}, {}
        for name, variant in self.wrong.items():
            construction = _exact(variant(), self.id) if callable(variant) else found
            stated = self.states if callable(variant) else _exact(variant, self.id)
            wrong[name] = _compare(construction, stated)
            why[name] = f"gives {plainly(construction)}" if callable(variant) else f"says {plainly(stated)}"
        record = PointRecord(
            "exact", plainly(self.states), plainly(found), None, 1, 0.0, verdict, difference(found, self.states)
        )
        return Outcome(verdict, (record,), wrong, 0.0, why=why)


def difference(found: Any, stated: Any) -> str:
    """Where named values differ from the stated ones, in words; "" where they do not, or have no names."""
    if not isinstance(found, Mapping) or not isinstance(stated, Mapping) or found.keys() != stated.keys():
        return ""
    return "; ".join(
        f"{plainly(name)}: said {plainly(stated[name])}, found {plainly(found[name])}"
        for name in stated
        if not _same(found[name], stated[name])
    )


def plainly(value: Any) -> str:
    """An exact value as a person writes it: no type names, braces or quotes where a comma does."""
    if isinstance(value, Mapping):
        return "; ".join(f"{plainly(name)}: {plainly(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "(" + ", ".join(map(plainly, value)) + ")"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _compare(found: Any, stated: Any) -> Verdict:
    return Verdict.HOLDS if _same(found, stated) else Verdict.REFUTED


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if _is_sympy(one) or _is_sympy(other):
        import sympy

        return bool(sympy.simplify(sympy.sympify(_sympy(one)) - sympy.sympify(_sympy(other))) == 0)
    return bool(one == other)


def _sympy(value: Any) -> Any:
    import sympy

    return sympy.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else value


def _is_sympy(value: Any) -> bool:
    return type(value).__module__.startswith("sympy")


def _exact(value: Any, claim: str) -> Any:
    """The value itself, once no float hides anywhere in it."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    for item in inner:
        _exact(item, claim)
    if isinstance(value, float | complex) or type(value).__module__.startswith(("numpy", "jax")):
        raise ValueError(f"claim {claim!r} has the value {value!r}; allowed: exact numbers (int, Fraction, SymPy)")
    if _is_sympy(value) and getattr(value, "has", None) and value.has(_sympy_float()):
        raise ValueError(f"claim {claim!r} has the value {value}; allowed: exact numbers, no SymPy Float")
    return value


def _sympy_float() -> Any:
    import sympy

    return sympy.Float
