"""The circuits of compiled induction with spare heads: which subsets of edges are, and what searches find."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from corollary.measure import seed_of, static, untraced
from corollary.models.circuits import Oasr, acdc, discover, enumerate_circuits, finalised, gate_attribution, iou, stages
from corollary.models.circuits.task import Task, argmax, last_logits, scorer, vocabulary_loss
from corollary.models.decoder.edges import EdgeGraph
from corollary.sims.toys.compiled_induction import VOCABULARY, circuit, compiled, prompts, relevant

TRAINED = 8.0
"""Sharpness of attention where gradients must pass; subsets are listed at the default of 30."""


def linked(on: Any, R1: int, R2: int) -> Any:
    """Whether some previous-token head with all its edges reaches an induction head with all of its own, [masks], of
    the relevant edges [masks, edges]."""
    first = on[:, : 3 * R1].reshape(-1, R1, 3).all(-1)
    second = on[:, 3 * R1 : 3 * (R1 + R2)].reshape(-1, R2, 3).all(-1)
    links = on[:, 3 * (R1 + R2) :].reshape(-1, R1, R2)
    return (first[:, :, None] & second[:, None] & links).any((1, 2))


def all_solved(R1: int, R2: int, count: int, seed: int = 0) -> Callable[[np.ndarray], Bool[np.ndarray, " masks"]]:
    """A function of masks [k, edges]: whether the answer's logit beats all others on each of `count` prompts."""
    model, task = compiled(R1, R2), prompts(jax.random.key(seed), count)
    first = scorer(model, task[: min(count, 8)], argmax, chunk=4096, together=256)
    rest = scorer(model, task, argmax, chunk=256, together=32)

    def solved(masks: np.ndarray) -> np.ndarray:
        good = first(masks) == 1
        good[good] = rest(masks[good]) == 1
        return good

    return solved


def enumerated(R1: int, R2: int, count: int = 48, idle: str = "off") -> dict[str, int]:
    """All subsets of the relevant edges in the transformer itself: how many are "faithful", and how often the rule of
    linked heads says "yes, wrongly" or "no, wrongly". idle: the other edges "off", "on", or drawn at "random"."""
    graph = EdgeGraph(compiled(R1, R2).config)
    edges = relevant(graph, range(R1), range(R2))
    on = (np.arange(2 ** len(edges))[:, None] >> np.arange(len(edges))) & 1 > 0
    return _against_rule(graph, edges, on, R1, R2, count, idle)


def sampled(R1: int, R2: int, p: float, masks: int, count: int = 48, seed: int = 0) -> dict[str, int]:
    """The same of random subsets that keep each edge with probability p."""
    graph = EdgeGraph(compiled(R1, R2).config)
    edges = relevant(graph, range(R1), range(R2))
    on = np.random.default_rng(seed).random((masks, len(edges))) < p
    return _against_rule(graph, edges, on, R1, R2, count, "off")


def _against_rule(
    graph: EdgeGraph, edges: list[int], on: np.ndarray, R1: int, R2: int, count: int, idle: str
) -> dict[str, int]:
    other = np.random.default_rng(1).random((len(on), len(graph))) < {"off": 0.0, "on": 1.0, "random": 0.5}[idle]
    masks = other.astype(np.float32)
    masks[:, edges] = on
    found, ruled = all_solved(R1, R2, count)(masks), linked(on, R1, R2)
    return {
        "faithful": int(found.sum()),
        "yes, wrongly": int((ruled & ~found).sum()),
        "no, wrongly": int((found & ~ruled).sum()),
    }


def complements(count: int = 48) -> dict[str, list[int]]:
    """At two heads of each kind, prompts solved of `count`: by the four minimal circuits, by what they leave, and by
    what the 11 edges of one previous-token head with both induction heads leave."""
    model = compiled(2, 2)
    graph = EdgeGraph(model.config)
    score = scorer(model, prompts(jax.random.key(0), count), argmax, chunk=16)
    small = np.stack([circuit(graph, [r], [s]) for r in range(2) for s in range(2)])
    large = np.stack([circuit(graph, [r], [0, 1]) for r in range(2)])

    def solved(masks: np.ndarray) -> list[int]:
        return [round(float(share) * count) for share in score(masks)]

    return {"alone": solved(small), "left": solved(~small), "left by 11": solved(~large)}


