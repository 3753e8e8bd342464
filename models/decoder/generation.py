"""Greedy and sampled generation with a cache, in one compiled loop for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int

from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.forward import Cache, Weights, forward, sites_of
from corollary.models.decoder.network import Decoder, inputs
from corollary.models.decoder.sites import Change, checked


@jax.tree_util.register_dataclass
@dataclass(frozen=True)
class Generated:
    """tokens: [b, count], `stop` after a row's end. lengths: [b], tokens before the end. logprobs: [b, count], of each
    token under the model before temperature and cuts, 0 after a row's end."""

    tokens: Int[Array, "b count"]
    lengths: Int[Array, " b"]
    logprobs: Float[Array, "b count"]


def generate(
    model: Decoder,
    tokens: ArrayLike,
    count: int,
    *,
    real: ArrayLike | None = None,
    stop: int | Sequence[int] = (),
    temperature: float = 0.0,
    top_k: int = 0,
    top_p: float = 1.0,
    key: Array | None = None,
    change: Sequence[Change] = (),
    weights: Weights | None = None,
) -> Generated:
    """`count` tokens after each row, fewer where a `stop` token comes first.

    tokens: [b, t]; real: [b, t], False at pads, on either side. temperature: 0 takes the likeliest token; above it
    samples, with `key`, from the top_k likeliest (0: all) and the least set of them that holds probability top_p. A row
    gives the same tokens alone and in any batch, padded on either side; sampled, at its index of any batch.

    change: applied to the prompt and to every new token; positions count columns of the prompt and on from there, so
    that a change at positions=[-1] acts on the last column of the prompt alone. A change whose value has a token axis
    of its own is refused.

    Raises ValueError for what Decoder.run refuses, count < 1, a temperature without key, and more positions than a
    learned table has.
    """
    config = model.config
    fed, shown, _ = inputs(config, tokens, real, None, None)
    length = fed.shape[1]
    _checked_settings(count, temperature, top_k, top_p, key, config)
    if config.positions == "learned" and length + count > config.context:
        longest = length if shown is None else int(shown.sum(1).max())
        if longest + count > config.context:
            raise ValueError(
                f"count={count} is not allowed; allowed: at most {config.context - longest} more positions"
            )
    sizes = {"token": length, "key": length, "heads": config.heads, "kv_heads": config.kv_heads}
    changes = checked(change, config.layers, sites_of(config), sizes)
    absolute = [_absolute(c, length, count) for _, c in changes]
    stops = jnp.asarray([stop] if isinstance(stop, int) else list(stop), jnp.int32)
    real_now = jnp.ones(fed.shape, bool) if shown is None else shown
    return _generated(
        model.weights() if weights is None else weights,
        fed, real_now, stops, jnp.float32(temperature), jnp.float32(top_p),
        jax.random.key(0) if key is None else key, absolute,
        config=config, count=count, patterns=tuple(p for p, _ in changes), greedy=temperature == 0, top_k=top_k,
    )  # fmt: skip


@partial(jax.jit, static_argnames=("config", "count", "patterns", "greedy", "top_k"))
def _generated(
    weights: Weights, tokens: Array, real: Array, stops: Array, temperature: Array, top_p: Array, key: Array, changes:
    Any, *, config: DecoderConfig, count: int, patterns: Any, greedy: bool, top_k: int,
) -> Generated:  # fmt: skip
    batch, length = tokens.shape
    end = stops[0] if stops.size else jnp.int32(0)

    def asked(start: Array | int, width: int) -> list[Any]:
        return [(p, _here(c, start, width)) for p, c in zip(patterns, changes, strict=True)]

    ran = forward(weights, config, tokens, real, None, (), asked(0, length), keep=True)
    last = length - 1 - jnp.argmax(real[:, ::-1], axis=1)
    logits = jnp.take_along_axis(ran.logits, last[:, None, None], axis=1)[:, 0]
    cache = _room(ran.cache, count)
    rows = real.sum(1, dtype=jnp.int32)

    def pick(logits: Array, step: Array) -> tuple[Array, Array]:
        token = _picked(logits, temperature, top_p, jax.random.fold_in(key, step), greedy, top_k)
        logprob = jax.nn.log_softmax(logits.astype(jnp.promote_types(logits.dtype, jnp.float32)))
        return token, jnp.take_along_axis(logprob, token[:, None], 1)[:, 0]

    def advance(state: Any) -> Any:
        step, logits, cache, out, logprobs, ended, lengths = state
        token, logprob = pick(logits, step)
        over = ended | (token[:, None] == stops).any(1)
        token = jnp.where(over, end, token)
        out = jax.lax.dynamic_update_slice(out, token[:, None], (jnp.zeros_like(step), step))
        logprobs = jax.lax.dynamic_update_slice(
            logprobs, jnp.where(ended, 0, logprob)[:, None], (jnp.zeros_like(step), step)
        )
        position = (rows + step)[:, None]
        ran = forward(weights, config, token[:, None], None, position, (), asked(length + step, 1), cache)
        cache = _written(cache, ran.cache, position, length + step)
        return step + 1, ran.logits[:, 0], cache, out, logprobs, over, lengths + ~over

    kind = jnp.promote_types(logits.dtype, jnp.float32)
    state = (
        jnp.int32(0), logits, cache, jnp.full((batch, count), end, jnp.int32), jnp.zeros((batch, count), kind),
        jnp.zeros(batch, bool), jnp.zeros(batch, jnp.int32),
    )  # fmt: skip
    done = jax.lax.while_loop(lambda s: (s[0] < count) & ~s[5].all(), advance, state)
    return Generated(done[3], done[6], done[4])


