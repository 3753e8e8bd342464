"""Mistakes planted one at a time, and what catches each: a claim that no longer passes, else a test that fails."""

from __future__ import annotations

import io
import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corollary.mutation.plant import Mistake, mistakes, planted, sample
from corollary.mutation.reach import Place, entered
from corollary.paper import Declared, find_paper
from corollary.point import DEPTHS
from corollary.trials.verification import forget_all, verify

PATIENCE = 120
"""Seconds that a claim or the tests may take before a mistake counts as caught: it made them endless."""


@dataclass(frozen=True)
class Tried:
    """A claim's trial without any mistake: what it entered, and how long it took."""

    id: str
    depth: str
    places: frozenset[Place]
    seconds: float


def reach(claims: Sequence[Declared], deepest: str = "quick", tell: Callable[[str], None] = print) -> list[Tried]:
    """What each claim enters, at its own depth where that is not beyond `deepest`; claims that do not pass are left
    out, and told."""
    tried = []
    for one in claims:
        if DEPTHS.index(one.depth) > DEPTHS.index(deepest):
            continue
        forget_all()
        started = time.perf_counter()
        with entered() as places:
            passed = verify(one.id, depth=one.depth).passed
        seconds = time.perf_counter() - started
        if passed:
            tried.append(Tried(one.id, one.depth, frozenset(places), seconds))
        else:
            tell(f"{one.id} does not pass and catches nothing")
    return tried


def hunt(
    papers: Sequence[str],
    count: int,
    seed: int,
    tests: Callable[[Place], Sequence[str]],
    deepest: str = "quick",
    kept: Path | None = None,
    tell: Callable[[str], None] = print,
) -> list[dict[str, Any]]:
    """Plants a fixed sample of mistakes in the code of some papers and says of each what caught it.

    papers: slugs. count, seed: of the sample, over the papers' own modules of theory and sims. tests: place -> test
    files to run where no claim caught it. deepest: of the claims that are run. kept: a file in which results are kept,
    and found again by the same command. Returns records with place, line, what, and by: the claim or "tests", or "".
    """
    modules = [slug.replace("-", "_") for slug in papers]
    chosen = sample(mistakes(*modules), count, seed)
    done = {_name(record): record for record in _read(kept)}
    tried: list[Tried] | None = None
    records = []
    for number, mistake in enumerate(chosen, 1):
        record = done.get(_name(_record(mistake, "")))
        if record is None:
            if tried is None:
                tried = reach([one for slug in papers for one in find_paper(slug).claims.values()], deepest, tell)
            record = _record(mistake, _caught_by(mistake, tried, tests(mistake.place)))
        records.append(record)
        tell(f"{number}/{len(chosen)} {mistake}: {record['by'] or 'SURVIVES'}")
        if kept is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
    return records


def _caught_by(mistake: Mistake, tried: Sequence[Tried], tests: Sequence[str]) -> str:
    reached = sorted((one for one in tried if mistake.place in one.places), key=lambda one: one.seconds)
    try:
        with planted(mistake):
            for one in reached:
                try:
                    with _patience():
                        passed = verify(one.id, depth=one.depth).passed
                except TimeoutError:
                    return f"{one.id} (without end)"
                if not passed:
                    return one.id
                forget_all()
            return "tests" if tests and _tests_fail(tests) else ""
    except (ValueError, SyntaxError, TypeError) as error:
        return f"cannot be planted: {' '.join(str(error).split())[:80]}"


def _tests_fail(files: Sequence[str]) -> bool:
    import pytest

    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        try:
            with _patience():
                return pytest.main(["-x", "-q", "-p", "no:xdist", *files]) != pytest.ExitCode.OK
        except TimeoutError:
            return True


@contextmanager
def _patience() -> Iterator[None]:
    def give_up(number: int, frame: Any) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _record(mistake: Mistake, by: str) -> dict[str, Any]:
    place = mistake.place
    return {"place": str(place), "line": mistake.line, "what": mistake.what, "site": list(mistake.site), "by": by}


def _name(record: dict[str, Any]) -> str:
    return f"{record['place']}:{record['line']}:{record['what']}:{record['site']}"


def _read(kept: Path | None) -> list[dict[str, Any]]:
    return json.loads(kept.read_text(encoding="utf-8")) if kept is not None and kept.exists() else []
