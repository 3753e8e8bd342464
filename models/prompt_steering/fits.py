"""Steerers fitted to differences, each layer by itself and all at once: constants, clamping, probes, one coefficient a
sequence."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from corollary.models.decoder.network import Decoder
from corollary.models.prompt_steering.differences import Differences, Pairs, differences
from corollary.models.prompt_steering.steerer import GATES, PromptSteerer, Value, coefficient

METHODS: dict[str, str] = {
    "constant": "the mean difference, added everywhere (CAA)",
    "clamp": "the projection on the mean difference set to its mean in the instructed runs (Stolfo et al.)",
    "affine": "an affine probe of the token's own stream times a direction, by least squares",
    "relu": "a ReLU probe times a direction, by least squares (prompt steering replacement)",
    "sequence": "one coefficient a sequence, the mean of its largest ReLU gates, times a direction (as ReFT-R1, whose "
    "probe has no bias and is its direction)",
}
TRAINED = ("affine", "relu", "sequence")


def fit_prompt_steering(
    model: Decoder,
    pairs: Pairs,
    method: str = "relu",
    layers: Sequence[int] | None = None,
    *,
    effect: str = "",
    **settings: Any,
) -> PromptSteerer:
    """A method fitted at layers (None: all), each by itself to cached differences. effect: "accumulated", "local", or
    "" for the first at one layer and the second at several, where what earlier layers add comes down the stream. A hook
    after a block changes nothing before it: at one layer the fit is exactly the regression that steering there poses;
    at several it supposes that the earlier layers do what they should, and `refined` trains them together. settings:
    as `fitted`. Raises ValueError for an unknown method, layer or effect.
    """
    depth = model.config.layers
    chosen = list(range(depth)) if layers is None else [int(layer) for layer in layers]
    if not chosen or sorted(set(chosen)) != chosen or not 0 <= chosen[0] <= chosen[-1] < depth:
        raise ValueError(f"layers={chosen} is not allowed; allowed: rising numbers from 0 to {depth - 1}")
    found = differences(model, pairs, effect or ("local" if len(chosen) > 1 else "accumulated"))
    return fitted(found.of_layers(chosen), method, tuple(chosen), **settings)


def fitted(
    found: Differences,
    method: str,
    layers: tuple[int, ...],
    *,
    steps: int = 1500,
    rate: float = 1e-2,
    penalty: float = 0.0,
) -> PromptSteerer:
    """A method fitted to the differences of `layers`. steps, rate: of Adam, on all tokens, for methods with a probe,
    whose inputs are divided by their root mean square, from w = 0, b = 1/2 and the mean difference. penalty: times the
    mean over sequences of max(0, 1 - sum of gates), beside the squared error over the difference's power. Raises
    ValueError for an unknown method, and for steps, rate or penalty out of range."""
    if method not in METHODS:
        raise ValueError(f"method={method!r} is not allowed; allowed: {', '.join(METHODS)}")
    if steps < 1 or not rate > 0 or not penalty >= 0:
        given = f"steps={steps}, rate={rate}, penalty={penalty}"
        raise ValueError(f"{given} is not allowed; allowed: steps >= 1, rate > 0, penalty >= 0")
    mean = found.mean(found.delta)
    if method == "constant":
        return PromptSteerer(method, layers, {"z": mean})
    if method == "clamp":
        unit = mean / jnp.linalg.norm(mean, axis=1, keepdims=True)
        towards = jnp.einsum("lbkd,ld->lbk", found.stream + found.delta, unit)
        return PromptSteerer(method, layers, {"z": unit, "c": found.mean(towards)})
    scale = jnp.sqrt(found.mean((found.stream**2).mean(-1)))
    start = {"w": jnp.zeros_like(mean), "b": jnp.full(len(mean), 0.5, mean.dtype), "z": mean}
    inputs = found.stream / scale[:, None, None, None]
    value = dict(_trained(inputs, found.delta, found.counted, found.power, start, rate, penalty, method, steps))
    value["w"] = value["w"] / scale[:, None]
    if method == "sequence":
        own = jax.vmap(coefficient, (0, 0, None))(found.stream, value, found.counted)
        value["a"] = own.mean(1, keepdims=True)
    return PromptSteerer(method, layers, value)


def relative_errors(steerer: PromptSteerer, found: Differences, strength: float = 1.0) -> Float[Array, " layers"]:
    """Of each layer: the root of E|s P - Delta|^2 / E|Delta|^2 over the surface's tokens, on the plain streams."""
    predicted = strength * steerer.predicted(found.stream, found.counted)
    return jnp.sqrt(found.mean(((predicted - found.delta) ** 2).sum(-1)) / found.power)


@partial(jax.jit, static_argnames=("method", "steps"))
def _trained(
    stream: Array, delta: Array, counted: Array, power: Array, start: Value, rate: float, penalty: float, method: str,
    steps: int,
) -> Value:  # fmt: skip
    """Every layer's probe and direction after Adam. stream, delta: [layers, b, k, width]."""

    def of_layer(stream: Array, delta: Array, power: Array, value: Value) -> Value:
        return _descended(method, stream, delta, counted, power, value, steps, rate, penalty)

    return jax.vmap(of_layer)(stream, delta, power, start)


def _descended(
    method: str, stream: Array, delta: Array, counted: Array, power: Array, value: Value, steps: int, rate: float,
    penalty: float,
) -> Value:  # fmt: skip
    """One layer's, [b, k, width]."""
    weight = counted / counted.sum()
    optimizer = optax.adam(rate)

    def lost(value: Value) -> Array:
        given = {**value, "a": coefficient(stream, value, counted)} if method == "sequence" else value
        gates = GATES[method](stream, given)
        # |g z - delta|^2 but for |delta|^2, which no value changes: nothing as large as delta is made.
        error = jnp.sum(weight * gates * (gates * (value["z"] ** 2).sum() - 2 * (delta @ value["z"]))) / power
        owed = jnp.maximum(0.0, 1 - jnp.where(counted, gates, 0.0).sum(1)).mean()
        return error + penalty * owed

    def step(state: Any, _: None) -> tuple[Any, None]:
        value, moments = state
        update, moments = optimizer.update(jax.grad(lost)(value), moments)
        return (optax.apply_updates(value, update), moments), None

    return jax.lax.scan(step, (value, optimizer.init(value)), None, length=steps)[0][0]
