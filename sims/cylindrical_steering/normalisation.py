"""Steerabilities divided by a power of the steering vector's length, where their noise does not grow with it."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.draws import keys_of
from corollary.sims.numerics.gaussian import normals

SAMPLES, DATA_SETS = 2048, 16
SHORTEST = 0.1


def data(key: Array, point: dict) -> tuple[Array, Array, Array]:
    """(angle's effect f, log lengths, noise), each [samples]: f = sin(theta) cos(theta), theta uniform on (0, pi/2),
    ln |v| normal of spread s, noise of q times the variance of f among these samples. Steerability is |v|**k f + noise.
    point: k, s, q. The key is consumed."""
    angles, drawn = jax.random.split(key)
    theta = jax.random.uniform(angles, (SAMPLES,), jnp.float64, 0.0, jnp.pi / 2)
    effect = jnp.sin(theta) * jnp.cos(theta)
    logs, noise = normals(drawn, (SAMPLES,), (SAMPLES,))
    return effect, point["s"] * logs, jnp.sqrt(point["q"] * jnp.var(effect)) * noise


@static()
def correlations(key: Array, point: dict) -> Float[Array, " data_sets"]:
    """Pearson correlation of the divided steerabilities with the angle's effect, a data set a row; point: k, s, q."""

    def one(key: Array) -> Array:
        effect, logs, noise = data(key, point)
        lengths = jnp.exp(point["k"] * logs)
        return jnp.corrcoef((lengths * effect + noise) / lengths, effect)[0, 1]

    return jax.vmap(one)(jax.random.split(key, DATA_SETS))


@static()
def errors(key: Array, point: dict) -> Float[Array, "data_sets 4"]:
    """Of each data set: variance, over the noise's, of the effect's size fitted with weights |v|**(2 k), and fitted to
    the divided steerabilities; squared noise on the shortest tenth of the divided samples, and on all; point: k, s, q.

    Both fits are linear in the noise, so that their variance, given angles and lengths, is the squared norm of their
    gradient: the average over the noise is taken exactly."""

    def one(key: Array) -> Array:
        effect, logs, noise = data(key, point)
        lengths = jnp.exp(point["k"] * logs)

        def variance(weights: Array) -> Array:
            fit = jax.grad(lambda noise: _slope(effect, (lengths * effect + noise) / lengths, weights))
            return jnp.sum(fit(noise) ** 2)

        energy = (noise / lengths) ** 2
        shortest = jnp.where(logs <= jnp.quantile(logs, SHORTEST), energy, 0.0)
        return jnp.stack([variance(lengths**2), variance(jnp.ones_like(lengths)), shortest.sum(), energy.sum()])

    return jax.vmap(one)(jax.random.split(key, DATA_SETS))


def _slope(x: Array, y: Array, weights: Array) -> Array:
    """Weighted least squares with an intercept."""
    centred = x - jnp.average(x, weights=weights)
    return jnp.sum(weights * centred * y) / jnp.sum(weights * centred**2)


def divided_sample(seed: int, k: float, s: float, q: float, samples: int) -> dict[str, np.ndarray]:
    """Arrays "effect", "length" |v| and the "divided" steerability, each [samples]."""
    effect, logs, noise = data(jax.random.key(seed), {"k": k, "s": s, "q": q})
    found = {"effect": effect, "length": jnp.exp(logs), "divided": effect + noise * jnp.exp(-k * logs)}
    return {name: np.asarray(values[:samples]) for name, values in found.items()}


def short_samples(seed: int, powers: Sequence[float], spreads: Sequence[float], chunks: int) -> dict[str, np.ndarray]:
    """Arrays "efficiency" of the divided fit and noise on the "shortest" tenth, each [powers, spreads]."""
    total = np.zeros((len(powers), len(spreads), 4))
    run = jax.jit(lambda key, k, s: errors(key, {"k": k, "s": s, "q": 0.25}).mean(axis=0))
    for row, k in enumerate(powers):
        for column, s in enumerate(spreads):
            total[row, column] = np.mean([run(key, k, s) for key in keys_of(seed, chunks)], axis=0)
    return {"efficiency": total[..., 0] / total[..., 1], "shortest": total[..., 2] / total[..., 3]}
