"""A task for circuits: prompts with a good and a bad next token, and what a decoder makes of them under masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float, Int

from corollary.models.decoder.edges import run_edges
from corollary.models.decoder.forward import Weights
from corollary.models.decoder.network import Decoder

TIE = 1e-6
"""A logit must win by more than this: an empty mask makes all of them equal, and ties count as wrong."""


@partial(jax.tree_util.register_dataclass, data_fields=["tokens", "good", "bad", "corrupted", "real"], meta_fields=[])
@dataclass(frozen=True)
class Task:
    """tokens: [n, t]. good, bad: the right and the wrong next token after the last position, [n]. corrupted: prompts
    aligned with them token by token, for whom the answer is another, or None. real: [n, t], False at fillers, which
    stand on the left; None where there are none."""

    tokens: Int[Array, "n t"]
    good: Int[Array, " n"]
    bad: Int[Array, " n"]
    corrupted: Int[Array, "n t"] | None = None
    real: Bool[Array, "n t"] | None = None

    def __len__(self) -> int:
        return len(self.good)

    def __getitem__(self, rows: ArrayLike | slice) -> Task:
        parts = (self.tokens, self.good, self.bad, self.corrupted, self.real)
        return Task(*(None if part is None else part[rows] for part in parts))  # type: ignore[arg-type]


def last_logits(
    model: Decoder,
    task: Task,
    mask: Float[Array, " edges"],
    *,
    weights: Weights | None = None,
    reference: Float[Array, "sources n t width"] | None = None,
) -> Float[Array, "n outputs"]:
    """Logits after the last token under a mask. reference: as in run_edges."""
    return run_edges(model, task.tokens, mask, real=task.real, weights=weights, reference=reference, last=True)[:, 0]


def margins(logits: Float[Array, "n outputs"], task: Task) -> Float[Array, " n"]:
    """Logit of the good token less that of the bad one."""
    rows = jnp.arange(len(task.good))
    return logits[rows, task.good] - logits[rows, task.bad]


def lead(logits: Float[Array, "n outputs"], task: Task) -> Float[Array, " n"]:
    """Logit of the good token less the largest other one."""
    rows = jnp.arange(len(task.good))
    return logits[rows, task.good] - logits.at[rows, task.good].set(-jnp.inf).max(-1)


def two_label_loss(logits: Float[Array, "n outputs"], task: Task) -> Float[Array, ""]:
    """Cross-entropy of good against bad."""
    return jnp.mean(jax.nn.softplus(-margins(logits, task)))


def vocabulary_loss(logits: Float[Array, "n outputs"], task: Task) -> Float[Array, ""]:
    """Cross-entropy of the good token among all."""
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits), task.good[:, None], -1))


def divergence(teacher: Float[Array, "n outputs"], student: Float[Array, "n outputs"]) -> Float[Array, ""]:
    """KL(teacher || student) over the vocabulary."""
    known = jax.nn.log_softmax(teacher)
    return jnp.mean(jnp.sum(jnp.exp(known) * (known - jax.nn.log_softmax(student)), -1))


def undecided_loss(logits: Float[Array, "n outputs"], task: Task) -> Float[Array, ""]:
    """Cross-entropy with both labels equally right: log 2 at least, where good and bad tie."""
    gap = margins(logits, task)
    return jnp.mean((jax.nn.softplus(gap) + jax.nn.softplus(-gap)) / 2)


def scorer(
    model: Decoder,
    task: Task,
    statistic: Callable[[Array, Task], Array],
    *,
    chunk: int = 64,
    together: int = 1,
    reference: Float[Array, "sources n t width"] | None = None,
) -> Callable[[ArrayLike], np.ndarray]:
    """A function of masks [k, edges] -> the statistic of their logits, averaged over prompts, float [k].

    statistic: (logits [n, outputs], task) -> [n], such as `margins`, `two_label` or `argmax`. chunk: masks a program;
    together: of those side by side, which takes memory and saves time in small models. reference: as in run_edges.
    """
    weights = model.weights()  # an argument of what is compiled, which would hold a copy of them otherwise

    @jax.jit
    def run(weights: Weights, reference: Any, masks: Array) -> Array:
        one = partial(_scored, model, task, statistic, weights, reference)
        return jax.lax.map(one, masks, batch_size=together)

    def score(masks: ArrayLike) -> np.ndarray:
        given = np.asarray(masks, np.float32)
        size = 1 if len(given) == 1 else chunk
        parts = []
        for first in range(0, len(given), size):
            part = given[first : first + size]
            padded = np.concatenate([part, np.zeros((size - len(part), given.shape[1]), np.float32)])
            parts.append(np.asarray(run(weights, reference, padded))[: len(part)])
        return np.concatenate(parts)

    return score


def _scored(
    model: Decoder,
    task: Task,
    statistic: Callable[[Array, Task], Array],
    weights: Weights,
    reference: Float[Array, "sources n t width"] | None,
    mask: Array,
) -> Float[Array, ""]:
    logits = last_logits(model, task, mask, weights=weights, reference=reference)
    return jnp.mean(statistic(logits, task).astype(jnp.float32))


def two_label(logits: Float[Array, "n outputs"], task: Task) -> Array:
    """Whether good beats bad, [n]."""
    return margins(logits, task) > TIE


def argmax(logits: Float[Array, "n outputs"], task: Task) -> Array:
    """Whether good beats every other token, [n]."""
    return lead(logits, task) > TIE
