"""`verify`: claims put on trial, each under an error probability of its own, each verdict stored as it falls."""

from __future__ import annotations

import ctypes
import os
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from corollary.formulas import typeset
from corollary.paper import FLOORS, Declared, Paper, find_claims, papers
from corollary.point import DEPTHS
from corollary.runtime import environment, in_float32, prepare
from corollary.storage.store import Store, digest
from corollary.trials import profile
from corollary.trials.claim import DEFAULT_ALPHA, Claim, Look, Outcome, Trial, Verdict, joined


@dataclass(frozen=True)
class Record:
    """One claim's trial. verdict: of the statement joined with its wrong variants. outcome: in full. alpha: the error
    probability that it spent, 0 for a kind without one. profile: section -> seconds. traceback: of an error. formulas:
    what is stated in symbols, each a name and presentation MathML. corrected_says, kinder: of a statement that is
    expected to fail, what holds in its place, and a reading under which it would stand.
    target: what the command line calls it."""

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
    alpha: float = 0.0
    profile: Mapping[str, float] = field(default_factory=dict)
    traceback: str = ""
    formulas: tuple[Mapping[str, str], ...] = ()
    corrected_says: str = ""
    kinder: str = ""
    target: str = ""

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
            "target": self.target or self.id,
            "kind": self.kind,
            "says": self.says,
            "source": self.source,
            "status": self.status,
            "corrected_by": self.corrected_by,
            "corrected_says": self.corrected_says,
            "kinder": self.kinder,
            "formulas": [dict(formula) for formula in self.formulas],
            "verdict": self.verdict,
            "points": [asdict(point) for point in outcome.points],
            "wrong": dict(outcome.wrong),
            "why": dict(outcome.why),
            "mutants": mutation,
            "resolution": outcome.resolution,
            "note": outcome.note,
            "witness": outcome.witness,
            "contrary": list(outcome.contrary),
            "traceback": self.traceback,
            **({"precision": outcome.precision} if outcome.precision else {}),
            "arrays": dict(outcome.arrays),
            "seconds": self.seconds,
            "alpha": self.alpha,
            "profile": dict(self.profile),
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

    def __str__(self) -> str:
        from corollary.verdict_table import VerdictTable

        return str(VerdictTable(self))

    def _repr_html_(self) -> str:
        from corollary.verdict_table import VerdictTable

        return VerdictTable(self)._repr_html_()

    @property
    def passed(self) -> bool:
        return all(record.verdict.passes for record in self.records)

    @property
    def status(self) -> int:
        """The exit status of a run: 0 if it passed, 3 if a claim ended in an error, else 1."""
        if self.passed:
            return 0
        return 3 if any(record.verdict is Verdict.ERROR for record in self.records) else 1

    @property
    def alpha(self) -> float:
        """The probability that any verdict is wrong: the sum over the claims, by the union bound."""
        return sum(record.alpha for record in self.records)


@dataclass(frozen=True)
class Event:
    """What a watcher is told of claim `id`. state: "waiting", "running" (with a line of progress, or a look at a point)
    or "done" (with its record)."""

    id: str
    state: str
    line: str = ""
    record: Record | None = None
    look: Look | None = None


