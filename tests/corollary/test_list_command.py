"""`corollary list`: within the width of any terminal, every name whole, every word beside a claim explained."""

import re

import pytest

import corollary as co
from corollary.cli import corollary
from corollary.cli.list_command import KINDS
from corollary.paper import papers
from corollary.trials.claim import Claim


def listed(capsys, *words):
    corollary.main(["list", *words], standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("columns", [60, 80, 100, 160])
@pytest.mark.parametrize("slug", ["", *papers()])
def test_lists_fit_and_cut_no_name(capsys, monkeypatch, columns, slug):
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = listed(capsys, *([slug] if slug else []))
    assert max(map(len, shown.splitlines())) <= columns
    if not slug:
        assert set(papers()) <= set(shown.split())
        return
    paper = papers()[slug]
    names = [*(f"{slug}/{one}" for one in (*paper.quantities, *paper.derivations, *paper.figures, *paper.runs))]
    assert {*(claim.id for claim in paper.claims.values()), *names} <= set(shown.split())


def test_a_pipe_has_132_columns(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    widest = max(map(len, "".join(listed(capsys, slug) for slug in papers()).splitlines()))
    assert 120 < widest <= 132


@pytest.mark.parametrize("slug", papers())
def test_words_beside_a_claim_are_explained_where_they_are_used(capsys, slug):
    claims, _, key = listed(capsys, slug).partition("what the words in and beside a claim mean")
    explained = {line.split("  ")[1] for line in key.splitlines() if re.match(r"  \S", line)}
    declared = papers()[slug].claims.values()
    used = {claim.kind for claim in declared}
    used |= {f"({claim.source.status})" for claim in declared if claim.source.status != "paper"}
    used |= {f"depth {claim.depth}" for claim in declared if claim.depth != "quick"}
    assert explained == used | {f'"{word}"' for word in papers()[slug].terms}
    for word in papers()[slug].terms:
        assert re.search(rf"\b{word}\b", claims)
    for claim in declared:
        if claim.corrected_by:
            assert f"replaced by {claim.corrected_by}" in " ".join(claims.split())


def test_every_kind_that_a_claim_can_have_is_explained():
    public = (getattr(co, name) for name in co.__all__)
    kinds = {one.__name__ for one in public if isinstance(one, type) and issubclass(one, Claim) and one is not Claim}
    assert kinds == set(KINDS)


def test_one_claim_is_one_claim(capsys, monkeypatch):
    from corollary.cli import list_command
    from corollary.paper import Paper

    paper = Paper("toy", title="A toy")
    paper.claims["only"] = next(iter(next(iter(papers().values())).claims.values()))
    monkeypatch.setattr(list_command, "papers", lambda: {"toy": paper})
    assert re.search(r"\b1 claim\b", listed(capsys))
