"""The documents name files that exist, and the page of errata says what the ledger says."""

import re
from pathlib import Path

import pytest

from corollary import papers
from corollary.ledger import Ledger
from corollary.reporting.errata_page import as_markdown

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_a_document_names_exists(document):
    named = re.findall(r"`([\w/]+/[\w/]*\w+\.\w+)`", document.read_text(encoding="utf-8"))
    linked = re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text(encoding="utf-8"))
    missing = [one for one in named if not (ROOT / one).exists()]
    missing += [one for one in linked if not (document.parent / one).exists()]
    assert missing == []


def test_the_page_of_errata_is_what_the_ledger_says():
    page = as_markdown(papers().values(), Ledger(ROOT / "docs" / "ledger"))
    kept = (ROOT / "docs" / "errata.md").read_text(encoding="utf-8")
    assert kept == page, "corollary ledger --errata > docs/errata.md"
    false = [one for paper in papers().values() for one in paper.claims.values() if one.corrected_by]
    awaiting = (ROOT / "docs" / "ledger" / "awaiting.txt").read_text().split()
    assert page.count("### `") == len([one for one in false if one.id not in awaiting])
