"""The task that the networks learn: modular arithmetic on a random part of its table, and what all their runs share.

A split keeps its pairs in one order, the training pairs first, so that both sides are slices.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from corollary.sims.grokking.arithmetic import OPERATIONS, allowed, answers, train_size
from corollary.sims.instruments.geometry import circular_correlation, ring
from corollary.training.settings import Config, Setting, Value

REACHED = 0.99
"""The accuracy at which a side counts as learnt."""
ROUND = 0.95
"""The circular correlation at which tokens count as a ring; random ones reach .7 to .8 along their best frequency."""
LOSSES = ("cross_entropy", "stablemax", "mse")

SETTINGS: dict[str, Setting] = {
    "p": Setting(97, "modulus, an odd prime", within=(3, 10007)),
    "operation": Setting("add", "what is learnt: u + v, u - v, u v or u / v mod p", choices=OPERATIONS),
    "fraction": Setting(0.3, "share of the pairs that is trained on, strictly between 0 and 1", within=(0.0, 1.0)),
    "labels": Setting("true", "shuffled: answers dealt out at random, the control", choices=("true", "shuffled")),
    "loss": Setting("cross_entropy", "what is minimised", choices=LOSSES),
    "stop": Setting(
        REACHED, "test accuracy that ends the run when two looks in a row see it; above 1: never", within=(0.0, 2.0)
    ),
    "every": Setting(50, "steps from one look at both accuracies to the next", within=(1, 1e6)),
    "spacing": Setting(1.25, "from one kept checkpoint to the next the step grows by this factor", within=(1.0, 1e3)),
}


def at(setting: Setting, default: Value) -> Setting:
    """The same setting with another default."""
    return replace(setting, default=default)


Data = dict[str, Int[Array, " pairs"]]
"""The whole table, training pairs first: operands u and v, and the answer z that is taught."""


def sizes(config: Config) -> tuple[int, int]:
    """(training pairs, all pairs). Raises ValueError for p that is no odd prime, or a fraction that empties a side."""
    p, operation = config["p"], config["operation"]
    pairs = int((answers(p, operation) >= 0)[allowed(p, operation)].sum())
    return train_size(p, operation, config["fraction"]), pairs


def deal(key: Array, config: Config) -> Data:
    """A random split, and answers as the setting has them. Consumes the key. Raises ValueError as `sizes` does."""
    sizes(config)
    table, pairs = answers(config["p"], config["operation"]), allowed(config["p"], config["operation"])
    u, v = (jnp.asarray(operand, jnp.int32) for operand in np.nonzero(pairs))
    z = jnp.asarray(table[pairs], jnp.int32)
    split_key, label_key = jax.random.split(key)
    if config["labels"] == "shuffled":
        z = z[_order(label_key, len(z))]
    order = _order(split_key, len(z))
    return {"u": u[order], "v": v[order], "z": z[order]}


def _order(key: Array, count: int) -> Int[Array, " pairs"]:
    """A random order: one sort, which compiles faster than a general shuffle."""
    return jnp.argsort(jax.random.bits(key, (count,), jnp.uint32), stable=True)


def training_loss(kind: str, logits: Float[Array, "b p"], z: Int[Array, " b"]) -> Float[Array, ""]:
    """Mean over examples; mse is against 0 and 1, and over classes too."""
    right = z[:, None] == jnp.arange(logits.shape[1], dtype=jnp.int32)
    if kind == "mse":
        return jnp.mean((logits - right.astype(logits.dtype)) ** 2)
    if kind == "stablemax":  # arXiv 2501.04697: linear for positive logits, so that nothing underflows
        odds = jnp.where(logits >= 0, logits + 1, 1 / (1 - jnp.minimum(logits, 0)))
        return jnp.mean(jnp.log(odds.sum(1)) - jnp.log(jnp.where(right, odds, 0).sum(1)))
    return jnp.mean(jax.nn.logsumexp(logits, axis=1) - jnp.where(right, logits, 0).sum(1))


def accuracies(logits: Float[Array, "pairs p"], z: Int[Array, " pairs"], train: int) -> dict[str, Float[Array, ""]]:
    """On both sides of the split. The right class has to beat every other one: a tie is wrong."""
    right = z[:, None] == jnp.arange(logits.shape[1], dtype=jnp.int32)
    margin = jnp.where(right, logits, 0).sum(1) - jnp.where(right, -jnp.inf, logits).max(1)
    beaten = (margin > 0).astype(logits.dtype)
    return {"train_accuracy": beaten[:train].mean(), "test_accuracy": beaten[train:].mean()}


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


def begin(parameters: Any, data: Data, moments: Any) -> dict[str, Any]:
    """The state of a run, by the names that instruments look for."""
    return {"parameters": parameters, "optimizer": moments, "data": data}
