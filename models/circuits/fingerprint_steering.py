"""The write side of circuit fingerprints: states of answers run alone as prototypes, and steps between them (arXiv
2602.09784)."""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.circuits.fingerprint import LAST, unit
from corollary.models.decoder.forward import Weights
from corollary.models.decoder.network import Decoder
from corollary.models.decoder.sites import add

RULES = ("replacement", "magnitude")


def isolated_states(
    model: Decoder, answers: ArrayLike, *, template: Sequence[int] = (), weights: Weights | None = None
) -> Float[Array, "k width"]:
    """The stream behind the last block of each answer run alone, at its token. template: tokens before it."""
    given = jnp.asarray(answers)
    before = jnp.tile(jnp.asarray(template, given.dtype), (len(given), 1))
    tokens = jnp.concatenate([before, given[:, None]], axis=1)
    return model.run(tokens, read=[LAST], weights=weights)[LAST][:, -1]


def prototypes(states: Float[ArrayLike, "k width"], rank: int | None = None) -> Float[Array, "k width"]:
    """States less their mean, within their first `rank` principal directions; None keeps all, and changes nothing.
    Raises ValueError for fewer than two states, and for a rank outside 1..k - 1."""
    given = jnp.asarray(states)
    if given.ndim != 2 or len(given) < 2:
        raise ValueError(f"states of shape {given.shape} are not allowed; allowed: [k, width] with k >= 2")
    centred = given - given.mean(0)
    if rank is None:
        return centred
    if not 1 <= rank < len(given):
        raise ValueError(f"rank={rank} is not allowed; allowed: an integer from 1 to {len(given) - 1}")
    basis = jnp.linalg.svd(centred, full_matrices=False)[2][:rank]
    return centred @ basis.T @ basis


def displacement(
    source: Float[ArrayLike, "*batch width"],
    target: Float[ArrayLike, "*batch width"],
    rule: str = "replacement",
    alpha: ArrayLike = 1.0,
) -> Float[Array, "*batch width"]:
    """The step from one prototype's direction to another's: alpha times the unit target less the unit source, times
    |source - target| ("replacement") or |source| ("magnitude"). Raises ValueError for another rule."""
    if rule not in RULES:
        raise ValueError(f"rule={rule!r} is not allowed; allowed: {', '.join(RULES)}")
    one, other = jnp.asarray(source), jnp.asarray(target)
    size = jnp.linalg.norm(one - other if rule == "replacement" else one, axis=-1, keepdims=True)
    return jnp.asarray(alpha) * size * (unit(other) - unit(one))


def steered(
    model: Decoder,
    tokens: ArrayLike,
    step: Float[ArrayLike, "b width"],
    *,
    site: str = LAST,
    weights: Weights | None = None,
) -> Float[Array, "b outputs"]:
    """Logits after the last token [b, t] with a step added to the stream there. site: a stream, by default behind the
    last block. Raises ValueError as Decoder.run."""
    change = add(site, jnp.asarray(step)[:, None], positions=[-1])
    return model.run(tokens, change=[change], weights=weights).logits[:, -1]
