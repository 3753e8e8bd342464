"""Steering vectors for a model of one's own: a factor and a direction, trained together, added at chosen positions.

    steering = train_steering(loss, examples, prompt, width=2304)
    logits = apply(parameters, tokens, steering.intervention(prompt))

The model is any function that calls the intervention once on its residual stream, `hidden = intervention(hidden)`,
after the block that one wishes to steer; the loss is any function of the intervention and a batch of examples.
Every example is a row of tokens whose prompt is marked by a boolean mask, so padding may be on either side.

alpha: the factor. v: the direction. z = alpha v: what is added. n: the width of the residual stream.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike
from jaxtyping import Array, Bool, Float

from corollary.models.steering_scaling import Scaling, ScalingWarning, broken_laws, derived_scaling

MODES = ("prosv", "fssv", "prompt")
STARTS = ("normal", "uniform")
"""Laws of v_0: the paper's, and that of its code, U(-s / sqrt(n), s / sqrt(n)), whose deviation is s / sqrt(3 n)."""
Positions = str | Sequence[int]


@partial(jax.tree_util.register_dataclass, data_fields=["vector", "mask"], meta_fields=[])
@dataclass(frozen=True)
class Intervention:
    """Adds a vector to the residual stream at some positions. vector: [width]. mask: [*batch, t], True where added."""

    vector: Float[Array, " width"]
    mask: Bool[Array, "*batch t"]

    def __call__(self, hidden: Float[Array, "*batch t width"]) -> Float[Array, "*batch t width"]:
        """The stream with the vector added, in the stream's own dtype."""
        added = self.vector.astype(hidden.dtype)
        return hidden + jnp.where(self.mask[..., None], added, jnp.zeros_like(added))


Loss = Callable[[Intervention, Any], Float[Array, ""]]
"""(intervention, batch) -> the mean loss of the batch, a pytree of examples."""


@dataclass(frozen=True)
class Steering:
    """A trained steering vector, used as training left it.

    factor: alpha. direction: v, [width]. losses, factors: [steps], before each step. positions, prefix, suffix: where
    it was trained, and where `intervention` adds it.
    """

    factor: float
    direction: Float[np.ndarray, " width"]
    losses: Float[np.ndarray, " steps"]
    factors: Float[np.ndarray, " steps"]
    positions: Positions
    prefix: int
    suffix: int

    @property
    def vector(self) -> Float[np.ndarray, " width"]:
        return self.factor * self.direction

    def intervention(self, prompt: ArrayLike, present: ArrayLike | None = None, strength: float = 1.0) -> Intervention:
        """The vector at these prompts' positions, `strength` times. See `steered` for the masks. A token
        that is decoded later has mask True exactly if `steers_replies(positions)`."""
        mask = steered(prompt, self.positions, self.prefix, self.suffix, present)
        return Intervention(jnp.asarray(strength * self.vector, jnp.float32), jnp.asarray(mask))


def train_steering(
    loss: Loss,
    examples: Any,
    prompt: ArrayLike,
    width: int,
    *,
    positions: Positions = "prosv",
    prefix: int = 2,
    suffix: int = 2,
    present: ArrayLike | None = None,
    scaling: Scaling | None = None,
    optimizer: str = "adam",
    hidden_rms: float = 1.0,
    steps: int = 72,
    batch: int = 12,
    clip: float = 1.0,
    seed: int = 0,
    start: str = "normal",
) -> Steering:
    """Trains alpha and v together (arXiv 2605.05983, its Algorithm 1, with the derived scaling as default).

    loss: of the frozen model, traced by JAX. examples: a pytree, every leaf [examples, ...]. prompt, present: see
    `steered`. scaling: initial values and learning rates, by default `derived_scaling(width, optimizer=optimizer)`.
    hidden_rms: root mean square of the residual stream where the vector is added; only the warnings use it. steps: of a
    learning rate that decays linearly to 0. batch: examples a step, all used once before any is used again. clip: the
    largest norm of the gradient of v; alpha's is never clipped. start: the law of v_0, of `STARTS`; the scaling's
    v_deviation is its standard deviation in both.
    Warns with ScalingWarning when the scaling breaks a law, naming it.
    Raises ValueError for positions that are empty, unknown or outside a prompt, an unknown optimizer, a width below 2,
    a batch larger than the data, or no step.
    """
    mask = steered(prompt, positions, prefix, suffix, present)
    count = len(mask)
    _check(width >= 2, "width", width, "an integer >= 2")
    _check(steps >= 1, "steps", steps, "an integer >= 1")
    _check(1 <= batch <= count, "batch", batch, f"1 to the number of examples, {count}")
    _check(clip > 0, "clip", clip, "a positive number, or infinity for no clipping")
    _check(start in STARTS, "start", repr(start), ", ".join(STARTS))
    for leaf in jax.tree.leaves(examples):
        _check(len(leaf) == count, "examples", f"{len(leaf)} rows", f"as many rows as prompt, {count}")
    chosen = scaling or derived_scaling(width, optimizer=optimizer)
    for line in broken_laws(chosen, width, steps, optimizer, hidden_rms):
        warnings.warn(line, ScalingWarning, stacklevel=2)
    fit = jax.jit(
        partial(fit_steering, loss, width=width, optimizer=optimizer, steps=steps, batch=batch, clip=clip, start=start)
    )
    found = jax.device_get(fit(examples, jnp.asarray(mask), chosen, jax.random.key(seed)))
    return Steering(float(found["alpha"]), found["v"], found["losses"], found["factors"], positions, prefix, suffix)


