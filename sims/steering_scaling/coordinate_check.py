"""A coordinate check of a steering vector's parameterisation: the sizes of what it does, step by step, at every width.

Flat lines say that the parameterisation trains the same way at every width (in the manner of arXiv 2203.03466).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal
from corollary.sims.steering_scaling.heads import draw_head, features, margin_loss
from corollary.sims.steering_scaling.steering import Rule, Start, State, rule_of, train

QUANTITIES = ("z", "h + z", "block output")
EXPONENTS = ("alpha_0", "v_0", "eta_alpha", "eta_v")
RATE, STARTS = 0.25, 4


def coordinate_check(
    exponents: Mapping[str, float],
    optimizer: str,
    widths: Sequence[int],
    steps: int = 5,
    kappa: float = 1.0,
    networks: int = 8,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Mean absolute coordinates by name (`QUANTITIES`), each [widths, steps], and their `slopes` [quantities, steps].

    exponents: of width in alpha_0, v_0, eta_alpha and eta_v; the rates have a factor 1/4. optimizer: "sign", "adam" or
    "sgd". kappa: the readout is N(0, 1) n^-kappa. Raises ValueError for a width < 2, fewer than two widths, steps < 1,
    an unknown optimizer, or exponents that are missing or unknown.
    """
    if set(exponents) != set(EXPONENTS):
        raise ValueError(f"exponents = {sorted(exponents)}: must name {', '.join(EXPONENTS)}")
    for n in widths:
        if not isinstance(n, int | np.integer) or n < 2:
            raise ValueError(f"widths: {n} is not allowed; must be integers >= 2")
    if len(set(widths)) < 2 or steps < 1:
        raise ValueError(f"widths = {list(widths)}, steps = {steps}: must be two or more widths and steps >= 1")
    rule = rule_of(optimizer)
    start = jnp.asarray([float(exponents[name]) for name in EXPONENTS], jnp.float32)
    keys = jax.random.split(jax.random.key(seed), networks)
    sizes = np.stack([np.asarray(_sizes(keys, int(n), start, rule, kappa, steps)) for n in widths])
    x = np.log(np.asarray(widths, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.einsum("w,wsq->qs", (x - x.mean()) / np.sum((x - x.mean()) ** 2), np.log(sizes))
    return {**{name: sizes[:, :, i] for i, name in enumerate(QUANTITIES)}, "slopes": slopes}


@static("n", "steps")
def features_size(key: jax.Array, point: dict[str, Any]) -> Float[Array, " networks"]:
    """Mean |coordinate| of z after `steps` steps, one for each of a chunk's networks.

    point: n, optimizer, the exponents alpha_0, v_0, eta_alpha and eta_v, and steps."""
    start = jnp.stack([jnp.asarray(point[name], jnp.float32) for name in EXPONENTS])
    keys = jax.random.split(key, max(1, 1024 // point["n"]))
    one = partial(
        _network, n=point["n"], start=start, rule=rule_of(point["optimizer"]), kappa=1.0, steps=point["steps"]
    )
    return jax.lax.map(lambda key: one(key)[-1, 0], keys)


@partial(jax.jit, static_argnames=("n", "steps"))
def _sizes(keys: jax.Array, n: int, start: Array, rule: Rule, kappa: Any, steps: int) -> Float[Array, "steps three"]:
    one = partial(_network, n=n, start=start, rule=rule, kappa=kappa, steps=steps)
    return jnp.mean(jax.lax.map(one, keys), 0)


def _network(key: jax.Array, n: int, start: Array, rule: Rule, kappa: Any, steps: int) -> Float[Array, "steps three"]:
    """Averages over `STARTS` directions and their opposites, which move the factor the other way at first."""
    network, directions = jax.random.split(key)
    head, width = draw_head(network, n), jnp.asarray(float(n), jnp.float32)
    alpha, spread, eta_alpha, eta_v = width**start

    def observed(before: State, after: State, g: jax.Array) -> jax.Array:
        z = after.alpha * after.v
        x = head.inputs + z
        return jnp.stack([jnp.mean(jnp.abs(entries)) for entries in (z, x, features(head, z) - x)])

    def trained(v: jax.Array) -> jax.Array:
        begin = Start(alpha, spread * v, RATE * eta_alpha, RATE * eta_v)
        return train(jax.grad(lambda z: margin_loss(head, z, kappa)), begin, rule, steps, observed)[1]

    v = normal(directions, (STARTS, n), jnp.float32)
    return jnp.mean(jax.vmap(trained)(jnp.concatenate([v, -v])), 0)
