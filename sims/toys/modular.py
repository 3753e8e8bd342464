"""Modular arithmetic as data: the tables of the four operations, how their answers are encoded, and random splits.

A split is a mask over the table, or, for networks, the pairs in one order, the training pairs first, so that both sides
are slices.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Int

from corollary.training.settings import Config, Setting

OPERATIONS = ("add", "sub", "mul", "div")
ENCODINGS = ("label", "onehot", "characters")
SILENT = 1e-6
"""Outputs smaller than this are rounding, and count as no answer."""

SETTINGS: dict[str, Setting] = {
    "p": Setting(97, "modulus, an odd prime", within=(3, 10007)),
    "operation": Setting("add", "what is learnt: u + v, u - v, u v or u / v mod p", choices=OPERATIONS),
    "fraction": Setting(0.3, "share of the pairs that is trained on, strictly between 0 and 1", within=(0.0, 1.0)),
    "labels": Setting("true", "shuffled: answers dealt out at random, the control", choices=("true", "shuffled")),
}

Data = dict[str, Int[Array, " pairs"]]
"""The whole table, training pairs first: operands u and v, and the answer z that is taught."""


def is_prime(p: int) -> bool:
    return p > 1 and all(p % d for d in range(2, int(p**0.5) + 1))


def check_prime(p: int) -> None:
    """Raises ValueError unless p is an odd prime."""
    if p == 2 or not is_prime(p):
        raise ValueError(f"p={p} is not allowed; allowed: an odd prime")


def train_size(p: int, operation: str, fraction: float) -> int:
    """How many pairs a split trains on. Raises ValueError for a fraction outside (0, 1), or an empty side."""
    pairs = int(allowed(p, operation).sum())
    size = round(fraction * pairs) if 0 < fraction < 1 else 0
    if not 0 < size < pairs:
        raise ValueError(
            f"fraction={fraction:g} is not allowed; allowed: a number in (0, 1) that leaves pairs of "
            f"p={p} on both sides of the split"
        )
    return size


def answers(p: int, operation: str) -> np.ndarray:
    """z = u op v mod p as int [u v]; the column v = 0 of a division holds 0 and is not `allowed`.

    Raises ValueError for p that is no odd prime or an unknown operation.
    """
    check_prime(p)
    if operation not in OPERATIONS:
        raise ValueError(f"operation={operation!r} is unknown; allowed: {', '.join(OPERATIONS)}")
    u, v = np.indices((p, p))
    if operation == "div":
        inverse = np.array([pow(int(b), -1, p) if b else 0 for b in range(p)])
        return u * inverse[v] % p
    return {"add": u + v, "sub": u - v, "mul": u * v}[operation] % p


def allowed(p: int, operation: str) -> np.ndarray:
    """Which pairs have an answer, bool [u v]: all, or those with v != 0 for a division."""
    pairs = np.ones((p, p), bool)
    if operation == "div":
        pairs[:, 0] = False
    return pairs


def sizes(config: Config) -> tuple[int, int]:
    """(training pairs, all pairs). Raises ValueError for p that is no odd prime, or a fraction that empties a side."""
    p, operation = config["p"], config["operation"]
    check_prime(p)
    return train_size(p, operation, config["fraction"]), int(allowed(p, operation).sum())


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


def split(key: Array, p: int, operation: str, size: int | Int[Array, ""]) -> Bool[Array, "u v"]:
    """The train mask of `size` distinct pairs, drawn without replacement. Consumes the key."""
    chance = jnp.where(allowed(p, operation).ravel(), jax.random.uniform(key, (p * p,), jnp.float64), 2.0)
    return (chance <= jnp.sort(chance)[size - 1]).reshape(p, p)


def draw_frequencies(key: Array, p: int, count: int) -> Int[Array, " count"]:
    """Distinct frequencies in 1..(p - 1)/2, increasing. Consumes the key. Raises ValueError if there are too few."""
    if not 1 <= count <= (p - 1) // 2:
        raise ValueError(f"frequencies={count} is not allowed; allowed: an integer in 1..{(p - 1) // 2} at p={p}")
    return jnp.sort(1 + jax.random.permutation(key, (p - 1) // 2)[:count])


def encode(
    z: Int[np.ndarray, "u v"], p: int, encoding: str, frequencies: Array | None = None
) -> Complex[Array, "channels u v"]:
    """Targets of unit power at most.

    label: the standardised answer, one channel. onehot: e_z - 1/p. characters: exp(2 pi i q z / p) / sqrt(K), one
    channel a frequency q. Raises ValueError for an unknown encoding.
    """
    if encoding == "label":
        values = (z[None] - (p - 1) / 2) / np.sqrt((p**2 - 1) / 12)
        return jnp.asarray(values, jnp.complex128)
    if encoding == "onehot":
        return jnp.asarray((z[None] == np.arange(p)[:, None, None]) - 1 / p, jnp.complex128)
    if encoding == "characters":
        assert frequencies is not None
        phases = frequencies[:, None, None] * jnp.asarray(z)[None] % p
        return jnp.exp(2j * jnp.pi * phases / p) / jnp.sqrt(1.0 * len(frequencies))
    raise ValueError(f"encoding={encoding!r} is unknown; allowed: {', '.join(ENCODINGS)}")


def answered(
    outputs: Complex[Array, "channels u v"], z: Int[np.ndarray, "u v"], encoding: str, frequencies: Array | None = None
) -> Bool[Array, "u v"]:
    """Whether outputs stand for the answers z: the nearest label, or the class of the highest score. Where classes are
    to be compared, outputs that are all silent are wrong."""
    p = len(z)
    if encoding == "label":
        return jnp.round(outputs[0].real * np.sqrt((p**2 - 1) / 12) + (p - 1) / 2) == z
    if encoding == "onehot":
        scores = outputs.real
    else:
        assert frequencies is not None
        angles = 2 * jnp.pi * (jnp.arange(p)[:, None] * frequencies % p) / p
        waves = jnp.concatenate([jnp.cos(angles), jnp.sin(angles)], axis=1).astype(jnp.float32)
        parts = jnp.concatenate([outputs.real, outputs.imag]).astype(jnp.float32)
        scores = jnp.tensordot(waves, parts, axes=1)
    loud = jnp.abs(outputs).max(axis=0) > SILENT
    return loud & (jnp.take_along_axis(scores, jnp.asarray(z)[None], axis=0)[0] >= scores.max(axis=0))