def fit_steering(
    loss: Loss,
    examples: Any,
    mask: Bool[Array, "examples t"],
    scaling: Scaling,
    key: Array,
    *,
    width: int,
    optimizer: str = "adam",
    steps: int = 72,
    batch: int = 12,
    clip: float = 1.0,
    start: str = "normal",
) -> dict[str, Array]:
    """What `train_steering` runs, with nothing checked: pure, for jit and for vmap over mask, scaling and key.

    The step is its own, since factor and direction have rates of their own, which may be traced, and only the
    direction's gradient is clipped; models import no simulation.

    Returns alpha, v [width], and losses and factors [steps], all float32. The key is consumed.
    """
    start_key, order_key = jax.random.split(key)
    real = jnp.float32
    alpha = jnp.asarray(scaling.alpha_0, real)
    if start == "normal":
        drawn = jax.random.normal(start_key, (width,), real)
    else:
        drawn = jax.random.uniform(start_key, (width,), real, -math.sqrt(3), math.sqrt(3))
    v = jnp.asarray(scaling.v_deviation, real) * drawn
    transform = optax.scale_by_adam(0.9, 0.999, 1e-8) if optimizer == "adam" else optax.identity()
    clipped = optax.clip_by_global_norm(clip)

    def objective(variables: tuple[Array, Array], rows: Array) -> Array:
        factor, direction = variables
        return loss(Intervention(factor * direction, mask[rows]), jax.tree.map(lambda leaf: leaf[rows], examples))

    def step(carry: Any, inputs: Any) -> Any:
        (alpha, v), state = carry
        rows, decay = inputs
        value, (to_alpha, to_v) = jax.value_and_grad(objective)((alpha, v), rows)
        to_v, _ = clipped.update(to_v, clipped.init(v))
        (to_alpha, to_v), state = transform.update((to_alpha, to_v), state)
        moved = (
            alpha - decay * jnp.asarray(scaling.eta_alpha, real) * to_alpha,
            v - decay * jnp.asarray(scaling.eta_v, real) * to_v,
        )
        return (moved, state), (value, alpha)

    decays = 1 - jnp.arange(steps, dtype=real) / steps
    carry = ((alpha, v), transform.init((alpha, v)))
    ((alpha, v), _), (losses, factors) = jax.lax.scan(step, carry, (_order(order_key, len(mask), steps, batch), decays))
    return {"alpha": alpha, "v": v, "losses": losses, "factors": factors}


def steered(
    prompt: ArrayLike,
    positions: Positions = "prosv",
    prefix: int = 2,
    suffix: int = 2,
    present: ArrayLike | None = None,
) -> Bool[np.ndarray, "*batch t"]:
    """Where the vector is added: True at the steered positions.

    prompt: [*batch, t], concrete, True at prompt tokens and False at padding. present: the same for prompt and reply,
    which "fssv" needs. positions: "prosv" (the first `prefix` and last `suffix` tokens of each prompt, all of a shorter
    one), "prompt" (all of it), "fssv" (prompt and reply), or indices into the prompt, negative ones from its end.
    Raises ValueError for a mask that is not boolean (token ids, say), an unknown mode, an empty set of positions, an
    index that is no integer or outside a prompt, or a `prefix` or `suffix` that is no integer >= 0.
    """
    inside = _mask("prompt", prompt)
    lengths = inside.sum(axis=-1, keepdims=True)
    _check(inside.ndim > 0 and bool(lengths.min(initial=1) > 0), "prompt", "empty", "at least one token a prompt")
    rank = np.cumsum(inside, axis=-1) - 1
    if isinstance(positions, str):
        _check(positions in MODES, "positions", repr(positions), f"{', '.join(MODES)}, or indices into the prompt")
        if positions == "prompt":
            return inside
        if positions == "fssv":
            _check(present is not None, "present", None, "the mask of prompt and reply, which 'fssv' steers")
            return _mask("present", present) | inside
        for name, value in (("prefix", prefix), ("suffix", suffix)):
            _check(_whole(value) and value >= 0, name, value, "an integer >= 0")
        _check(prefix + suffix > 0, "prefix + suffix", 0, "at least one position to steer")
        return inside & ((rank < prefix) | (rank >= lengths - suffix))
    _check(len(positions) > 0, "positions", "()", "at least one position to steer")
    shortest = int(lengths.min())
    for index in positions:
        inside_all = _whole(index) and -shortest <= index < shortest
        _check(inside_all, "positions", index, f"{-shortest}..{shortest - 1}, inside every prompt")
    wanted = np.stack([index + lengths * (index < 0) for index in positions])
    return inside & (rank == wanted).any(axis=0)


def steers_replies(positions: Positions) -> bool:
    """Whether tokens decoded after the prompt are steered too."""
    return positions == "fssv"


def _order(key: Array, count: int, steps: int, batch: int) -> Array:
    """[steps, batch] row numbers: one permutation of the examples after another."""
    epochs = math.ceil(steps * batch / count)
    rows = jax.vmap(lambda one: jax.random.permutation(one, count))(jax.random.split(key, epochs))
    return rows.reshape(-1)[: steps * batch].reshape(steps, batch)


def _mask(name: str, given: Any) -> Bool[np.ndarray, "*batch t"]:
    mask = np.asarray(given)
    _check(mask.dtype == bool, name, f"an array of {mask.dtype}", "a boolean mask, True at tokens and False at padding")
    return mask


def _whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _check(allowed: bool, name: str, value: Any, says: str) -> None:
    if not allowed:
        raise ValueError(f"{name}={value} is not allowed; allowed: {says}")
