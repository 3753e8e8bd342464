"""A gradient step, the state that it carries on, and a whole fit inside an experiment.

A run's state is a dict: "parameters" (any pytree), "optimizer" (optax's state), and beside them whatever else belongs
to the run, such as its data, which a step leaves alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import optax
from jaxtyping import Array, Float

State = dict[str, Any]
Parameters = Any
"""A pytree of arrays."""


def begin(parameters: Parameters, optimizer: optax.GradientTransformation, **rest: Any) -> State:
    """The state before the first step. rest: what else belongs to the run."""
    return {**rest, "parameters": parameters, "optimizer": optimizer.init(parameters)}


def descend(
    state: State, loss: Callable[[Parameters], Float[Array, ""]], optimizer: optax.GradientTransformation
) -> tuple[State, dict[str, Float[Array, ""]]]:
    """(the state after one step down the gradient of the loss, {"loss": its value before the step})."""
    value, gradient = jax.value_and_grad(loss)(state["parameters"])
    updates, moments = optimizer.update(gradient, state["optimizer"], state["parameters"])
    parameters = optax.apply_updates(state["parameters"], updates)
    return {**state, "parameters": parameters, "optimizer": moments}, {"loss": value}


def fit(
    parameters: Parameters,
    loss: Callable[[Parameters, Any], Float[Array, ""]],
    optimizer: optax.GradientTransformation,
    batches: Any,
) -> tuple[Parameters, Float[Array, " steps"]]:
    """(the parameters after a step on each batch, the loss before each step).

    batches: a pytree whose leaves are [steps, ...]; loss(parameters, batch) gets one row of each.
    """

    def step(state: State, batch: Any) -> tuple[State, Float[Array, ""]]:
        state, metrics = descend(state, lambda parameters: loss(parameters, batch), optimizer)
        return state, metrics["loss"]

    state, losses = jax.lax.scan(step, begin(parameters, optimizer), batches)
    return state["parameters"], losses
