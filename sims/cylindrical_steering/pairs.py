"""Correlations over pairs of samples: their permutation test, their naive p-value, and what they can see."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import erfc
from jaxtyping import Array, Bool, Float

from corollary.measure import static
from corollary.sims.cylindrical_steering.axis_gated import first_active
from corollary.sims.cylindrical_steering.geometry import split, unit_vectors
from corollary.sims.numerics.draws import keys_of
from corollary.sims.numerics.gaussian import normal, normals

THETA, T, G = 0.9, 2.0, 0.35
PERMUTATIONS = 39
"""With 39 permutations a two-sided p <= .05 has probability exactly .05 under the null."""


def pair_correlation(x: Float[Array, "n n"], y: Float[Array, "n n"], kept: Bool[Array, " n"]) -> Float[Array, ""]:
    """Pearson correlation over pairs i < j of kept samples."""
    x, y, weight = _centred(x, y, kept)
    return jnp.sum(weight * x * y) / jnp.sqrt(jnp.sum(weight * x**2) * jnp.sum(weight * y**2))


def mantel(
    key: Array, x: Float[Array, "n n"], values: Float[Array, " n"], kept: Bool[Array, " n"], count: int = PERMUTATIONS
) -> Float[Array, ""]:
    """Two-sided p-value of the pair correlation of x with |values_i - values_j|, by permuting the values among the kept
    samples. Every pair of one sample moves together, so that pairs need not be independent. The key is consumed."""
    return _permuted_p(x, values, kept, normal(key, (count, *values.shape)))


def _permuted_p(x: Array, values: Array, kept: Array, marks: Float[Array, "orders n"]) -> Float[Array, ""]:
    """`mantel`, the kept samples' values taken in the order of each row of marks."""
    values = jnp.where(kept, values, 0.0)
    gaps = jnp.abs(values[:, None] - values)
    x, gaps, weight = _centred(x, gaps, kept)
    weighted = weight * x
    place = jnp.argsort(jnp.where(kept, 0, 1), stable=True)

    def shuffled(marks: Array) -> Array:
        order = jnp.argsort(jnp.where(kept, marks, jnp.inf))
        moved = jnp.zeros_like(order).at[place].set(order)
        return jnp.sum(weighted * gaps[moved][:, moved])

    observed = jnp.sum(weighted * gaps)
    null = jax.vmap(shuffled)(marks)
    return (1 + jnp.sum(jnp.abs(null) >= jnp.abs(observed))) / (len(marks) + 1.0)


def naive_p(correlation: Array, pairs: Array) -> Array:
    """Two-sided p-value that takes all pairs for independent (large-sample normal)."""
    return erfc(jnp.abs(correlation) * jnp.sqrt((pairs - 2) / (1 - correlation**2)) / jnp.sqrt(2.0))


def _centred(x: Array, y: Array, kept: Array) -> tuple[Array, Array, Array]:
    """x and y less their means over the kept pairs, and the pairs' weights, 1 above the diagonal."""
    weight = jnp.triu(kept[:, None] & kept, 1).astype(jnp.float64)
    count = jnp.maximum(jnp.sum(weight), 1.0)
    return x - jnp.sum(weight * x) / count, y - jnp.sum(weight * y) / count, weight


def axes(key: Array, n: int, d: int) -> tuple[Float[Array, "n d"], Float[Array, " d"], Float[Array, " d"]]:
    """(axes at angle THETA to a common steering direction, that direction, a direction normal to it that may be
    sensitive for all). The key is consumed."""
    around = unit_vectors(key, (n, d - 1))
    steering = jnp.zeros(d, jnp.float64).at[0].set(1.0)
    sideways = jnp.concatenate([jnp.zeros((n, 1), jnp.float64), around], axis=1)
    return jnp.cos(THETA) * steering + jnp.sin(THETA) * sideways, steering, jnp.roll(steering, 1)


def determined_cosines(axis: Float[Array, "n d"], steering: Array, sensitive: Array) -> Float[Array, " n"]:
    """cos(phi) of each sample when one direction is sensitive for all: the phase is a function of the axis."""
    part = split(jnp.broadcast_to(steering, axis.shape), axis)[1] / jnp.sin(THETA)
    towards = split(jnp.broadcast_to(sensitive, axis.shape), axis)[1]
    return jnp.sum(part * towards, axis=1) / jnp.linalg.norm(towards, axis=1)


def planted(key: Array, n: int, d: int, determined: Array | bool) -> dict[str, Array]:
    """One data set of n samples: "correlation" over pairs of the axes' cosine with the gap in minimal strength, the
    permutation "p", and "active", the share of samples that enter. The phase is a function of the axis, or random."""
    drawn, phases, permuted = jax.random.split(key, 3)
    axis, steering, sensitive = axes(drawn, n, d)
    random = jnp.cos(2 * jnp.pi * jax.random.uniform(phases, (n,), jnp.float64))
    cosine = jnp.where(determined, determined_cosines(axis, steering, sensitive), random)
    strength = first_active(jnp.float64(THETA), cosine, T, G, 0.0)
    kept = jnp.isfinite(strength)
    overlap = axis @ axis.T
    gap = jnp.abs(jnp.where(kept, strength, 0.0)[:, None] - jnp.where(kept, strength, 0.0))
    return {
        "correlation": pair_correlation(overlap, gap, kept),
        "p": mantel(permuted, overlap, strength, kept),
        "active": jnp.mean(kept.astype(jnp.float64)),
    }


