"""The ledger knows every claim, as it is stated today, and a changed statement is told."""

from dataclasses import replace
from pathlib import Path

import pytest
import sympy as sp

from corollary import ClosedForm, Source, Value, papers
from corollary.ledger import Ledger, depth_of, stated, totals

LEDGER = Ledger(Path(__file__).parents[2] / "docs" / "ledger")
AWAITING = (LEDGER.folder / "awaiting.txt").read_text().split()
CLAIMS = [one for paper in papers().values() for one in paper.claims.values()]
a = sp.Symbol("a", positive=True)


def claim(**changed):
    given = {
        "id": "v",
        "says": "a is a",
        "source": Source("textbook"),
        "predicts": ClosedForm(a),
        "computes": lambda a: a,
        "at": [{"a": 1.0}],
        "within": 1e-6,
        "wrong": {"twice": ClosedForm(2 * a)},
    }
    return Value(**{**given, **changed})


def test_what_is_stated_counts_and_code_does_not():
    assert stated(claim()) == stated(claim(computes=lambda a: a + 0.0))
    for change in (
        {"says": "a is a."},
        {"at": [{"a": 2.0}]},
        {"within": 1e-5},
        {"predicts": ClosedForm(a + 0 * a + 1)},
        {"wrong": {"thrice": ClosedForm(2 * a)}},
        {"source": Source("textbook", "reconstructed")},
    ):
        assert stated(claim()) != stated(claim(**change)), change
    assert stated(replace(claim(), depth="full")) != stated(claim())


@pytest.mark.parametrize("one", CLAIMS, ids=lambda one: one.id)
def test_every_claim_has_an_entry_as_it_is_stated_today(one):
    """Those listed as awaiting their trial, for want of hours, have none; an entry, once made, counts."""
    entry = LEDGER.entries(one.paper.slug).get(one.name)
    if one.id in AWAITING:
        assert entry is None, f"{one.id} has its entry, and awaits none"
        return
    assert entry is not None, f"corollary ledger {one.id}"
    assert entry["stated"] == stated(one.build()), f"changed since {entry['date']}: corollary ledger {one.id}"
    assert entry["depth"] == depth_of(one)
    assert entry["verdict"] in ("holds", "refuted as stated"), entry["note"]


def test_the_totals_add_up():
    summed = totals(papers().values(), LEDGER)
    assert set(AWAITING) <= {one.id for one in CLAIMS}
    assert summed["claims"] == sum(summed["verdicts"].values()) == len(CLAIMS) - len(AWAITING)
    assert summed["wrong rejected"][0] <= summed["wrong rejected"][1]
    assert summed["error probability"] < 1e-3


def test_mistakes_planted_in_the_code_of_every_paper_are_caught():
    planted = totals(papers().values(), LEDGER)["mistakes planted in code"]
    assert planted["planted"] >= 300
    assert planted["caught"] >= 0.95 * (planted["planted"] - planted["equivalent"])
    for slug in papers():
        assert (LEDGER.folder / "mistakes" / f"{slug}.json").exists(), f"corollary mutate {slug}"
