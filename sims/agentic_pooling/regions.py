"""Random groups: how often unanimity happens, how often it could, and where it lies in the simplex of three
outcomes."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from jaxtyping import Array, Bool, Float

from corollary.measure import needs_float64, static
from corollary.sims.agentic_pooling.pooling import gain, log_pool, pooled_gains
from corollary.sims.agentic_pooling.tilts import tilted

ROWS = 16384
GAMMA_ROWS = 2048
"""Rows of a chunk of any concentration: gamma variates cost a hundred times what normals do."""


def dirichlet(key: Array, shape: tuple[int, ...], outcomes: int, concentration: float | Array) -> Array:
    """Log-probabilities [*shape, outcomes] of symmetric Dirichlet draws. Consumes the key."""
    if isinstance(concentration, float) and concentration == 1.0:
        log_gamma = jnp.log(jax.random.exponential(key, (*shape, outcomes), jnp.float64))
    elif isinstance(concentration, float) and concentration == 0.5:
        log_gamma = 2 * jnp.log(jnp.abs(jax.random.normal(key, (*shape, outcomes), jnp.float64)))
    else:
        log_gamma = jax.random.loggamma(key, concentration, (*shape, outcomes), jnp.float64)
    return jax.nn.log_softmax(log_gamma)


def likelihood_ratio(
    log_agents: Float[Array, "samples agents outcomes"], concentration: float | Array
) -> Float[Array, " samples"]:
    """The density of iid symmetric Dirichlet agents over that at concentration 1/2: the weight of a peaked draw."""
    _, agents, outcomes = log_agents.shape

    def log_beta(c: float | Array) -> Array:
        return outcomes * gammaln(c) - gammaln(outcomes * c)

    constant = agents * (log_beta(0.5) - log_beta(concentration))
    return jnp.exp(constant + (concentration - 0.5) * jnp.sum(log_agents, axis=(1, 2)))


@needs_float64("gains near 0 are differences of nearly equal terms")
@static("agents", "outcomes")
def unanimity(key: Array, point: dict) -> Float[Array, " samples"]:
    """1 where every agent strictly gains from the equally weighted log pool, else 0; point: outcomes, agents (ints),
    concentration of the iid Dirichlet agents."""
    agents = dirichlet(key, (GAMMA_ROWS, point["agents"]), point["outcomes"], point["concentration"])
    return _unanimous(agents).astype(jnp.float64)


@needs_float64("gains near 0 are differences of nearly equal terms")
@static("agents", "outcomes")
def peaked_unanimity(key: Array, point: dict) -> Float[Array, " samples"]:
    """Samples of the same mean, for concentrations from 1/2 on: peaked groups (Dirichlet(1/2)), where unanimity is less
    rare, each with its `likelihood_ratio`."""
    log_agents = dirichlet(key, (ROWS, point["agents"]), point["outcomes"], 0.5)
    return jnp.where(_unanimous(log_agents), likelihood_ratio(log_agents, point["concentration"]), 0.0)


def _unanimous(log_agents: Float[Array, "samples agents outcomes"]) -> Bool[Array, " samples"]:
    agents = log_agents.shape[1]
    weights = jnp.full(agents, 1 / agents, jnp.float64)
    return jnp.all(jax.vmap(pooled_gains, (0, None))(log_agents, weights) > 0, axis=1)


@needs_float64("gains near 0 are differences of nearly equal terms")
@static("outcomes")
def common_ground(key: Array, point: dict) -> Float[Array, " samples"]:
    """1 where some distribution at all benefits both of two uniform agents; point: outcomes.

    Both gains are linear in Q, so they peak together somewhere on an edge of the simplex: every pair of outcomes is
    tried, at the mixture where the two gains are equal and at its ends.
    """
    log_agents = dirichlet(key, (ROWS, 2), point["outcomes"], 1.0)
    score = log_agents - jnp.sum(jnp.exp(log_agents) * log_agents, axis=-1, keepdims=True)
    first, second = score[:, 0], score[:, 1]
    gap = first - second
    left, right = gap[:, :, None], gap[:, None, :]
    share = jnp.clip(jnp.where(left == right, 0.0, right / (right - left)), 0.0, 1.0)
    least = jnp.minimum(
        share * first[:, :, None] + (1 - share) * first[:, None, :],
        share * second[:, :, None] + (1 - share) * second[:, None, :],
    )
    return (jnp.max(least, axis=(1, 2)) > 0).astype(jnp.float64)


@needs_float64("gains near 0 are differences of nearly equal terms")
@static("outcomes", "weights")
def some_weight(key: Array, point: dict) -> Float[Array, " samples"]:
    """Samples whose mean is the probability that both of two uniform agents strictly gain from their log pool at one
    weight of 1/(weights + 1), ..., weights/(weights + 1) at least; point: outcomes, weights (ints). Drawn as
    `peaked_unanimity` draws.

    From one weight to the next the pool is multiplied by the same ratios of beliefs.
    """
    log_agents = dirichlet(key, (ROWS, 2), point["outcomes"], 0.5)
    weights = point["weights"]
    scores = log_agents - jnp.sum(jnp.exp(log_agents) * log_agents, axis=-1, keepdims=True)
    # An array an outcome: sums over so few are slow along an axis.
    ratio = tuple(jnp.exp((log_agents[:, 0] - log_agents[:, 1]) / (weights + 1)).T)
    first, second = tuple(scores[:, 0].T), tuple(scores[:, 1].T)

    def heavier(_: Array, found: tuple[tuple[Array, ...], Array]) -> tuple[tuple[Array, ...], Array]:
        pool = tuple(mass * step for mass, step in zip(found[0], ratio, strict=True))
        gains = [sum(mass * score for mass, score in zip(pool, agent, strict=True)) for agent in (first, second)]
        return pool, found[1] | ((gains[0] > 0) & (gains[1] > 0))

    start = tuple(jnp.exp(log_agents[:, 1]).T), jnp.zeros(ROWS, bool)
    at_some = jax.lax.fori_loop(0, weights, heavier, start)[1]
    return jnp.where(at_some, likelihood_ratio(log_agents, 1.0), 0.0)


@needs_float64("gains near 0 are differences of nearly equal terms")
@static()
def opposite_tilts(key: Array, point: dict) -> Float[Array, " samples"]:
    """1 where two small opposite tilts of a uniform random pool on three outcomes both gain; point: size of the tilt.

    The tilt is the one direction that is uncorrelated with log P, of norm 1 under P.
    """
    log_p = dirichlet(key, (ROWS,), 3, 1.0)

    def both_gain(log_p: Array) -> Array:
        mass = jnp.exp(log_p)
        direction = jnp.cross(mass, mass * log_p)
        direction = direction / jnp.sqrt(jnp.sum(mass * direction**2))
        agents = tilted(log_p, point["size"] * jnp.stack([direction, -direction]))
        return jnp.all(gain(agents, log_p) > 0)

    return jax.vmap(both_gain)(log_p).astype(jnp.float64)


@static("outcomes")
def tilt_share(key: Array, point: dict) -> Float[Array, " samples"]:
    """1 where a uniform random pool admits unanimous decompositions into arbitrarily small tilts, by the least
    eigenvalue of the second-order form on tilts uncorrelated with log P; point: outcomes."""
    log_p = dirichlet(key, (512,), point["outcomes"], 1.0)

    return (jax.vmap(curvatures)(log_p)[:, 0] < 0).astype(jnp.float64)


def curvatures(log_p: Float[Array, " outcomes"]) -> Float[Array, " outcomes-2"]:
    """The second-order losses of tilts of norm 1 that are uncorrelated with log P, per squared size, in ascending
    order: the eigenvalues of the form E_P[g**2 (1 + (log P + H) / 2)] on such tilts."""
    root = jnp.exp(log_p / 2)
    surprise = log_p - jnp.sum(root**2 * log_p)
    basis, _ = jnp.linalg.qr(jnp.stack([root, root * surprise], axis=1), mode="complete")
    free = basis[:, 2:]
    return jnp.linalg.eigvalsh(free.T @ ((1 + surprise / 2)[:, None] * free))


def triangle(resolution: int) -> Float[Array, "points 3"]:
    """Beliefs on three outcomes whose square roots form a triangular grid, which opens up the edges of the simplex,
    where unanimity lives."""
    steps = np.arange(1, resolution)
    x, y = (grid.ravel() for grid in np.meshgrid(steps, steps, indexing="ij"))
    squares = np.stack([resolution - x - y, x, y], axis=1)[x + y < resolution] ** 2.0
    return jnp.asarray(squares / squares.sum(1, keepdims=True), jnp.float64)


@partial(jax.jit, static_argnames=("resolution",))
def atlas(first: Float[Array, " 3"], resolution: int, weight: float = 0.5) -> dict[str, Array]:
    """Every second belief of a `triangle` against one first belief (a distribution), pooled with `weight` on the first:
    "points" [points, 3], "least_gain" [points], "gains" [points, 2], "pool" [points, 3]."""
    points = triangle(resolution)
    weights = jnp.array([weight, 1 - weight], jnp.float64)

    def one(second: Array) -> tuple[Array, Array]:
        group = jnp.log(jnp.stack([jnp.asarray(first, jnp.float64), second]))
        return pooled_gains(group, weights), jnp.exp(log_pool(group, weights))

    gains, pools = jax.vmap(one)(points)
    return {"points": points, "least_gain": gains.min(1), "gains": gains, "pool": pools}


@partial(jax.jit, static_argnames=("resolution",))
def best_partner(resolution: int) -> dict[str, Array]:
    """For every first belief of a `triangle`, the largest least gain that a second one of the same grid makes
    possible at equal weights: "points" [points, 3], "least_gain" [points]."""
    points = triangle(resolution)
    log_points = jnp.log(points)
    halves = jnp.full(2, 0.5, jnp.float64)

    def against_all(first: Array) -> Array:
        group = jnp.stack([jnp.broadcast_to(first, log_points.shape), log_points], axis=1)
        return jnp.max(jax.vmap(pooled_gains, (0, None))(group, halves).min(1))

    return {"points": points, "least_gain": jax.lax.map(against_all, log_points)}
