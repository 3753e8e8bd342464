"""One claim with its evidence: as lines for a terminal, as a slide, in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from corollary.formulas import typeset
from corollary.reporting.evidence import INDENT, evidence, repeat, terms

if TYPE_CHECKING:
    from corollary.paper import Declared
    from corollary.trials.verification import Record

MOST_POINTS = 6


@dataclass(frozen=True)
class Shown:
    """A claim that was tried. one: the claim as it is declared. record: of its trial."""

    one: Declared
    record: Record

    def text(self, width: int = 100, unicode: bool = True, with_terms: bool = False) -> list[str]:
        """The evidence in lines of at most so many columns. unicode: whether formulas may be drawn with more than ASCII.
        with_terms: also how much of the prediction goes with each term of the formula."""
        told = self.record.as_dict()
        lines = evidence(told, width, formula_lines(self.one, self.record, width, unicode), MOST_POINTS)
        return [
            *lines,
            *(terms(told, width) if with_terms else []),
            *(INDENT + line for line in self._derivation()),
            f"{INDENT}again: {repeat(told)}",
        ]

    def svg(self) -> str:
        """The slide."""
        from corollary.reporting.figure import encode
        from corollary.reporting.slide import slide

        told = self.record.as_dict()
        formulas = [form for form in self.one.build().formulas().values() if typeset.at_a_glance(form)]
        picture = slide(told, [line for form in formulas for line in typeset.latex(form)])
        return encode(picture, "svg", self.record.says, repeat(told)).decode()

    def __str__(self) -> str:
        return "\n".join([f"{self.record.verdict}  {self.record.id}", *self.text()])

    def _repr_svg_(self) -> str:
        return self.svg()

    def _derivation(self) -> list[str]:
        """The steps of the derivation that the claim is about, or that has its name, each with how it is checked."""
        from corollary.formulas.derivation import Derivation

        derivation = getattr(self.one.build(), "left", None)
        name = self.one.name.replace("-", "_")
        if not isinstance(derivation, Derivation):
            if name not in self.one.paper.derivations:
                return []
            derivation = self.one.paper.derivation(name)
        checked = derivation.verify()
        steps = [
            f"  {number}. {step.name}: {step.reason} ({checked[step.name]})"
            for number, step in enumerate(derivation.steps, 1)
        ]
        return [f"derived in {len(steps)} {'step' if len(steps) == 1 else 'steps'}:", *steps, ""]


def formula_lines(one: Declared, record: Record, width: int, unicode: bool) -> list[str]:
    """The claim's formulas, drawn for so many columns; none where they are too long to be read beside it."""
    if not record.formulas:
        return []
    lines: list[str] = []
    for name, form in one.build().formulas().items():
        if typeset.at_a_glance(form):
            drawn = typeset.lines(form, min(width, 100) - 8, unicode)
            lines += [*([""] if lines else []), *([f"{name}:"] if name else []), *drawn]
    return lines
