"""Optimizers of the runs: AdamW, and what is said to make networks grok sooner.

Decay is decoupled, rate * weight_decay on every tensor. grokfast adds the slow part of the gradient once more (arXiv
2405.20233); muon orthogonalises the momentum of matrices (Jordan et al. 2024), and leaves the rest to AdamW; orthogonal
takes from each gradient its part along the tensor's weights (arXiv 2501.04697).
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.training.settings import Config, Setting

OPTIMIZERS = ("adamw", "grokfast", "muon", "orthogonal")
SCHEDULES = ("constant", "cosine")
BETA1, EPSILON = 0.9, 1e-8
SLOW = 0.98
"""Memory of grokfast's average of gradients."""
MUON_MOMENTUM = 0.95
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
FINAL_SHARE = 0.01
"""Of the rate, at the end of a cosine."""

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


def begin(parameters: Any, config: Config) -> dict[str, Any]:
    """The optimizer's state before the first step."""
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    state = {"count": jnp.zeros((), jnp.int32), "mean": zeros, "square": zeros}
    return {**state, "slow": zeros} if config["optimizer"] == "grokfast" else state


def update(parameters: Any, gradient: Any, state: dict[str, Any], config: Config) -> tuple[Any, dict[str, Any]]:
    """One step: (parameters, state)."""
    count = state["count"] + 1
    state = {**state, "count": count}
    if config["clip"] > 0:
        norm = jnp.sqrt(sum(jnp.sum(g**2) for g in jax.tree.leaves(gradient)))
        gradient = jax.tree.map(lambda g: g * jnp.minimum(1, config["clip"] / (norm + 1e-12)).astype(g.dtype), gradient)
    if config["optimizer"] == "orthogonal":
        gradient = jax.tree.map(_orthogonal, gradient, parameters)
    if config["optimizer"] == "grokfast":
        state["slow"] = jax.tree.map(lambda s, g: SLOW * s + (1 - SLOW) * g, state["slow"], gradient)
        gradient = jax.tree.map(lambda g, s: g + config["gain"] * s, gradient, state["slow"])
    rate = _schedule(count, config)
    since = count.astype(jnp.float32)
    first, second = 1 - BETA1**since, 1 - config["beta2"] ** since

    def adam(w: Array, g: Array, m: Array, s: Array) -> tuple[Array, Array, Array]:
        m = BETA1 * m + (1 - BETA1) * g
        s = config["beta2"] * s + (1 - config["beta2"]) * g * g
        step = m / first / (jnp.sqrt(s / second) + EPSILON)
        return w - rate * config["rate"] * (step + config["weight_decay"] * w), m, s

    def muon(w: Array, g: Array, m: Array, s: Array) -> tuple[Array, Array, Array]:
        m = MUON_MOMENTUM * m + g
        scale = max(1.0, w.shape[-2] / w.shape[-1]) ** 0.5
        step = scale * _orthogonalised(g + MUON_MOMENTUM * m)
        return w - rate * config["muon_rate"] * (step + config["weight_decay"] * w), m, s

    def one(w: Array, g: Array, m: Array, s: Array) -> tuple[Array, Array, Array]:
        by_muon = config["optimizer"] == "muon" and min(w.shape[-2:], default=1) > 1 and w.ndim > 1
        return (muon if by_muon else adam)(w, g, m, s)

    moved = jax.tree.map(one, parameters, gradient, state["mean"], state["square"])
    parameters, mean, square = jax.tree.transpose(jax.tree.structure(parameters), jax.tree.structure((0, 0, 0)), moved)
    return parameters, {**state, "mean": mean, "square": square}


def _schedule(count: Array, config: Config) -> Float[Array, ""]:
    """The share of the rate at step `count`, the first being 1."""
    t, warmup = count.astype(jnp.float32), config["warmup"]
    share = jnp.minimum(1.0, t / max(warmup, 1))
    if config["schedule"] == "cosine":
        past = jnp.clip((t - warmup) / max(config["steps"] - warmup, 1), 0.0, 1.0)
        share = share * (FINAL_SHARE + (1 - FINAL_SHARE) * (1 + jnp.cos(jnp.pi * past)) / 2)
    return share.astype(jnp.float32)


def _orthogonal(g: Array, w: Array) -> Array:
    return g - w * (jnp.sum(w * g) / (jnp.sum(w * w) + 1e-30))


def _orthogonalised(m: Float[Array, "*stack a b"]) -> Float[Array, "*stack a b"]:
    """Roughly U V^T of m = U S V^T, by five steps of an odd polynomial that drives singular values towards 1."""
    a, b, c = NEWTON_SCHULZ
    tall = m.shape[-2] > m.shape[-1]
    x = m.swapaxes(-1, -2) if tall else m
    x = x / (jnp.sqrt(jnp.sum(x * x, axis=(-1, -2), keepdims=True)) + 1e-7)
    for _ in range(5):
        gram = x @ x.swapaxes(-1, -2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.swapaxes(-1, -2) if tall else x
