"""Joint training of a factor alpha and a direction v, step by step, with every increment of z = alpha v."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

TERMS = ("d1", "d2", "d3", "z", "gd1", "gd2", "gd3")
"""alpha dv, dalpha v, dalpha dv, z before the step, and the inner products of the first three with g = dL/dz."""


class Rule(NamedTuple):
    """How a gradient becomes a move. adaptive: divided by its running size. first, second: decay rates of the running
    mean and mean square. Numbers or arrays, so that rules can be stacked and mapped over."""

    adaptive: Any
    first: Any
    second: Any


RULES = {"sign": Rule(True, 0.0, 0.0), "adam": Rule(True, 0.9, 0.999), "sgd": Rule(False, 0.0, 0.0)}
"""signSGD is Adam without memory."""


class Start(NamedTuple):
    """alpha [], v [n], and the learning rates eta_alpha [], eta_v []."""

    alpha: Any
    v: Any
    eta_alpha: Any
    eta_v: Any


class State(NamedTuple):
    """alpha [], v [n]; Adam's first and second moments of either; the number of steps taken."""

    alpha: Any
    v: Any
    first: tuple[Any, Any]
    second: tuple[Any, Any]
    step: Any


def rule_of(optimizer: str) -> Rule:
    """The rule of that name. Raises ValueError when there is none."""
    if optimizer not in RULES:
        raise ValueError(f"optimizer = {optimizer!r}: must be one of {', '.join(RULES)}")
    return RULES[optimizer]


def train(
    gradient: Callable[[Float[Array, " n"]], Float[Array, " n"]],
    start: Start,
    rule: Rule,
    steps: int,
    observe: Callable[[State, State, Float[Array, " n"]], Any],
    schedule: Callable[[jax.Array], jax.Array | float] = lambda step: 1.0,
    **options: Any,
) -> tuple[State, Any]:
    """(the last state, what was observed at each step): gradient: z -> dL/dz. observe: (before, after, g) -> pytree.

    schedule: multiplies both rates at step 0, 1, ... options: eps, decay and clip of `update`.
    """

    def step(state: State, _: None) -> tuple[State, Any]:
        g = gradient(state.alpha * state.v)
        after = update(state, g, start, rule, schedule(state.step), **options)
        return after, observe(state, after, g)

    return jax.lax.scan(step, begin(start), length=steps)


def begin(start: Start) -> State:
    """The state before the first step."""
    zero = jnp.zeros_like(start.alpha), jnp.zeros_like(start.v)
    return State(start.alpha, start.v, zero, zero, jnp.zeros((), jnp.int32))


def update(
    state: State, g: Any, rates: Start, rule: Rule, scale: Any = 1.0, eps: Any = 0.0, decay: Any = 0.0, clip: Any = None
) -> State:
    """One step along dL/dalpha = <g, v> and dL/dv = alpha g, both taken before either moves.

    eps: Adam's, with 0/0 = 0. decay: decoupled weight decay of both. clip: the largest norm of dL/dv, or
    None for any.
    """
    direction = state.alpha * g
    if clip is not None:
        direction = direction * jnp.minimum(1.0, _ratio(clip, jnp.linalg.norm(direction), 1.0))
    gradients, count, dtype = (jnp.dot(g, state.v), direction), state.step + 1, state.v.dtype
    first = jax.tree.map(lambda m, x: _mix(rule.first, m, x).astype(dtype), state.first, gradients)
    second = jax.tree.map(lambda s, x: _mix(rule.second, s, x**2).astype(dtype), state.second, gradients)

    def move(x: jax.Array, m: jax.Array, s: jax.Array) -> jax.Array:
        # Without memory the root of a square would round what is exactly a sign.
        root = jnp.where(rule.second == 0, jnp.abs(x), jnp.sqrt(s / (1 - rule.second**count)))
        return jnp.where(rule.adaptive, _ratio(m / (1 - rule.first**count), root + eps), x)

    moves = jax.tree.map(move, gradients, first, second)
    alpha = state.alpha - scale * rates.eta_alpha * (moves[0] + decay * state.alpha)
    v = state.v - scale * rates.eta_v * (moves[1] + decay * state.v)
    return State(alpha.astype(dtype), v.astype(dtype), first, second, count)


def increments(before: State, after: State, g: Float[Array, " n"]) -> Float[Array, " terms"]:
    """`TERMS` of a step: mean squares over coordinates of d1, d2, d3 and z, then <g, d1>, <g, d2>, <g, d3>."""
    dalpha, dv = after.alpha - before.alpha, after.v - before.v
    moves = before.alpha * dv, dalpha * before.v, dalpha * dv
    sizes = [jnp.mean(x**2) for x in (*moves, before.alpha * before.v)]
    return jnp.stack([*sizes, *(jnp.dot(g, x) for x in moves)])


def _mix(rate: Any, old: Any, new: Any) -> Any:
    return rate * old + (1 - rate) * new


def _ratio(above: Any, below: Any, otherwise: float = 0.0) -> Any:
    """above / below, or `otherwise` where below = 0: a zero gradient moves nothing."""
    return jnp.where(below > 0, above / jnp.where(below > 0, below, 1.0), otherwise)
