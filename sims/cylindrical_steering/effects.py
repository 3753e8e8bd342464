"""What a unit steering vector does to the log-odds of a concept, over uniform phases."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.cylindrical_steering.geometry import decompose, unit_vectors
from corollary.sims.numerics.gaussian import normal

ROWS = 4096


def log_odds(r: Float[Array, " d"], directions: Float[Array, "d N"], concept: int, sharpness: float) -> Array:
    """Log-odds of a concept against all others, logits sharpness <a_i, r>."""
    return competing(sharpness * (r @ directions), concept)


def competing(logits: Float[Array, " N"], concept: int) -> Array:
    """Logit of a concept less the logsumexp of all others."""
    return logits[concept] - jax.nn.logsumexp(logits.at[concept].set(-jnp.inf))


def slope(r: Array, direction: Array, directions: Array, concept: int, sharpness: float) -> Array:
    """Derivative of the log-odds along a direction."""
    return jax.jvp(lambda at: log_odds(at, directions, concept, sharpness), (r,), (direction,))[1]


def _effects(key: Array, point: dict, rows: int) -> Float[Array, " samples"]:
    """<w, v> with v at angle theta to the axis and a uniform phase in m normal dimensions."""
    normal_part = unit_vectors(key, (rows, point["m"]))
    steering = jnp.concatenate(
        [jnp.broadcast_to(jnp.cos(point["theta"]), (rows, 1)), jnp.sin(point["theta"]) * normal_part], axis=1
    )
    gradient = jnp.zeros(1 + point["m"], jnp.float64).at[0].set(point["w_par"]).at[1].set(point["w_perp"])
    return steering @ gradient


@static("m")
def success(key: Array, point: dict) -> Float[Array, " samples"]:
    """Whether the slope is at least tau; point: m (int), theta, w_par, w_perp, tau."""
    return (_effects(key, point, ROWS) >= point["tau"]).astype(jnp.float64)


@static("m")
def rare_success(key: Array, point: dict) -> Float[Array, " samples"]:
    """The same given the length of the phase's other coordinates, so that its sensitive one is integrated out."""
    rest = jnp.sum(normal(key, (ROWS, point["m"] - 1)) ** 2, axis=1)
    least = (point["tau"] - point["w_par"] * jnp.cos(point["theta"])) / (point["w_perp"] * jnp.sin(point["theta"]))
    return norm.sf(least * jnp.sqrt(rest / (1 - least**2)))


@static("m")
def effect_moments(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """Slope and its square; point: m (int), theta, w_par, w_perp."""
    found = _effects(key, point, ROWS)
    return jnp.stack([found, found**2], axis=1)


@static("M", "m")
def mean_error(key: Array, point: dict) -> Float[Array, " samples"]:
    """Squared error of the mean slope of M samples as an estimate of the axial term; point: M, m (ints), theta, w_par,
    w_perp."""
    rows = max(16384 // point["M"], 64)
    means = _effects(key, point, rows * point["M"]).reshape(rows, point["M"]).mean(axis=1)
    return (means - point["w_par"] * jnp.cos(point["theta"])) ** 2


@static("m")
def plane_share(key: Array, point: dict) -> Float[Array, " samples"]:
    """Squared share of a random normal vector that lies in a fixed plane; point: m (int)."""
    return jnp.sum(unit_vectors(key, (ROWS, point["m"]))[:, :2] ** 2, axis=1)


@static("N", "d")
def axial_energy(key: Array, point: dict) -> Float[Array, "samples 2"]:
    """Energy along the axis and energy in all of N Gaussian contributions; point: N, d (ints)."""
    drawn = normal(key, (512, point["N"], point["d"]))
    along, _ = jax.vmap(decompose)(drawn)
    return jnp.stack([jnp.sum(along**2, axis=1), jnp.sum(drawn**2, axis=(1, 2))], axis=1)


@static("N", "d")
def favoured_share(key: Array, point: dict) -> Float[Array, " samples"]:
    """Share of 180 phases of a normal plane in which the least-norm coefficient of concept 0 is positive, dictionary by
    dictionary; point: N, d (ints)."""
    count, d = point["N"], point["d"]
    directions, strengths = jax.random.split(key)
    angles = 2 * jnp.pi * (jnp.arange(180) + 0.5) / 180
    circle = jnp.stack([jnp.cos(angles), jnp.sin(angles)])

    def one(contributions: Array) -> Array:
        plane = plane_coordinates(contributions)
        return jnp.mean(plane.T @ jnp.linalg.solve(plane @ plane.T, circle) > 0, axis=1)[0]

    alpha = jax.random.uniform(strengths, (256, count, 1), jnp.float64, 0.5, 2.0)
    return jax.vmap(one)(alpha * unit_vectors(directions, (256, count, d)))


def plane_coordinates(contributions: Float[Array, "N d"]) -> Float[Array, "2 N"]:
    """Normal components in the plane of concept 0's and the leading direction of the others'.

    The leading direction is that of the others' second moment, uncentred, orthogonalised against concept 0's; its sign
    is that of its largest entry.
    """
    _, rest = decompose(contributions)
    first = rest[0] / jnp.linalg.norm(rest[0])
    leading = jnp.linalg.svd(rest[1:], full_matrices=False)[2][0]
    second = leading - (leading @ first) * first
    second = second * jnp.sign(second[jnp.argmax(jnp.abs(second))])
    return jnp.stack([first, second / jnp.linalg.norm(second)]) @ rest.T
