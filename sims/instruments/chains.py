"""Langevin chains around a minimum: the target exp(-nbeta L(w) - (gamma / 2) |w - w*|^2), all chains in one scan.

| sampler | step | its stationary law |
|---|---|---|
| mala | Metropolis-adjusted Langevin | the target |
| sgld | w - (eps / 2) grad + sqrt(eps) xi | off by 1 / (1 - eps kappa / 4) in a direction of curvature kappa |
| averaged | the same drift, each xi shared half and half by two steps | the target wherever it is Gaussian |

The last is Leimkuhler and Matthews' scheme: SGLD without its first-order bias, at the same cost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from corollary.sims.numerics.gaussian import normal

Params = Any
Data = Any
Loss = Callable[..., Array]

SAMPLERS = ("mala", "sgld", "averaged")
BLOCKS = 40
"""A run is kept as this many block means a chain, whatever its length."""
ACCEPTANCE = 0.8
"""What the step size of mala is tuned to. On a Gaussian .574 would be best (Roberts and Rosenthal 1998); where valleys
narrow as they lead away from a crossing, such steps hardly ever enter them."""
STIFFEST = 0.5
"""eps times the largest curvature, for the samplers that are not adjusted. Beyond 4 they diverge."""
POWER_STEPS = 20


class Target(NamedTuple):
    """What is sampled. centre: float [parameters]. data: pytree of [examples, ...], or None for a loss of the
    parameters alone. nbeta, gamma: as above. least: the loss that all others are counted from, so that their sums
    keep the digits in which they differ."""

    centre: Float[Array, " parameters"]
    data: Data
    nbeta: Float[Array, ""]
    gamma: Float[Array, ""]
    least: Float[Array, ""] | float = 0.0


class Chains(NamedTuple):
    """Where chains stand, and how they got there.

    positions: [chains, parameters]. step_size: eps. losses, virial, distance, acceptance: block means [chains, blocks]
    of the loss less the target's `least`; of (w - w*) . grad(-log target) / parameters, which has mean 1 under any
    target; of |w - w*|^2; and of the Metropolis acceptance probability (mala alone).
    """

    positions: Float[Array, "chains parameters"]
    step_size: Float[Array, ""]
    losses: Float[Array, "chains blocks"]
    virial: Float[Array, "chains blocks"]
    distance: Float[Array, "chains blocks"]
    acceptance: Float[Array, "chains blocks"] | None


def flat_loss(loss: Loss, params: Params) -> Callable[[Array, Data], Array]:
    """The loss as a function of (parameters [parameters], data)."""
    _, restore = ravel_pytree(params)

    def of_flat(position: Array, data: Data) -> Array:
        return loss(restore(position)) if data is None else loss(restore(position), data)

    return of_flat


@partial(jax.jit, static_argnames=("loss", "chains", "steps", "batch"))
def tuned(
    loss: Loss, params: Params, target: Target, key: Array, chains: int, steps: int, batch: int | None
) -> tuple[Float[Array, "chains parameters"], Float[Array, ""], Float[Array, ""]]:
    """(positions, eps for mala, largest curvature of the target met): adjusted steps from the centre on one batch, eps
    moved towards `ACCEPTANCE`."""
    value = flat_loss(loss, params)
    batch_key, start_key, key = jax.random.split(key, 3)
    data = target.data
    if batch is not None:
        examples = jax.random.randint(batch_key, (batch,), 0, len(jax.tree.leaves(data)[0]))
        data = jax.tree.map(lambda leaf: leaf[examples], data)
    potential = _potential(value, target)
    energies = jax.vmap(jax.value_and_grad(potential, has_aux=True), (0, None))
    positions = jnp.broadcast_to(target.centre, (chains, target.centre.size))
    curvature = _largest_curvature(potential, target, data, start_key, positions[:1])

    def step(carry: Any, count: Array) -> tuple[Any, Array]:
        positions, state, log_step = carry
        noise_key, accept_key = jax.random.split(jax.random.fold_in(key, count))
        eps = jnp.exp(log_step)
        noise = normal(noise_key, positions.shape, positions.dtype)
        moved, new = _proposed(energies, positions, state, noise, eps, data)
        accepted = _acceptance(positions, state, moved, new, eps)
        takes = jax.random.uniform(accept_key, accepted.shape, accepted.dtype) < accepted
        positions, state = _either(takes, (moved, new), (positions, state))
        gain = 2 / (count + 1.0) ** 0.6
        log_step = log_step + (gain * (accepted.mean() - ACCEPTANCE)).astype(log_step.dtype)
        return (positions, state, log_step), log_step

    carry = (positions, energies(positions, data), jnp.log(1 / curvature))
    (positions, _, _), log_steps = jax.lax.scan(step, carry, jnp.arange(steps))
    curvature = jnp.maximum(curvature, _largest_curvature(potential, target, data, start_key, positions))
    return positions, jnp.exp(log_steps[steps // 2 :].mean()), curvature


@partial(jax.jit, static_argnames=("loss", "sampler", "batch"))
def sampled(
    loss: Loss,
    params: Params,
    target: Target,
    positions: Float[Array, "chains parameters"],
    step_size: Float[Array, ""],
    key: Array,
    sampler: str,
    runs: int,
    batch: int | None,
) -> Chains:
    """Runs chains from their positions on: `BLOCKS` blocks of `runs` stretches of `stretch` steps of fixed size.

    batch: examples drawn afresh, with replacement, by every chain at every step; None for all of them.
    """
    value = flat_loss(loss, params)
    energies = jax.vmap(jax.value_and_grad(_potential(value, target), has_aux=True), (0, None if batch is None else 0))
    chains, at_once = len(positions), stretch(positions.size)
    rows = 0 if batch is None else len(jax.tree.leaves(target.data)[0])

    def batches(draws: Array | None) -> Data:
        return target.data if draws is None else jax.tree.map(lambda leaf: leaf[draws], target.data)

    def chosen(key: Array, count: int) -> Array | None:
        return None if batch is None else jax.random.randint(key, (count, chains, batch), 0, rows)

    def step(carry: Any, drawn: Any) -> tuple[Any, Any]:
        positions, state, last_noise = carry
        noise, uniforms, examples = drawn
        pushed = (noise + last_noise) / 2 if sampler == "averaged" else noise
        moved, new = _proposed(energies, positions, state, pushed, step_size, batches(examples))
        away = positions - target.centre
        observed = {"losses": state[0][1], "virial": (away * state[1]).mean(1), "distance": (away**2).sum(1)}
        if sampler == "mala":
            observed["acceptance"] = _acceptance(positions, state, moved, new, step_size)
            moved, new = _either(uniforms < observed["acceptance"], (moved, new), (positions, state))
        return (moved, new, noise), observed

    def run(number: Array, state: Any) -> Any:
        carry, blocks = state
        noise_key, uniform_key, batch_key = jax.random.split(jax.random.fold_in(key, number), 3)
        uniforms = None
        if sampler == "mala":
            uniforms = jax.random.uniform(uniform_key, (at_once, chains), positions.dtype)
        drawn = (normal(noise_key, (at_once, *positions.shape), positions.dtype), uniforms, chosen(batch_key, at_once))
        carry, observed = jax.lax.scan(step, carry, drawn)
        return carry, {
            name: blocks[name].at[number // runs].add(draws.mean(0) / runs) for name, draws in observed.items()
        }

    first_key, noise_key = jax.random.split(jax.random.fold_in(key, BLOCKS * runs))
    first = chosen(first_key, 1)
    start = energies(positions, batches(None if first is None else first[0]))
    carry = (positions, start, normal(noise_key, positions.shape, positions.dtype))
    names = ("losses", "virial", "distance", *(["acceptance"] if sampler == "mala" else []))
    blocks = {name: jnp.zeros((BLOCKS, chains), positions.dtype) for name in names}
    carry, blocks = jax.lax.fori_loop(0, BLOCKS * runs, run, (carry, blocks))
    traces = {name: block.T for name, block in blocks.items()}
    return Chains(carry[0], step_size, traces["losses"], traces["virial"], traces["distance"], traces.get("acceptance"))


def stretch(numbers: int) -> int:
    """Steps whose noise is drawn at once, for chains of so many numbers in all: many for small ones, where every call
    of the generator costs more than what it draws."""
    return max(1, min(64, 2**16 // numbers))


def _potential(value: Callable[[Array, Data], Array], target: Target) -> Callable[[Array, Data], tuple[Array, Array]]:
    """(position, data) -> (-log target, loss), both counted from the target's `least`."""

    def potential(position: Array, data: Data) -> tuple[Array, Array]:
        loss = value(position, data) - target.least
        return target.nbeta * loss + target.gamma / 2 * ((position - target.centre) ** 2).sum(), loss

    return potential


