"""Every claim of every paper holds at depth quick with its wrong variants rejected; everything declared exists."""

import json
from xml.sax.saxutils import escape

import pytest

from corollary import Verdict, papers, verify
from corollary.storage.results import Results
from corollary.storage.store import Store

PAPERS = papers()
CLAIMS = [one for paper in PAPERS.values() for one in paper.claims.values()]
QUICK = [one for one in CLAIMS if one.depth == "quick"]
NAMES = [(paper.slug, name) for paper in PAPERS.values() for name in paper.figures]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Shared by all tests here, so that claims on the same samples draw them once."""
    return Store(tmp_path_factory.mktemp("results"))


@pytest.mark.parametrize("claim", QUICK, ids=lambda one: one.id)
def test_the_claim_passes_at_depth_quick(claim, store):
    record = verify(claim.id, depth="quick", out=store)[claim.id]
    standing = [name for name, verdict in record.outcome.wrong.items() if verdict is not Verdict.REFUTED]
    assert record.verdict.passes, (record.verdict, record.outcome.note, standing, record.outcome.points)
    if not claim.corrected_by:
        assert not standing


@pytest.mark.parametrize("claim", [one for one in CLAIMS if one.depth != "quick"], ids=lambda one: one.id)
def test_a_deeper_claim_can_be_built(claim):
    assert claim.build().kind == claim.kind


@pytest.mark.parametrize("slug", PAPERS)
def test_what_is_declared_is_there(slug):
    import importlib

    paper = PAPERS[slug]
    theory = importlib.import_module(f"corollary.theory.{paper.module}")
    assert set(theory.QUANTITIES) == set(paper.quantities)
    assert set(theory.DERIVATIONS) == set(paper.derivations)
    assert set(importlib.import_module(f"corollary.figures.{paper.module}").FIGURES) == set(paper.figures)
    for run in paper.runs:
        assert paper.run(run).says
    for name in paper.quantities:
        assert paper.quantity(name).name == name
    for claim in paper.claims.values():
        if claim.corrected_by:
            assert claim.source.status == "paper"
            assert not claim.correction.corrected_by


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda one: one.id)
def test_a_published_statement_that_fails_has_a_kinder_reading(claim):
    """One or two sentences that fit beside the evidence; a claim that holds needs none."""
    if claim.corrected_by:
        assert claim.kinder.endswith(".")
        assert len(claim.kinder) <= 160
    else:
        assert not claim.kinder


@pytest.mark.parametrize(
    ("slug", "name"), [(slug, name) for slug, paper in PAPERS.items() for name in paper.derivations]
)
def test_every_step_of_every_derivation_follows(slug, name):
    assert PAPERS[slug].derivation(name).verify()


@pytest.mark.parametrize(("slug", "name"), NAMES)
def test_the_figure_is_drawn(slug, name, store):
    from corollary.reporting.figure import draw, encode

    figure = draw(PAPERS[slug], name, Results(store, "quick"))
    for axes in figure.axes:
        named = axes.get_xlabel() or axes.get_title() or not axes.axison or axes.get_label() == "<colorbar>"
        assert named, f"an axis of {name} has no label"
    told, _, made = figure.get_supxlabel().replace("\n", " ").rpartition("; depth ")
    assert made == "quick, seed 0"
    assert len(told) > 10, f"the small print of {name} says nothing of its own"
    drawing = encode(figure, "svg", "a title", "a command").decode()
    assert drawing.startswith("<?xml")
    for line in figure.get_supxlabel().splitlines():
        assert f">{escape(line)}</text>" in drawing


def command(words, capsys):
    from corollary.cli import corollary

    corollary.main(words, standalone_mode=False)
    return capsys.readouterr().out


@pytest.mark.parametrize("slug", PAPERS)
def test_the_command_line_names_what_a_paper_offers(slug, capsys):
    [listed] = json.loads(command(["list", slug, "--json"], capsys))
    assert listed["arxiv"] == PAPERS[slug].arxiv
    assert {claim["id"] for claim in listed["claims"]} == {one.id for one in PAPERS[slug].claims.values()}
    described = json.loads(command(["evaluate", slug, "--list", "--json"], capsys))
    assert [one["quantity"] for one in described] == list(PAPERS[slug].quantities)
    for one in described:
        assert one["meaning"] and one["source"]
        assert all(argument["meaning"] and argument["allowed"] for argument in one["arguments"])


@pytest.mark.parametrize(
    ("slug", "name"), [(slug, name) for slug, paper in PAPERS.items() for name in paper.quantities]
)
def test_a_misspelt_argument_is_named_with_its_neighbour(slug, name):
    quantity = PAPERS[slug].quantity(name)
    first = quantity.arguments[0].name
    with pytest.raises(ValueError, match="no argument"):
        quantity(**{first + "_": 1})


def test_a_derivation_is_printed_with_how_each_step_was_checked(capsys):
    slug, name = next((slug, name) for slug, paper in PAPERS.items() for name in paper.derivations)
    shown = json.loads(command(["derive", f"{slug}/{name}", "--json"], capsys))
    assert all(step["latex"] and step["checked"] for step in shown["steps"])
    told = command(["derive", f"{slug}/{name}"], capsys)
    assert all(step["name"] in told for step in shown["steps"]) and ("(proved)" in told or "digits" in told)