def _coordinates(key: Array, shape: tuple[int, ...], dimension: int) -> Array:
    """One coordinate of uniform directions, by Bailey's polar method for Student's t (1994). The key is consumed."""
    marks = jax.random.uniform(key, (2, *shape), jnp.float64)
    radius2 = jnp.expm1(-2 / (dimension - 1) * jnp.log1p(-marks[0]))
    cosine = jnp.cos(2 * jnp.pi * marks[1])
    return cosine * jnp.sqrt(radius2 / (1 + radius2 * cosine**2))


def _determined_strength(along: Array, theta: Array | float, threshold: Array | float, gain: Array | float) -> Array:
    """Minimal strength of samples whose axis has coordinate sin(theta) `along` on the sensitive direction."""
    cosine = -jnp.cos(theta) * along / jnp.sqrt(1 - (jnp.sin(theta) * along) ** 2)
    return first_active(theta, cosine, threshold, gain, 0.0)


@static("d", "n")
def correlation_size(key: Array, point: dict) -> Float[Array, " samples"]:
    """Minus the pair correlation of 64 clusters of samples with determined phase. Given the samples' coordinates along
    the sensitive direction the rest of <a_i, a_j> has mean zero and is left out of the covariance; point: n, d (ints),
    d large enough that all are active."""
    n, d = point["n"], point["d"]
    along = _coordinates(key, (64, n), d - 1)
    strength = _determined_strength(along, THETA, T, G)
    first, second = jnp.triu_indices(n, 1)
    gap = jnp.abs(strength[:, first] - strength[:, second])
    part = along[:, first] * along[:, second] * jnp.sqrt(d - 1.0)
    return -jnp.mean(part * (gap - jnp.mean(gap)), axis=1) / jnp.std(gap)