def verify(
    *targets: str | Claim,
    depth: str = "standard",
    alpha: float = DEFAULT_ALPHA,
    seed: int = 0,
    out: str | Store | None = None,
    watch: Callable[[Event], None] = lambda event: None,
    float32: bool | None = None,
) -> Verification:
    """Puts claims on trial.

    targets: "paper", "paper/claim", a Python file of one's own, or Claim objects; none means every paper.
    depth: "quick", "standard" or "full": grids, margins and budgets. alpha: the probability that one claim's verdict is
    wrong; a claim spends it alone, whatever is tried beside it. seed: of every random number. out: results folder, or
    None to keep nothing. watch: called with an Event at each change. float32: whether the measures of Mean claims are
    computed in float32 where a paired check bounds what that adds, which widens their intervals; None for a TPU alone,
    which has no float64 of its own. Other kinds need float64, and say so.

    A claim whose trial raises ends as Verdict.ERROR, and the others run on.
    Raises ValueError on an unknown target, depth, an alpha outside (0, 1), or two claims of one id.
    """
    if depth not in DEPTHS:
        raise ValueError(f"depth={depth!r}; allowed: {', '.join(DEPTHS)}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha={alpha}; allowed: a probability in (0, 1)")
    store = Store(out) if isinstance(out, str) else out
    if store is not None:
        store.check_writable()
    # Before the targets are read: arrays at the top of a user's file are float64 too.
    prepare(None if store is None else str(store.path / "compiled"))
    conditions = Trial(seed, depth, alpha, float32=in_float32(float32))
    declared = select(targets)
    if any(one.own for one in declared):
        forget_all()  # what was edited or redefined since the last run in this process
    if store is not None:
        return _tried_in_order(declared, conditions, store, store, watch)
    with tempfile.TemporaryDirectory() as folder:  # so that nothing is sampled or trained twice within the run
        return _tried_in_order(declared, conditions, Store(folder), None, watch)


def _tried_in_order(
    declared: Sequence[Declared], conditions: Trial, working: Store, kept: Store | None, watch: Callable[[Event], None]
) -> Verification:
    """conditions: of every trial. working: where samples and trainings lie. kept: where verdicts go, or None."""
    for one in declared:
        watch(Event(one.id, "waiting"))
    records: dict[str, Record] = {}
    awaited: list[Declared] = []  # tried, and without a verdict before their correction has one
    depth = conditions.depth
    settings = {"seed": conditions.seed, "depth": depth, **environment()}
    if conditions.float32:
        settings["float32"] = True
    for one in declared:
        watch(Event(one.id, "running"))
        report, look = partial(_tell, watch, one.id), partial(_tell_look, watch, one.id)
        trial = replace(conditions, store=working, report=report, look=look)
        due = DEPTHS.index(one.depth) <= DEPTHS.index(depth)
        record = _tried(one, trial, settings) if due else _postponed(one, settings)
        records[one.id] = record
        if due:
            release_memory()
        if not one.corrected_by:
            _finish(one, record, kept, watch)
        else:
            awaited.append(one)
        for refuted in [other for other in awaited if other.correction.id in records]:
            awaited.remove(refuted)
            records[refuted.id] = _as_stated(records[refuted.id], records[refuted.correction.id])
            _finish(refuted, records[refuted.id], kept, watch)
    return Verification(tuple(records[one.id] for one in declared))


def _tell(watch: Callable[[Event], None], id: str, line: str) -> None:
    watch(Event(id, "running", line))


def _tell_look(watch: Callable[[Event], None], id: str, look: Look) -> None:
    watch(Event(id, "running", look=look))


def select(targets: tuple[str | Claim, ...]) -> list[Declared]:
    """The claims of the targets in order, each once, with the correction of every refuted statement among them."""
    own = Paper("theorem", "Claims of one's own")
    for claim in targets:
        if isinstance(claim, Claim):
            own.add(claim)
    chosen: dict[str, Declared] = {}
    for target in targets or tuple(papers()):
        named = find_claims(target) if isinstance(target, str) else [own.claims[target.id]]
        if any(one.id in chosen and chosen[one.id].paper.file != one.paper.file for one in named):
            named = [_renamed(one) for one in named]  # another file of the same name
        for one in named:
            chosen.setdefault(one.id, one)
            if one.corrected_by:
                chosen.setdefault(one.correction.id, one.correction)
    return list(chosen.values())


def _renamed(one: Declared) -> Declared:
    """The claim under its file's whole path."""
    slug = Path(one.paper.file).with_suffix("").as_posix()
    return replace(one, id=f"{slug}/{one.name}")


