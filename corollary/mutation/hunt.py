"""Mistakes planted one at a time, and what catches each: a test that fails, or a claim or derivation that no longer
passes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from corollary.mutation.apart import Announce, apart
from corollary.mutation.checks import Check, checks_of, fails, reach
from corollary.mutation.plant import Mistake, mistakes, plant, plant_in_source, sample, stamp
from corollary.mutation.reach import entered, importers
from corollary.paper import Paper, find_paper

__all__ = ["hunt", "reach"]

BUDGET = 60.0
"""Seconds of a processor for the checks that are tried on one mistake: those that name its function in the fewest
steps first, of these tests before claims, and then the cheapest."""

LONGEST = 120.0
"""Seconds that a check may take for sure, while it is timed."""

GUESS = 3.0
"""Seconds of a check that has not been timed yet."""

PATIENCE = 12.0
"""Seconds that any check may take, beside five times its own, before its mistake counts as caught: without end."""


@dataclass(frozen=True)
class Score:
    """caught: of the mistakes that can be planted and are not equivalent, of which there are `able`."""

    caught: int
    able: int
    equivalent: int

    def __str__(self) -> str:
        share = self.caught / max(self.able, 1)
        return f"{self.caught} of {self.able} mistakes caught ({share:.1%}), and {self.equivalent} equivalent"


def score(records: Sequence[dict[str, Any]]) -> Score:
    """Of some records of a hunt."""
    planted = [record for record in records if not record["by"].startswith("cannot be planted")]
    equivalent = sum(bool(record.get("equivalent")) for record in planted)
    return Score(sum(bool(record["by"]) for record in planted), len(planted) - equivalent, equivalent)


def hunt(
    slug: str,
    count: int,
    seed: int,
    kept: Path,
    times: Path,
    deepest: str = "quick",
    budget: float = BUDGET,
    again: bool = False,
    tell: Callable[[str], None] = print,
) -> list[dict[str, Any]]:
    """Plants a fixed sample of mistakes in the code of a paper and says of each what caught it.

    count, seed: of the sample, over the paper's own modules of theory and sims; a larger one holds the smaller. kept: a
    file of results, found again as long as the function is the same. times: a file of the seconds that each check took.
    deepest: of the claims that are run. budget: seconds of checks on one mistake. again: tries once more what survived
    and is not marked as equivalent. Returns records with place, line, what, site, code, by: the check, or "" where it
    survives, left: how many checks that may call the function were beyond the budget, and where somebody has entered
    it, equivalent: why no check could see it.
    """
    paper = find_paper(slug)
    records = {_name(record): record for record in _read(kept, [])}
    seconds: dict[str, float] = _read(times, {})
    with entered() as at_import:
        every = mistakes(paper.module)
    chosen = [(mistake, _record(mistake)) for mistake in sample(every, count, seed)]
    checks: list[Check] = []
    for number, (mistake, fresh) in enumerate(chosen, 1):
        record = records.get(_name(fresh))
        if record is not None and not (again and not record["by"] and not record.get("equivalent")):
            continue
        checks = checks or _checks(paper, deepest)
        started = time.perf_counter()
        record = records[_name(fresh)] = {
            **fresh,
            **_caught_by(mistake, mistake.place in at_import, checks, slug, budget, seconds),
        }
        spent = time.perf_counter() - started
        tell(f"{number}/{len(chosen)} {mistake}: {record['by'] or 'SURVIVES'} ({spent:.0f} s)")
        _write(kept, [records[name] for _, one in chosen if (name := _name(one)) in records])
        _write(times, seconds)
    return [records[_name(fresh)] for _, fresh in chosen]


def _checks(paper: Paper, deepest: str) -> list[Check]:
    """Found in a process of its own: tests may use JAX when they are imported. What all tests import is imported in
    this one, so that its forks need not."""
    import hypothesis  # noqa: F401
    import pytest  # noqa: F401

    checks, _, _ = apart(lambda announce: checks_of(paper, deepest))
    if checks is None:
        raise RuntimeError(f"the checks of {paper.slug} cannot be found: their imports do not end well")
    return list(checks)


def _caught_by(
    mistake: Mistake, early: bool, checks: Sequence[Check], slug: str, budget: float, seconds: dict[str, float]
) -> dict[str, Any]:
    """early: whether the function runs while its module is imported. seconds: of each check; those that are tried are
    added."""

    made = importers(mistake.place.module) if early else set()

    def distance(check: Check) -> int | None:
        """Of a function that made what its module holds, that of whatever is nearest where this may be used."""
        steps = [one for place, one in check.distances.items() if place == mistake.place or place.module in made]
        return min(steps, default=None)

    near = {check.id: steps for check in checks if (steps := distance(check)) is not None}
    reached = [check for check in checks if check.id in near]
    reached.sort(key=lambda check: (near[check.id], check.kind != "test", seconds.get(check.id, GUESS)))
    chosen: list[Check] = []
    spent = 0.0
    for check in reached:
        spent += seconds.get(check.id, GUESS)
        if chosen and spent > budget:
            break
        chosen.append(check)
    find = partial(_first_to_fail, mistake, early, chosen, slug)
    by, endless, taken = apart(partial(find, seconds))
    if by is None and endless not in seconds:  # how long is it without the mistake?
        alone = [check for check in chosen if check.id == endless]
        _, _, timed = apart(partial(_first_to_fail, None, False, alone, slug, {endless: LONGEST}))
        seconds.update({endless: round(timed[endless], 2)} if endless in timed else {})
        by, endless, taken = apart(partial(find, seconds))
    if not by:
        seconds.update({check.id: round(taken[check.id], 2) for check in chosen if check.id in taken})
    if by is None:
        by = f"{endless} (without end)"
    return {"by": by, "left": len(reached) - len(chosen)}


def _first_to_fail(
    mistake: Mistake | None,
    early: bool,
    checks: Sequence[Check],
    slug: str,
    seconds: dict[str, float],
    announce: Announce,
) -> str:
    """The check that catches a mistake, or "". None: without a mistake."""
    from corollary.mutation.pytest_watch import first_failing

    def about_to(name: str) -> None:
        announce(name, PATIENCE + 5 * seconds.get(name, GUESS))

    try:
        if mistake is not None:
            (plant_in_source if early else plant)(mistake)
    except Exception as error:
        told = f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"
        return f"its import: {told}" if early else f"cannot be planted: {told}"
    tests = [check.id for check in checks if check.kind == "test"]
    if tests:
        about_to("tests")
        if failed := first_failing(tests, about_to):
            return failed
    for check in checks:
        if check.kind != "test":
            about_to(check.id)
            if fails(check, slug):
                return check.id
    return ""


def _record(mistake: Mistake) -> dict[str, Any]:
    place = mistake.place
    return {
        "place": str(place),
        "line": mistake.line,
        "what": mistake.what,
        "site": list(mistake.site),
        "code": stamp(place),
    }


def _name(record: dict[str, Any]) -> str:
    return f"{record['place']}:{record['what']}:{record['site']}:{record['code']}"


def _read(path: Path, nothing: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else nothing


def _write(path: Path, what: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    beside.write_text(json.dumps(what, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)
