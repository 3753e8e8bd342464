"""Steering vectors for a decoder, trained and applied at any of its streams, by the width laws of arXiv 2605.05983.

steering = train_on_replies(model, tokens, prompt, reply, site="blocks.12.resid_post")
generate(model, prompts, 40, real=shown, change=[steer("blocks.12.resid_post", steering, shown)])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from corollary.models.decoder.network import Decoder
from corollary.models.decoder.sites import STREAM, Change, add, parse, sites_axes
from corollary.models.steering import Intervention, Positions, Steering, train_steering


def train_on_replies(
    model: Decoder,
    tokens: Int[Any, "examples t"],
    prompt: Bool[Any, "examples t"],
    reply: Bool[Any, "examples t"],
    site: str,
    *,
    positions: Positions = "prosv",
    hidden_rms: float | None = None,
    **settings: Any,
) -> Steering:
    """The vector at a site that makes the replies likeliest after their prompts, the model frozen: mean cross entropy
    of a reply's tokens, each row with the same weight.

    tokens: prompts with their replies, padded on either side; prompt, reply: True at their tokens. site: of one
    layer, of the stream's width. hidden_rms: None measures the root mean square of the site over the prompts.
    positions and settings: as train_steering. Raises ValueError for another site, a row without reply, or masks that
    overlap.
    """
    fed = np.asarray(tokens)
    inside, after = masks(prompt, reply)
    shown = inside | after
    width = stream_width(model, site)
    if hidden_rms is None:
        hidden_rms = stream_rms(model, site, fed, inside, shown)

    def loss(intervention: Intervention, batch: Any) -> Float[Array, ""]:
        rows, real, counted = batch
        change = add(site, intervention.vector, positions=intervention.mask)
        own = log_likelihoods(model, rows, real, [change])
        weight = counted[:, 1:] / jnp.maximum(counted[:, 1:].sum(-1, keepdims=True), 1)
        return -(own * weight).sum(-1).mean()

    examples = (jnp.asarray(fed), jnp.asarray(shown), jnp.asarray(after))
    return train_steering(
        loss, examples, inside, width, positions=positions, present=shown, hidden_rms=hidden_rms, **settings
    )


def masks(prompt: Any, reply: Any) -> tuple[Bool[np.ndarray, "*batch t"], Bool[np.ndarray, "*batch t"]]:
    """Both masks. Raises ValueError for a row without reply, or where they overlap."""
    inside, after = np.asarray(prompt), np.asarray(reply)
    if (inside & after).any():
        raise ValueError("prompt and reply overlap, which is not allowed; allowed: each token in one of them, or a pad")
    if not after.any(-1).all():
        row = int(np.argmin(after.any(-1)))
        raise ValueError(f"reply of row {row} is empty, which is not allowed; allowed: at least one token")
    return inside, after


def log_likelihoods(model: Decoder, rows: Any, real: Any, change: Sequence[Change] = ()) -> Float[Array, "b t-1"]:
    """The log-likelihood of every token but the first, given those before it."""
    logits = model.run(rows, real=real, change=list(change)).logits[:, :-1]
    likely = jax.nn.log_softmax(logits.astype(jnp.promote_types(logits.dtype, jnp.float32)))
    return jnp.take_along_axis(likely, rows[:, 1:, None], 2)[..., 0]


def stream_rms(model: Decoder, site: str, fed: Any, inside: Any, shown: Any) -> float:
    """The root mean square of a site over the tokens of `inside`."""
    stream = np.asarray(model.run(fed, read=[site], real=shown)[site], np.float64)[inside]
    return float(np.sqrt(np.mean(stream**2)))


def steer(
    site: str, steering: Steering, prompt: Bool[Any, "b t"], strength: float = 1.0, present: Any = None
) -> Change:
    """The change that adds a trained vector at these prompts' positions, `strength` times; for "fssv", and for
    generated tokens after it, everywhere."""
    intervention = steering.intervention(prompt, present if present is not None else prompt, strength)
    everywhere = steering.positions == "fssv"
    return add(site, intervention.vector, positions=None if everywhere else intervention.mask)


def stream_width(model: Decoder, site: str) -> int:
    """The width of a site of one layer's stream. Raises ValueError for another site."""
    pattern = parse(site, model.config.layers)
    if not pattern.single or sites_axes(pattern) != STREAM:
        raise ValueError(f"site={site!r} is not allowed; allowed: one layer's stream, such as blocks.0.resid_post")
    return model.config.width


def pad_examples(
    examples: Sequence[tuple[Sequence[int], Sequence[int]]], pad: int = 0
) -> tuple[Int[np.ndarray, "examples t"], Bool[np.ndarray, "examples t"], Bool[np.ndarray, "examples t"]]:
    """tokens, prompt and reply masks of (prompt ids, reply ids) pairs, padded on the left."""
    longest = max((len(p) + len(r) for p, r in examples), default=0)
    tokens = np.full((len(examples), longest), pad, np.int32)
    prompt, reply = np.zeros(tokens.shape, bool), np.zeros(tokens.shape, bool)
    for row, (first, second) in enumerate(examples):
        start = longest - len(first) - len(second)
        tokens[row, start:] = [*first, *second]
        prompt[row, start : start + len(first)] = True
        reply[row, start + len(first) :] = True
    return tokens, prompt, reply
