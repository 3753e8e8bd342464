"""The local learning coefficient of a loss around given weights, with the diagnostics that say whether to believe it.

    estimate = local_learning_coefficient(loss, params, key, data=(inputs, labels))
    print(estimate)                                  # 4.02 +- 0.05, and warnings if there are any
    longer = local_learning_coefficient(loss, params, key2, data=(inputs, labels), after=estimate)
    both = merged(estimate, other_machine)           # more chains

lambda_hat = nbeta (E[L(w)] - L(w*)) with w drawn from exp(-nbeta L(w) - (gamma / 2) |w - w*|^2) (arXiv 2308.12108).
What a finite gamma lets it see is a soft count of the directions whose curvature exceeds gamma / nbeta.
"""

from __future__ import annotations

import math
import warnings as python_warnings
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from corollary.sims.instruments.chains import (
    BLOCKS,
    SAMPLERS,
    STIFFEST,
    Chains,
    Data,
    Loss,
    Params,
    Target,
    flat_loss,
    sampled,
    stretch,
    tuned,
)
from corollary.sims.instruments.estimates import Estimate, Unreliable, estimated

TUNING_STEPS = 500
BURN_IN = 0.2
"""Share of a fresh run's steps that is dropped."""


def local_learning_coefficient(
    loss: Loss,
    params: Params,
    key: Array,
    *,
    data: Data = None,
    nbeta: float | None = None,
    sampler: str = "averaged",
    chains: int = 16,
    steps: int = 4000,
    batch: int | None = None,
    localisation: float = 1.0,
    step_size: float | None = None,
    after: Estimate | None = None,
) -> Estimate:
    """The local learning coefficient at `params`. Warns with `Unreliable` where it should not be believed.

    loss: (params) -> mean loss, or (params, examples) -> mean loss over them when there are data; one and the same
    function object is compiled once. params: pytree of arrays of one float dtype, in which all is computed.
    data: pytree of [n, ...]. nbeta: effective inverse temperature, by default n / ln n.
    sampler: "averaged" (SGLD without its first-order bias), "sgld" (plain) or "mala" (exact; whole data only).
    chains, steps: how many, and how long after the burn-in. batch: examples a step; None for all.
    localisation: gamma. step_size: eps; by default tuned to the acceptance (mala) or the largest curvature met.
    after: an estimate at the same setting that this one goes on from. The key is consumed.
    Raises ValueError naming the argument that is out of its domain.
    """
    centre, _ = ravel_pytree(params)
    nbeta = _checked(centre, data, nbeta, sampler, chains, steps, batch, localisation, step_size, after)
    at_once = stretch(chains * centre.size)
    runs = -(-steps // (BLOCKS * at_once))
    number = centre.dtype.type
    least = flat_loss(loss, params)(centre, data)
    target = Target(centre, data, jnp.asarray(nbeta, number), jnp.asarray(localisation, number), least)
    start_key, run_key = jax.random.split(key)
    if after is None:
        positions, eps = _started(loss, params, target, start_key, sampler, chains, runs, batch, step_size)
    else:
        positions, eps = after.chains.positions, after.chains.step_size
    run = sampled(loss, params, target, positions, eps, run_key, sampler, runs, batch)
    gaps = nbeta * np.asarray(run.losses, np.float64)
    done = runs * at_once * BLOCKS
    if after is not None:
        run, gaps = _concatenated(after.chains, run, axis=1), np.concatenate([after.gaps, gaps], axis=1)
        done += after.steps
    return _warned(
        estimated(gaps, run, sampler, nbeta, localisation, done, nbeta * float(np.spacing(abs(number(least)))))
    )


def merged(*estimates: Estimate) -> Estimate:
    """The estimate of all their chains together, wherever they ran.

    Raises ValueError unless sampler, nbeta, localisation and length agree, and, for samplers whose bias depends on
    it, the step size.
    """
    if not estimates:
        raise ValueError("no estimate to merge; allowed: one or more")
    first = estimates[0]
    for other in estimates[1:]:
        for name in ("sampler", "nbeta", "localisation", "steps"):
            if getattr(first, name) != getattr(other, name):
                raise ValueError(f"{name} differs: {getattr(first, name)} and {getattr(other, name)}; must agree")
        if first.sampler == "sgld" and not math.isclose(first.step_size, other.step_size, rel_tol=1e-6):
            raise ValueError(f"step_size differs: {first.step_size} and {other.step_size}; must agree for sgld")
    run = first.chains
    for other in estimates[1:]:
        run = _concatenated(run, other.chains, axis=0)
    gaps = np.concatenate([e.gaps for e in estimates])
    grain = max(estimate.grain for estimate in estimates)
    return _warned(estimated(gaps, run, first.sampler, first.nbeta, first.localisation, first.steps, grain))


def _started(
    loss: Loss,
    params: Params,
    target: Target,
    key: Array,
    sampler: str,
    chains: int,
    runs: int,
    batch: int | None,
    step_size: float | None,
) -> tuple[Array, Array]:
    """(positions after the burn-in, step size)."""
    tune_key, burn_key = jax.random.split(key)
    burn = max(1, round(BURN_IN * runs))
    if step_size is None:
        steps = max(TUNING_STEPS, BLOCKS * burn * stretch(chains * target.centre.size))
        if sampler != "mala":
            steps = TUNING_STEPS
        positions, mala_step, curvature = tuned(loss, params, target, tune_key, chains, steps, batch)
        if sampler == "mala":
            return positions, mala_step
        eps = STIFFEST / curvature
    else:
        positions = jnp.broadcast_to(target.centre, (chains, target.centre.size))
        eps = jnp.asarray(step_size, target.centre.dtype)
    return sampled(loss, params, target, positions, eps, burn_key, sampler, burn, batch).positions, eps


def _warned(estimate: Estimate) -> Estimate:
    if estimate.warnings:
        python_warnings.warn(
            f"local learning coefficient {estimate.value:.4g}: " + "; ".join(estimate.warnings),
            Unreliable,
            stacklevel=3,
        )
    return estimate


def _concatenated(one: Chains, other: Chains, axis: int) -> Chains:
    """Two runs side by side (axis 0: more chains) or one behind the other (axis 1: in time)."""
    traces: dict[str, Any] = {}
    for name in ("losses", "virial", "distance", "acceptance"):
        first, second = getattr(one, name), getattr(other, name)
        traces[name] = None if first is None else jnp.concatenate([first, second], axis)
    positions = other.positions if axis else jnp.concatenate([one.positions, other.positions])
    return Chains(positions, other.step_size, **traces)


def _checked(
    centre: Array,
    data: Data,
    nbeta: float | None,
    sampler: str,
    chains: int,
    steps: int,
    batch: int | None,
    localisation: float,
    step_size: float | None,
    after: Estimate | None,
) -> float:
    if not jnp.issubdtype(centre.dtype, jnp.floating) or not bool(jnp.isfinite(centre).all()):
        raise ValueError(f"params of dtype {centre.dtype}; allowed: finite floating-point arrays")
    rows = {len(leaf) for leaf in jax.tree.leaves(data)}
    if len(rows) > 1 or 0 in rows:
        raise ValueError(f"data has {sorted(rows)} rows; allowed: one number of examples, at least 1")
    if nbeta is None:
        if not rows or min(rows) < 3:
            raise ValueError("nbeta is missing; allowed: a number > 0, or data of at least 3 examples for n / ln n")
        nbeta = min(rows) / math.log(min(rows))
    if sampler not in SAMPLERS:
        raise ValueError(f"sampler={sampler!r}; allowed: {', '.join(SAMPLERS)}")
    if chains < 2:
        raise ValueError(f"chains={chains}; allowed: at least 2, for the standard error is their spread")
    for name, value in (("nbeta", nbeta), ("localisation", localisation), ("step_size", step_size), ("steps", steps)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ValueError(f"{name}={value}; allowed: a number > 0")
    if batch is not None and (not rows or not 1 <= batch <= min(rows)):
        raise ValueError(f"batch={batch}; allowed: 1 to the number of examples, {min(rows) if rows else 'none given'}")
    if batch is not None and sampler == "mala":
        raise ValueError("batch with sampler='mala'; allowed: none, for its acceptance needs the whole loss")
    if after is not None:
        same = (after.sampler, after.nbeta, after.localisation, len(after.gaps), after.chains.positions.shape[1])
        asked = (sampler, nbeta, localisation, chains, centre.size)
        if same != asked:
            raise ValueError(
                f"after has (sampler, nbeta, localisation, chains, parameters) = {same}; asked for {asked}: must agree"
            )
    return float(nbeta)


__all__ = ["Estimate", "Unreliable", "local_learning_coefficient", "merged"]