@static("d")
def pair_moments(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """((<a_i, a_j> - its mean) / its spread times the gap in strength, the gap) for independent pairs with determined
    phase. Given both coordinates along the sensitive direction the rest of <a_i, a_j> has mean zero and is left out;
    point: d (int), theta, T, g."""
    d = point["d"]
    along = _coordinates(key, (8192, 2), d - 1)
    strength = _determined_strength(along, point["theta"], point["T"], point["g"])
    gap = jnp.abs(strength[:, 0] - strength[:, 1])
    return jnp.stack([along[:, 0] * along[:, 1] * jnp.sqrt(d - 1.0) * gap, gap], axis=1)


@static("d", "n")
def null_rejections(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """Whether the naive and the permutation p-value of a null correlation over pairs are at most .05. Differences share
    a mean, v_i = mu + xi_i with |mu|**2 = r E|xi|**2, and strengths are those of random phases; point: n, d (ints), r.
    """
    n, d = point["n"], point["d"]
    drawn, phases, permuted = jax.random.split(key, 3)
    xi = normal(drawn, (256, n, d)) / jnp.sqrt(d)
    difference = xi.at[:, :, 0].add(jnp.sqrt(point["r"]))
    axis = difference / jnp.linalg.norm(difference, axis=2, keepdims=True)
    cosine = jnp.cos(2 * jnp.pi * jax.random.uniform(phases, (256, n), jnp.float64))
    strength = first_active(jnp.float64(0.3), cosine, T, G, 0.0)

    def one(key: Array, axis: Array, strength: Array) -> Array:
        kept = jnp.isfinite(strength)
        overlap, finite = axis @ axis.T, jnp.where(kept, strength, 0.0)
        found = pair_correlation(overlap, jnp.abs(finite[:, None] - finite), kept)
        used = jnp.sum(kept.astype(jnp.float64))
        return jnp.stack([naive_p(found, used * (used - 1) / 2), mantel(key, overlap, strength, kept)]) <= 0.05

    return jax.vmap(one)(jax.random.split(permuted, 256), axis, strength).astype(jnp.float64)


def rejected_orders(seed: int, test: str = "permuted") -> float:
    """Share of the 120 orders of five samples' values in which a test rejects at .05: "permuted", over all orders, or
    "naive". A sixth sample is dropped."""
    drawn, shuffled = jax.random.split(jax.random.key(seed))
    axis, values = unit_vectors(drawn, (6, 3)), normal(shuffled, (6,))
    kept = jnp.arange(6) != 2
    used, orders = jnp.flatnonzero(kept), jnp.asarray(list(permutations(range(5))))
    marks = jnp.zeros((120, 6), jnp.float64).at[:, used].set(orders)

    @jax.jit
    def p(order: Array) -> Array:
        one, overlap = values.at[used].set(values[used][order]), axis @ axis.T
        if test == "permuted":
            return _permuted_p(overlap, one, kept, marks[1:])
        return naive_p(pair_correlation(overlap, jnp.abs(one[:, None] - one), kept), jnp.float64(10.0))

    return float(np.mean(np.asarray(jax.vmap(p)(orders)) <= 0.05))


@static("concepts", "k")
def copied_rejections(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """Whether a null correlation passes the critical value z: over all samples with the concept's y copied to each of
    its k samples, and over concept means. x has intra-class correlation rho_x; point: concepts, k (ints), rho_x, z."""
    count, k = point["concepts"], point["k"]
    shared, own, y = normals(key, (256, count, 1), (256, count, k), (256, count, 1))
    x = jnp.sqrt(point["rho_x"]) * shared + jnp.sqrt(1 - point["rho_x"]) * own
    copied = _significance(x.reshape(256, -1), jnp.broadcast_to(y, x.shape).reshape(256, -1))
    means = _significance(x.mean(axis=2), y[:, :, 0])
    return (jnp.stack([copied, means], axis=1) > point["z"]).astype(jnp.float64)


def _significance(x: Float[Array, "rows n"], y: Float[Array, "rows n"]) -> Float[Array, " rows"]:
    """|atanh r| sqrt(n - 3), near standard normal for independent samples."""
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    r = jnp.sum(x * y, axis=1) / jnp.sqrt(jnp.sum(x**2, axis=1) * jnp.sum(y**2, axis=1))
    return jnp.abs(jnp.arctanh(r)) * jnp.sqrt(x.shape[1] - 3.0)


def within_concepts(key: Array, d: int, concepts: int = 100, n: int = 5) -> dict[str, Array]:
    """The pairwise test as published: `n` samples a concept, pairs within concepts, naive p-value, though here the
    phase is a function of the difference vector in full."""

    axis, steering, sensitive = axes(key, concepts * n, d)
    strength = first_active(THETA, determined_cosines(axis, steering, sensitive), T, G, 0.0).reshape(concepts, n)
    i, j = jnp.triu_indices(n, 1)
    kept = (jnp.isfinite(strength[:, i]) & jnp.isfinite(strength[:, j])).astype(jnp.float64)
    strength = jnp.where(jnp.isfinite(strength), strength, 0.0)
    x = jnp.einsum("cid,cjd->cij", *2 * (axis.reshape(concepts, n, d),))[:, i, j]
    y, pairs = jnp.abs(strength[:, i] - strength[:, j]), jnp.sum(kept)
    x, y = x - jnp.sum(kept * x) / pairs, y - jnp.sum(kept * y) / pairs
    r = jnp.sum(kept * x * y) / jnp.sqrt(jnp.sum(kept * x**2) * jnp.sum(kept * y**2))
    return {"correlation": r, "p": naive_p(r, pairs)}


def pair_correlations(seed: int, dimensions: Sequence[int], n: int, seeds: int) -> dict[str, np.ndarray]:
    """Pair correlations "determined", "random" [dimensions, seeds]; their p-values "determined_p", "random_p"."""
    found: dict[str, list[np.ndarray]] = {"determined": [], "random": [], "determined_p": [], "random_p": []}
    for d in dimensions:
        run = jax.jit(jax.vmap(lambda key, fixed, d=d: planted(key, n, d, fixed), (0, None)))
        for name, fixed in (("determined", True), ("random", False)):
            one = run(keys_of(seed, seeds), fixed)
            found[name].append(np.asarray(one["correlation"]))
            found[f"{name}_p"].append(np.asarray(one["p"]))
    return {name: np.array(values) for name, values in found.items()}


def false_alarms(seed: int, sizes: Sequence[int], d: int, r: float, chunks: int) -> dict[str, np.ndarray]:
    """Arrays "naive", "permuted" [sizes]: how often a null over pairs is significant at .05."""
    rows = []
    for n in sizes:
        run = jax.jit(lambda key, n=n: null_rejections(key, {"n": n, "d": d, "r": r}).mean(axis=0))
        rows.append(np.mean([run(key) for key in keys_of(seed, chunks)], axis=0))
    return {"naive": np.array(rows)[:, 0], "permuted": np.array(rows)[:, 1]}


def copied_alarms(
    seed: int, copies: Sequence[int], concepts: int, shares: Sequence[float], chunks: int
) -> dict[str, np.ndarray]:
    """Arrays "copied", "means" [shares, copies]: how often a null is significant at .05 with copied values."""
    found = np.zeros((len(shares), len(copies), 2))
    for column, k in enumerate(copies):
        run = jax.jit(
            lambda key, share, k=k: copied_rejections(
                key, {"concepts": concepts, "k": k, "rho_x": share, "z": 1.959963984540054}
            ).mean(axis=0)
        )
        for row, share in enumerate(shares):
            found[row, column] = np.mean([run(key, share) for key in keys_of(seed, chunks)], axis=0)
    return {"copied": found[:, :, 0], "means": found[:, :, 1]}
