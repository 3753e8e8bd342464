"""Steering vectors trained on preferences: a reply that shows the concept against one that does not, by the loss that
the code of arXiv 2605.05983 calls scaled SimPO.

steering = train_on_preferences(model, tokens, prompt, reply, site="blocks.12.resid_post")
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from corollary.models.decoder.network import Decoder
from corollary.models.decoder.sites import add
from corollary.models.site_steering import log_likelihoods, masks, stream_rms, stream_width
from corollary.models.steering import Intervention, Positions, Steering, train_steering

WANTED, OTHER = 0, 1


def scaled_simpo(
    likelihoods: Float[Array, "b 2"], lengths: Float[Array, "b 2"], reference: Float[Array, "b 2"]
) -> Float[Array, ""]:
    """-log sigmoid(max(r_o - r_w, 1) p_w / |w| - p_o / |o|), averaged over pairs: the less likely the wanted reply was
    to the model as it is, the more its mean likelihood counts.

    likelihoods: summed log-likelihoods p of the wanted reply w and of the other o, of `lengths` tokens; reference: r,
    the same of the unsteered model.
    """
    mean = likelihoods / lengths
    weight = jnp.maximum(reference[:, OTHER] - reference[:, WANTED], 1.0)
    return -jnp.mean(jax.nn.log_sigmoid(weight * mean[:, WANTED] - mean[:, OTHER]))


def train_on_preferences(
    model: Decoder,
    tokens: Int[Any, "examples 2 t"],
    prompt: Bool[Any, "examples 2 t"],
    reply: Bool[Any, "examples 2 t"],
    site: str,
    *,
    positions: Positions = "prosv",
    hidden_rms: float | None = None,
    **settings: Any,
) -> Steering:
    """The vector at a site that makes the first of two replies to a prompt likelier than the second, the model frozen.

    tokens: the prompt with the wanted reply, and with the other, padded on either side (`pad_examples` of both, one
    after the other, reshaped); prompt, reply: True at their tokens. The rest as `site_steering.train_on_replies`,
    which also says what is refused; ValueError too for arrays of another shape.
    """
    fed = np.asarray(tokens)
    if fed.ndim != 3 or fed.shape[1] != 2 or np.shape(prompt) != fed.shape or np.shape(reply) != fed.shape:
        raise ValueError(f"tokens of shape {fed.shape} are not allowed; allowed: [examples, 2, t], and masks like it")
    inside, after = masks(prompt, reply)
    shown = inside | after
    width, flat = stream_width(model, site), (-1, fed.shape[2])
    if hidden_rms is None:
        hidden_rms = stream_rms(model, site, fed.reshape(flat), inside.reshape(flat), shown.reshape(flat))

    def summed(rows: Array, real: Array, counted: Array, change: list[Any]) -> Float[Array, "b 2"]:
        own = log_likelihoods(model, rows.reshape(flat), real.reshape(flat), change)
        return (own.reshape(*rows.shape[:2], -1) * counted[..., 1:]).sum(-1)

    examples = jnp.asarray(fed), jnp.asarray(shown), jnp.asarray(after)
    reference = summed(*examples, [])

    def loss(intervention: Intervention, batch: Any) -> Float[Array, ""]:
        rows, real, counted, before = batch
        change = add(site, intervention.vector, positions=intervention.mask.reshape(flat))
        return scaled_simpo(summed(rows, real, counted, [change]), counted.sum(-1), before)

    return train_steering(
        loss, (*examples, reference), inside, width,
        positions=positions, present=shown, hidden_rms=hidden_rms, **settings,
    )  # fmt: skip
