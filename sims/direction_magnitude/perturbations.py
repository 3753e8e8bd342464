"""Perturbations of hidden states by a given displacement, and the two protocols that apply them.

`matched`: every token moves by exactly delta; an angular one along a fresh uniform direction across the state at every
layer. `notebook`: what the published notebook does: one kappa for all tokens, found by bisection, noise that is not
orthogonal to the state and is re-used at every layer. Radial perturbations are the same in both: fresh fair signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

Scalar = float | Array
KAPPA_MOST, BISECTIONS = 2.0, 20

KINDS = ("none", "radial", "chord", "notebook", "gaussian")
"""What is done to a state: nothing; a step along it; a rotation by a chord; the notebook's; an isotropic step."""

ARMS = {
    "radial": ("radial", False),
    "fresh": ("chord", False),
    "reused": ("chord", True),
    "notebook": ("notebook", True),
}
"""Name -> (kind, whether one draw serves all layers)."""

PROTOCOLS = {"matched": ("radial", "fresh"), "notebook": ("radial", "notebook")}
"""Name -> its magnitude and its direction arm."""


def lengths(states: Float[Array, "*batch d"]) -> Float[Array, "*batch 1"]:
    return jnp.sqrt(jnp.sum(states * states, axis=-1, keepdims=True))


def radial(states: Float[Array, "*batch d"], delta: Scalar, signs: Float[Array, "*batch"]) -> Float[Array, "*batch d"]:
    """h (1 + s delta / |h|)."""
    return states * (1 + signs[..., None] * delta / lengths(states))


def chord(states: Float[Array, "*batch d"], delta: Scalar, draws: Float[Array, "*batch d"]) -> Float[Array, "*batch d"]:
    """The state on its sphere at distance delta, in the direction of the part of `draws` across it; delta is cut at
    2 |h|, which `beyond` counts."""
    size = lengths(states)
    unit = states / size
    across = draws - unit * jnp.sum(draws * unit, axis=-1, keepdims=True)
    across = across - unit * jnp.sum(across * unit, axis=-1, keepdims=True)  # once more, against rounding
    across = across / lengths(across)
    part = jnp.minimum(delta / size, 2.0)
    back, side = part**2 / 2, part * jnp.sqrt(jnp.maximum(1 - part**2 / 4, 0.0))
    return states + size * (side * across - back * unit)


def beyond(states: Float[Array, "*batch d"], delta: Scalar) -> Float[Array, "*batch"]:
    """1 where no rotation moves the state by delta, else 0."""
    return (delta > 2 * lengths(states)[..., 0]).astype(states.dtype)


def mixed(states: Float[Array, "*batch d"], kappa: Scalar, draws: Float[Array, "*batch d"]) -> Float[Array, "*batch d"]:
    """|h| (u + kappa n) / |u + kappa n|, n = draws / |draws|."""
    size = lengths(states)
    moved = states / size + kappa * draws / lengths(draws)
    return size * moved / lengths(moved)


def notebook(
    states: Float[Array, "*batch t d"],
    delta: Scalar,
    draws: Float[Array, "*batch t d"],
    weights: Float[Array, "*batch t"],
) -> Float[Array, "*batch t d"]:
    """`mixed` with, for each sequence, the one kappa in [0, 2] whose mean displacement over tokens of weight 1 is
    delta, by bisection; with the end of the interval where none is."""
    total = jnp.sum(weights, axis=-1, keepdims=True)

    def halve(ends: tuple[Array, Array], _: None) -> tuple[tuple[Array, Array], None]:
        low, high = ends
        middle = (low + high) / 2
        moved = lengths(mixed(states, middle[..., None], draws) - states)[..., 0]
        short = jnp.sum(moved * weights, axis=-1, keepdims=True) < delta * total
        return (jnp.where(short, middle, low), jnp.where(short, high, middle)), None

    (low, high), _ = jax.lax.scan(halve, (jnp.zeros_like(total), jnp.full_like(total, KAPPA_MOST)), length=BISECTIONS)
    return mixed(states, ((low + high) / 2)[..., None], draws)


def perturbed(states: Float[Array, "b t d"], given: Mapping[str, Any]) -> Float[Array, "b t d"]:
    """The states under a kind of perturbation that is data, to be put at a site. Where delta is 0, they are left as
    they are, to the bit.

    given: kind (index into KINDS), delta [], signs [b, t], draws [b, t, d], moved [b, t]: 1 for the tokens that are
    perturbed, and over which the notebook takes its mean.
    """
    states = states.astype(jnp.promote_types(states.dtype, jnp.float32))
    delta, draws, moved = given["delta"].astype(states.dtype), given["draws"], given["moved"]
    branches = [
        lambda: states,
        lambda: radial(states, delta, given["signs"]),
        lambda: chord(states, delta, draws),
        lambda: notebook(states, delta, draws, moved),
        lambda: states + delta * draws / lengths(draws),
    ]
    changed = jax.lax.switch(given["kind"], branches)
    return jnp.where((moved[..., None] > 0) & (delta > 0), changed, states)
