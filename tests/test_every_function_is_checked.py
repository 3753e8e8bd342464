"""Every function of theory and sims is entered by a claim or a derivation, or by a test, as far as its code says: one
that only a figure or a command calls could be wrong unseen."""

from functools import cache

import pytest

from corollary import papers
from corollary.mutation import checks
from corollary.mutation.reach import Place, functions

AT_IMPORT = "runs when its module is imported; what it makes is held by the claims and tests of what is named in it"
BY_NAME = "named by a string that is put together when it runs, in claims and tests over all models"
REASONS = {
    "theory.agentic_pooling.quantities._count": AT_IMPORT,
    "theory.agentic_pooling.splits._power_mean": AT_IMPORT,
    "theory.calculus.quadratic_forms.cumulant": AT_IMPORT,
    "theory.calculus.quadratic_forms.moment_of_three": AT_IMPORT,
    "theory.calculus.quadratic_forms.moment_of_two": AT_IMPORT,
    "theory.cca_barriers.quantities._quantity": AT_IMPORT,
    "theory.circuit_fingerprints.channels._share": AT_IMPORT,
    "theory.cylindrical_steering.quantities._form": AT_IMPORT,
    **{f"theory.icl_temperature.literal.{name}": AT_IMPORT for name in ("_affine", "_cumulant", "_g1", "_g2")},
    "theory.icl_temperature.literal._cumulant_without_label_keys": AT_IMPORT,
    "theory.icl_temperature.literal._scalar": AT_IMPORT,
    "theory.icl_temperature.literal._square": AT_IMPORT,
    "theory.icl_temperature.__getattr__": "called by attribute access, on which every derivation's claim relies",
    "sims.icl_temperature.errors.linear_error": BY_NAME,
    "sims.icl_temperature.errors.masked_error": BY_NAME,
}
"""Functions that nothing names, and why that is no gap."""


@cache
def checked() -> set[Place]:
    """What the checks of every paper may call, the rooms that papers share included."""
    found: set[Place] = set()
    for paper in papers().values():
        for check in checks.checks_of(paper, "full"):
            found |= set(check.distances)
    return found


@pytest.mark.parametrize("room", [*(paper.module for paper in papers().values()), *checks.shared_rooms()])
def test_every_function_is_named_by_a_check(room: str) -> None:
    unseen = {str(place) for place in functions(room) if place not in checked()}
    reasons = {name for name in REASONS if name.split(".")[1] == room}
    assert unseen == reasons
