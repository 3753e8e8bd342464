"""A claim that a quantity stays below, grows like or shows something would pass with a measure that is wrong by a
factor: what it observes stands in a two-sided claim as well, or in a test of its value."""

import pytest

from corollary import papers
from corollary.mutation import checks
from corollary.mutation.mentions import mentions
from corollary.paper import Paper

ONE_SIDED = ("Bound", "Exponent", "Phenomenon")
TWO_SIDED = ("Identity", "Mean", "Value")
NEAR = 2
"""Steps in which a test names what it asserts a value of."""

REASONS = {"cylindrical-steering/helix-floor": "a least-squares fit, written out in the claim; its bound is tight"}
"""Claims whose measure is in no simulation."""


def observed(paper: Paper, name: str) -> set:
    """The simulations that a claim names itself."""
    claim = paper.claims[name].build()
    measures = [
        found for part in ("measures", "computes", "slack") if (found := getattr(claim, part, None)) is not None
    ]
    named = mentions(measures, checks.index_of(paper))
    return {place for place, distance in named.items() if distance == 1 and place.module.startswith("sims.")}


@pytest.mark.parametrize("slug", papers())
def test_what_a_one_sided_claim_observes_is_known_by_value(slug: str) -> None:
    paper = papers()[slug]
    index = checks.index_of(paper)
    known = {place for one in paper.claims.values() if one.kind in TWO_SIDED for place in mentions(one.build, index)}
    for path in checks.tests_of(paper.module):
        known |= {
            place for check in checks.tests_in(path, index) for place, near in check.distances.items() if near <= NEAR
        }
    alone = {}
    for one in paper.claims.values():
        if one.kind in ONE_SIDED:
            places = observed(paper, one.name)
            unknown = sorted(str(place) for place in places - known)
            if unknown or not places:
                alone[one.id] = unknown
    reasons = {id: reason for id, reason in REASONS.items() if id.startswith(f"{slug}/")}
    assert set(alone) == set(reasons), {id: places for id, places in alone.items() if id not in reasons}
