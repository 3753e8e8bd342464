"""One door to every search for circuits: a decoder, a task, a method; a circuit with its scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from os import PathLike
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.models.checkpoint.loading import load
from corollary.models.circuits.accuracies import PROMPTS, accuracies_of, batches, reference_of
from corollary.models.circuits.acdc import acdc
from corollary.models.circuits.edge_pruning import EdgePruning, prune
from corollary.models.circuits.faithfulness import top_masks
from corollary.models.circuits.finalise import finalised, stages
from corollary.models.circuits.fingerprint_edges import fingerprint_read
from corollary.models.circuits.found import FoundCircuit
from corollary.models.circuits.oasr import Oasr, discover
from corollary.models.circuits.prompts import task_of
from corollary.models.circuits.task import Task, divergence, last_logits, margins, two_label_loss, undecided_loss
from corollary.models.decoder.edges import EdgeGraph
from corollary.models.decoder.forward import Weights
from corollary.models.decoder.network import Decoder
from corollary.models.interventions import edge_attribution

ABLATIONS = ("corrupted", "zero")
OBJECTIVES = ("all", "two")
SHARE = 0.02
"""Of the edges that a ranking keeps, where nothing else is said."""
Found = tuple[np.ndarray, np.ndarray]
"""(kept edges, scores)."""


@dataclass(frozen=True)
class Searched:
    """What a method is given. count: edges to keep, for rankings and edge pruning. away: circuits found before."""

    model: Decoder
    graph: EdgeGraph
    task: Task
    ablation: str
    count: int
    away: np.ndarray
    seed: int
    say: Callable[[str], None]

    def logits(self, weights: Weights, mask: Array, task: Task) -> Array:
        """After the last token of these prompts, under a mask."""
        reference = reference_of(self.model, task, self.ablation, weights)
        return last_logits(self.model, task, mask, weights=weights, reference=reference)

    def drawn(self, key: Array, batch: int) -> Task:
        """So many of the prompts."""
        return self.task[jax.random.choice(key, len(self.task), (min(batch, len(self.task)),), replace=False)]


def circuit(
    model: Decoder | str | PathLike[str],
    task: Task | str | PathLike[str],
    /,
    method: str = "eap-ig",
    *,
    keep: float | None = None,
    ablation: str | None = None,
    away: Sequence[FoundCircuit] = (),
    seed: int = 0,
    most: int = 64,
    on_progress: Callable[[str], None] = lambda text: None,
    **options: Any,
) -> FoundCircuit:
    """The circuit of a task: `circuit("./gpt2", "ioi", "eap-ig", keep=200)`; `print` it, `.compare` it, `.draw` it.

    model: a decoder, or a folder that `load` takes. task: "ioi", "docstring", a JSON file (`task_of`), or a Task.
    method, and its options:

    - eap, and eap-ig (steps=5): the edges with the largest scores by gradients, arXiv 2310.10348, 2403.17806
    - fingerprint (positions, inside, template): and by the answers' fingerprints, arXiv 2602.09784
    - acdc (threshold=3e-4, objective="all", batch=32, shuffled=False): edges dropped one by one, arXiv 2304.14997
    - oasr (those of Oasr, batch=32): gates trained away from the circuits of `away`, arXiv 2605.12671
    - edge-pruning (those of EdgePruning, batch=32, objective="all"): under a constraint, arXiv 2406.16778

    keep: edges, a number or a share of all; of rankings and of edge-pruning alone (2%). ablation: what an edge carries
    that is not kept: "corrupted" prompts' values, or "zero"; None: the first where the task has corrupted prompts.
    objective: "all" tokens' divergence from the model, or the loss of "two". away: for oasr. seed: of made prompts,
    batches and starts. most: prompts of a named task or a file.

    Raises ValueError, in one line, for another method, option or value, a fingerprint without corrupted prompts or of
    prompts of several lengths, and as `load` and `task_of` do.
    """
    chosen = method_named(method)
    unknown = sorted(set(options) - set(chosen.options))
    if unknown:
        allowed = ", ".join(chosen.options) or "none"
        raise ValueError(f"option {unknown[0]!r} of {method} is not allowed; allowed: {allowed}")
    decoder = model if isinstance(model, Decoder) else load(Path(model))
    graph = EdgeGraph(decoder.config)
    given = task if isinstance(task, Task) else task_of(decoder, task, most=most, seed=seed)
    how = _ablation(ablation, given, method)
    found = [one.kept for one in away]
    if any(len(kept) != len(graph) for kept in found):
        raise ValueError(f"away holds a circuit of another graph; allowed: circuits of this one, {len(graph)} edges")
    if found and method != "oasr":
        raise ValueError(f"away of method={method!r} is not allowed; allowed: of oasr")
    searched = Searched(
        model=decoder, graph=graph, task=given, ablation=how, count=_count(keep, len(graph), chosen, method),
        away=np.array(found, bool).reshape(len(found), len(graph)), seed=seed, say=on_progress,
    )  # fmt: skip
    kept, scores = chosen.search(searched, **options)
    whole = np.asarray(finalised(graph, kept))
    return FoundCircuit(graph, whole, scores, method, how, seed, options, accuracies_of(decoder, given, how))


def _ablation(given: str | None, task: Task, method: str) -> str:
    allowed = ABLATIONS if task.corrupted is not None else ("zero",)
    if given is not None and given not in allowed:
        why = "" if task.corrupted is not None else " of prompts without corrupted ones"
        raise ValueError(f"ablation={given!r}{why} is not allowed; allowed: {', '.join(allowed)}")
    if method == "fingerprint" and task.corrupted is None:
        raise ValueError("method='fingerprint' of prompts without corrupted ones is not allowed; allowed: with them")
    if method == "fingerprint" and task.real is not None:
        raise ValueError("method='fingerprint' of prompts of several lengths is not allowed; allowed: of one length")
    return given or allowed[0]


def _count(keep: float | None, edges: int, method: Method, name: str) -> int:
    if keep is None:
        return max(1, round(SHARE * edges))
    if not method.keeps:
        raise ValueError(f"keep={keep} of method={name!r} is not allowed; allowed: of {', '.join(_keeping())}")
    count = round(keep * edges) if 0 < keep < 1 else int(keep)
    if (count != keep and not 0 < keep < 1) or not 1 <= count < edges:
        raise ValueError(
            f"keep={keep} is not allowed; allowed: above 0 and below 1, or an integer from 1 to {edges - 1}"
        )
    return count


def _ranked(searched: Searched, scores: Array) -> Found:
    kept = np.asarray(top_masks(scores, (searched.count / len(searched.graph),))[0]) > 0
    return kept, np.asarray(scores, np.float32)


def _eap(searched: Searched, steps: int = 1) -> Found:
    weights = searched.model.weights()  # an argument of what is compiled, which would hold a copy of them otherwise

    @jax.jit
    def summed(weights: Weights, part: Task, counted: Array) -> Array:
        def worth(logits: Array) -> Array:
            return counted * margins(logits[:, -1], part)

        corrupted = part.corrupted if searched.ablation == "corrupted" else None
        return len(part) * edge_attribution(
            searched.model, part.tokens, corrupted, worth, steps=steps, real=part.real, weights=weights
        )

    total = jnp.zeros(len(searched.graph))
    for number, (part, counted) in enumerate(batches(searched.task)):
        searched.say(f"gradients of prompts from {number * PROMPTS + 1} on, {len(searched.task)} in all")
        total = total - summed(weights, part, counted) / len(searched.task)
    return _ranked(searched, total)


def _eap_ig(searched: Searched, steps: int = 5) -> Found:
    return _eap(searched, steps)


def _fingerprint(
    searched: Searched, positions: str = "attention", inside: str = "mixed", template: Sequence[int] = ()
) -> Found:
    task = searched.task
    assert task.corrupted is not None
    searched.say("reading")
    read = fingerprint_read(
        searched.model, task.tokens, task.corrupted, task.good, task.bad,
        positions=positions, inside=inside, template=template,
    )  # fmt: skip
    return _ranked(searched, read.scores)


def _loss(searched: Searched, objective: str) -> Callable[[Weights, Array, Task], Array]:
    """Of weights and a mask on prompts: the divergence from the model over all tokens, or the loss of two."""
    if objective not in OBJECTIVES:
        raise ValueError(f"objective={objective!r} is not allowed; allowed: {', '.join(OBJECTIVES)}")

    def loss(weights: Weights, mask: Array, task: Task) -> Array:
        logits = searched.logits(weights, mask, task)
        if objective == "two":
            return two_label_loss(logits, task)
        teacher = searched.model.run(task.tokens, real=task.real, weights=weights).logits[:, -1]
        return divergence(teacher, logits)

    return loss


def _acdc(
    searched: Searched, threshold: float = 3e-4, objective: str = "all", batch: int = 32, shuffled: bool = False
) -> Found:
    """Scores: 1 of what is kept."""
    loss, task = _loss(searched, objective), searched.task[slice(0, batch)]
    of, weights = jax.jit(loss), searched.model.weights()
    tried, edges = 0, len(searched.graph)

    def counted(mask: np.ndarray) -> float:
        nonlocal tried
        tried += 1
        if tried % 50 == 1:
            searched.say(f"edge {min(tried, edges):,} of {edges:,}")
        return float(of(weights, mask, task))

    kept = acdc(counted, stages(searched.graph), threshold, seed=searched.seed if shuffled else None)
    return kept, kept.astype(np.float32)


def _oasr(searched: Searched, batch: int = 32, **options: Any) -> Found:
    """Scores: the logits of the gates."""
    chosen = Oasr(**options)
    searched.say(f"{chosen.steps:,} steps")

    @jax.jit
    def run(weights: Weights, key: Array, away: Array) -> Array:
        def under(mask: Array, key: Array) -> tuple[Array, Task]:
            task = searched.drawn(key, batch)
            return searched.logits(weights, mask, task), task

        return discover(
            key, len(searched.graph), lambda mask, key: two_label_loss(*under(mask, key)),
            lambda mask, key: undecided_loss(*under(mask, key)), chosen, away,
        )  # fmt: skip

    away = jnp.asarray(searched.away, jnp.float32)
    logits = np.asarray(run(searched.model.weights(), jax.random.key(searched.seed), away))
    return logits > 0, logits.astype(np.float32)


def _edge_pruning(searched: Searched, batch: int = 32, objective: str = "all", **options: Any) -> Found:
    """Scores: log_alpha of the gates."""
    chosen = EdgePruning(**({"target": 1 - searched.count / len(searched.graph)} | options))
    loss = _loss(searched, objective)
    searched.say(f"{chosen.steps:,} steps")

    @jax.jit
    def run(weights: Weights, key: Array) -> tuple[Array, Array]:
        return prune(
            key, len(searched.graph), lambda mask, key: loss(weights, mask, searched.drawn(key, batch)), chosen
        )  # fmt: skip

    kept, scores = run(searched.model.weights(), jax.random.key(searched.seed))
    return np.asarray(kept), np.asarray(scores, np.float32)


def _names(options: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(options))


@dataclass(frozen=True)
class Method:
    """search: of Searched and options. keeps: whether it is told how many edges to keep."""

    search: Callable[..., Found]
    options: tuple[str, ...] = ()
    keeps: bool = False


METHODS: Mapping[str, Method] = {
    "eap": Method(_eap, (), True),
    "eap-ig": Method(_eap_ig, ("steps",), True),
    "fingerprint": Method(_fingerprint, ("positions", "inside", "template"), True),
    "acdc": Method(_acdc, ("threshold", "objective", "batch", "shuffled")),
    "oasr": Method(_oasr, ("batch", *_names(Oasr))),
    "edge-pruning": Method(_edge_pruning, ("batch", "objective", *_names(EdgePruning)), True),
}


def _keeping() -> list[str]:
    return [name for name, method in METHODS.items() if method.keeps]


def method_named(name: str) -> Method:
    """Raises ValueError for another name."""
    if name not in METHODS:
        raise ValueError(f"method={name!r} is not allowed; allowed: {', '.join(METHODS)}")
    return METHODS[name]