def _proposed(energies: Any, positions: Array, state: Any, noise: Array, eps: Array, data: Data) -> tuple[Array, Any]:
    moved = positions - eps / 2 * state[1] + jnp.sqrt(eps) * noise
    return moved, energies(moved, data)


def _acceptance(positions: Array, state: Any, moved: Array, new: Any, eps: Array) -> Float[Array, " chains"]:
    """The Metropolis acceptance probability of each move."""
    (old_energy, _), old_slope = state
    (new_energy, _), new_slope = new
    forth = ((moved - positions + eps / 2 * old_slope) ** 2).sum(1)
    back = ((positions - moved + eps / 2 * new_slope) ** 2).sum(1)
    log_ratio = old_energy - new_energy + (forth - back) / (2 * eps)
    return jnp.where(jnp.isfinite(log_ratio), jnp.exp(jnp.minimum(log_ratio, 0.0)), 0.0)


def _either(takes: Array, new: Any, old: Any) -> Any:
    """Chain by chain, the new state where it is taken and the old one where it is not."""
    return jax.tree.map(lambda one, other: jnp.where(takes.reshape(-1, *[1] * (one.ndim - 1)), one, other), new, old)


def _largest_curvature(potential: Any, target: Target, data: Data, key: Array, positions: Array) -> Float[Array, ""]:
    """The largest eigenvalue, in size, of the target's Hessian at any of the positions, by power iteration."""
    slope = jax.grad(lambda position: potential(position, data)[0])

    def at(position: Array) -> Array:
        def push(_: int, carry: Any) -> Any:
            direction, _ = carry
            image = jax.jvp(slope, (position,), (direction,))[1]
            size = jnp.sqrt((image**2).sum())
            return image / jnp.maximum(size, jnp.finfo(size.dtype).tiny), size

        start = normal(key, position.shape, position.dtype)
        carry = (start / jnp.sqrt((start**2).sum()), jnp.zeros((), position.dtype))
        return jax.lax.fori_loop(0, POWER_STEPS, push, carry)[1]

    return jnp.maximum(jax.lax.map(at, positions).max(), target.gamma)