def contrast(logits: Float[Array, "n outputs"], task: Task) -> Float[Array, " n"]:
    """Logit of the answer less the mean of the other seven."""
    good = jnp.take_along_axis(logits, task.good[:, None], -1)[:, 0]
    return good - (logits.sum(-1) - good) / (VOCABULARY - 1)


@cache
def attributed(R: int, steps: int = 1, count: int = 64) -> dict[str, float]:
    """Of R heads of each kind, sharpness 8, in float64: mean score of one edge of each class, "all" edges' sum, and the
    metric of the "model"."""
    with jax.enable_x64(True):
        model, task = compiled(R, R, TRAINED, double=True), prompts(jax.random.key(0), count)
        graph, weights = EdgeGraph(model.config), model.weights()

        def metric(mask: Array) -> Array:
            return jnp.mean(contrast(last_logits(model, task, mask, weights=weights), task))

        scores = np.asarray(gate_attribution(metric, len(graph), steps=steps, dtype=jnp.float64))
        whole = float(metric(jnp.ones(len(graph))))
    return {**_by_class(graph, scores, R), "all": float(scores.sum()), "model": whole}


@cache
def ablated(R: int, count: int = 64) -> dict[str, float]:
    """What closing one edge of each class costs, in the same metric."""
    model, task = compiled(R, R, TRAINED), prompts(jax.random.key(0), count)
    graph = EdgeGraph(model.config)
    closed = 1 - np.eye(len(graph), dtype=np.float32)
    score = scorer(model, task, contrast, chunk=64)
    return _by_class(graph, float(score(np.ones((1, len(graph))))[0]) - score(closed), R)


def _by_class(graph: EdgeGraph, scores: np.ndarray, R: int) -> dict[str, float]:
    edges = relevant(graph, range(R), range(R))
    first, second, links = edges[: 3 * R], edges[3 * R : 6 * R], edges[6 * R :]
    classes = {
        "previous q": first[0::3],
        "previous k": first[1::3],
        "previous v": first[2::3],
        "induction q": second[0::3],
        "induction v": second[1::3],
        "output": second[2::3],
        "link": links,
    }
    return {name: float(np.mean(scores[members])) for name, members in classes.items()}


def by_acdc(R: int, seeds: Sequence[int], threshold: float = 1e-2, count: int = 128) -> dict[str, float]:
    """ACDC from the full graph, a random order within each stage for each seed: "edges" of the largest circuit, of the
    "smallest", "exact": share that are one of the minimal circuits, and the mean "iou" of two different seeds."""
    model, task = compiled(R, R, TRAINED), prompts(jax.random.key(0), count)
    graph, weights = EdgeGraph(model.config), model.weights()
    loss = jax.jit(lambda mask: vocabulary_loss(last_logits(model, task, mask, weights=weights), task))
    found = np.stack([acdc(lambda mask: float(loss(mask)), stages(graph), threshold, seed=seed) for seed in seeds])
    known = np.stack([circuit(graph, [r], [s]) for r in range(R) for s in range(R)])
    pairs = [iou(found[i], found[j]) for i in range(len(found)) for j in range(i)]
    return {
        "edges": float(found.sum(1).max()),
        "smallest": float(found.sum(1).min()),
        "exact": float(np.mean([(known == one).all(1).any() for one in found])),
        "iou": float(np.mean(pairs)),
    }


@cache
def _searching(R: int, steps: int, overlap: float) -> Any:
    """(model, compiled search of several seeds at once away from one union)."""
    model = compiled(R, R, TRAINED)
    graph, weights = EdgeGraph(model.config), model.weights()
    options = Oasr(
        steps=steps, sparsity=0.5, most=4.0, least=0.01, overlap=overlap, completeness=0.0, start=1.0, spread=0.01
    )

    def fidelity(mask: Array, key: Array) -> Array:
        task = prompts(key, 32)
        return vocabulary_loss(last_logits(model, task, mask, weights=weights), task)

    one = partial(discover, edges=len(graph), fidelity=fidelity, options=options)
    return model, jax.jit(jax.vmap(lambda key, union: one(key, found=union[None]), in_axes=(0, None)))


