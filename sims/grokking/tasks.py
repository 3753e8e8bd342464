"""What the runs of networks on modular arithmetic share: settings, steps, looks, and when a run is over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from corollary.sims.instruments.geometry import circular_correlation, ring
from corollary.sims.toys import modular
from corollary.sims.training import step as training
from corollary.sims.training.losses import LOSSES, accuracies, training_loss
from corollary.sims.training.optimizers import optimizer_of
from corollary.sims.training.step import State
from corollary.training.settings import Config, Setting, Value

REACHED = 0.99
"""The accuracy at which a side counts as learnt."""
ROUND = 0.95
"""The circular correlation at which tokens count as a ring; random ones reach .7 to .8 along their best frequency."""

SETTINGS: dict[str, Setting] = {
    **modular.SETTINGS,
    "loss": Setting("cross_entropy", "what is minimised", choices=LOSSES),
    "stop": Setting(
        REACHED, "test accuracy that ends the run when two looks in a row see it; above 1: never", within=(0.0, 2.0)
    ),
    "every": Setting(50, "steps from one look at both accuracies to the next", within=(1, 1e6)),
    "spacing": Setting(1.25, "from one kept checkpoint to the next the step grows by this factor", within=(1.0, 1e3)),
}

Logits = Callable[[Any, Int[Array, " b"], Int[Array, " b"]], Float[Array, "b p"]]
"""(parameters, u, v) -> the network's answer to each pair."""


def at(setting: Setting, default: Value) -> Setting:
    """The same setting with another default."""
    return replace(setting, default=default)


def begin(parameters: Any, data: modular.Data, config: Config) -> State:
    """The state of a run, by the names that instruments look for."""
    return training.begin(parameters, optimizer_of(config), data=data)


def step(state: State, key: Array, config: Config, logits: Logits) -> tuple[State, dict[str, Array]]:
    """A step on `batch` training pairs, drawn with replacement, or on all of them where the run has no such setting.
    Consumes the key."""
    train, _ = modular.sizes(config)
    chosen: Any = slice(train)
    if "batch" in config:
        chosen = jax.random.randint(key, (config["batch"],), 0, train, jnp.int32)
    u, v, z = (state["data"][name][chosen] for name in ("u", "v", "z"))
    return training.descend(
        state, lambda parameters: training_loss(config["loss"], logits(parameters, u, v), z), optimizer_of(config)
    )


def look(state: State, config: Config, logits: Logits, tokens: Float[Array, "p d"] | None = None) -> dict[str, Array]:
    """Both accuracies over the whole table, and how far the number tokens lie on a ring, where they are given."""
    data = state["data"]
    seen = accuracies(logits(state["parameters"], data["u"], data["v"]), data["z"], modular.sizes(config)[0])
    return seen if tokens is None else {**seen, "ring": ring_seen(tokens)}


def ring_seen(embedding: Float[Array, "p d"]) -> Float[Array, ""]:
    """Circular correlation of the tokens along their strongest frequency: 1 on a ring."""
    seen = ring(embedding)
    return circular_correlation(seen.angles, seen.frequency)


def grokked(before: dict[str, Array], now: dict[str, Array], config: Config) -> Array:
    """Two looks in a row: test accuracy dips after its first peak."""
    return (before["test_accuracy"] >= config["stop"]) & (now["test_accuracy"] >= config["stop"])


def milestones(arrays: dict[str, np.ndarray], config: Config) -> dict[str, float]:
    """When a run memorised and generalised, from its looks: steps to `REACHED` on either side, to one half on the test
    side, and to a `ROUND` ring where one is looked for; infinite when it never did. test_when_memorised: test accuracy
    at the first of these."""
    looks = len(arrays["history/test_accuracy"])
    steps = np.minimum(config["every"] * np.arange(1, looks + 1), config["steps"])

    def first(metric: str, level: float) -> float:
        seen = np.flatnonzero(arrays[f"history/{metric}"] >= level)
        return float(steps[seen[0]]) if len(seen) else np.inf

    memorised = first("train_accuracy", REACHED)
    test = arrays["history/test_accuracy"]
    return {
        "train_99": memorised,
        "test_50": first("test_accuracy", 0.5),
        "test_99": first("test_accuracy", REACHED),
        **({"ring": first("ring", ROUND)} if "history/ring" in arrays else {}),
        "test_when_memorised": float(test[min(int(np.searchsorted(steps, memorised)), looks - 1)]),
        "train_accuracy": float(arrays["history/train_accuracy"][-1]),
        "test_accuracy": float(test[-1]),
        "loss": float(arrays["history/loss"][-1]),
        "steps": float(steps[-1]),
    }


def kept_steps(config: Config) -> list[int]:
    """Checkpoints at looks, at every one of the first, later at steps that grow by the factor `spacing`."""
    every, steps = config["every"], config["steps"]
    kept = [every]
    while kept[-1] < steps:
        kept.append(every * max(kept[-1] // every + 1, round(config["spacing"] * kept[-1] / every)))
    return [step for step in kept if step <= steps]
