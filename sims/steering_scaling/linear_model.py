"""Steering under a linear readout, coordinate by coordinate: f = f_0 + alpha u.v / n and L = (f - y)^2 / 2.

u is a frozen standard normal vector and f_0 the output without steering. float64 throughout: the period-two trap is an
exact cancellation.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normals
from corollary.sims.steering_scaling.steering import Start, State, rule_of, train

RUNS = 64
UNREACHABLE = 1e9
"""A target that no run comes near, so that chi = f - y never changes sign."""
MOST_STEPS = 8


def run(
    u: Float[Array, " n"], start: Start, optimizer: str, steps: int, y: Any, f_0: Any = 0.0
) -> tuple[Float[Array, " states"], Float[Array, " states"], Float[Array, " states"]]:
    """(f, alpha, u.v / n) of the states 0..steps. start: alpha and learning rates [], v [n]."""
    n = len(u)

    def seen(state: State) -> jax.Array:
        overlap = jnp.dot(u, state.v) / n
        return jnp.stack([f_0 + state.alpha * overlap, state.alpha, overlap])

    last, path = train(
        lambda z: (f_0 + jnp.dot(u, z) / n - y) * u / n,
        start,
        rule_of(optimizer),
        steps,
        lambda before, after, g: seen(before),
    )
    f, alpha, overlap = jnp.concatenate([path, seen(last)[None]]).T
    return f, alpha, overlap


@partial(jax.jit, static_argnames=("optimizer", "steps"))
def direct(
    u: Any, v_0: Any, alpha_0: float, eta_alpha: float, eta_v: float, f_0: float, y: float, optimizer: str, steps: int
) -> Float[Array, " states"]:
    """The output f of the states 0..steps, from arrays u and v_0 [n]."""
    start = Start(jnp.asarray(alpha_0, jnp.float64), jnp.asarray(v_0, jnp.float64), eta_alpha, eta_v)
    return run(jnp.asarray(u, jnp.float64), start, optimizer, steps, y, f_0)[0]


def draw(key: jax.Array, point: dict[str, Any]) -> tuple[Float[Array, " n"], Start]:
    """(u, start) in the paper's scaling: alpha_0 = beta sqrt n, v_0 ~ N(0, lam / n), eta_alpha = c_a sqrt n,
    eta_v = c_v / sqrt n. Consumes the key."""
    u, v = normals(key, (point["n"],), (point["n"],))
    root = float(point["n"]) ** 0.5
    alpha = jnp.asarray(point["beta"] * root, jnp.float64)
    return u, Start(alpha, jnp.sqrt(point["lam"]) / root * v, point["c_a"] * root, point["c_v"] / root)


@static("n")
def outputs(key: jax.Array, point: dict[str, Any]) -> Float[Array, "pairs two"]:
    """(f_t, e f_t) after t signSGD steps from f_0 = 0 towards an unreachable target, e the sign of <u, v_0>.

    Each row is the mean of the runs from v_0 and -v_0, whose e cancel. point: as for `draw`, and the float t <= 8.
    """

    def one(key: jax.Array) -> jax.Array:
        u, start = draw(key, point)

        def from_(v: jax.Array) -> jax.Array:
            f, _, overlap = run(u, start._replace(v=v), "sign", MOST_STEPS, UNREACHABLE)
            reached = jnp.take(f, jnp.asarray(point["t"], jnp.int32))
            return jnp.stack([reached, jnp.sign(overlap[0]) * reached])

        return (from_(start.v) + from_(-start.v)) / 2

    return jax.vmap(one)(jax.random.split(key, RUNS))


@static("n")
def trapped(key: jax.Array, point: dict[str, Any]) -> Float[Array, " runs"]:
    """1 for runs of signSGD that are back at their start after `MOST_STEPS` steps, else 0."""

    def one(key: jax.Array) -> jax.Array:
        f, _, _ = run(*draw(key, point), "sign", MOST_STEPS, UNREACHABLE)
        return (jnp.abs(f[-1] - f[0]) < 1e-9).astype(jnp.float64)

    return jax.vmap(one)(jax.random.split(key, 4 * RUNS))


@static("n", "steps")
def flipped(key: jax.Array, point: dict[str, Any]) -> Float[Array, " runs"]:
    """1 for runs of Adam in which alpha changes sign within `steps` steps, else 0. y: the target; f_0 = 0."""

    def one(key: jax.Array) -> jax.Array:
        _, alpha, _ = run(*draw(key, point), "adam", point["steps"], point["y"])
        return (jnp.min(alpha) < 0).astype(jnp.float64)

    return jax.vmap(one)(jax.random.split(key, RUNS // 4))


@partial(jax.jit, static_argnames=("n", "steps", "runs"))
def escape_steps(key: jax.Array, n: int, step: Any, y: Any, steps: int, runs: int) -> Float[Array, " runs"]:
    """SGD steps from alpha_0 = 0, v_0 ~ N(0, I) until |f - f_0| passes 0.1, log-linearly interpolated between steps.

    step: the product Pi. y: the target, with f_0 = 0. steps: the most to look at. v_0's component along u is stratified
    over the runs.
    """

    def one(key: jax.Array, quantile: jax.Array) -> jax.Array:
        u, v = normals(key, (n,), (n,))
        unit = u / jnp.linalg.norm(u)
        v = v + (jax.scipy.special.ndtri(quantile) - v @ unit) * unit
        # In these units both halves move by Pi chi times the other.
        start = Start(jnp.zeros((), jnp.float64), v, step, step * n / jnp.mean(u**2))
        f = jnp.abs(run(u, start, "sgd", steps, y)[0])
        after = jnp.argmax(f > 0.1)
        low, high = jnp.log(f[after - 1]), jnp.log(f[after])
        return after - (high - jnp.log(0.1)) / (high - low)

    place, rest = jax.random.split(key)
    quantiles = (jnp.arange(runs) + jax.random.uniform(place, (runs,), jnp.float64)) / runs
    return jax.vmap(one)(jax.random.split(rest, runs), quantiles)


@jax.jit
def multiplier(u: Any, v_0: Any, alpha_0: float, eta_alpha: float, eta_v: float, offset: float) -> Float[Array, ""]:
    """chi_1 / chi_0 of one SGD step when the target lies `offset` below the initial output."""
    start = Start(jnp.asarray(alpha_0, jnp.float64), jnp.asarray(v_0, jnp.float64), eta_alpha, eta_v)
    u = jnp.asarray(u, jnp.float64)
    initial = alpha_0 * jnp.mean(u * start.v)
    # The target is f = 0, so that chi loses no digits to it.
    f = run(u, start, "sgd", 1, 0.0, offset - initial)[0]
    return f[1] / offset


@jax.jit
def invariant_drift(u: Any, v_0: Any, alpha_0: float, eta_alpha: float, eta_v: float, y: float) -> Float[Array, ""]:
    """Change of alpha^2 / eta_alpha - |v|^2 / eta_v over one SGD step towards y from f_0 = 0."""
    u, v = jnp.asarray(u, jnp.float64), jnp.asarray(v_0, jnp.float64)
    start = Start(jnp.asarray(alpha_0, jnp.float64), v, eta_alpha, eta_v)
    last, before = train(
        lambda z: (jnp.mean(u * z) - y) * u / len(u),
        start,
        rule_of("sgd"),
        1,
        lambda before, after, g: before.alpha**2 / eta_alpha - before.v @ before.v / eta_v,
    )
    return last.alpha**2 / eta_alpha - last.v @ last.v / eta_v - before[0]
