"""Progress measures of modular arithmetic: which frequencies of the answer carry the logits, and the loss with them
alone and without them (after arXiv 2301.05217)."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

KEY_SHARE = 0.05
"""A frequency is key when its power exceeds this share of the largest."""


class Progress(NamedTuple):
    """powers: [frequencies 1..(p-1)/2] of the logits along answer minus class. key: [frequencies], which are key.
    restricted_loss: cross-entropy, in nats, of the key part alone, over all inputs. excluded_loss: of the logits
    without it, over the training inputs. variance_explained: the key part's share of the logits' power."""

    powers: Float[Array, " frequencies"]
    key: Bool[Array, " frequencies"]
    restricted_loss: Float[Array, ""]
    excluded_loss: Float[Array, ""]
    variance_explained: Float[Array, ""]


def progress(
    logits: Float[Array, "inputs p"], answers: Int[Array, " inputs"], train: Bool[Array, " inputs"]
) -> Progress:
    """The progress measures of a network's logits over the whole table of inputs.

    answers: the right class of each input. train: which inputs were trained on; at least one. The key part is the
    orthogonal projection, over inputs, onto cos and sin of 2 pi k answer / p for the key frequencies k.
    Raises ValueError for an even number of classes or disagreeing lengths.
    """
    count, p = logits.shape
    if p < 3 or p % 2 == 0:
        raise ValueError(f"logits has {p} classes; allowed: an odd number, at least 3")
    if answers.shape != (count,) or train.shape != (count,):
        raise ValueError(f"answers {answers.shape} and train {train.shape}; allowed: one for each of {count} inputs")
    centred = logits - logits.mean(1, keepdims=True)
    waves = _waves(p, logits.dtype)
    by_answer = jax.ops.segment_sum(centred, answers, num_segments=p)
    share = jnp.bincount(answers, length=p).astype(logits.dtype)
    # sum over inputs and classes of logits * cos(w (answer - class)) and * sin(w (answer - class))
    crossed = jnp.einsum("zka,zc,ckb->kab", waves, by_answer, waves)
    powers = (crossed[:, 0, 0] + crossed[:, 1, 1]) ** 2 + (crossed[:, 1, 0] - crossed[:, 0, 1]) ** 2
    key = powers > KEY_SHARE * powers.max()
    basis = (waves * key[:, None]).reshape(p, p - 1)
    gram = basis.T @ (share[:, None] * basis)
    fitted = basis @ (jnp.linalg.pinv(gram, hermitian=True) @ (basis.T @ by_answer))
    restricted = fitted[answers]
    excluded_losses = _cross_entropy(centred - restricted, answers)
    return Progress(
        powers,
        key,
        _cross_entropy(restricted, answers).mean(),
        (excluded_losses * train).sum() / train.sum(),
        (restricted**2).sum() / (centred**2).sum(),
    )


def _waves(p: int, dtype: jnp.dtype) -> Float[Array, "p frequencies 2"]:
    """cos and sin of 2 pi k z / p."""
    k = jnp.arange(1, (p + 1) // 2)
    angles = (2 * jnp.pi / p) * (jnp.arange(p)[:, None] * k % p).astype(dtype)
    return jnp.stack([jnp.cos(angles), jnp.sin(angles)], -1)


def _cross_entropy(logits: Float[Array, "inputs p"], answers: Int[Array, " inputs"]) -> Float[Array, " inputs"]:
    right = jnp.take_along_axis(logits, answers[:, None], 1)[:, 0]
    return jax.nn.logsumexp(logits, axis=1) - right
