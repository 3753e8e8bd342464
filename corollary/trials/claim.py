"""What a claim is: a statement, where it comes from, and the wrong variants that its trial must reject."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from corollary.source import Source
from corollary.storage.store import Store

if TYPE_CHECKING:
    from corollary.formulas.closed_form import ClosedForm

DEFAULT_ALPHA = 1e-6
"""The error probability of a claim: its own, whatever is tried beside it; a thousand claims stay below 1e-3."""


class Verdict(StrEnum):
    """HOLDS: accepted, and every wrong variant rejected. REFUTED: shown false. UNDECIDED: the budget ended first,
    or a wrong variant could not be rejected. REFUTED_AS_STATED: a paper's statement, shown false, whose correction
    holds. FULL_ONLY: belongs to a deeper depth than the one that ran. ERROR: its trial could not be carried out."""

    HOLDS = "holds"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    REFUTED_AS_STATED = "refuted as stated"
    FULL_ONLY = "deeper only"
    ERROR = "error"

    @property
    def passes(self) -> bool:
        return self in (Verdict.HOLDS, Verdict.REFUTED_AS_STATED, Verdict.FULL_ONLY)


@dataclass(frozen=True)
class Trial:
    """The conditions of one trial. alpha: the error probability this claim may spend. report: called with a short
    line of progress. look: called with a Look as samples come in, or None. float32: whether measures are computed in
    float32 where the paired check bounds what that adds; only kinds that are `in_float32` heed it."""

    seed: int = 0
    depth: str = "standard"
    alpha: float = DEFAULT_ALPHA
    store: Store | None = None
    report: Any = field(default=lambda line: None)
    look: Callable[[Look], None] | None = None
    float32: bool = False


@dataclass(frozen=True)
class PointRecord:
    """One point's outcome: inputs, predicted, measured, interval (low, high), samples, resolution (the smallest
    relative error that would have been caught), verdict, note; margin (of the prediction, absolute), alpha (the error
    probability of the interval), wrong (each wrong variant's value here, or what its mistaken measurement gave)."""

    inputs: str
    predicted: Any
    measured: Any
    interval: Any
    samples: int
    resolution: float | None
    verdict: Verdict
    note: str = ""
    margin: Any = None
    alpha: float = 0.0
    wrong: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Look:
    """The state of a trial at a look, for whoever watches it: the point as it stands, and which wrong variants have
    been refuted so far (None before they were judged)."""

    point: PointRecord
    refuted: Mapping[str, bool] | None = None


@dataclass(frozen=True)
class Mutation:
    """How a closed form's machine-made mutants fared: total = rejected + equivalent + undefined + survivors.

    equivalent: within the margin of the original at every point, and so set aside; identical of them are the original
    written otherwise. undefined: without a value somewhere, which refutes them. survivors: not refuted, not set aside.
    terms: each term of the form that can be dropped -> how much of the prediction goes with it, relative, the largest
    over the compared quantities, at each point; NaN where nothing is left that has a value.
    """

    total: int
    rejected: int
    equivalent: tuple[str, ...]
    identical: int
    undefined: int
    survivors: tuple[str, ...]
    terms: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Rejected or undefined among those that are not equivalent on this grid; 1.0 when there are none."""
        tried = self.total - len(self.equivalent)
        return 1.0 if tried == 0 else (self.rejected + self.undefined) / tried


@dataclass(frozen=True)
class Outcome:
    """What a trial gave. verdict: of the statement alone; `verify` joins it with the wrong variants'. contrary: names
    of wrong variants that could not be true together with the statement, and so count for nothing. why: wrong variant
    -> what its trial gave, where no number at a point says it. precision: what was computed in float32, what not
    and why; "" unless float32 was asked for."""

    verdict: Verdict
    points: tuple[PointRecord, ...]
    wrong: Mapping[str, Verdict]
    resolution: float | None = None
    mutation: Mutation | None = None
    note: str = ""
    witness: Mapping[str, Any] | None = None
    contrary: tuple[str, ...] = ()
    arrays: Mapping[str, Any] = field(default_factory=dict)
    why: Mapping[str, str] = field(default_factory=dict)
    precision: str = ""


@dataclass(frozen=True, kw_only=True)
class Claim(ABC):
    """A statement that can be put on trial.

    id: "paper/claim", or a bare name in a file of one's own. says: the statement in a sentence. source: where it
    comes from. wrong: variants that the same decision rule must reject. corrected_by: the id of the claim that
    replaces this one; given exactly when a paper's statement is expected to fail, and then the trial must refute it.
    depth: the shallowest depth that can decide it. spends_alpha: whether the kind's rule has an error probability;
    proofs, exact values and searches have none. in_float32: whether the kind's rule can bound what float32 adds.
    floatless: whether it has no floats at all that JAX computes.
    """

    kind: ClassVar[str]
    spends_alpha: ClassVar[bool] = True
    in_float32: ClassVar[bool] = False
    floatless: ClassVar[bool] = False
    id: str = ""
    says: str = ""
    source: Source = field(default_factory=lambda: Source(""))
    wrong: Mapping[str, Any] = field(default_factory=dict)
    corrected_by: str = ""
    depth: str = "quick"

    @abstractmethod
    def decide(self, trial: Trial) -> Outcome:
        """Runs the kind's decision rule on the statement and on each wrong variant."""

    def formulas(self) -> Mapping[str, ClosedForm]:
        """What is stated in symbols, by name ("" for a single formula); empty where it is no closed form."""
        return {}

    def __post_init__(self) -> None:
        if not self.id:  # a paper's `claim` states the rest, and checks then
            return
        if not self.wrong and not self.corrected_by:
            raise ValueError(
                f"wrong={{}} in claim {self.id!r}; allowed: at least one variant that the trial must "
                "reject, for a check that cannot fail shows nothing"
            )


def joined(outcome: Outcome, expected_false: bool) -> Verdict:
    """The verdict of a claim with its wrong variants: a statement holds only if all of them are refuted."""
    if expected_false:
        return outcome.verdict
    if outcome.verdict is not Verdict.HOLDS:
        return outcome.verdict
    unrejected = [name for name, verdict in outcome.wrong.items() if verdict is not Verdict.REFUTED]
    return Verdict.UNDECIDED if unrejected else Verdict.HOLDS
