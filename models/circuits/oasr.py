"""Overlap-aware sheaf repulsion: gates on all edges, trained to keep few, and others than those found before (arXiv
2605.12671, released code; without a reference: DiscoGP on edges, arXiv 2407.03779)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from corollary.models.circuits.gates import binary_gate

Loss = Callable[[Float[Array, " edges"], Array], Float[Array, ""]]
"""(mask, key of the batch) -> loss."""
CHOICES = {"reference": ("union", "previous", "sum"), "per": ("reference", "graph"), "moments": ("shared", "separate")}


@dataclass(frozen=True)
class Oasr:
    """Options, at the released values.

    steps. sparsity, overlap, completeness: weights lambda. most, least: of the sparsity weight, as multiples of the
    first, at the end of the warm-up and after the cool-down; overlap_most, overlap_least: the same of the overlap
    weight (1: constant, as in the released demonstration). warm, cool: shares of the steps. reference: the union of
    those found, the previous one, or a sum of a penalty each. per: the overlap term over the reference's edges (as
    released) or over the graph's (as described). moments: one optimizer for fidelity and completeness steps (as
    released), or one each. repel: False rewards overlap instead. start, spread: mean and deviation of the first logits.
    Raises ValueError for another choice.
    """

    steps: int = 6280
    sparsity: float = 1.0
    overlap: float = 1.04
    completeness: float = 0.007
    most: float = 20.0
    least: float = 0.01
    overlap_most: float = 1.0
    overlap_least: float = 1.0
    warm: float = 0.8
    cool: float = 0.2
    rate: float = 0.07
    decay: float = 0.01
    tau: float = 1.0
    start: float = 0.1
    spread: float = 0.01
    reference: str = "union"
    per: str = "reference"
    moments: str = "shared"
    repel: bool = True

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            given = getattr(self, name)
            if given not in allowed:
                raise ValueError(f"{name}={given!r} is not allowed; allowed: {', '.join(allowed)}")
        if self.steps < 1:
            raise ValueError(f"steps={self.steps} is not allowed; allowed: an integer >= 1")


def discover(
    key: Array,
    edges: int,
    fidelity: Loss,
    complement: Loss | None = None,
    options: Oasr | None = None,
    found: Float[ArrayLike, "k edges"] | None = None,
) -> Float[Array, " edges"]:
    """Logits of the edges after training: those above 0 are kept. Traceable.

    fidelity: of the sampled mask. complement: the completeness loss, of the mask of all other edges, from the end of
    the warm-up on, in a step of its own on the same batch with fresh noise; None leaves it out. found: circuits to
    stay away from. The key is consumed.
    """
    chosen = options or Oasr()
    begin, run = jax.random.split(key)
    weights = pulls(found, edges, chosen)
    logits = chosen.start + chosen.spread * jax.random.normal(begin, (edges,), jnp.float32)
    optimizer = optax.adamw(chosen.rate, weight_decay=chosen.decay)
    state = (logits, optimizer.init(logits), optimizer.init(logits))
    late = int(chosen.warm * chosen.steps) if complement is not None else chosen.steps
    for first, last, completing in ((0, late, None), (late, chosen.steps, complement)):
        if last > first:
            step = partial(_step, run, weights, fidelity, completing, optimizer, chosen)
            state = jax.lax.scan(step, state, jnp.arange(first, last, dtype=jnp.int32))[0]
    return state[0]


def pulls(found: Float[ArrayLike, "k edges"] | None, edges: int, options: Oasr) -> Float[Array, " edges"]:
    """Weight of each edge's probability in the overlap term, before lambda_o; negative where overlap is rewarded."""
    if found is None or jnp.shape(found)[0] == 0:
        return jnp.zeros(edges)
    sets = (jnp.asarray(found, jnp.float32) > 0).astype(jnp.float32)
    if options.reference == "union":
        sets = sets.max(0, keepdims=True)
    elif options.reference == "previous":
        sets = sets[-1:]
    over = jnp.maximum(sets.sum(1, keepdims=True), 1.0) if options.per == "reference" else jnp.float32(edges)
    return (sets / over).sum(0) * (1.0 if options.repel else -1.0)


def scheduled(step: ArrayLike, first: float, most: float, least: float, warm: float, cool: float) -> Float[Array, ""]:
    """A weight at a step: first, rising to first * most over `warm` steps, falling to first * least over `cool`."""
    t = jnp.asarray(step, jnp.float32)
    rising = 1 + (most - 1) * t / max(warm, 1e-9)
    falling = most - (most - least) * (t - warm) / max(cool, 1e-9)
    return first * jnp.where(t < warm, rising, jnp.where(t < warm + cool, falling, least))


def penalty(
    logits: Float[Array, " edges"], weights: Float[Array, " edges"], sparsity: ArrayLike, overlap: ArrayLike
) -> Float[Array, ""]:
    """sparsity * mean probability + overlap * weighted probability of the reference's edges."""
    kept = jax.nn.sigmoid(logits)
    return jnp.asarray(sparsity) * jnp.mean(kept) + jnp.asarray(overlap) * jnp.sum(weights * kept)


def _step(
    key: Array, weights: Array, fidelity: Loss, complement: Loss | None, optimizer: Any, options: Oasr, state: Any,
    number: Array,
) -> tuple[Any, None]:  # fmt: skip
    logits, common, own = state
    batch, noise, other = jax.random.split(jax.random.fold_in(key, number), 3)
    warm, cool = options.warm * options.steps, options.cool * options.steps
    sparsity = scheduled(number, options.sparsity, options.most, options.least, warm, cool)
    overlap = scheduled(number, options.overlap, options.overlap_most, options.overlap_least, warm, cool)

    def loss(logits: Array) -> Array:
        mask = binary_gate(noise, logits, options.tau)
        return fidelity(mask, batch) + penalty(logits, weights, sparsity, overlap)

    logits, common = _moved(optimizer, jax.grad(loss)(logits), common, logits)
    if complement is not None:
        late = jax.grad(lambda l: options.completeness * complement(1 - binary_gate(other, l, options.tau), batch))
        gradient = late(logits)
        if options.moments == "shared":
            logits, common = _moved(optimizer, gradient, common, logits)
        else:
            logits, own = _moved(optimizer, gradient, own, logits)
    return (logits, common, own), None


def _moved(optimizer: Any, gradient: Array, moments: Any, logits: Array) -> tuple[Array, Any]:
    update, moments = optimizer.update(gradient, moments, logits)
    return optax.apply_updates(logits, update), moments
