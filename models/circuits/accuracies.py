"""How often a decoder under masks of its edges is right, on some prompts at a time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.models.circuits.found import Accuracies
from corollary.models.circuits.task import Task, argmax, last_logits, two_label
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.edges import source_writes
from corollary.models.decoder.forward import Weights
from corollary.models.decoder.network import Decoder

PROMPTS = 16
"""That are run at a time."""


def accuracies_of(model: Decoder, task: Task, ablation: str) -> Accuracies:
    """Of masks of the decoder's edges, on the task's prompts; other edges carry what `ablation` says."""

    def accuracies(masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        given, weights = jnp.asarray(masks, jnp.float32), model.weights()
        right = [
            _right(weights, given, part, counted, config=model.config, ablation=ablation)
            for part, counted in batches(task)
        ]
        two, every = np.sum([np.asarray(one, np.float64) for one in right], 0).T / len(task)
        return two, every

    return accuracies


def batches(task: Task) -> Iterator[tuple[Task, Float[Array, " n"]]]:
    """Parts of PROMPTS prompts, the last one filled up, and which of them count: one shape, one program, and as much
    memory however many prompts there are."""
    size = min(PROMPTS, len(task))
    for first in range(0, len(task), size):
        rows = np.arange(first, first + size)
        yield task[np.minimum(rows, len(task) - 1)], jnp.asarray(rows < len(task), jnp.float32)


def reference_of(model: Decoder, task: Task, ablation: str, weights: Weights) -> Array | None:
    """What edges carry that are not kept."""
    if ablation == "zero":
        return None
    assert task.corrupted is not None
    return source_writes(model, task.corrupted, real=task.real, weights=weights)


@partial(jax.jit, static_argnames=("config", "ablation"))
def _right(
    weights: Weights, masks: Array, task: Task, counted: Array, *, config: DecoderConfig, ablation: str
) -> Float[Array, "masks 2"]:
    """Prompts that come out right, of two labels and of all."""
    model = Decoder(config, weights=weights)
    reference = reference_of(model, task, ablation, weights)

    def one(mask: Array) -> Array:
        logits = last_logits(model, task, mask, weights=weights, reference=reference)
        return jnp.stack([(counted * rule(logits, task)).sum() for rule in (two_label, argmax)])

    return jax.lax.map(one, masks)
