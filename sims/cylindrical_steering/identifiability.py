"""Reading a concept's strength off the difference vector: dense strengths by projection, sparse ones by pursuit."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm
from jaxtyping import Array, Bool, Float

from corollary.measure import static
from corollary.sims.cylindrical_steering.geometry import random_directions, unit_vectors
from corollary.sims.numerics.draws import as_arrays, keys_of
from corollary.sims.numerics.gaussian import normal, normals


def least_norm_strengths(directions: Float[Array, "d N"], total: Float[Array, "... d"]) -> Float[Array, "... N"]:
    """A^T (A A^T)^-1 v for v along the last axis, or the least-squares strengths for N <= d concepts."""
    d, count = directions.shape
    if count >= d:
        return jnp.linalg.solve(directions @ directions.T, total[..., None])[..., 0] @ directions
    return jnp.linalg.solve(directions.T @ directions, (total @ directions)[..., None])[..., 0]


@static()
def agreement(key: Array, point: dict) -> Float[Array, " samples"]:
    """Share of concepts whose sign the least-norm strengths have right, draw by draw, for the given dictionary and
    standard normal strengths; point: directions [d, N]."""
    directions = point["directions"]
    alpha = normal(key, (512, directions.shape[1]))
    guess = least_norm_strengths(directions, alpha @ directions.T)
    return jnp.mean(jnp.sign(guess) == jnp.sign(alpha), axis=1)


@static("N", "d")
def mean_agreement(key: Array, point: dict) -> Float[Array, " samples"]:
    """The same over 256 random dictionaries, 8 draws each; point: d, N (ints)."""
    d, count = point["d"], point["N"]
    columns, alphas = normals(key, (256, d, count), (256, 8, count))

    def one(columns: Array, alpha: Array) -> Array:
        directions = columns / jnp.linalg.norm(columns, axis=0)
        guess = least_norm_strengths(directions, alpha @ directions.T)
        return jnp.mean(jnp.sign(guess) == jnp.sign(alpha))

    return jax.vmap(one)(columns, alphas)


def pursue(
    directions: Float[Array, "d N"], total: Float[Array, " d"], size: Array | int, most: int
) -> Float[Array, " N"]:
    """Orthogonal matching pursuit: strengths with at most `size` <= `most` non-zero entries; only `most` is static."""
    count = directions.shape[1]

    def add(step: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        chosen, strengths = state
        residual = total - directions @ strengths
        overlap = jnp.abs(residual @ directions).at[chosen].set(-1.0, mode="drop")
        chosen = chosen.at[step].set(jnp.argmax(overlap))
        used = (jnp.arange(most) <= step).astype(jnp.float64)
        part = directions[:, jnp.minimum(chosen, count - 1)] * used
        gram = part.T @ part + jnp.diag(1 - used)
        fitted = jnp.linalg.solve(gram, part.T @ total) * used
        return chosen, jnp.zeros(count, jnp.float64).at[chosen].add(fitted, mode="drop")

    start = (jnp.full(most, count, dtype=jnp.int64), jnp.zeros(count, jnp.float64))
    return jax.lax.fori_loop(0, size, add, start)[1]


def sparse_strengths(key: Array, count: int, size: Array | int, most: int, draws: int) -> Float[Array, "draws count"]:
    """Strengths of random sign and magnitude U(1, 2) for the first `size` <= `most` concepts, which are as good as any
    where the directions are drawn at random, and zero for the rest. The key is consumed."""
    magnitude, sign = normals(key, (draws, most), (draws, most))
    strengths = (1 + norm.cdf(magnitude)) * jnp.sign(sign) * (jnp.arange(most) < size)
    return jnp.concatenate([strengths, jnp.zeros((draws, count - most), jnp.float64)], axis=1)


def sparse_accuracy(key: Array, d: int, count: int, size: Array | int, most: int, draws: int = 64) -> dict[str, Array]:
    """How often the sign of concept 0 comes out right for sparse strengths on one random dictionary: "pursuit" by
    orthogonal matching pursuit (a missed concept is wrong), "least_norm" by the least-norm strengths."""
    dictionary, strengths = jax.random.split(key)
    directions = random_directions(dictionary, d, count)
    alpha = sparse_strengths(strengths, count, size, most, draws)
    total = alpha @ directions.T
    pursued = jax.vmap(lambda one: pursue(directions, one, size, most)[0])(total)
    guess = least_norm_strengths(directions, total)[:, 0]

    def right(found: Array) -> Array:
        correct: Bool[Array, " draws"] = jnp.sign(found) == jnp.sign(alpha[:, 0])
        return jnp.mean(correct.astype(jnp.float64))

    return {"pursuit": right(pursued), "least_norm": right(guess)}


def ambiguity(key: Array, d: int, count: int) -> tuple[Array, Array]:
    """(A, kernel vector): unit columns and strengths that add up to nothing, all concepts taking part, count > d."""
    directions = unit_vectors(key, (count, d)).T
    return directions, jnp.linalg.svd(directions, full_matrices=True)[2][-1]


def sparse_accuracies(
    seed: int, d: int, concepts: Sequence[int], sizes: Sequence[int], seeds: int
) -> dict[str, np.ndarray]:
    """Arrays "pursuit", "least_norm", each [concepts, sizes, seeds]: sign accuracy of concept 0."""
    most = max(sizes)

    def accuracies(count: int) -> dict[str, np.ndarray]:
        one = jax.vmap(lambda key, size: sparse_accuracy(key, d, count, size, most), (0, None))
        each = jax.jit(lambda keys: jax.lax.map(lambda size: one(keys, size), jnp.asarray(sizes)))
        return as_arrays(each(keys_of(seed, seeds)))

    rows = [accuracies(count) for count in concepts]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def dense_accuracies(seed: int, d: int, concepts: Sequence[int]) -> dict[str, np.ndarray]:
    """Arrays "mean", "error" [concepts]: sign accuracy over random dictionaries, and twice its standard error."""
    found = [
        np.asarray(jax.jit(lambda key, count=count: mean_agreement(key, {"d": d, "N": count}))(jax.random.key(seed)))
        for count in concepts
    ]
    return {
        "mean": np.array([one.mean() for one in found]),
        "error": np.array([2 * one.std(ddof=1) / np.sqrt(len(one)) for one in found]),
    }