def _picked(logits: Array, temperature: Array, top_p: Array, key: Array, greedy: bool, top_k: int) -> Int[Array, " b"]:
    if greedy:
        return jnp.argmax(logits, axis=-1).astype(jnp.int32)
    scaled = logits.astype(jnp.promote_types(logits.dtype, jnp.float32)) / temperature
    if top_k:
        least = jax.lax.top_k(scaled, top_k)[0][:, -1:]
        scaled = jnp.where(scaled < least, -jnp.inf, scaled)
    order = jnp.argsort(-scaled, axis=-1)
    sorted_ = jax.nn.softmax(jnp.take_along_axis(scaled, order, -1))
    outside = jnp.cumsum(sorted_, -1) - sorted_ >= top_p  # the likeliest token is always inside
    cut = jnp.where(outside, -jnp.inf, jnp.take_along_axis(scaled, order, -1))
    rows = jnp.arange(len(cut), dtype=jnp.uint32)
    chosen = jax.vmap(lambda row, logits: jax.random.categorical(jax.random.fold_in(key, row), logits))(rows, cut)
    return jnp.take_along_axis(order, chosen[:, None], 1)[:, 0].astype(jnp.int32)


def _room(cache: Cache | None, count: int) -> Cache:
    """The cache with empty columns for what comes."""
    assert cache is not None
    wide = ((0, 0), (0, 0), (0, count), (0, 0), (0, 0))
    return Cache(
        jnp.pad(cache.keys, wide),
        jnp.pad(cache.values, wide),
        jnp.pad(cache.real, ((0, 0), (0, count))),
        jnp.pad(cache.positions, ((0, 0), (0, count))),
    )


def _written(cache: Cache, grown: Cache | None, position: Array, column: Array) -> Cache:
    """The last column of `grown` written into its place, so that the loop keeps one buffer."""
    assert grown is not None
    zero = jnp.zeros_like(column)  # of the same integers, whatever Python's own count as
    at = (zero, zero, column, zero, zero)
    return Cache(
        jax.lax.dynamic_update_slice(cache.keys, grown.keys[:, :, -1:], at),
        jax.lax.dynamic_update_slice(cache.values, grown.values[:, :, -1:], at),
        jax.lax.dynamic_update_slice(cache.real, jnp.ones_like(position, bool), (zero, column)),
        jax.lax.dynamic_update_slice(cache.positions, position, (zero, column)),
    )


def _absolute(change: Change, length: int, count: int) -> Change:
    """The change with its positions as booleans over the columns of prompt and continuation."""
    if change.keys is not None:
        raise ValueError(f"keys at {change.site} is not allowed; allowed in a generation: positions and heads")
    if change.positions is None:
        return change
    which = jnp.asarray(change.positions)
    if which.dtype != bool:
        columns = jnp.arange(length, dtype=jnp.int32)
        which = ((columns == which.reshape(-1, 1)) | (columns - length == which.reshape(-1, 1))).any(0)
    which = jnp.pad(jnp.atleast_2d(which), ((0, 0), (0, count)))
    return Change(change.site, change.how, change.value, which, None, change.heads, change.per_layer)


def _here(change: Change, start: Array | int, width: int) -> Change:
    if change.positions is None:
        return change
    which = jax.lax.dynamic_slice_in_dim(change.positions, start, width, 1)
    return Change(change.site, change.how, change.value, which, None, change.heads, change.per_layer)


def _checked_settings(
    count: int, temperature: float, top_k: int, top_p: float, key: Array | None, config: DecoderConfig
) -> None:
    if config.features:
        raise ValueError("a model of features is not allowed; allowed: a model of tokens")
    if count < 1:
        raise ValueError(f"count={count} is not allowed; allowed: an integer >= 1")
    if not temperature >= 0:
        raise ValueError(f"temperature={temperature} is not allowed; allowed: a number >= 0")
    if temperature and key is None:
        raise ValueError(f"temperature={temperature} without key is not allowed; allowed: 0, or a key such as key(0)")
    if not 0 <= top_k <= config.outputs:
        raise ValueError(f"top_k={top_k} is not allowed; allowed: an integer from 0 to {config.outputs}")
    if not 0 < top_p <= 1:
        raise ValueError(f"top_p={top_p} is not allowed; allowed: a number in (0, 1]")
