"""Embeddings, clouds, logits and networks made to order, on which the instruments' answers are known. In float64."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, Float, Int

from corollary.measure import static
from corollary.sims.instruments.geometry import circular_correlation, homomorphism_error, log_neighbour_ratios, ring
from corollary.sims.instruments.layered import random_transformer
from corollary.sims.instruments.mediation import Mediation, mediation
from corollary.sims.instruments.progress import Progress, progress
from corollary.sims.instruments.spectra import inverse_participation, token_spectrum

FEATURES = 24
NUMBERS, OPERATION, EQUALS = 6, 6, 7
"""Tokens of the random transformers: numbers 0..5, then the two signs."""
CLOUDS, POINTS = 32, 64

_progress = jax.jit(progress)


def waves(p: int, powers: Float[np.ndarray, " waves"], seed: int) -> Float[Array, "p features"]:
    """An embedding of tokens 0..p-1 with these powers at random distinct frequencies, each in a plane of its own; all
    planes are orthogonal and turned at random."""
    rng = np.random.default_rng(seed)
    frequencies = rng.choice(np.arange(1, (p + 1) // 2), len(powers), replace=False)
    directions = np.linalg.qr(rng.normal(size=(FEATURES, 2 * len(powers))))[0].T
    angles = 2 * np.pi * np.outer(np.arange(p), frequencies) / p
    circles = np.stack([np.cos(angles), np.sin(angles)], -1) * np.sqrt(powers)[:, None]
    return jnp.asarray(circles.reshape(p, -1) @ directions)


def circle(p: int, k: int, seed: int) -> Float[Array, "p features"]:
    """An embedding that goes k times round a circle, in a random plane, from a random start, about a random centre."""
    rng = np.random.default_rng(seed)
    plane = np.linalg.qr(rng.normal(size=(FEATURES, 2)))[0].T
    angles = 2 * np.pi * k * np.arange(p) / p + rng.uniform(0, 2 * np.pi)
    return jnp.asarray(np.stack([np.cos(angles), np.sin(angles)], -1) @ plane + rng.normal(size=FEATURES))


def ring_measures(p: int, k: int, seed: int) -> dict[str, Array]:
    """What the instruments say of `circle(p, k, seed)`: "frequency", "circular_correlation", "homomorphism_error" and
    the "inverse_participation" of its spectrum."""
    embedding = circle(p, k, seed)
    view = ring(embedding)
    return {
        "frequency": view.frequency,
        "circular_correlation": circular_correlation(view.angles, view.frequency),
        "homomorphism_error": homomorphism_error(view.angles),
        "inverse_participation": inverse_participation(token_spectrum(embedding)),
    }


def polygon(points: int) -> Float[np.ndarray, "points 2"]:
    """The corners of a regular polygon of unit circumradius."""
    angles = 2 * np.pi * np.arange(points) / points
    return np.stack([np.cos(angles), np.sin(angles)], -1)


@static("p")
def random_angle_errors(key: Array, point: dict[str, Any]) -> Float[Array, " rows"]:
    """Homomorphism errors of independent uniform angles. point: p (int). The key is consumed."""
    angles = jax.random.uniform(key, (CLOUDS, point["p"]), jnp.float64, -jnp.pi, jnp.pi)
    return jax.lax.map(homomorphism_error, angles)


@static("d")
def torus_log_ratios(key: Array, point: dict[str, Any]) -> Float[Array, " rows"]:
    """Means of log(r2 / r1) over clouds of uniform points on the unit torus. point: d (int), its dimension. The key is
    consumed."""
    clouds = jax.random.uniform(key, (CLOUDS, POINTS, point["d"]), jnp.float64)
    return jax.vmap(lambda cloud: log_neighbour_ratios(cloud, 1.0).mean())(clouds)


def modes(K: int, N: int, size: float, seed: int) -> Float[Array, " N"]:
    """N powers in random order, K of which have that size and the others vanish."""
    return jnp.asarray(np.random.default_rng(seed).permutation(np.where(np.arange(N) < K, size, 0.0)))


def wave_progress(
    p: int, powers: Float[np.ndarray, " waves"], frequencies: Int[np.ndarray, " waves"], seed: int
) -> Progress:
    """The progress measures of logits that are waves of these powers in u + v - class. seed: of the train inputs."""
    u, v = np.divmod(np.arange(p * p), p)
    answers = (u + v) % p
    gaps = (answers[:, None] - np.arange(p)) % p
    parts = (np.sqrt(power) * np.cos(2 * np.pi * k * gaps / p) for k, power in zip(frequencies, powers, strict=True))
    train = np.random.default_rng(seed).random(p * p) < 0.5
    return _progress(jnp.asarray(sum(parts)), jnp.asarray(answers), jnp.asarray(train))


def mediated(
    seed: int, one: npt.ArrayLike, other: npt.ArrayLike, layers: int = 2, mlp: bool = True, position: int = -1
) -> Mediation:
    """Mediation between two sums, given as pairs of numbers 0..5 that differ in the first, in a random transformer.

    Its heads are patched at a position of the sequence (u, +, v, =). The contrast is between the two first numbers.
    """
    return _mediated(jax.random.key(seed), jnp.asarray(one), jnp.asarray(other), layers, mlp, position)


@partial(jax.jit, static_argnames=("layers", "mlp", "position"))
def _mediated(key: Array, one: Array, other: Array, layers: int, mlp: bool, position: int) -> Mediation:
    forward = random_transformer(key, layers, tokens=NUMBERS + 2, mlp=mlp, site_position=position)
    first, second = (jnp.stack([u, jnp.asarray(OPERATION), v, jnp.asarray(EQUALS)]) for u, v in (one, other))
    return mediation(forward, first, second, one[0], other[0])
