"""`verify`: claims put on trial together, under one error probability, each verdict stored as it falls."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from corollary.paper import Declared, Paper, find_claims, papers
from corollary.point import DEPTHS
from corollary.runtime import environment, prepare
from corollary.storage.store import Store
from corollary.trials.claim import Claim, Outcome, Trial, Verdict, joined

DEFAULT_ALPHA = 1e-3


@dataclass(frozen=True)
class Record:
    """One claim's trial. verdict: of the statement joined with its wrong variants. outcome: in full."""

    id: str
    kind: str
    says: str
    source: str
    status: str
    corrected_by: str
    verdict: Verdict
    outcome: Outcome
    seconds: float
    settings: dict[str, Any]

    @property
    def rejected(self) -> int:
        """How many wrong variants were refuted."""
        return sum(verdict is Verdict.REFUTED for verdict in self.outcome.wrong.values())

    def as_dict(self) -> dict[str, Any]:
        """As stored: id, kind, says, source, status, verdict, points, wrong, mutants, resolution, seconds, ..."""
        outcome = self.outcome
        mutation = None if outcome.mutation is None else {**asdict(outcome.mutation), "score": outcome.mutation.score}
        return {
            "id": self.id,
            "kind": self.kind,
            "says": self.says,
            "source": self.source,
            "status": self.status,
            "corrected_by": self.corrected_by,
            "verdict": self.verdict,
            "points": [asdict(point) for point in outcome.points],
            "wrong": dict(outcome.wrong),
            "mutants": mutation,
            "resolution": outcome.resolution,
            "note": outcome.note,
            "witness": outcome.witness,
            "arrays": dict(outcome.arrays),
            "seconds": self.seconds,
            **self.settings,
        }


@dataclass(frozen=True)
class Verification:
    """A whole run: its records in order. passed: every claim holds, or is refuted as stated as it should be."""

    records: tuple[Record, ...]

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __getitem__(self, id: str) -> Record:
        """The record of a claim, by its id or its bare name. Raises KeyError when it was not tried."""
        for record in self.records:
            if id in (record.id, record.id.rpartition("/")[2]):
                return record
        raise KeyError(id)

    @property
    def passed(self) -> bool:
        return all(record.verdict.passes for record in self.records)


@dataclass(frozen=True)
class Event:
    """What a watcher is told of claim `id`. state: "waiting", "running" (with a line of progress) or "done" (with its
    record)."""

    id: str
    state: str
    line: str = ""
    record: Record | None = None


def verify(
    *targets: str | Claim,
    depth: str = "standard",
    alpha: float = DEFAULT_ALPHA,
    seed: int = 0,
    out: str | Store | None = None,
    watch: Callable[[Event], None] = lambda event: None,
) -> Verification:
    """Puts claims on trial.

    targets: "paper", "paper/claim", a Python file of one's own, or Claim objects; none means every paper.
    depth: "quick", "standard" or "full": grids, margins and budgets. alpha: the probability, over the whole run, that
    any verdict is wrong; split evenly over the claims. seed: of every random number. out: results folder, or None to
    keep nothing. watch: called with an Event at each change.

    Raises ValueError on an unknown target, depth, or an alpha outside (0, 1).
    """
    if depth not in DEPTHS:
        raise ValueError(f"depth={depth!r}; allowed: {', '.join(DEPTHS)}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha={alpha}; allowed: a probability in (0, 1)")
    declared = select(targets)
    store = Store(out) if isinstance(out, str) else out
    if store is not None:
        store.check_writable()
    prepare(None if store is None else str(store.path / "compiled"))
    for one in declared:
        watch(Event(one.id, "waiting"))
    due = [one for one in declared if DEPTHS.index(one.depth) <= DEPTHS.index(depth)]
    records: dict[str, Record] = {}
    settings = {"seed": seed, "depth": depth, "alpha": alpha / max(len(due), 1), **environment()}
    for one in declared:
        watch(Event(one.id, "running"))
        trial = Trial(seed, depth, settings["alpha"], store, lambda line, id=one.id: watch(Event(id, "running", line)))
        record = _tried(one, trial, settings) if one in due else _postponed(one, settings)
        records[one.id] = record
        if not one.corrected_by:
            _finish(record, store, watch)
    for one in declared:
        if one.corrected_by:
            records[one.id] = _as_stated(records[one.id], records[one.correction.id])
            _finish(records[one.id], store, watch)
    return Verification(tuple(records[one.id] for one in declared))


def select(targets: tuple[str | Claim, ...]) -> list[Declared]:
    """The claims of the targets in order, each once, with the correction of every refuted statement among them."""
    own = Paper("theorem", "Claims of one's own")
    for claim in targets:
        if isinstance(claim, Claim):
            own.add(claim)
    chosen: dict[str, Declared] = {}
    for target in targets or tuple(papers()):
        found = find_claims(target) if isinstance(target, str) else [own.claims[target.id.rpartition("/")[2]]]
        for one in found:
            chosen.setdefault(one.id, one)
            if one.corrected_by:
                chosen.setdefault(one.correction.id, one.correction)
    return list(chosen.values())


def _tried(one: Declared, trial: Trial, settings: dict[str, Any]) -> Record:
    started = time.perf_counter()
    outcome = one.build().decide(trial)
    verdict = joined(outcome, bool(one.corrected_by))
    return _record(one, verdict, outcome, round(time.perf_counter() - started, 3), settings)


def _postponed(one: Declared, settings: dict[str, Any]) -> Record:
    outcome = Outcome(Verdict.FULL_ONLY, (), {}, note=f"decided from depth {one.depth} on")
    return _record(one, Verdict.FULL_ONLY, outcome, 0.0, settings)


def _record(one: Declared, verdict: Verdict, outcome: Outcome, seconds: float, settings: dict[str, Any]) -> Record:
    return Record(
        one.id,
        one.kind,
        one.says,
        str(one.source),
        one.source.status,
        one.correction.id if one.corrected_by else "",
        verdict,
        outcome,
        seconds,
        settings,
    )


def _as_stated(record: Record, correction: Record) -> Record:
    """A statement expected to fail: refuted as stated if the trial refutes it and its correction holds; if the trial
    accepts it, it holds and the erratum is wrong, which must not pass unseen."""
    verdict = record.verdict
    if verdict is Verdict.REFUTED and correction.verdict is Verdict.HOLDS:
        verdict = Verdict.REFUTED_AS_STATED
    elif verdict is Verdict.HOLDS:
        verdict = Verdict.UNDECIDED
    return Record(**{**record.__dict__, "verdict": verdict})


def _finish(record: Record, store: Store | None, watch: Callable[[Event], None]) -> None:
    if store is not None:
        store.write_json(f"verdicts/{record.id}/{record.settings['depth']}.json", record.as_dict())
    watch(Event(record.id, "done", record=record))
