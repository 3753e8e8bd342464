"""What the command line offers, as functions of the same names, with the same targets and the same errors."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from corollary.paper import Paper, find_claims, find_paper, split_target

if TYPE_CHECKING:
    from corollary.formulas.derivation import Derivation
    from corollary.reporting.figure import Drawing
    from corollary.reporting.shown import Shown
    from corollary.training.run import Progress, Run, TrainingResult
    from corollary.trials.claim import Claim


def evaluate(target: str, /, *, digits: int | None = None, **inputs: Any) -> Any:
    """A closed form's value: `evaluate("icl-temperature/error", tau=1.5, d=4, l=6)`.

    target: "paper/quantity". inputs: numbers, arrays, or the text of one as on the command line ("3/10"). digits: how
    many decimal digits, for an mpmath number instead of a float.
    Raises ValueError on an unknown paper, quantity or input, and on a value outside its domain.
    """
    from corollary.sweeps.values import parse_value

    paper, name = _split(target, "quantity")
    typed = {
        key: parse_value(key, value, exact=digits is not None) if isinstance(value, str) else value
        for key, value in inputs.items()
    }
    return paper.quantity(name)(digits=digits, **typed)


def derive(target: str, /) -> Derivation:
    """A derivation, every step of it checked: `derive("icl-temperature/optimal_temperature").steps`. A notebook shows
    typeset formulas, `print` those of a terminal.

    target: "paper/result". Raises ValueError on an unknown one, and BrokenStep where a step does not follow.
    """
    paper, name = _split(target, "derivation")
    derivation: Derivation = paper.derivation(name)
    return derivation.verified()


def figure(
    target: str, /, *, depth: str = "quick", seed: int = 0, out: str | os.PathLike[str] | None = None
) -> Drawing:
    """A paper's figure, which a notebook shows: `figure("cca-barriers/frontier")`.

    target: "paper/figure". depth: "quick", "standard" or "full": how much is simulated for it. seed: of every random
    number. out: the folder in which results are kept and found again; None keeps them while the process lasts.
    Raises ValueError on an unknown figure or depth.
    """
    from corollary.reporting.figure import show
    from corollary.storage.results import Results
    from corollary.storage.store import Store

    paper, name = _split(target, "figure")
    return show(paper, name, Results(Store(_scratch() if out is None else out), depth, seed))


@cache
def _scratch() -> str:
    """A folder that lasts as long as the process: JAX keeps compiled programs in the first one that it is told of."""
    folder = tempfile.mkdtemp(prefix="corollary-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def show(
    target: str | Claim,
    /,
    *,
    depth: str = "standard",
    alpha: float = 1e-6,
    seed: int = 0,
    out: str | None = None,
    float32: bool | None = None,
) -> Shown:
    """One claim on trial, with its evidence: `print(show("icl-temperature/error"))`; a notebook shows its slide.

    target: "paper/claim", or a Claim. depth, alpha, seed, out, float32: as in `verify`. Raises what `verify` does, and
    ValueError for a target that names several claims.
    """
    from corollary.reporting.shown import Shown
    from corollary.trials.verification import select, verify

    if isinstance(target, str) and len(find_claims(target)) != 1:
        raise ValueError(f"target={target!r} names {len(find_claims(target))} claims; allowed: one of them")
    one = select((target,))[0]
    return Shown(one, verify(target, depth=depth, alpha=alpha, seed=seed, out=out, float32=float32).records[0])


def demo() -> None:
    """Three claims on trial within a minute, as `corollary demo` shows them."""
    from corollary.cli.demo_command import play

    play()


def train(
    target: str | Run,
    /,
    *,
    preset: str = "",
    seeds: int | Sequence[int] = 1,
    out: str | os.PathLike[str] | None = "results",
    on_progress: Callable[[Progress], None] | None = None,
    **settings: Any,
) -> TrainingResult:
    """Trains a run: `train("grokking/quadratic", p=59, seeds=4)`. What was trained before is read, what was interrupted
    goes on where it was.

    target: "paper/run", or a `Run` of one's own. preset: settings that go together. seeds: how many, from 0 on, or
    which. out: the folder of checkpoints and records; None keeps nothing. settings: those of the run that differ from
    its defaults. Raises ValueError on an unknown run, preset or setting, and on a value out of its domain.
    """
    from corollary.runtime import prepare
    from corollary.training.run import train as trained

    run = target if not isinstance(target, str) else _run(target)
    prepare(batches_linear_algebra=not run.in_turn)
    chosen = range(seeds) if isinstance(seeds, int) else seeds
    return trained(run, settings, chosen, out, on_progress, preset=preset)


def _run(target: str) -> Any:
    paper, name = _split(target, "run")
    return paper.run(name)


def _split(target: str, what: str) -> tuple[Paper, str]:
    """(paper, name). Raises ValueError for a target that names none."""
    place, name = split_target(target)
    paper = find_paper(place)
    if not name:
        offered: Mapping[str, Any] = getattr(paper, {"quantity": "quantities"}.get(what, what + "s"))
        raise ValueError(f"{target!r} names no {what}; allowed: {place}/ and one of {', '.join(offered)}")
    return paper, name
