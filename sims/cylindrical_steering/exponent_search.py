"""How significant the best of many exponents (k, m) is: permutation tests with the search repeated, and without."""

from __future__ import annotations

from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal, normals

KS = tuple(0.5 * step for step in range(2, 9))
MS = tuple(0.25 * step for step in range(1, 16))
PERMUTATIONS = 39
"""With 39 permutations p <= .05 has probability exactly .05 under the null."""

DATA_SETS = 64


def data(key: Array, samples: int, noise: Array | float) -> tuple[Array, Array, Array]:
    """(angles, log lengths, steerabilities), each [samples]: |v|**2 sin cos (1 + noise z), independent of both where
    the noise is inf. Angles are uniform on (.1, 1.47), ln |v| is normal of spread .3. The key is consumed."""
    angles, drawn = jax.random.split(key)
    theta = jax.random.uniform(angles, (samples,), jnp.float64, 0.1, 1.47)
    logs, z = normals(drawn, (samples,), (samples,))
    logs = 0.3 * logs
    planted = jnp.exp(2 * logs) * jnp.sin(theta) * jnp.cos(theta) * (1 + jnp.where(jnp.isinf(noise), 0.0, noise) * z)
    return theta, logs, jnp.where(jnp.isinf(noise), jnp.exp(0.5 * z), planted)


def correlations(
    theta: Float[Array, " n"], logs: Float[Array, " n"], values: Float[Array, "rows n"]
) -> Float[Array, "k m rows"]:
    """Pearson correlation of values / |v|**k with sin(theta)**m cos(theta)**(k - m), -1 outside 0 < m < k."""
    powers = jnp.asarray(MS)[:, None]
    allowed = jnp.asarray(np.array(MS)[None] < np.array(KS)[:, None])

    def at(k: Array, allowed: Array) -> Array:
        cosines = jnp.where(allowed, k - powers[:, 0], 0.0)[:, None]
        family = _standard(jnp.exp(powers * jnp.log(jnp.sin(theta)) + cosines * jnp.log(jnp.cos(theta))))
        return jnp.where(allowed[:, None], family @ _standard(values * jnp.exp(-k * logs)).T, -1.0)

    return jax.lax.map(lambda one: at(*one), (jnp.asarray(KS), allowed))


def _standard(rows: Float[Array, "rows n"]) -> Float[Array, "rows n"]:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return centred / jnp.linalg.norm(centred, axis=1, keepdims=True)


def tested(key: Array, samples: int, noise: Array | float) -> dict[str, Array]:
    """One data set: the "peak" correlation over the search, its permutation p-value "outside", with the exponents kept
    at the best ones of the data, and "inside", with the search repeated in every permutation; the best "k" and "m".
    The key is consumed."""
    drawn, order = jax.random.split(key)
    return _searched(*data(drawn, samples, noise), jnp.argsort(normal(order, (PERMUTATIONS, samples)), axis=1))


def _searched(theta: Array, logs: Array, values: Array, orders: Array) -> dict[str, Array]:
    """`tested`, the values also taken in each of the orders [orders, samples]."""
    found = correlations(theta, logs, jnp.concatenate([values[None], values[orders]])).reshape(-1, 1 + len(orders))
    best = jnp.argmax(found[:, 0])
    return {
        "peak": found[best, 0],
        "outside": _p(found[best]),
        "inside": _p(found.max(axis=0)),
        "k": jnp.asarray(KS)[best // len(MS)],
        "m": jnp.asarray(MS)[best % len(MS)],
    }


def _p(statistics: Float[Array, " rows"]) -> Array:
    """The share of statistics, the data's own first, that reach the data's."""
    return jnp.mean((statistics >= statistics[0]).astype(jnp.float64))


def rejected_orders(seed: int, search: str = "inside") -> float:
    """Share of the 120 orders of five samples' steerabilities whose p-value over all orders is at most .05, with the
    search "inside" every order or "outside"."""
    theta, logs, values = data(jax.random.key(seed), 5, jnp.inf)
    orders = jnp.asarray(list(permutations(range(5))))
    found = jax.jit(jax.vmap(lambda order: _searched(theta, logs, values[order], orders[1:])[search]))(orders)
    return float(np.mean(np.asarray(found) <= 0.05))


@static("n")
def null_rejections(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """Whether the p-values without and with the search inside are at most .05 for independent steerabilities; point:
    n (int)."""
    found = jax.vmap(lambda one: tested(one, point["n"], jnp.inf))(jax.random.split(key, DATA_SETS))
    return (jnp.stack([found["outside"], found["inside"]], axis=1) <= 0.05).astype(jnp.float64)
