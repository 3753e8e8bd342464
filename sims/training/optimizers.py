"""Optimizers by name, for runs that compare them: AdamW, and what is said to make networks grok sooner.

All are chains of optax, with decoupled decay of every tensor, rate * weight_decay. grokfast adds the slow part of the
gradient once more (arXiv 2405.20233); muon orthogonalises the momentum of matrices (Jordan et al. 2024), and leaves the
rest to AdamW; orthogonal takes from each gradient its part along the tensor's weights (arXiv 2501.04697). Runs with one
fixed optimizer name optax's own.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float

from corollary.sims.training.schedules import SCHEDULES, warmed
from corollary.training.settings import Config, Setting

OPTIMIZERS = ("adamw", "grokfast", "muon", "orthogonal")
SLOW = 0.98
"""Memory of grokfast's average of gradients."""
MUON_MOMENTUM = 0.95
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)

SETTINGS: dict[str, Setting] = {
    "optimizer": Setting("adamw", "what takes the steps", choices=OPTIMIZERS),
    "rate": Setting(1e-3, "learning rate", within=(0.0, 10.0)),
    "weight_decay": Setting(1.0, "decoupled, times the rate, on every tensor", within=(0.0, 100.0)),
    "beta2": Setting(0.98, "memory of the squared gradients", within=(0.0, 0.9999)),
    "warmup": Setting(10, "steps over which the rate rises from 0", within=(0, 1e7)),
    "schedule": Setting("constant", "the rate after that; cosine: to a hundredth at the last step", choices=SCHEDULES),
    "clip": Setting(0.0, "largest norm of the whole gradient; 0: none", within=(0.0, 1e6)),
    "gain": Setting(2.0, "of grokfast", within=(0.0, 1000.0)),
    "muon_rate": Setting(0.02, "learning rate of the matrices under muon", within=(0.0, 10.0)),
}


def optimizer_of(config: Config) -> optax.GradientTransformation:
    """The optimizer of these settings, and of `steps`, where a cosine ends."""
    first = [optax.clip_by_global_norm(config["clip"])] if config["clip"] > 0 else []
    adam = [optax.scale_by_adam(0.9, config["beta2"], 1e-8), *_decayed(config, config["rate"])]
    if config["optimizer"] == "orthogonal":
        first.append(optax.stateless(lambda gradient, weights: jax.tree.map(across, gradient, weights)))
    if config["optimizer"] == "grokfast":
        first.append(add_slow(config["gain"]))
    if config["optimizer"] == "muon":
        momentum = optax.trace(MUON_MOMENTUM, nesterov=True)
        turned = optax.stateless(lambda moves, _: jax.tree.map(orthogonalised, moves))
        kinds = {"matrix": optax.chain(momentum, turned, *_decayed(config, config["muon_rate"]))}
        return optax.chain(*first, optax.partition({**kinds, "other": optax.chain(*adam)}, _kinds))
    return optax.chain(*first, *adam)


def add_slow(gain: float) -> optax.GradientTransformation:
    """Adds `gain` times a running mean of the gradients, with memory SLOW, to each."""
    average = optax.ema(SLOW, debias=False)

    def update(gradient: Any, state: Any, weights: Any = None) -> tuple[Any, Any]:
        slow, state = average.update(gradient, state, weights)
        return jax.tree.map(lambda g, s: g + gain * s, gradient, slow), state

    return optax.GradientTransformation(average.init, update)


def across(gradient: Float[Array, ...], weights: Float[Array, ...]) -> Float[Array, ...]:
    """The gradient without its part along the weights."""
    return gradient - weights * (jnp.sum(weights * gradient) / (jnp.sum(weights * weights) + 1e-30))


def orthogonalised(m: Float[Array, "*stack a b"]) -> Float[Array, "*stack a b"]:
    """Roughly sqrt(max(1, a / b)) U V^T of m = U S V^T, by five steps of an odd polynomial that drives singular values
    towards 1. As published: optax's own Muon takes the factor from b / a, and its momentum corrects for its start."""
    one, three, five = NEWTON_SCHULZ
    tall = m.shape[-2] > m.shape[-1]
    x = m.swapaxes(-1, -2) if tall else m
    x = x / (jnp.sqrt(jnp.sum(x * x, axis=(-1, -2), keepdims=True)) + 1e-7)
    for _ in range(5):
        gram = x @ x.swapaxes(-1, -2)
        x = one * x + (three * gram + five * gram @ gram) @ x
    return max(1.0, m.shape[-2] / m.shape[-1]) ** 0.5 * (x.swapaxes(-1, -2) if tall else x)


def _decayed(config: Config, rate: float) -> list[optax.GradientTransformation]:
    schedule = warmed(rate, config["warmup"], config["steps"], config["schedule"])
    return [optax.add_decayed_weights(config["weight_decay"]), optax.scale_by_learning_rate(schedule)]


def _kinds(weights: Any) -> Any:
    """Which tensors muon moves: those with a row and a column at least, stacked or not; a stack of gains is none."""

    def kind(path: Any, w: Array) -> str:
        is_gain = "gain" in jax.tree_util.keystr(path)
        return "matrix" if w.ndim > 1 and min(w.shape[-2:]) > 1 and not is_gain else "other"

    return jax.tree_util.tree_map_with_path(kind, weights)
