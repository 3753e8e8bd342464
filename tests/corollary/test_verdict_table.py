"""Verdicts as a notebook shows them: what was tried, what was rejected, and what holds in place of what does not."""

from html.parser import HTMLParser

import pytest
import sympy as sp

import corollary as co
from corollary.verdict_table import VerdictTable

n = sp.Symbol("n", positive=True)


def witness(name, states, wrong, **more):
    return co.Witness(
        id=name,
        says=f"{name}: 1 < 2 & so on.",
        source=co.Source("nowhere"),
        computes=lambda: 3,
        states=states,
        wrong=wrong,
        **more,
    )


@pytest.fixture(scope="module")
def table():
    return co.verdicts(
        witness("good", 3, {"four": 4, "<five>": 5}),
        witness("bad", 4, {"five": 5}),
        witness("blind", 3, {"four": 4, "three again": 3}),
    )


class Cells(HTMLParser):
    """The texts of a table's cells; every opened element has to be closed."""

    def __init__(self):
        super().__init__()
        self.rows, self.open = [], []

    def handle_starttag(self, tag, attributes):
        if tag != "br":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.rows[-1][-1] += data


def test_a_notebook_shows_a_row_a_claim(table):
    cells = Cells()
    cells.feed(table._repr_html_())
    assert not cells.open and len(cells.rows) == 4 and {len(row) for row in cells.rows} == {3}
    [_, good, bad, blind] = cells.rows
    assert good == ["✓ holds", "good: 1 < 2 & so on. [nowhere]", "2 of 2: four; <five>"]
    assert bad[0] == "✗ refuted"
    assert blind[0] == "? undecided" and blind[2] == "1 of 2: four (not rejected: three again)"


def test_print_says_the_same(table):
    assert str(table) == repr(table)
    for text in ("✓ holds: theorem/good", "✗ refuted: theorem/bad", "? undecided: theorem/blind"):
        assert text in str(table)
    assert "wrong answers rejected: 2 of 2" in str(table)


def test_what_fails_as_stated_is_followed_by_what_holds():
    slug, claim = next(
        (paper.slug, one)
        for paper in co.papers().values()
        for one in paper.claims.values()
        if one.corrected_by and one.kind == "Witness" and one.correction.kind == "Witness" and one.depth == "quick"
    )
    shown = str(co.verdicts(claim.id))
    assert f"✗ refuted as stated: {slug}/" in shown and "In its place holds: " in shown


def test_the_records_are_there_and_errors_are_those_of_verify(table):
    assert isinstance(table, VerdictTable) and table.verification["good"].rejected == 2
    with pytest.raises(ValueError, match="unknown paper"):
        co.verdicts("no-such-paper/x")
    with pytest.raises(ValueError, match="depth='deep'"):
        co.verdicts(depth="deep")
