"""What a target names: a quantity, a claim, a training run, a measure, and the work that it is in a sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from corollary.paper import FILE_MODULE, find_paper, from_file, known, load_file, split_target
from corollary.sweeps.claim_work import ClaimWork
from corollary.sweeps.measure_work import MeasureWork
from corollary.sweeps.work import Order, QuantityWork, TrainingWork, Work


def work_of(order: Order) -> Work:
    """The work of a target: "paper/quantity", "paper/claim", "paper/run", "file.py/claim", "file.py/name" of a
    measure or a run that the file defines; or a claim, a run or a measure itself. Of a quantity and a claim of one
    name it is the claim that is estimated. Raises ValueError for anything else."""
    estimated = bool(order.precision or order.replicates or order.budget)
    found = _found(order.target, estimated) if isinstance(order.target, str) else order.target
    from corollary.formulas.quantity import Quantity
    from corollary.training.run import Run
    from corollary.trials.claim import Claim

    if order.float32 and (isinstance(found, Quantity | Run) or not getattr(found, "in_float32", True)):
        kind = getattr(found, "kind", "") or ("quantity" if isinstance(found, Quantity) else "training")
        raise ValueError(f"float32=True goes with a measure or a Mean claim; {order.target} is a {kind}, in float64")
    if isinstance(found, Quantity):
        if estimated:
            raise ValueError(f"{found.name} is a quantity, which is not sampled; allowed: no replicates or precision")
        return QuantityWork(found, order)
    if isinstance(found, Claim):
        if estimated and not (found.kind in ("Mean", "Exponent") and getattr(found, "measures", None) is not None):
            raise ValueError(
                f"{found.id} is of kind {found.kind}; allowed with replicates, precision or budget: a Mean, or a "
                "sampled Exponent"
            )
        return (MeasureWork if estimated else ClaimWork)(found, order)
    if isinstance(found, Run):
        if order.precision or order.budget:
            raise ValueError(f"{found.name} is a training; allowed with it: replicates, the number of seeds")
        return TrainingWork(found, order)
    if callable(found):
        return MeasureWork(found, order)
    raise ValueError(f"target={order.target!r} cannot be swept; allowed: a quantity, claim, training run or measure")


def _found(target: str, estimated: bool) -> Any:
    place, name = split_target(target)
    if place.endswith(".py"):
        return _in_file(place, name)
    paper = find_paper(place)
    tables: list[tuple[Mapping[str, Any], Callable[[str], Any]]] = [
        (paper.quantities, paper.quantity),
        (paper.claims, lambda one: _built(paper, one)),
        (paper.runs, paper.run),
    ]
    for names, get in tables[1:] + tables[:1] if estimated else tables:
        if name in names:
            return get(name)
    raise ValueError(
        known(name, [one for names, _ in tables for one in names], f"quantity, claim or run of {paper.slug}")
    )


def _built(paper: Any, name: str) -> Any:
    from corollary.runtime import prepare

    prepare()  # before the claim makes arrays
    return paper.claims[name].build()


def _in_file(place: str, name: str) -> Any:
    if not Path(place).is_file():
        raise ValueError(f"no file {place!r}; allowed: a Python file that defines claims, measures or runs")
    from corollary.runtime import prepare

    prepare()  # before the file makes arrays
    module = load_file(Path(place))
    found = getattr(module, name, None)
    from corollary.training.run import Run

    if isinstance(found, Run) or (callable(found) and getattr(found, "__module__", "").startswith(FILE_MODULE)):
        return found
    paper = from_file(place)
    return paper.claims[known(name, paper.claims, f"claim of {paper.slug}")].build()
