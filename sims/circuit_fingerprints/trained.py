"""Small decoders trained on indirect objects, read by fingerprints, gradients and interventions, and steered.

Reproduces: the comparison of circuit fingerprints with EAP-IG, and steering with the same directions (arXiv
2602.09784), with what the paper leaves out: the unembedding's direction in the fingerprint's place, in both.
Cost: about 12 CPU-s a seed, and a minute to compile; no accelerator needed.
Expects: areas (CPR) of EAP-IG, EAP, fingerprint and random scores in falling order, the unembedding's direction about
as good as the fingerprint; steering by it at least as strong as by the fingerprint, at the same length of step.
Run: corollary train circuit-fingerprints/indirect-objects --seeds 3 --set unembedding=own
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array
from scipy.stats import spearmanr

from corollary.models.circuits import areas, curve, displacement, prototypes, steered
from corollary.models.circuits.fingerprint import LAST, isolated, node_scores, traced, unembedding_directions, unit
from corollary.models.circuits.fingerprint_edges import edges_of_runs
from corollary.models.circuits.fingerprint_steering import isolated_states
from corollary.models.circuits.task import Task, last_logits, margins, vocabulary_loss
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder.edges import EdgeGraph, source_writes
from corollary.models.interventions import edge_attribution
from corollary.sims.toys import indirect_objects as ioi
from corollary.sims.training.step import State, begin, descend
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

FRACTIONS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
ALPHAS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
STEPS = 5
"""Of EAP-IG."""
SUBJECT_AT = 9
"""Where the name that comes again stands for the second time."""
METHODS = ("fingerprint", "answer", "last", "unembedding", "permuted", "random", "eap", "eap-ig", "single edges")
STEERING = ("fingerprint", "unembedding", "prompt means", "random")

SETTINGS: dict[str, Setting] = {
    "unembedding": Setting("tied", "to the embedding, or of its own", choices=("tied", "own")),
    "template": Setting("single", "answers run alone, or behind BOS", choices=("single", "bos")),
    "layers": Setting(2, "of the decoder, attention alone", within=(1, 8)),
    "heads": Setting(4, "in a layer", within=(1, 64)),
    "width": Setting(64, "of the residual stream", within=(2, 4096)),
    "batch": Setting(128, "prompts in a step", within=(1, 65536)),
    "rate": Setting(3e-3, "AdamW's learning rate", within=(0.0, 1.0)),
    "decay": Setting(0.01, "its weight decay", within=(0.0, 1.0)),
    "steps": Setting(500, "training steps", within=(1, 10**7)),
    "tested": Setting(128, "prompts on which edges are scored and patched", within=(2, 10**6)),
    "steered": Setting(400, "prompts that are steered", within=(2, 10**6)),
}


def decoder_config(config: Config) -> DecoderConfig:
    return DecoderConfig(
        width=config["width"],
        layers=config["layers"],
        heads=config["heads"],
        context=ioi.LENGTH,
        vocabulary=ioi.VOCABULARY,
        norm="layer",
        positions="learned",
        unembedding=config["unembedding"],
        embedding_deviation=0.3,
    )


@cache
def model_of(described: DecoderConfig) -> Decoder:
    """The model without weights: they are given to every run of it."""
    return nnx.eval_shape(lambda: Decoder(described, rngs=nnx.Rngs(0)))


def init(key: Array, config: Config) -> State:
    """Fresh weights. The key is consumed."""
    return begin(Decoder(decoder_config(config), rngs=nnx.Rngs(key)).weights(), _optimizer(config))


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """A step on fresh prompts. The key is consumed."""
    task, model = ioi.prompts(key, config["batch"]), model_of(decoder_config(config))

    def loss(weights: Any) -> Array:
        return vocabulary_loss(model.run(task.tokens, weights=weights).logits[:, -1], task)

    return descend(state, loss, _optimizer(config))


def corrupted(key: Array, task: Task) -> Array:
    """The prompts with a third name where the subject comes again. The key is consumed."""
    return task.tokens.at[:, SUBJECT_AT].set(third_name(key, task))


def third_name(key: Array, task: Task) -> Array:
    """A name that is in neither place of each prompt. The key is consumed."""
    low, high = (f(task.good, task.bad) for f in (jnp.minimum, jnp.maximum))
    drawn = ioi.FIRST_NAME + jax.random.randint(key, low.shape, 0, ioi.NAMES - 2)
    drawn = drawn + (drawn >= low)
    return drawn + (drawn >= high)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """What every method says of the edges, what patching says, and what steering does. The key is consumed."""
    read_key, steer_key = jax.random.split(key)
    decoder = Decoder(decoder_config(config), weights=state["parameters"])
    return read(decoder, read_key, config) | steer(decoder, steer_key, config)


def read(model: Decoder, key: Array, config: Config) -> dict[str, Array]:
    """scores [methods, edges]; curves [methods, fractions] and "effects" of single edges, in the patched model; "node"
    scores and "patched" effects of heads; cosines "to unembedding" and "to prompts". The key is consumed."""
    prompt_key, name_key, order_key, noise_key = jax.random.split(key, 4)
    task = ioi.prompts(prompt_key, config["tested"])
    other, weights, graph = corrupted(name_key, task), model.weights(), EdgeGraph(model.config)
    template = (ioi.BOS,) if config["template"] == "bos" else ()
    alone = isolated(model, task.good, task.bad, template=template)
    clean, dirty = traced(model, task.tokens), traced(model, other)
    by_columns = unembedding_directions(model, task.good, task.bad)
    permuted = alone.direction[jax.random.permutation(order_key, config["tested"])]
    walked = partial(edges_of_runs, model, clean, dirty, alone)
    reference = source_writes(model, other)

    def metric(masks: Array) -> Array:
        def one(mask: Array) -> Array:
            return jnp.mean(margins(last_logits(model, task, mask, weights=weights, reference=reference), task))

        return jax.lax.map(one, masks)

    def of(logits: Array) -> Array:
        return margins(logits[:, -1], task)

    ends = metric(jnp.stack([jnp.ones(len(graph)), jnp.zeros(len(graph))]))
    effects = ends[0] - metric(1 - jnp.eye(len(graph)))
    scores = jnp.stack(
        [
            walked(alone.direction).scores,
            walked(alone.direction, inside="answer").scores,
            walked(alone.direction, positions="last", inside="answer").scores,
            walked(by_columns).scores,
            walked(permuted).scores,
            jax.random.normal(noise_key, (len(graph),)),
            -edge_attribution(model, task.tokens, other, of),
            -edge_attribution(model, task.tokens, other, of, steps=STEPS),
            effects,
        ]
    )
    heads = jnp.array([n for n, name in enumerate(graph.sources) if "head" in name])
    paths = graph.flat(
        jnp.broadcast_to(jnp.eye(len(graph.sources))[:, None], (len(graph.sources), *graph.allowed.shape))
    )
    patched = ends[0] - metric(1 - paths[heads])
    moved = unit((clean.streams["end"] - dirty.streams["end"])[:, -1])
    return {
        "scores": scores,
        "curves": jax.lax.map(lambda one: curve(one, metric, FRACTIONS), scores),
        "effects": effects,
        "node": node_scores(clean, dirty, alone.direction).mean(1)[heads],
        "node by columns": node_scores(clean, dirty, by_columns).mean(1)[heads],
        "patched": patched,
        "ends": ends,
        "accuracy": jnp.mean(model(task.tokens)[:, -1].argmax(-1) == task.good),
        "to unembedding": jnp.mean(jnp.sum(alone.direction * by_columns, -1)),
        "to prompts": jnp.mean(jnp.sum(alone.direction * moved, -1)),
        "permuted to unembedding": jnp.mean(jnp.sum(permuted * by_columns, -1)),
    }


def steer(model: Decoder, key: Array, config: Config) -> dict[str, Array]:
    """ "told" [directions, alphas]: share of prompts whose answer is steered to a third name, by steps of one length:
    the fingerprint's, replacement, alpha times. "step": its length over the stream's. The key is consumed."""
    prompt_key, name_key, noise_key = jax.random.split(key, 3)
    task = ioi.prompts(prompt_key, config["steered"])
    target = third_name(name_key, task)
    names = ioi.FIRST_NAME + jnp.arange(ioi.NAMES)
    source, aim = task.good - ioi.FIRST_NAME, target - ioi.FIRST_NAME
    template = (ioi.BOS,) if config["template"] == "bos" else ()
    outside = model.weights()["outside"]
    columns = (outside["embed"] if model.config.unembedding == "tied" else outside["unembed"].T)[names]
    stream = model.run(task.tokens, read=[LAST])[LAST][:, -1]
    given = jax.nn.one_hot(source, ioi.NAMES)
    means = given.T @ stream / jnp.maximum(given.sum(0), 1)[:, None]
    found = [prototypes(states) for states in (isolated_states(model, names, template=template), columns, means)]
    steps = [displacement(d[source], d[aim]) for d in found]
    length = jnp.linalg.norm(steps[0], axis=-1, keepdims=True)
    along = jnp.stack([unit(one) for one in [*steps, jax.random.normal(noise_key, stream.shape)]])

    def told(alpha: Array) -> Array:
        return jax.lax.map(
            lambda one: jnp.mean(steered(model, task.tokens, alpha * length * one).argmax(-1) == target), along
        )

    return {
        "told": jax.lax.map(told, jnp.array(ALPHAS)).T,
        "step": jnp.mean(length[:, 0] / jnp.linalg.norm(stream, axis=-1)),
    }


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """One seed's numbers: "cpr METHOD", "cmd METHOD", "rank METHOD" (Spearman, absolute scores against absolute
    effects of single edges), "head rank" against patched heads, cosines, "told DIRECTION ALPHA"."""
    numbers = {name: float(arrays[name]) for name in ("accuracy", "to unembedding", "to prompts", "step")}
    numbers["permuted to unembedding"] = float(arrays["permuted to unembedding"])
    numbers["lead"] = float(arrays["ends"][0])
    effects = np.abs(arrays["effects"])
    for name, scores, values in zip(METHODS, arrays["scores"], arrays["curves"], strict=True):
        cpr, cmd = (float(area) for area in areas(FRACTIONS, values))
        rank = float(spearmanr(np.abs(scores), effects).statistic)
        numbers |= {f"cpr {name}": cpr, f"cmd {name}": cmd, f"rank {name}": rank if np.isfinite(rank) else 0.0}
    for name, node in (("fingerprint", "node"), ("unembedding", "node by columns")):
        numbers[f"head rank {name}"] = float(spearmanr(np.abs(arrays[node]), np.abs(arrays["patched"])).statistic)
    for name, row in zip(STEERING, arrays["told"], strict=True):
        numbers |= {f"told {name} {alpha:g}": float(share) for alpha, share in zip(ALPHAS, row, strict=True)}
    return numbers


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adamw(config["rate"], weight_decay=config["decay"])


RUN = Run(
    name="circuit-fingerprints/indirect-objects",
    says="Decoders trained on indirect objects: edges scored by fingerprints, gradients and patching, and steering.",
    cost="about 12 CPU-s a seed, and a minute to compile; no accelerator needed",
    expects="CPR of EAP-IG, EAP, fingerprint and random scores in falling order; the unembedding's direction about as "
    "good as the fingerprint in reading, and at least as strong in steering",
    settings=SETTINGS,
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