def enumerated_by_search(
    seed: int, R: int, overlap: float = 0.5, steps: int = 500, rounds: int = 3
) -> dict[str, float]:
    """Three rounds of OASR on the compiled model, four seeds a round: edges and shared edges of each round's circuit
    ("edges 0", "shared 0", ...; nan where no search worked), and the share of searches that worked, "reliable"."""
    model, run = _searching(R, steps, overlap)
    graph = EdgeGraph(model.config)
    score = scorer(model, prompts(jax.random.key(77), 128), argmax, chunk=1)

    def search(seeds: list[int], found: np.ndarray) -> np.ndarray:
        keys = jax.vmap(jax.random.key)(jnp.asarray(seeds, jnp.uint32))
        union = np.zeros(len(graph)) if not len(found) else found.any(0)
        logits = np.asarray(run(keys, jnp.asarray(union, jnp.float32)))
        return np.stack([np.asarray(finalised(graph, one > 0)) for one in logits])

    circuits = enumerate_circuits(
        search, lambda mask: bool(score(mask[None])[0] == 1), len(graph), rounds=rounds, seed=seed
    )
    numbers = {"reliable": float(np.mean([one.working / one.tried for one in circuits])) if circuits else 0.0}
    for n in range(rounds):
        there = n < len(circuits)
        numbers[f"edges {n}"] = float(circuits[n].kept.sum()) if there else float("nan")
        numbers[f"shared {n}"] = float(circuits[n].shared) if there else float("nan")
    return numbers


@untraced
def listed_by_search(key: Array, point: dict) -> dict[str, float]:
    """`enumerated_by_search` from a seed of the key's."""
    rest = {name: int(point[name]) for name in ("steps", "rounds") if name in point}
    return enumerated_by_search(seed_of(key) % 10_000, int(point["R"]), float(point["overlap"]), **rest)


def linked_states(R1: int, R2: int, dead: int) -> list[int]:
    """For each number of alive heads of both kinds, sets of links that join two of them, times `dead` states of every
    other head, listed link by link."""
    found = []
    for alive in product(product((0, 1), repeat=R1), product((0, 1), repeat=R2)):
        first, second = (np.array(one, bool) for one in alive)
        links = (np.arange(2 ** (R1 * R2))[:, None] >> np.arange(R1 * R2)) & 1 > 0
        joins = (links.reshape(-1, R1, R2) & first[:, None] & second[None]).any((1, 2)).sum()
        found.append(int(joins) * dead ** int((~first).sum() + (~second).sum()))
    return found


def idle_edges(R1: int, R2: int) -> int:
    """Edges of the heads that compute something, less the relevant ones."""
    graph = EdgeGraph(compiled(R1, R2).config)
    alive = {"embed", "logits"} | {f"blocks.0.head.{r}" for r in range(R1)} | {f"blocks.1.head.{s}" for s in range(R2)}
    there = [s in alive and (d == "logits" or d[:-2] in alive) for s, d in graph.edges]
    return sum(there) - len(relevant(graph, range(R1), range(R2)))


def minimal_facts(R1: int, R2: int) -> dict[str, float]:
    """ "count" of minimal circuits, mean "iou" of two drawn at random, and "packing": most that share nothing."""
    graph = EdgeGraph(compiled(R1, R2).config)
    circuits = [circuit(graph, [r], [s]) for r in range(R1) for s in range(R2)]
    pairs = [[iou(one, other) for other in circuits] for one in circuits]
    packed = 0
    for chosen in product((0, 1), repeat=len(circuits)):
        members = [one for one, on in zip(circuits, chosen, strict=True) if on]
        if not members or np.sum(members, axis=0).max() <= 1:
            packed = max(packed, len(members))
    return {"count": float(len(circuits)), "iou": float(np.mean(pairs)), "packing": float(packed)}


@static("R1", "R2")
def linked_draws(key: Array, point: dict) -> Float[Array, " draws"]:
    """Whether a pair of complete heads is linked, of random sets of relevant edges. The key is consumed."""
    R1, R2 = point["R1"], point["R2"]
    on = jax.random.uniform(key, (4096, 3 * R1 + 3 * R2 + R1 * R2)) < point["p"]
    return linked(on, R1, R2).astype(jnp.float64)
