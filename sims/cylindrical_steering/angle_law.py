"""Finding the exponents (k, m) of sin(theta)**m cos(theta)**(k - m) in planted steerabilities."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.sims.numerics.gaussian import normals

KS = np.arange(0.5, 5.01, 0.25)
MS = np.arange(0.1, 4.91, 0.1)


def _correlations(values: Array, sine_power: Array, cosine_power: Array, theta: Array, logs: Array) -> Array:
    """Pearson correlation, [k, m], of values |v|**-k with sin**sine_power cos**cosine_power."""
    log_sin, log_cos = jnp.log(jnp.sin(theta)), jnp.log(jnp.cos(theta))

    def row(k: Array, sines: Array, cosines: Array) -> Array:
        family = jnp.exp(sines[:, None] * log_sin + cosines[:, None] * log_cos)
        target = values * jnp.exp(-k * logs)
        target, family = target - target.mean(), family - family.mean(axis=1, keepdims=True)
        return family @ target / (jnp.linalg.norm(family, axis=1) * jnp.linalg.norm(target))

    return jax.lax.map(lambda args: row(*args), (jnp.asarray(KS), sine_power, cosine_power))


def fit(key: Array, k: float, m: float, noise: float, samples: int = 3000) -> dict[str, Array]:
    """Exponents of largest correlation for steerabilities |v|**k sin**m cos**(k - m) (1 + noise z): "k", "m" with the
    family itself, and "plotted_k", "plotted_m" with the published script's abscissa sin**k cos**(2 p - k), its p read
    as m. "peak" is the largest correlation. theta is uniform on (.1, 1.47), ln |v| normal of spread .3. The key is
    consumed."""
    angles, drawn = jax.random.split(key)
    theta = jax.random.uniform(angles, (samples,), jnp.float64, 0.1, 1.47)
    logs, z = normals(drawn, (samples,), (samples,))
    logs = 0.3 * logs
    values = jnp.exp(k * logs) * jnp.sin(theta) ** m * jnp.cos(theta) ** (k - m) * (1 + noise * z)
    ks, ms = jnp.meshgrid(jnp.asarray(KS), jnp.asarray(MS), indexing="ij")
    allowed = ms <= ks - 0.1 + 1e-9

    def best(sines: Array, cosines: Array) -> tuple[Array, Array, Array]:
        found = jnp.where(allowed, _correlations(values, sines, cosines, theta, logs), -1.0)
        place = jnp.argmax(found)
        return ks.ravel()[place], ms.ravel()[place], found.max()

    found_k, found_m, peak = best(ms, jnp.where(allowed, ks - ms, 1.0))
    plotted_k, plotted_m, _ = best(ks, jnp.where(allowed, 2 * ms - ks, 1.0))
    return {"k": found_k, "m": found_m, "plotted_k": plotted_k, "plotted_m": plotted_m, "peak": peak}
