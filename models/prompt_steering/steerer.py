"""A fitted steerer, and how it changes a run: a strength of each token, along one direction a layer."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from corollary.models.decoder.network import Decoder
from corollary.models.decoder.sites import Change

Value = Mapping[str, Array]
"""z: direction. constant: nothing else. relu, affine: weights w and bias b of a probe. clamp: the set point c, z of
length 1. sequence: w, b, and the coefficient a of each row [b], or of all [1]. Of several layers, each with a first
axis over them."""

LARGEST = 8
"""Of a sequence's gates that its one coefficient averages."""

GATES: dict[str, Callable[[Array, Value], Array]] = {
    "constant": lambda h, v: jnp.ones(h.shape[:-1], h.dtype),
    "clamp": lambda h, v: v["c"] - h @ v["z"],
    "affine": lambda h, v: h @ v["w"] + v["b"],
    "relu": lambda h, v: jax.nn.relu(h @ v["w"] + v["b"]),
    "sequence": lambda h, v: jnp.broadcast_to(v["a"][:, None], h.shape[:-1]),
}
"""The coefficient along z at each token of a stream [b, t, width]."""


@dataclass(frozen=True)
class PromptSteerer:
    """A method fitted at layers, each leaf of `value` with a first axis over them."""

    method: str
    layers: tuple[int, ...]
    value: Value

    def change(self, strength: float | Array = 1.0, where: Any = None) -> list[Change]:
        """For `Decoder.run` and `generate`. strength: 1 is the prompt's own. where: which tokens of the prompt are
        steered, [b, t] booleans, such as `last_token(real)`; None: all. New tokens of a generation are steered
        throughout."""
        count = len(self.layers)
        value = {**self.value, "strength": jnp.full(count, strength, jnp.float32)}
        if where is not None:
            shown = jnp.asarray(where, bool)
            value["where"] = jnp.broadcast_to(shown, (count, *shown.shape))
        out = []
        for first, last in _runs(self.layers):
            part = jax.tree.map(lambda leaf, a=first, b=last: leaf[a:b], value)
            site = f"blocks.{self.layers[first]}:{self.layers[last - 1] + 1}.resid_post"
            out.append(Change(site, HOWS[self.method], part, per_layer=True))
        return out

    def predicted(
        self, stream: Float[Array, "layers b k width"], counted: Bool[Array, "b k"]
    ) -> Float[Array, "layers b k width"]:
        """What it adds to these streams at strength 1; one coefficient a sequence is that of the tokens counted."""
        value = self.value
        if self.method == "sequence":
            value = {**value, "a": jax.vmap(coefficient, (0, 0, None))(stream, value, counted)}
        gates = jax.vmap(GATES[self.method])(stream, value)
        return gates[..., None] * value["z"][:, None, None]

    def for_rows(self, model: Decoder, tokens: Any, real: Any = None) -> PromptSteerer:
        """With the coefficient of each of these rows, read from the plain run, for methods that have one a sequence;
        others are as they were. Without it, the mean coefficient of what was fitted serves all rows."""
        if self.method != "sequence":
            return self
        site = "blocks.*.resid_post"
        stream = model.run(tokens, real=real, read=[site])[site][jnp.asarray(self.layers)].astype(jnp.float32)
        counted = jnp.ones(stream.shape[1:3], bool) if real is None else jnp.asarray(real, bool)
        own = jax.vmap(coefficient, (0, 0, None))(stream, self.value, counted)
        return replace(self, value={**self.value, "a": own})


def last_token(real: Any) -> Bool[np.ndarray, "b t"]:
    """The last token of each prompt, padded on either side: where a reply is steered from."""
    shown = np.asarray(real, bool)
    last = shown.shape[1] - 1 - np.argmax(shown[:, ::-1], axis=1)
    return np.arange(shown.shape[1])[None] == last[:, None]


def coefficient(stream: Float[Array, "b k width"], value: Value, counted: Bool[Array, "b k"]) -> Float[Array, " b"]:
    """The mean of a sequence's largest gates."""
    gates = jnp.where(counted, jax.nn.relu(stream @ value["w"] + value["b"]), 0.0)
    largest = min(LARGEST, gates.shape[1])
    there = jnp.minimum(counted.sum(1), largest)
    return jax.lax.top_k(gates, largest)[0].sum(1) / jnp.maximum(there, 1)


def _how(method: str) -> Callable[[Array, Value], Array]:
    def how(x: Array, value: Value) -> Array:
        push = value["strength"] * GATES[method](x.astype(jnp.float32), value)
        # Tokens of the prompt come together, new ones one at a time; a prompt of one token is steered at its last.
        if "where" in value and value["where"].shape[1] == x.shape[1]:
            push = jnp.where(value["where"], push, 0.0)
        return x + (push[..., None] * value["z"]).astype(x.dtype)

    return how


HOWS = {method: _how(method) for method in GATES}
"""One function a method, so that a compiled run is used again."""


def _runs(layers: tuple[int, ...]) -> list[tuple[int, int]]:
    """[first, last) of neighbours that follow each other."""
    bounds = [0, *(n for n in range(1, len(layers)) if layers[n] != layers[n - 1] + 1), len(layers)]
    return list(itertools.pairwise(bounds))
