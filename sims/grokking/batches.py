"""One optimizer step on a random batch, for every network that is trained on batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from corollary.sims.grokking import optimizers, tasks
from corollary.training.settings import Config


def step(
    state: dict[str, Any], key: Array, config: Config, logits: Callable[[Any, Array, Array], Array]
) -> tuple[dict[str, Any], dict[str, Array]]:
    """A step on `batch` training pairs, drawn with replacement. logits(parameters, u, v): [batch, p]. Consumes the
    key."""
    train, _ = tasks.sizes(config)
    chosen = jax.random.randint(key, (config["batch"],), 0, train, jnp.int32)
    u, v, z = (state["data"][name][chosen] for name in ("u", "v", "z"))

    def loss(parameters: Any) -> Array:
        return tasks.training_loss(config["loss"], logits(parameters, u, v), z)

    value, gradient = jax.value_and_grad(loss)(state["parameters"])
    parameters, moments = optimizers.update(state["parameters"], gradient, state["optimizer"], config)
    return {**state, "parameters": parameters, "optimizer": moments}, {"loss": value}
