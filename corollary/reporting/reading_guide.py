"""How to read the page: what a verdict says, and what a kind of claim promises."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from corollary.reporting.markup import badge
from corollary.trials.claim import Verdict

VERDICTS = {
    Verdict.HOLDS: "What was measured agrees with the statement within its margin, and the same rule rejected every "
    "wrong variant.",
    Verdict.REFUTED_AS_STATED: "A published statement that a trial refuted, as expected, while its correction holds.",
    Verdict.REFUTED: "A trial refuted the statement, and nobody expected it.",
    Verdict.UNDECIDED: "The budget ended first, or a wrong variant was not rejected.",
    Verdict.ERROR: "The trial could not be carried out.",
}

KINDS = {
    "Mean": "the mean of independent samples, with an interval that stays valid however often it is looked at",
    "Exponent": "how fast a measured quantity grows or falls, as a slope on logarithmic axes",
    "Phenomenon": "something that more than a stated share of seeds must show",
    "Recovery": "a learner or search that must succeed with a stated number of queries",
    "Identity": "two expressions that are equal, proved or compared to many digits",
    "Value": "a number computed in two ways",
    "Witness": "something that exists, or has stated values, in exact arithmetic",
    "Bound": "an inequality that a search failed to break, which proves nothing",
}


def reading_guide(kinds: Iterable[str]) -> str:
    verdicts = "".join(f"<dt>{badge(verdict)}<dd>{escape(words)}" for verdict, words in VERDICTS.items())
    known = "".join(f"<dt>{kind}<dd>{escape(KINDS[kind])}" for kind in sorted(set(kinds)) if kind in KINDS)
    return (
        "<section id=reading><h2>How to read this page</h2>"
        "<p>A card is one claim; a click opens its evidence, and its address is then in the address bar. "
        "The wrong variants are the mistakes one might make, written down beforehand; mutants are small changes of the "
        "formula made by machine. A claim that <i>would catch an error of 2%</i> would have been refuted if its formula "
        "were off by 2%.</p>"
        f"<dl class=guide>{verdicts}</dl><p>Kinds of claims:</p><dl class=guide>{known}</dl></section>"
    )
