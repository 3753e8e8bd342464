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

from corollary.measure import needs_float64, static
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

    def shown(state: State) -> jax.Array:
        overlap = jnp.dot(u, state.v) / n
        return jnp.stack([f_0 + state.alpha * overlap, state.alpha, overlap])

    last, path = train(
        lambda z: (f_0 + jnp.dot(u, z) / n - y) * u / n,
        start,
        rule_of(optimizer),
        steps,
        lambda before, after, g: shown(before),
    )
    f, alpha, overlap = jnp.concatenate([path, shown(last)[None]]).T
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


@partial(jax.jit, static_argnames=("n", "runs", "steps"))
def paths(
    seed: int, n: int, runs: int, steps: int, beta: float, lam: float, c_a: float, c_v: float
) -> dict[str, jax.Array]:
    """output [runs, steps], f_1 .. f_steps of signSGD below its target, and first_move [runs], the factor's sign."""
    point = {"n": n, "beta": beta, "lam": lam, "c_a": c_a, "c_v": c_v}

    def one(key: jax.Array) -> dict[str, jax.Array]:
        f, _, overlap = run(*draw(key, point), "sign", steps, UNREACHABLE)
        return {"output": f[1:], "first_move": jnp.sign(overlap[0])}

    return jax.lax.map(one, jax.random.split(jax.random.fold_in(jax.random.key(seed), n), runs))


@static("n", "steps")
def deviation(key: jax.Array, point: dict[str, Any]) -> Float[Array, " runs"]:
    """Largest distance over steps 1..steps between signSGD's f_t and a predicted one, for each of a chunk's runs.

    point: as for `draw`, steps, and the prediction [steps] by the factor's first move: rising and falling.
    """

    def one(key: jax.Array) -> jax.Array:
        f, _, overlap = run(*draw(key, point), "sign", point["steps"], UNREACHABLE)
        expected = jnp.where(overlap[0] > 0, jnp.asarray(point["rising"]), jnp.asarray(point["falling"]))
        return jnp.max(jnp.abs(f[1:] - expected))

    return jax.vmap(one)(jax.random.split(key, 2 * RUNS))


@needs_float64("steps must cancel exactly")
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


@static("n", "steps")
def arrived(key: jax.Array, point: dict[str, Any]) -> Float[Array, " runs"]:
    """1 for runs that come to half the distance of the target y from f_0 = 0 within `steps` steps, else 0.

    point: as for `draw`, optimizer, steps and y. Only starts from which signSGD never would: <u, v_0> < 0 and
    |<u, v_0>| / n below signSGD's move of it, which takes 0 < beta < c_a.
    """

    def one(key: jax.Array) -> jax.Array:
        u, start = draw(key, point)
        overlap, move = jnp.dot(u, start.v), start.eta_v * jnp.sum(jnp.abs(u))
        # The overlap is folded into (-move, 0), and its rest kept.
        wanted = -jnp.mod(jnp.abs(overlap), move)
        v = start.v + (wanted - overlap) / jnp.dot(u, u) * u
        f, _, _ = run(u, start._replace(v=v), point["optimizer"], point["steps"], point["y"])
        return (jnp.max(f) > point["y"] / 2).astype(jnp.float64)

    return jax.vmap(one)(jax.random.split(key, RUNS))


@static("n", "steps")
def escape_steps(key: jax.Array, point: dict[str, Any]) -> Float[Array, " runs"]:
    """SGD steps from alpha_0 = 0, v_0 ~ N(0, I) until |f - f_0| passes a share of y, log-linear between steps.

    point: n; step, the product Pi; y, the target, with f_0 = 0; share; and steps, the most to look at.
    """

    def one(key: jax.Array) -> jax.Array:
        u, v = normals(key, (point["n"],), (point["n"],))
        # In these units both halves move by Pi chi times the other.
        start = Start(jnp.zeros((), jnp.float64), v, point["step"], point["step"] * point["n"] / jnp.mean(u**2))
        f = jnp.abs(run(u, start, "sgd", point["steps"], point["y"])[0])
        passed = point["share"] * point["y"]
        after = jnp.argmax(f > passed)
        low, high = jnp.log(f[after - 1]), jnp.log(f[after])
        # A run that never passes has no number, which stops the trial.
        return jnp.where(f[after] > passed, after - (high - jnp.log(passed)) / (high - low), jnp.nan)

    return jax.vmap(one)(jax.random.split(key, RUNS))


@partial(jax.jit, static_argnames="steps")
def multiplier(
    u: Any, v_0: Any, alpha: float, eta_alpha: float, eta_v: float, steps: int, offset: float = 1e-8
) -> Float[Array, ""]:
    """chi_steps / chi_0 of SGD when the target lies `offset` below the initial output. u, v_0: [n]."""
    start = Start(jnp.asarray(alpha, jnp.float64), jnp.asarray(v_0, jnp.float64), eta_alpha, eta_v)
    u = jnp.asarray(u, jnp.float64)
    initial = alpha * jnp.mean(u * start.v)
    # The target is f = 0, so that chi loses no digits to it.
    return run(u, start, "sgd", steps, 0.0, offset - initial)[0][-1] / offset


@jax.jit
def invariant_drift(u: Any, v_0: Any, alpha: float, eta_alpha: float, eta_v: float, y: float) -> Float[Array, ""]:
    """Change of alpha^2 / eta_alpha - |v|^2 / eta_v over one SGD step towards y from f_0 = 0."""
    u, v = jnp.asarray(u, jnp.float64), jnp.asarray(v_0, jnp.float64)
    start = Start(jnp.asarray(alpha, jnp.float64), v, eta_alpha, eta_v)
    last, before = train(
        lambda z: (jnp.mean(u * z) - y) * u / len(u),
        start,
        rule_of("sgd"),
        1,
        lambda before, after, g: before.alpha**2 / eta_alpha - before.v @ before.v / eta_v,
    )
    return last.alpha**2 / eta_alpha - last.v @ last.v / eta_v - before[0]
