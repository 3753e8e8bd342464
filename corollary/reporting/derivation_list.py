"""The derivations of a paper: each step, why it follows, and how it was checked."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from corollary.paper import Paper
from corollary.reporting.formula import math
from corollary.reporting.markup import counted, findable
from corollary.reporting.statement import statement


def derivation_list(paper: Paper, watch: Callable[[str], None] = lambda name: None) -> str:
    """The derivations, each checked anew, "" when there are none. watch: called with the name of each before it is
    checked."""
    parts = []
    for name, says in paper.derivations.items():
        watch(f"{paper.slug}/{name}")
        derivation = paper.derivation(name)
        checked = derivation.verify()
        steps = "".join(
            f"<li><b>{escape(step.name)}</b> <span class=reason>{statement(step.reason)}</span>"
            f"<div class=formula>{math(formula)}</div><small>{_checked(checked[step.name])}</small></li>"
            for step, formula in zip(derivation.steps, derivation.mathml(), strict=True)
        )
        parts.append(
            f'<details id="{escape(paper.slug)}/derivation/{escape(name)}" class=derivation {findable(paper.slug, name)}>'
            f"<summary><span class=says>{statement(says[:1].upper() + says[1:])}</span>"
            f"<span class=facts>{counted(len(derivation.steps), 'step')}</span></summary><div class=body><ol>{steps}</ol></div></details>"
        )
    return "<h3>Derivations</h3>" + "".join(parts) if parts else ""


def _checked(how: str) -> str:
    from corollary.formulas.derivation import GIVEN

    return "given" if how == GIVEN else f"checked: {escape(how)}"
