"""The read procedure on compiled induction, whose circuit is known, beside gradients and interventions (reconstructed).

Three corruptions, each of which changes one channel of the induction heads and nothing else at the last position:
"v" replaces the token behind the earlier occurrence of the query, "q" the query, by another token that occurred once,
and "k" swaps the earlier occurrence with another token. The wrong answer is what the corrupted prompt asks for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from corollary.models.circuits import acdc, finalised, precision_recall, stages
from corollary.models.circuits.channels import CHANNELS
from corollary.models.circuits.fingerprint import isolated, unembedding_directions
from corollary.models.circuits.fingerprint_edges import FingerprintRead, fingerprint_read
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder.edges import EdgeGraph, run_edges, source_writes
from corollary.models.interventions import edge_attribution
from corollary.sims.toys.compiled_induction import LENGTH, VOCABULARY, compiled, relevant

SATURATED, SOFT = 30.0, 8.0
"""Sharpness of attention: in the closed forms' limit, and where gradients still pass."""
COUNT = 48
MARGIN = 1e-3
"""Of the largest absolute score: what counts as found."""


class Pairs(NamedTuple):
    """Prompts with the answer of each, plus, and of its corrupted version, minus."""

    clean: Int[np.ndarray, "n t"]
    corrupted: Int[np.ndarray, "n t"]
    plus: Int[np.ndarray, " n"]
    minus: Int[np.ndarray, " n"]


@cache
def pairs(corruption: str, count: int = COUNT, seed: int = 0) -> Pairs:
    """Random prompts that the corruption fits. corruption: "q", "k" or "v"."""
    generator = np.random.default_rng([seed, CHANNELS.index(corruption)])
    found: list[tuple] = []
    while len(found) < count:
        content = generator.integers(1, VOCABULARY, LENGTH - 2)
        once = [n for n in range(LENGTH - 4) if (content == content[n]).sum() == 1]
        if once:
            made = _corrupted(corruption, content, int(generator.choice(once)), once, generator)
            found += [] if made is None else [made]
    return Pairs(*(np.stack(part).astype(np.int32) for part in zip(*found, strict=True)))


def _corrupted(
    corruption: str, content: np.ndarray, at: int, once: list[int], generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, int, int] | None:
    """(clean, corrupted, plus, minus), None where the draw does not fit. No corruption reaches the last content token,
    at which previous-token heads look from the query."""
    query, answer = content[at], content[at + 1]
    changed, asked = content.copy(), query
    if corruption == "v":
        other = int(generator.integers(1, VOCABULARY))
        changed[at + 1] = other
    elif corruption == "q":
        elsewhere = int(generator.choice(once))
        asked, other = content[elsewhere], content[elsewhere + 1]
    else:
        elsewhere = int(generator.integers(0, LENGTH - 4))
        other = content[elsewhere + 1]
        if abs(elsewhere - at) <= 1:
            return None
        changed[[at, elsewhere]] = changed[[elsewhere, at]]
    if other in (query, asked, answer):
        return None
    clean, dirty = (np.array([0, *row, end]) for row, end in ((content, query), (changed, asked)))
    return clean, dirty, int(answer), int(other)


@cache
def read(
    R1: int, R2: int, corruption: str, sharpness: float = SATURATED, positions: str = "attention", inside: str = "mixed"
) -> FingerprintRead:
    """The read of compiled induction, float64."""
    with jax.enable_x64(True):
        return fingerprint_read(
            compiled(R1, R2, sharpness, double=True), *pairs(corruption), positions=positions, inside=inside
        )


@cache
def facts(R1: int, R2: int, corruption: str, sharpness: float = SATURATED) -> dict[str, float]:
    """Mean "cosine" of the fingerprint and the unembedding's difference; node scores of an "induction" and of a
    "previous" head; its "q", "k" and "v" Shapley values; "through": importance of a previous head."""
    with jax.enable_x64(True):
        model, given = compiled(R1, R2, sharpness, double=True), pairs(corruption)
        along = isolated(model, given.plus, given.minus).direction
        cosine = jnp.sum(along * unembedding_directions(model, given.plus, given.minus), -1).mean()
    found, graph = read(R1, R2, corruption, sharpness), EdgeGraph(model.config)
    first, second = (graph.sources.index(f"blocks.{layer}.head.0") for layer in (0, 1))
    channels = {name: float(found.channels[1, 0, n]) for n, name in enumerate(CHANNELS)}
    return {
        "cosine": float(cosine),
        "induction": float(found.direct[second]),
        "previous": float(found.direct[first]),
        "through": float(found.importance[first]),
        **channels,
    }


def with_beginning(R2: int, R1: int) -> float:
    """The cosine when BOS stands before the answer that is run alone."""
    with jax.enable_x64(True):
        model, given = compiled(R1, R2, SATURATED, double=True), pairs("v")
        along = isolated(model, given.plus, given.minus, template=(0,)).direction
        return float(jnp.sum(along * unembedding_directions(model, given.plus, given.minus), -1).mean())


