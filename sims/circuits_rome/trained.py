"""Small decoders trained on indirect objects, with heads dropped or not, and the circuits that searches find in them.

Reproduces: the question of arXiv 2605.12671 whether circuits are unique, on decoders whose redundancy is forced by
dropping heads in training (`drop`), or not. Searches: two from different seeds, one kept away from the first (OASR).
Cost: about 60 CPU-s a seed at the default size, and two minutes to compile; no accelerator needed.
Expects: without dropping, accuracy lost by OASR and an overlap of several times chance; with drop=.5 neither.
Run: corollary train circuits-rome/indirect-objects --seeds 3 --set drop=0.5
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jaxtyping import Array, Float

from corollary.models.circuits import Oasr, discover, finalised, overlap, regions
from corollary.models.circuits.task import (
    Task,
    argmax,
    last_logits,
    two_label,
    two_label_loss,
    undecided_loss,
    vocabulary_loss,
)
from corollary.models.decoder import Decoder, DecoderConfig, scale
from corollary.models.decoder.edges import EdgeGraph
from corollary.sims.toys import indirect_objects as ioi
from corollary.sims.training.step import State, begin, descend
from corollary.training.run import Run
from corollary.training.settings import Config, Setting

FALL, NEEDED = 0.02, 0.9
"""Accuracy lost that counts as harm; and below which an edge counts as indispensable."""

SETTINGS: dict[str, Setting] = {
    "drop": Setting(
        0.0, "probability with which each head of each sample is zeroed, after a linear rise", within=(0, 0.9)
    ),
    "layers": Setting(2, "of the decoder", within=(1, 8)),
    "heads": Setting(8, "attention heads in a layer", within=(1, 64)),
    "width": Setting(64, "of the residual stream", within=(2, 4096)),
    "head_width": Setting(16, "of a head", within=(1, 512)),
    "batch": Setting(128, "prompts in a step", within=(1, 65536)),
    "rate": Setting(3e-3, "AdamW's learning rate", within=(0.0, 1.0)),
    "decay": Setting(0.01, "its weight decay", within=(0.0, 1.0)),
    "steps": Setting(800, "training steps", within=(1, 10**7)),
    "search_steps": Setting(800, "steps of a search", within=(1, 10**6)),
    "search_batch": Setting(32, "prompts in one of them", within=(1, 65536)),
    "most": Setting(6.0, "largest sparsity weight of a search", within=(0.0, 1e6)),
    "overlap": Setting(4.0, "overlap weight of OASR", within=(0.0, 1e6)),
    "completeness": Setting(0.01, "completeness weight", within=(0.0, 1e6)),
    "tested": Setting(256, "prompts on which circuits are tested", within=(1, 10**6)),
    "random": Setting(24, "random sets of edges, each with and without one edge more", within=(1, 10**6)),
}


def decoder_config(config: Config) -> DecoderConfig:
    return DecoderConfig(
        width=config["width"],
        layers=config["layers"],
        heads=config["heads"],
        head_width=config["head_width"],
        context=ioi.LENGTH,
        vocabulary=ioi.VOCABULARY,
        norm="layer",
        positions="learned",
        embedding_deviation=0.3,
    )


def init(key: Array, config: Config) -> State:
    """Fresh weights. The key is consumed."""
    return begin(Decoder(decoder_config(config), rngs=nnx.Rngs(key)).weights(), _optimizer(config), done=jnp.zeros(()))


def step(state: State, key: Array, config: Config) -> tuple[State, dict[str, Array]]:
    """A step on fresh prompts. The key is consumed."""
    prompt_key, drop_key = jax.random.split(key)
    task = ioi.prompts(prompt_key, config["batch"])
    rate = config["drop"] * jnp.minimum(1.0, state["done"] / max(config["steps"] / 2, 1))
    shape = (config["layers"], config["batch"], 1, config["heads"], 1)
    kept = (jax.random.uniform(drop_key, shape) >= rate).astype(jnp.float32)

    def loss(weights: Any) -> Array:
        model = Decoder(decoder_config(config), weights=weights)
        dropped = scale("blocks.*.attn.z", kept, per_layer=True)
        return vocabulary_loss(model.run(task.tokens, change=[dropped]).logits[:, -1], task)

    state, metrics = descend(state, loss, _optimizer(config))
    return {**state, "done": state["done"] + 1}, metrics


def search(key: Array, model: Decoder, config: Config, found: Float[Array, "k edges"]) -> Array:
    """A circuit of the decoder away from those found, finalised, bool [edges]. The key is consumed."""
    graph, weights = EdgeGraph(model.config), model.weights()
    options = Oasr(
        steps=config["search_steps"],
        most=config["most"],
        overlap=config["overlap"],
        completeness=config["completeness"],
    )

    def under(mask: Array, key: Array) -> tuple[Array, Task]:
        task = ioi.prompts(key, config["search_batch"])
        return last_logits(model, task, mask, weights=weights), task

    logits = discover(
        key,
        len(graph),
        lambda mask, key: two_label_loss(*under(mask, key)),
        lambda mask, key: undecided_loss(*under(mask, key)),
        options,
        found,
    )
    return finalised(graph, logits > 0)


def evaluate(state: State, key: Array, config: Config) -> dict[str, Array]:
    """Two searches from different seeds, one away from the first; and what edges do. The key is consumed."""
    model = Decoder(decoder_config(config), weights=state["parameters"])
    graph, weights = EdgeGraph(model.config), state["parameters"]
    test_key, random_key, *search_keys = jax.random.split(key, 5)
    task = ioi.prompts(test_key, config["tested"])

    def accuracy(masks: Array) -> Array:
        def one(mask: Array) -> Array:
            return jnp.mean(two_label(last_logits(model, task, mask.astype(jnp.float32), weights=weights), task))

        return jax.lax.map(one, masks)

    def searched(first: Array, turn: tuple[Array, Array]) -> tuple[Array, Array]:
        """A circuit; the third keeps away from the first."""
        number, key = turn
        found = jnp.where(number == 2, first, 0.0)[None]
        kept = search(key, model, config, found)
        return jnp.where(number == 0, kept.astype(first.dtype), first), kept

    turns = (jnp.arange(3, dtype=jnp.int32), jnp.stack(search_keys))
    first, again, away = jax.lax.scan(searched, jnp.zeros(len(graph), jnp.float32), turns)[1]
    smaller, larger = _nested(random_key, config["random"], len(graph))
    return {
        "circuits": jnp.stack([first, again, away]),
        "alone": accuracy(jnp.stack([first, again, away])),
        "whole": accuracy(jnp.ones((1, len(graph))))[0],
        "argmax": jnp.mean(argmax(model(task.tokens)[:, -1], task)),
        "without one": accuracy(1 - jnp.eye(len(graph))),
        "again regions": accuracy(_regions(first, again)),
        "away regions": accuracy(_regions(first, away)),
        "smaller": accuracy(smaller),
        "larger": accuracy(larger),
    }


def _regions(one: Array, other: Array) -> Array:
    """The eight sets that two circuits cut, in the order of `regions`."""
    return jnp.stack(
        [one & other, one & ~other, other & ~one, one | other, ~one, ~other, ~(one & other), ~(one | other)]
    )


def _nested(key: Array, count: int, edges: int) -> tuple[Array, Array]:
    """Random sets of edges of random densities in [.5, 1], and the same with one edge more. The key is consumed."""
    density, inside, extra = jax.random.split(key, 3)
    level = 0.5 + 0.5 * jax.random.uniform(density, (count, 1))
    added = jax.nn.one_hot(jax.random.randint(extra, (count,), 0, edges), edges)
    kept = (jax.random.uniform(inside, (count, edges)) < level).astype(jnp.float32)
    return kept * (1 - added), jnp.maximum(kept, added)


def measure(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """Numbers of a seed: accuracies are two-label ones. "ratio": IoU over the chance IoU of the same sizes."""
    numbers = {"whole": float(arrays["whole"]), "argmax": float(arrays["argmax"])}
    first = arrays["circuits"][0].astype(bool)
    for n, name in enumerate(("first", "again", "away")):
        numbers |= {f"edges {name}": float(arrays["circuits"][n].sum()), f"accuracy {name}": float(arrays["alone"][n])}
    for n, name in ((1, "again"), (2, "away")):
        found = overlap(first, arrays["circuits"][n].astype(bool))
        numbers |= {
            f"iou {name}": found.iou,
            f"ratio {name}": found.iou / found.chance_iou if found.chance_iou > 0 else float("nan"),
            f"z {name}": found.z,
        }
        names = [word.replace("B", name).replace("A", "first") for word in regions(first, first)]
        numbers |= {f"accuracy {word}": float(x) for word, x in zip(names, arrays[f"{name} regions"], strict=True)}
    return numbers | {
        "indispensable": float(np.sum(arrays["without one"] < NEEDED)),
        "least without one": float(arrays["without one"].min()),
        "harmed": float(np.mean(arrays["larger"] < arrays["smaller"] - FALL)),
    }


def _optimizer(config: Config) -> optax.GradientTransformation:
    return optax.adamw(config["rate"], weight_decay=config["decay"])


RUN = Run(
    name="circuits-rome/indirect-objects",
    says="Decoders trained on indirect objects, and circuits found in them from other seeds and by OASR.",
    cost="about 60 CPU-s a seed, and half a minute to compile; no accelerator needed",
    expects="without dropped heads OASR costs accuracy and overlaps well above chance; with half dropped neither",
    settings=SETTINGS,
    init=init,
    step=step,
    evaluate=evaluate,
    measure=measure,
)
