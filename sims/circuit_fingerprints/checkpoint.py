"""A language model of one's own read by fingerprints and, beside them, by gradients and by the unembedding's direction.

Prompts: a JSON file, a list of {"clean", "corrupted", "good", "bad"}: two texts of as many tokens, and two answers of
one token each (`corollary.models.circuits.prompts`). Without one, random tokens, for which only the costs and the sums
mean anything.
Cost: the read under three forward passes of the prompts, EAP about six; each point of the curves one patched run.
Run: corollary train circuit-fingerprints/checkpoint --checkpoint FOLDER --set prompts_file=PROMPTS.json
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.models.circuits import areas, curve, iou, top_masks
from corollary.models.circuits.fingerprint import isolated, node_scores, traced, unembedding_directions
from corollary.models.circuits.fingerprint_edges import edges_of_runs
from corollary.models.circuits.prompts import task_of
from corollary.models.circuits.task import Task, last_logits, margins
from corollary.models.decoder import Decoder
from corollary.models.decoder.edges import EdgeGraph, source_writes
from corollary.models.interventions import edge_attribution
from corollary.training.application import Application
from corollary.training.settings import Config, Setting

METHODS = ("fingerprint", "last", "unembedding", "permuted", "eap", "eap-ig", "random")
FRACTIONS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
STEPS = 5
"""Of EAP-IG."""

SETTINGS: dict[str, Setting] = {
    "prompts_file": Setting("", "JSON of prompts, as the module's first lines say; empty: random tokens"),
    "prompts": Setting(32, "most prompts", within=(2, 65536)),
    "length": Setting(8, "of random prompts", within=(2, 65536)),
    "bos": Setting(-1, "token before an answer that is run alone; -1: none", within=(-1, 1e9)),
    "seed": Setting(0, "of random prompts, permuted answers and random scores", within=(0, 2**31 - 1)),
}


def apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, np.ndarray]:
    """scores [methods, edges] and curves [methods, fractions] of the patched model; node, node_errors [sources]: scores
    along the fingerprint; channels [layers, heads, 3]; cosines [prompts] of fingerprint and unembedding; moved: what
    node scores should add up to; ends: the metric of the model and of the corrupted prompts."""
    clean, dirty, plus, minus = pairs(model, config)
    weights, graph, task = model.weights(), EdgeGraph(model.config), Task(clean, plus, minus)
    key = jax.random.key(config["seed"])
    order, noise = jax.random.split(key)
    say("answers alone, clean and corrupted prompts")
    alone = isolated(model, plus, minus, template=() if config["bos"] < 0 else (config["bos"],))
    ours, theirs = traced(model, clean), traced(model, dirty)
    columns = unembedding_directions(model, plus, minus)
    permuted = alone.direction[jax.random.permutation(order, len(plus))]
    reads = {
        "fingerprint": edges_of_runs(model, ours, theirs, alone, alone.direction),
        "last": edges_of_runs(model, ours, theirs, alone, alone.direction, positions="last", inside="answer"),
        "unembedding": edges_of_runs(model, ours, theirs, alone, columns),
        "permuted": edges_of_runs(model, ours, theirs, alone, permuted),
    }
    say("gradients")

    def of(logits: Array) -> Array:
        return margins(logits[:, -1], task)

    scores = {name: read.scores for name, read in reads.items()}
    scores["eap"] = -edge_attribution(model, clean, dirty, of)
    scores["eap-ig"] = -edge_attribution(model, clean, dirty, of, steps=STEPS)
    scores["random"] = jax.random.normal(noise, (len(graph),))
    reference = source_writes(model, dirty)

    @jax.jit
    def metric(masks: Array) -> Array:
        def one(mask: Array) -> Array:
            return jnp.mean(margins(last_logits(model, task, mask, weights=weights, reference=reference), task))

        return jax.lax.map(one, masks)

    recovered = []
    for name in METHODS:
        say(f"patched runs, {name}")
        recovered.append(np.asarray(curve(scores[name], metric, FRACTIONS)))
    moved = (ours.streams["end"] - theirs.streams["end"])[:, -1]
    return {
        "scores": np.stack([np.asarray(scores[name]) for name in METHODS]),
        "curves": np.stack(recovered),
        "node": np.asarray(node_scores(ours, theirs, alone.direction).mean(1)),
        "node_errors": np.asarray(reads["fingerprint"].errors),
        "channels": np.asarray(reads["fingerprint"].channels),
        "cosines": np.asarray(jnp.sum(alone.direction * columns, -1)),
        "moved": np.asarray(jnp.sum(moved * alone.direction, -1).mean()),
        "ends": np.asarray(metric(jnp.stack([jnp.ones(len(graph)), jnp.zeros(len(graph))]))),
    }


def pairs(model: Decoder, config: Config) -> tuple[Array, Array, Array, Array]:
    """(clean, corrupted, good, bad) tokens. Raises ValueError, in one line, as `task_of` does, and for prompts without
    corrupted ones, of several lengths, or fewer than two."""
    if not config["prompts_file"]:
        return _random(model, config)
    task = task_of(model, config["prompts_file"], most=config["prompts"])
    if task.corrupted is None or task.real is not None or len(task) < 2:
        has = "no corrupted" if task.corrupted is None else "several lengths" if task.real is not None else "one prompt"
        allowed = "two prompts or more of one length, each with a corrupted one"
        raise ValueError(f"prompts_file={config['prompts_file']!r} with {has} is not allowed; allowed: {allowed}")
    return task.tokens, task.corrupted, task.good, task.bad


def _random(model: Decoder, config: Config) -> tuple[Array, Array, Array, Array]:
    """Prompts that differ in their middle token, and two different answers."""
    generator = np.random.default_rng(config["seed"])
    vocabulary, count = model.config.vocabulary, config["prompts"]
    clean = generator.integers(0, vocabulary, (count, config["length"]))
    dirty = clean.copy()
    at = config["length"] // 2
    dirty[:, at] = (dirty[:, at] + generator.integers(1, vocabulary, count)) % vocabulary
    plus = generator.integers(0, vocabulary, count)
    minus = (plus + generator.integers(1, vocabulary, count)) % vocabulary
    return tuple(jnp.asarray(part, jnp.int32) for part in (clean, dirty, plus, minus))  # type: ignore[return-value]


def measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    numbers = {"mean cosine of fingerprint and unembedding": float(arrays["cosines"].mean())}
    for name, values in zip(METHODS, arrays["curves"], strict=True):
        cpr, cmd = (float(area) for area in areas(FRACTIONS, values))
        numbers |= {f"CPR, {name}": cpr, f"CMD, {name}": cmd}
    masks = [np.asarray(top_masks(one, (0.02,))[0]) > 0 for one in arrays["scores"]]
    for other in ("unembedding", "permuted", "eap-ig"):
        numbers[f"IoU of the best 2% of edges, fingerprint and {other}"] = iou(masks[0], masks[METHODS.index(other)])
    return numbers | {
        "node scores' sum over the stream's difference": float(arrays["node"].sum() / arrays["moved"]),
        "metric of the model": float(arrays["ends"][0]),
        "metric of the corrupted prompts": float(arrays["ends"][1]),
    }


APPLICATION = Application(
    name="circuit-fingerprints/checkpoint",
    says="Which edges of a language model carry a task, by fingerprints of its answers, by gradients, and by controls: "
    "the unembedding's direction, other prompts' answers, the last position alone, random scores.",
    cost="under three forward passes of the prompts for the read, six for EAP; ten patched runs a ranking",
    expects="the fingerprint above random ranks and at most as high as EAP-IG; the unembedding's direction as high as "
    "the fingerprint; the last position alone no better than random",
    settings=SETTINGS,
    apply=apply,
    measure=measure,
    draw="corollary.figures.circuit_fingerprints.checkpoint:checkpoint",
)