def edges(R1: int, R2: int, corruption: str) -> dict[str, float]:
    """Scores of one edge of each class, by the read procedure."""
    graph = EdgeGraph(compiled(R1, R2).config)
    place = {edge: n for n, edge in enumerate(graph.edges)}
    scores = np.asarray(read(R1, R2, corruption).scores)
    named = {
        "q": ("embed", "blocks.1.head.0.q"),
        "link": ("blocks.0.head.0", "blocks.1.head.0.k"),
        "k": ("embed", "blocks.1.head.0.k"),
        "v": ("embed", "blocks.1.head.0.v"),
        "out": ("blocks.1.head.0", "logits"),
        "previous": ("blocks.0.head.0", "logits"),
    }
    return {name: float(scores[place[edge]]) for name, edge in named.items()}


def metric(logits: Float[Array, "b t outputs"], plus: Array, minus: Array) -> Float[Array, " b"]:
    """Logit of the answer less that of the corrupted prompt's."""
    rows = jnp.arange(len(plus))
    return logits[rows, -1, plus] - logits[rows, -1, minus]


@cache
def scored(method: str, R1: int, R2: int, corruption: str, sharpness: float = SOFT) -> Bool[np.ndarray, " edges"]:
    """Edges that a method finds: "fingerprint", "last" (the same at the last position alone), "eap", "eap-ig" by their
    scores; "acdc" by dropping what changes the patched model's metric by less than a hundredth of it."""
    model, given = compiled(R1, R2, sharpness), pairs(corruption)
    if method in ("fingerprint", "last"):
        positions = "last" if method == "last" else "attention"
        scores = np.abs(np.asarray(read(R1, R2, corruption, sharpness, positions).scores))
        return scores > MARGIN * scores.max()
    plus, minus = jnp.asarray(given.plus), jnp.asarray(given.minus)

    def of(logits: Array) -> Array:
        return metric(logits, plus, minus)

    if method in ("eap", "eap-ig"):
        steps = 1 if method == "eap" else 20
        scores = np.abs(np.asarray(edge_attribution(model, given.clean, given.corrupted, of, steps=steps)))
        return scores > MARGIN * scores.max()
    metric_of, graph = patched(R1, R2, corruption, sharpness), EdgeGraph(model.config)
    scale = float(metric_of(np.ones((1, len(graph))))[0])
    kept = acdc(lambda mask: -float(metric_of(mask[None])[0]), stages(graph), 0.01 * scale)
    return np.asarray(finalised(graph, kept))


def patched(R1: int, R2: int, corruption: str, sharpness: float) -> Callable[[np.ndarray], np.ndarray]:
    """A function of masks [k, edges]: the mean metric with all other edges carrying the corrupted run."""
    model, given = compiled(R1, R2, sharpness), pairs(corruption)
    reference, weights = source_writes(model, given.corrupted), model.weights()

    def of(masks: np.ndarray) -> np.ndarray:
        given_masks = jnp.asarray(masks, jnp.float32)
        return np.asarray(
            _patched(weights, given.clean, given.plus, given.minus, reference, given_masks, config=model.config)
        )

    return of


@partial(jax.jit, static_argnames=("config",))
def _patched(
    weights: dict, clean: Array, plus: Array, minus: Array, reference: Array, masks: Array, *, config: DecoderConfig
) -> Float[Array, " k"]:
    model = Decoder(config, weights=weights)

    def one(mask: Array) -> Array:
        return metric(run_edges(model, clean, mask, reference=reference), plus, minus).mean()

    return jax.lax.map(one, masks)


@cache
def truth(R1: int, R2: int, corruption: str, sharpness: float = SATURATED) -> Bool[np.ndarray, " edges"]:
    """Edges that carry the change from clean to corrupted towards the answer: closing such an edge together with its
    copies (the same edge of all heads of its kind) changes the patched model's metric."""
    graph = EdgeGraph(compiled(R1, R2).config)
    kinds = [_kind(edge) for edge in graph.edges]
    named = np.isin(np.arange(len(graph)), relevant(graph, range(R1), range(R2)))
    closed = np.array([[not (named[m] and kind == kinds[m]) for m in range(len(graph))] for kind in kinds], np.float32)
    values = patched(R1, R2, corruption, sharpness)(np.concatenate([np.ones((1, len(graph))), closed]))
    return named & (np.abs(values[1:] - values[0]) > 0.01 * abs(values[0]))


def _kind(edge: tuple[str, str]) -> tuple[str, str]:
    """An edge without the numbers of its heads."""
    source, destination = (".".join(part for n, part in enumerate(name.split(".")) if n != 3) for name in edge)
    return source, destination


def quality(method: str, R1: int, R2: int, corruption: str, sharpness: float = SOFT) -> list[float]:
    """[precision, recall] of a method against the edges that carry the change."""
    return list(precision_recall(scored(method, R1, R2, corruption, sharpness), truth(R1, R2, corruption)))