def _tried(one: Declared, trial: Trial, settings: dict[str, Any]) -> Record:
    started = time.perf_counter()
    profile.restart()
    spent, told = 0.0, ""
    formulas: tuple[Mapping[str, str], ...] = ()
    try:
        claim = one.build()
        with profile.section("theory"):
            formulas = _formulas(claim)
        outcome = claim.decide(trial)
        if trial.float32 and not claim.in_float32 and not claim.floatless:
            outcome = replace(outcome, precision=f"float64: a {claim.kind} needs it")
        verdict = joined(outcome, bool(one.corrected_by))
        spent = trial.alpha if claim.spends_alpha else 0.0
    except Exception as error:  # the others run on
        verdict, told = Verdict.ERROR, traceback.format_exc()
        outcome = Outcome(verdict, (), {}, note=_in_a_line(error, one))
    seconds = round(time.perf_counter() - started, 3)
    return replace(
        _record(one, verdict, outcome, seconds, settings),
        alpha=spent,
        profile=profile.account(),
        traceback=told,
        formulas=formulas,
    )


def _formulas(claim: Claim) -> tuple[Mapping[str, str], ...]:
    """The claim's formulas that are short enough to stand beside it."""
    short = {name: form for name, form in claim.formulas().items() if typeset.at_a_glance(form)}
    return tuple({"name": name, "mathml": line} for name, form in short.items() for line in typeset.mathml(form))


def _in_a_line(error: Exception, one: Declared) -> str:
    """What went wrong, and where: the innermost line of the claim's own code, or of the simulation that it calls."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if not _is_engine(frame.filename)]
    what = " ".join(str(error).split()) or type(error).__name__
    what = what if isinstance(error, ValueError) else f"{type(error).__name__}: {what}"
    shortened = what if len(what) <= 300 else what[:297] + "..."
    return f"{shortened} ({Path(ours[-1].filename).name}:{ours[-1].lineno})" if ours else shortened


def _is_engine(filename: str) -> bool:
    """Whether a file is the engine's or a library's, and not a paper's or the user's."""
    path = Path(filename)
    engine = Path(__file__).parents[1]
    if engine in path.parents and path.relative_to(engine).parts[0] not in FLOORS:
        return True
    return (
        filename.startswith("<")
        or any(part in ("site-packages", "dist-packages") for part in path.parts)
        or (Path(os.__file__).parent in path.parents)
    )


MOST_RESIDENT = 1.2 * 2**30
"""Bytes of memory from which on compiled programs of finished claims are dropped."""


def release_memory() -> None:
    """Drops what a finished claim or figure traced; all compiled programs too, once much memory is in use."""
    from corollary.trials import monte_carlo, observations

    monte_carlo.forget()
    observations.forget()
    if _resident() > MOST_RESIDENT:
        forget_all()


def forget_all() -> None:
    """Drops all traced and compiled programs."""
    import gc

    import jax

    from corollary.trials import monte_carlo, observations

    monte_carlo.forget()
    observations.forget()
    jax.clear_caches()
    gc.collect()
    _return_memory()


def _return_memory() -> None:
    """Gives back what the allocator keeps of freed memory, where it can be asked to: half a GiB after a paper."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _resident() -> float:
    """Bytes of memory in use; 0 where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return float(pages * os.sysconf("SC_PAGE_SIZE"))


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
        corrected_says=one.correction.says if one.corrected_by else "",
        kinder=one.kinder,
        target=one.target,
    )


def _as_stated(record: Record, correction: Record) -> Record:
    """A statement expected to fail: refuted as stated if the trial refutes it and its correction holds; if the trial
    accepts it, it holds and the erratum is wrong, which must not pass unseen."""
    verdict = record.verdict
    if verdict is Verdict.ERROR:
        pass
    elif verdict is Verdict.REFUTED and correction.verdict is Verdict.HOLDS:
        verdict = Verdict.REFUTED_AS_STATED
    elif verdict is Verdict.HOLDS:
        verdict = Verdict.UNDECIDED
    return replace(record, verdict=verdict)


def _finish(one: Declared, record: Record, store: Store | None, watch: Callable[[Event], None]) -> None:
    if store is not None:
        paper = one.paper.slug
        if one.paper.file:  # files of one name, tried from different folders, have records of their own
            paper = f"{Path(paper).name}-{digest(one.paper.file)[:6]}"
        name = one.name.replace("/", "-")
        store.write_json(f"verdicts/{paper}/{name}/{record.settings['depth']}.json", record.as_dict())
    watch(Event(record.id, "done", record=record))
