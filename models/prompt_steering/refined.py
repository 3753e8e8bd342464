"""Steerers trained through the network, all layers together, towards the instructed streams or the replies."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from corollary.models.decoder.network import Decoder
from corollary.models.fitting import fit
from corollary.models.prompt_steering.differences import AFTER, Pairs, differences
from corollary.models.prompt_steering.steerer import PromptSteerer, Value

OBJECTIVES = ("mse", "likelihood")
REFINED = ("constant", "affine", "relu")

Batch = tuple[Array, ...]
"""plain [b, t], real [b, t], surface [b, k], reply [b, k], and the instructed streams [b, layers, k, width]."""


def refined(
    model: Decoder,
    pairs: Pairs,
    steerer: PromptSteerer,
    *,
    objective: str = "mse",
    steps: int = 250,
    batch: int = 8,
    rate: float = 2e-2,
    seed: int = 0,
    quiet: bool = False,
) -> PromptSteerer:
    """The steerer trained on, the model frozen: Adam on batches of pairs, its rate down a cosine.
    Raises ValueError for an unknown objective, a method that is not trained through the network, and what `fitting.fit`
    refuses."""
    if objective not in OBJECTIVES:
        raise ValueError(f"objective={objective!r} is not allowed; allowed: {', '.join(OBJECTIVES)}")
    if steerer.method not in REFINED:
        raise ValueError(f"method={steerer.method!r} is not allowed; allowed: {', '.join(REFINED)}")
    examples, power = prepared(model, pairs)

    def lost(value: Value, rows: Batch, key: Array) -> Float[Array, ""]:
        return network_loss(model, replace(steerer, value=value), rows, power, objective)

    optimizer = optax.adam(optax.cosine_decay_schedule(rate, steps))
    found = fit(
        lost, dict(steerer.value), examples,
        steps=steps, batch=min(batch, len(pairs.plain)), optimizer=optimizer, key=jax.random.key(seed), quiet=quiet,
    )  # fmt: skip
    return replace(steerer, value=found.parameters)


def prepared(model: Decoder, pairs: Pairs) -> tuple[Batch, Float[Array, " layers"]]:
    """What `network_loss` takes of these pairs: a batch of all, and the power of the difference after each block."""
    found = differences(model, pairs)
    wanted = jnp.moveaxis(found.stream + found.delta, 0, 1)
    return (pairs.plain, pairs.real, pairs.surface, pairs.reply, wanted), found.power


def network_loss(
    model: Decoder, steerer: PromptSteerer, batch: Batch, power: Float[Array, " layers"], objective: str = "mse"
) -> Float[Array, ""]:
    """ "mse": of the steered streams from the instructed ones on the surface, after the first steered layer and all
    later ones, each layer over the power of its difference. "likelihood": mean cross entropy of the replies' tokens."""
    plain, real, surface, reply, wanted = batch
    k, first = surface.shape[1], steerer.layers[0]
    change = steerer.change(1.0, jnp.zeros(plain.shape, bool).at[:, -k:].set(surface))
    ran = model.run(plain, real=real, read=[AFTER], change=change)
    steered = ran[AFTER][:, :, -k:]
    if objective == "likelihood":
        likely = jax.nn.log_softmax(ran.logits[:, -k:-1].astype(jnp.float32))
        own = jnp.take_along_axis(likely, plain[:, 1 - k :, None], 2)[..., 0]
        return -jnp.sum(own * reply[:, 1:]) / reply.sum()
    apart = ((steered[first:] - jnp.moveaxis(wanted, 1, 0)[first:]) ** 2).sum(-1)
    return jnp.sum(jnp.sum(apart * surface, (1, 2)) / surface.sum() / power[first:])
