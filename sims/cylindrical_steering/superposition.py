"""Planted superposition: more concepts than dimensions, of which everything is known (reconstructed; arXiv 2605.01844
for the quantities).

A sample's base representation holds four active concepts; the difference vector is 2 a_0 plus six other concepts of
N(0, 1) strengths. DiffMean of 100 samples steers towards concept 0, whose log-odds compete with all others.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.point import Point
from corollary.sims.cylindrical_steering.effects import competing, log_odds, slope
from corollary.sims.cylindrical_steering.geometry import orthonormal_directions, random_directions, split
from corollary.sims.numerics.gaussian import normals

SHARPNESS, ACTIVE, CHANGED, LONGEST = 3.0, 4, 6, 15.0
TRAINING = 100


def _largest(marks: Float[Array, "rows others"], size: int) -> Array:
    """The places of the `size` largest marks of each row, counted from 1, [rows, size]."""

    def take(marks: Array, _: None) -> tuple[Array, Array]:
        largest = jnp.argmax(marks, axis=1)
        return marks.at[jnp.arange(marks.shape[0]), largest].set(-jnp.inf), 1 + largest

    return jax.lax.scan(take, marks, length=size)[1].T


def samples(key: Array, directions: Float[Array, "d N"], rows: int) -> tuple[Array, Array, Array]:
    """(base [rows, d], difference [rows, d], active concepts [rows, 4]). The key is consumed."""
    others = directions.shape[1] - 1
    marks, levels, changes, alpha = normals(key, (rows, others), (rows, ACTIVE), (rows, others), (rows, CHANGED))
    active, changed = _largest(marks, ACTIVE), _largest(changes, CHANGED)
    strengths = 1.5 + 0.5 * norm.cdf(levels)
    base = jnp.einsum("rk,drk->rd", strengths, directions[:, active])
    difference = 2 * directions[:, 0] + jnp.einsum("rk,drk->rd", alpha, directions[:, changed])
    return base, difference, active


def trained_and_tested(key: Array, directions: Array, rows: int) -> tuple[Array, tuple[Array, Array, Array]]:
    """(DiffMean, of unit length, of TRAINING samples; `rows` fresh samples)."""
    base, difference, active = samples(key, directions, TRAINING + rows)
    mean = difference[:TRAINING].mean(axis=0)
    return mean / jnp.linalg.norm(mean), (base[TRAINING:], difference[TRAINING:], active[TRAINING:])


def first_crossing(value: Callable[[Array], Array], longest: float) -> Array:
    """Least t in [0, longest] with value(t) >= 0 for a concave function, inf if there is none."""
    rising = jax.grad(value)

    def towards_top(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        up = rising(middle) > 0
        return jnp.where(up, middle, low), jnp.where(up, high, middle)

    def towards_root(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) / 2
        below = value(middle) < 0
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    zero, end = jnp.float64(0.0), jnp.float64(longest)
    top, _ = jax.lax.fori_loop(0, 20, towards_top, (zero, end))
    top = jnp.where(value(end) >= value(top), end, top)
    _, found = jax.lax.fori_loop(0, 24, towards_root, (zero, top))
    return jnp.where(value(zero) >= 0, 0.0, jnp.where(value(top) >= 0, found, jnp.inf))


def activation_length(base: Array, direction: Array, directions: Array) -> Array:
    """First length at which concept 0 outweighs all others together."""
    start, rate = SHARPNESS * (base @ directions), SHARPNESS * (direction @ directions)
    return first_crossing(lambda t: competing(start + t * rate, 0), LONGEST)


def steer(key: Array, d: int, count: int, rows: int = 200, dictionary: str = "random") -> dict[str, Array]:
    """One dictionary, `rows` test samples: arrays [rows] "cosine" (of DiffMean with the sample's difference),
    "start" (log-odds of concept 0 at the base), "slope" along DiffMean, "length" (at which the log-odds reach 0), and
    "own_slope" along a_0 itself with the strongest active concept as the only competitor, over its sharpness.

    dictionary: "random", or "orthonormal" for count <= d. The key is consumed.
    """
    axes, drawn = jax.random.split(key)
    build = {"random": random_directions, "orthonormal": orthonormal_directions}[dictionary]
    directions = build(axes, d, count)
    direction, (base, difference, active) = trained_and_tested(drawn, directions, rows)

    def one(base: Array, difference: Array, active: Array) -> dict[str, Array]:
        axis = difference / jnp.linalg.norm(difference)
        rival = active[jnp.argmax((base @ directions)[active])]
        pair = directions[:, jnp.stack([jnp.zeros((), rival.dtype), rival])]
        length = activation_length(base, direction, directions)
        return {
            "cosine": split(direction, axis)[0],
            "start": log_odds(base, directions, 0, SHARPNESS),
            "slope": slope(base, direction, directions, 0, SHARPNESS),
            "length": length,
            "own_slope": slope(base, directions[:, 0], pair, 0, SHARPNESS) / SHARPNESS,
        }

    return jax.vmap(one)(base, difference, active)


def explained(target: Float[Array, " rows"], predictors: Float[Array, "rows k"]) -> Array:
    """R^2 of a least-squares fit with intercept."""
    centred = predictors - predictors.mean(axis=0)
    scaled = centred / jnp.linalg.norm(centred, axis=0)
    deviation = target - target.mean()
    cross = scaled.T @ deviation
    return cross @ jnp.linalg.solve(scaled.T @ scaled, cross) / (deviation @ deviation)


@static("d", "N")
def regressions(key: Array, point: Point) -> dict[str, Array]:
    """What explains the activation length: R^2 of the angle for slope and length, of the log-odds at the base, and of
    these with the slope. Samples that never activate count as the longest length. The key is consumed.

    point: d, N (ints), dimension and number of concepts; reads: "concepts", or "difference" for a decoder whose
    log-odds rise along the sample's own difference instead; start: "its own", or "of another sample", for which the
    log-odds are dealt out anew before anything is explained by them.
    """
    rows = steer(key, point["d"], point["N"])
    cosine, start, slope_, length = rows["cosine"], rows["start"], rows["slope"], rows["length"]
    if point["reads"] == "difference":
        slope_ = SHARPNESS * cosine
        length = jnp.where(slope_ > 0, jnp.maximum(-start, 0) / slope_, jnp.inf)
    length = jnp.minimum(length, LONGEST)
    if point["start"] == "of another sample":
        start = jax.random.permutation(jax.random.fold_in(key, 1), start)
    return {
        "angle_slope": explained(slope_, cosine[:, None]),
        "angle_length": explained(length, cosine[:, None]),
        "start_length": explained(length, start[:, None]),
        "both_length": explained(length, jnp.stack([start, slope_], axis=1)),
    }
