"""The error's coefficients: G(tau) = g0 - 2 g1 / tau + g2 / tau^2, g0 = E (y - b)^2, g1 = E (y - b) q, g2 = E q^2.

The prediction of every linearised model is b + q / tau. Each model's coefficients are programs over its
parameters; what follows from them (error, optimal temperature, minimum error) is the same for all models.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from corollary.formulas.closed_form import ClosedForm
from corollary.theory.icl_temperature.symbols import MEANINGS, g0, g1, g2, tau

ERROR = g0 - 2 * g1 / tau + g2 / tau**2
OPTIMUM = g2 / g1
MINIMUM = g0 - g1**2 / g2


@dataclass(frozen=True)
class Coefficients:
    """A model's g0, g1, g2 (SymPy expressions) and the definitions that they share."""

    g0: Any
    g1: Any
    g2: Any
    definitions: tuple[tuple[Any, Any], ...] = ()

    @cached_property
    def forms(self) -> tuple[ClosedForm, ClosedForm, ClosedForm]:
        """g0, g1 and g2 as closed forms."""
        g0, g1, g2 = (ClosedForm(g, self.definitions, meanings=MEANINGS) for g in (self.g0, self.g1, self.g2))
        return g0, g1, g2

    def form(self, index: int) -> ClosedForm:
        """g0, g1 or g2 as a closed form."""
        return self.forms[index]

    @cached_property
    def error(self) -> ClosedForm:
        """G(tau)."""
        return self._with(ERROR)

    @cached_property
    def optimal_temperature(self) -> ClosedForm:
        """g2 / g1: the minimiser where g1 > 0; negative where the infimum is at infinite temperature."""
        return self._with(OPTIMUM)

    @cached_property
    def minimum_error(self) -> ClosedForm:
        """min over tau of G, where g1 > 0."""
        return self._with(MINIMUM)

    def _with(self, expression: Any) -> ClosedForm:
        used = [
            (symbol, value) for symbol, value in ((g0, self.g0), (g1, self.g1), (g2, self.g2)) if expression.has(symbol)
        ]
        return ClosedForm(expression, _needed((*self.definitions, *used), expression), meanings=MEANINGS)


def _needed(definitions: tuple[tuple[Any, Any], ...], expression: Any) -> tuple[tuple[Any, Any], ...]:
    """The definitions that the expression depends on."""
    wanted, kept = set(expression.free_symbols), []
    for symbol, definition in reversed(definitions):
        if symbol in wanted:
            wanted |= definition.free_symbols
            kept.append((symbol, definition))
    return tuple(reversed(kept))
