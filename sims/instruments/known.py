"""Losses whose learning coefficients are known, and what Langevin chains measure on them.

A measure takes a key, which it consumes, and a point, and returns [chains] or [chains, components]: one row a chain,
its mean over the steps after the burn-in. All in float64. A point says chains and steps (of a block, a multiple of 64),
ints, and nbeta, gamma and eps.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float

from corollary.measure import needs_float64, static
from corollary.sims.instruments.chains import Chains, Loss, Params, Target, sampled, stretch
from corollary.sims.instruments.estimates import mean_over_chains
from corollary.sims.instruments.jacobian_rank import quadratic_network
from corollary.sims.numerics.gaussian import normals

BURN_IN = 20
"""Blocks dropped, of the `BLOCKS` of a run."""


def normal_crossing(powers: tuple[int, ...]) -> tuple[Loss, Params]:
    """(loss, its singular minimum): prod_i w_i^(2 k_i) at the origin; w float64 [len(powers)]."""

    def loss(w: Array) -> Array:
        return jnp.prod(jnp.stack([w[i] ** (2 * power) for i, power in enumerate(powers) if power]))

    return loss, jnp.zeros(len(powers), jnp.float64)


def product_of_norms(first: int, second: int) -> tuple[Loss, Params]:
    """(loss, where its two subspaces of minima cross): |x|^2 |y|^2; x float64 [first], y [second], side by side."""

    def loss(w: Array) -> Array:
        return (w[:first] ** 2).sum() * (w[first:] ** 2).sum()

    return loss, jnp.zeros(first + second, jnp.float64)


def reduced_rank(inputs: int, hidden: int, outputs: int, rank: int) -> tuple[Loss, Params]:
    """(loss, its most singular minimum): |B A - B0 A0|^2 / 2 over A [hidden, inputs] and B [outputs, hidden], where A0
    and B0 are identities in a rank x rank block, and all other hidden units are off."""
    diagonal = jnp.arange(rank)
    A0 = jnp.zeros((hidden, inputs), jnp.float64).at[diagonal, diagonal].set(1.0)
    B0 = jnp.zeros((outputs, hidden), jnp.float64).at[diagonal, diagonal].set(1.0)
    product = B0 @ A0

    def loss(params: Params) -> Array:
        A, B = params
        return ((B @ A - product) ** 2).sum() / 2

    return loss, (A0, B0)


@needs_float64("chains accept by differences of nearly equal losses")
@static("chains", "hidden", "inputs", "outputs", "rank", "steps")
def reduced_rank_gaps(key: Array, point: dict[str, Any]) -> Float[Array, " chains"]:
    """nbeta times the mean loss under mala. point, besides: inputs, hidden, outputs, rank (ints)."""
    loss, params = reduced_rank(*(point[name] for name in ("inputs", "hidden", "outputs", "rank")))
    return _gaps(loss, params, key, point, "mala")


@needs_float64("chains accept by differences of nearly equal losses")
@static("chains", "steps")
def crossing_gaps(key: Array, point: dict[str, Any]) -> Float[Array, " chains"]:
    """The same for L = (x y)^2."""
    return _gaps(*normal_crossing((1, 1)), key, point, "mala")


@needs_float64("chains accept by differences of nearly equal losses")
@static("chains", "first", "second", "steps")
def valley_gaps(key: Array, point: dict[str, Any]) -> Float[Array, " chains"]:
    """The same for L = |x|^2 |y|^2, around y = 0 and x = (place, 0, ...). point, besides: first, second (dimensions of
    x and y, ints) and place."""
    loss, origin = product_of_norms(point["first"], point["second"])
    return _gaps(loss, origin.at[0].set(point["place"]), key, point, "mala")


@needs_float64("chains accept by differences of nearly equal losses")
@static("chains", "neurons", "p", "seed", "steps")
def network_gaps(key: Array, point: dict[str, Any]) -> Float[Array, " chains"]:
    """The same for L = |h(w) - h(w*)|^2 / 2, with h the outputs of a quadratic network on all p^2 inputs and w* drawn
    by a seed. point, besides: p, neurons, seed (ints)."""
    p, neurons = point["p"], point["neurons"]
    weights = normals(jax.random.key(point["seed"]), (p, neurons), (p, neurons), (neurons, p))
    outputs = quadratic_network(p)
    answers = outputs(weights)
    return _gaps(lambda w: ((outputs(w) - answers) ** 2).sum() / 2, tuple(weights), key, point, "mala")


@needs_float64("chains accept by differences of nearly equal losses")
@static("chains", "k", "steps")
def monomial_gaps(key: Array, point: dict[str, Any]) -> Float[Array, " chains"]:
    """The same for L = w^(2 k). point, besides: k (int)."""
    return _gaps(*normal_crossing((point["k"],)), key, point, "mala")


@static("chains", "steps")
def quadratic_moments(key: Array, point: dict[str, Any]) -> Float[Array, "chains 2"]:
    """(nbeta times the mean loss, virial) for L = h w^2 / 2. point, besides: sampler (str), h."""
    run, target = _run(lambda w: point["h"] * (w**2).sum() / 2, jnp.zeros(1, jnp.float64), key, point, point["sampler"])
    return jnp.stack([target.nbeta * run.losses.mean(1), run.virial.mean(1)], 1)


@static("at_once", "chains", "steps")
def coverage(key: Array, point: dict[str, Any]) -> Float[Array, " estimates"]:
    """Whether estimates from `chains` chains each come within their standard error of the known value, 1 or 0, for
    L = sum_i h_i w_i^2 / 2 under averaged SGLD. point, besides: h [weights], known, and at_once (estimates, int)."""
    groups, members, curvatures = point["at_once"], point["chains"], jnp.asarray(point["h"])
    centre = jnp.zeros(curvatures.shape, jnp.float64)
    every = {**point, "chains": groups * members}
    run, target = _run(lambda w: (curvatures * w**2).sum() / 2, centre, key, every, "averaged")
    values, errors = jax.vmap(mean_over_chains)(target.nbeta * run.losses.reshape(groups, members, -1))
    return (jnp.abs(values - point["known"]) < errors).astype(jnp.float64)


@static("batch", "chains", "examples", "steps")
def minibatch_gaps(key: Array, point: dict[str, Any]) -> Float[Array, " chains"]:
    """nbeta times the mean of L = mean_i h (w^2 / 2 - w y_i) under SGLD, with y_i of mean 0 and variance 1. point,
    besides: examples (how many y_i), batch (how many a step sees), ints, and h. The minibatch gradient has variance
    h^2 / batch."""
    levels = jnp.linspace(-1, 1, point["examples"], dtype=jnp.float64)
    data = levels / jnp.sqrt((levels**2).mean())

    def loss(w: Array, examples: Array) -> Array:
        return point["h"] * (w**2 / 2 - w * examples).mean()

    run, target = _run(loss, jnp.zeros(1, jnp.float64), key, point, "sgld", data, point["batch"])
    return target.nbeta * run.losses.mean(1)


def _gaps(loss: Loss, params: Params, key: Array, point: dict[str, Any], sampler: str) -> Float[Array, " chains"]:
    run, target = _run(loss, params, key, point, sampler)
    return target.nbeta * run.losses.mean(1)


def _run(
    loss: Loss,
    params: Params,
    key: Array,
    point: dict[str, Any],
    sampler: str,
    data: Any = None,
    batch: int | None = None,
) -> tuple[Chains, Target]:
    """Chains from the minimum, without their first `BURN_IN` blocks, and what they sample."""
    centre, _ = ravel_pytree(params)
    target = Target(centre, data, point["nbeta"], point["gamma"])
    starts = jnp.broadcast_to(centre, (point["chains"], centre.size))
    runs = max(1, point["steps"] // stretch(starts.size))
    run = sampled(loss, params, target, starts, point["eps"], key, sampler, runs, batch)
    kept = {name: getattr(run, name)[:, BURN_IN:] for name in ("losses", "virial", "distance")}
    return run._replace(**kept, acceptance=None), target
