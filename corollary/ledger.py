"""The ledger: what the last trial of every claim gave, one file a paper, kept with the repository.

An entry names the claim as it was stated (its words, grid, margins and wrong variants), so that a claim that has been
changed since is told from one that has not.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corollary.paper import Declared, Paper
from corollary.point import DEPTHS
from corollary.reporting.errata import evidence_line
from corollary.storage.store import digest
from corollary.trials.claim import Claim, Verdict
from corollary.trials.verification import Record

LEAST_DEPTH = "standard"


class Ledger:
    """A folder of entries. Raises ValueError for a file that is no ledger."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    def entries(self, paper: str) -> dict[str, dict[str, Any]]:
        """Claim's name -> its entry; empty for a paper without a file."""
        path = self._path(paper)
        if not path.exists():
            return {}
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise ValueError(
                f"ledger={str(path)!r} cannot be read; allowed: the JSON that this command writes"
            ) from None
        return dict(entries)

    def is_missing(self, one: Declared) -> bool:
        """Whether a claim has no entry, or was changed since."""
        entry = self.entries(one.paper.slug).get(one.name)
        return entry is None or entry["stated"] != stated(one.build())

    def write(self, one: Declared, record: Record) -> None:
        """Puts a record in the claim's place; claims that the paper no longer has go."""
        entries = {name: entry for name, entry in self.entries(one.paper.slug).items() if name in one.paper.claims}
        entries[one.name] = _entry(one, record)
        ordered = {name: entries[name] for name in one.paper.claims if name in entries}
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(one.paper.slug)
        beside = path.with_suffix(".tmp")
        beside.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(path)

    def _path(self, paper: str) -> Path:
        return self.folder / f"{paper}.json"


def depth_of(one: Declared) -> str:
    """The depth that decides a claim for the ledger: standard, or the deeper one that it belongs to."""
    return max(one.depth, LEAST_DEPTH, key=DEPTHS.index)


def stated(claim: Claim) -> str:
    """The address of a claim as it is stated: its data, and the names of its functions; not their code."""
    return digest(_told(claim))


def _told(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.10g}"  # the last bits of a computed input are the machine's
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, np.ndarray | np.generic):
        return _told(np.asarray(value).tolist())
    if isinstance(value, Mapping):
        return [[str(name), _told(item)] for name, item in value.items()]
    if isinstance(value, list | tuple):
        return [_told(item) for item in value]
    if hasattr(value, "expression") and hasattr(value, "definitions"):
        return [str(value.expression), [[str(symbol), str(line)] for symbol, line in value.definitions]]
    if is_dataclass(value) and not isinstance(value, type):
        return [type(value).__name__, *([f.name, _told(getattr(value, f.name))] for f in fields(value) if f.compare)]
    return str(getattr(value, "__qualname__", type(value).__name__)).rpartition(".")[2]


def _entry(one: Declared, record: Record) -> dict[str, Any]:
    outcome, mutation = record.outcome, record.outcome.mutation
    rejected = [name for name, verdict in outcome.wrong.items() if verdict is Verdict.REFUTED]
    return {
        "kind": record.kind,
        "verdict": str(record.verdict),
        "depth": record.settings["depth"],
        "resolution": None if outcome.resolution is None else float(f"{outcome.resolution:.3g}"),
        "wrong": f"{len(rejected)}/{len(outcome.wrong)}",
        "contrary": len(outcome.contrary),
        "mutants": None if mutation is None else f"{mutation.rejected + mutation.undefined}/{mutation.total}",
        "equivalent": None if mutation is None else len(mutation.equivalent),
        "survivors": None if mutation is None else list(mutation.survivors),
        "note": outcome.note,
        **({"evidence": evidence_line(record.as_dict())} if record.verdict is Verdict.REFUTED_AS_STATED else {}),
        "alpha": record.alpha,
        "seconds": round(record.seconds, 1),
        "seed": record.settings["seed"],
        "date": datetime.date.today().isoformat(),
        "versions": record.settings["versions"],
        "device": record.settings["device"],
        "stated": stated(one.build()),
    }


def totals(papers: Iterable[Paper], ledger: Ledger) -> dict[str, Any]:
    """Counts over all entries: claims, verdicts, wrong variants rejected, mutants, mistakes planted in code, resolution
    quartiles, seconds."""
    papers = list(papers)
    entries = [entry for paper in papers for entry in ledger.entries(paper.slug).values()]
    verdicts: dict[str, int] = {}
    for entry in entries:
        verdicts[entry["verdict"]] = verdicts.get(entry["verdict"], 0) + 1

    def share(name: str) -> list[int]:
        pairs = [tuple(map(int, entry[name].split("/"))) for entry in entries if entry[name]]
        return [sum(one for one, _ in pairs), sum(total for _, total in pairs)]

    resolutions = [entry["resolution"] for entry in entries if entry["resolution"] and entry["verdict"] == "holds"]
    return {
        "claims": len(entries),
        "verdicts": verdicts,
        "wrong rejected": share("wrong"),
        "contrary": sum(entry["contrary"] for entry in entries),
        "mutants rejected": share("mutants"),
        "mutants equivalent": sum(entry["equivalent"] or 0 for entry in entries),
        "mutants surviving": sum(len(entry["survivors"] or ()) for entry in entries),
        "mistakes planted in code": _mistakes(papers, ledger),
        "resolution quartiles": np.quantile(resolutions, [0.25, 0.5, 0.75]).tolist() if resolutions else [],
        "seconds": round(sum(entry["seconds"] for entry in entries)),
        "error probability": sum(entry["alpha"] for entry in entries),
    }


def _mistakes(papers: Iterable[Paper], ledger: Ledger) -> dict[str, int]:
    """How the mistakes fared that `corollary mutate` planted in the papers' code."""
    files = [ledger.folder / "mistakes" / f"{paper.slug}.json" for paper in papers]
    planted = [one for file in files if file.exists() for one in json.loads(file.read_text(encoding="utf-8"))]
    caught = sum(bool(one["by"]) for one in planted)
    equivalent = sum(not one["by"] and bool(one.get("equivalent")) for one in planted)
    return {
        "planted": len(planted),
        "caught": caught,
        "equivalent": equivalent,
        "surviving": len(planted) - caught - equivalent,
    }
