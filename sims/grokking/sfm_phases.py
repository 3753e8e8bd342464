"""Where the gated machine ends, and when: one random split a row. Step eta = alpha = n / p^2, start at 0."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float

from corollary.measure import static
from corollary.point import Point
from corollary.sims.grokking.sfm import drift, iterated, mode_norms, occam_gate, outputs, squared_threshold, support
from corollary.sims.toys.modular import answered, answers, encode, split

REACHED = 0.99
"""The accuracy at which a side counts as learnt."""
ITERATIONS = 25
"""After which a constant gate has settled: most splits need five."""
FAR, BISECTIONS = 30.0, 9


@static("p")
def generalised(key: Array, point: Point, rows: int = 16) -> Float[Array, " samples"]:
    """1 where a constant gate ends with the held-out pairs answered, else 0.

    point: p (int), alpha, beta. One-hot target. Consumes the key.
    """
    size = jnp.round(point["alpha"] * point["p"] ** 2).astype(int)

    def one(split_key: Array) -> Array:
        return ended(split(split_key, point["p"], "add", size), point["beta"])[0]

    return jax.lax.map(one, jax.random.split(key, rows)).astype(jnp.float64)


def ended(mask: Bool[Array, "u v"], beta: Array | float, operation: str = "add") -> Bool[Array, " 2"]:
    """Whether one split ends with its held-out pairs answered, and whether with nothing left."""
    weights = _settled(mask, beta, operation)
    return jnp.stack([_shares(outputs(weights), mask, operation, "onehot")[1] > REACHED, support(weights) == 0])


@static("p")
def edges(key: Array, point: Point) -> dict[str, Float[Array, " sizes"]]:
    """lower, upper: the betas at which one random split stops memorising, and from which it is annihilated, each by
    bisection between `inside`, at which it generalises, and a `FAR`-th or -fold of it.

    point: p (int), operation; n, inside [sizes]: of splits. Consumes the key.
    """

    def bisected(mask: Array, near: Array, far: Array, index: int, wanted: bool) -> Array:
        def halve(_: Array, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
            outer, inner = bracket
            middle = (outer + inner) / 2
            out = ended(mask, jnp.exp(middle), point["operation"])[index] == wanted
            return jnp.where(out, middle, outer), jnp.where(out, inner, middle)

        outer, inner = jax.lax.fori_loop(0, BISECTIONS, halve, (far, near))
        return jnp.exp((outer + inner) / 2)

    def one(size: tuple[Array, Array]) -> dict[str, Array]:
        mask = split(key, point["p"], point["operation"], size[0].astype(int))
        near, far = jnp.log(size[1]), np.log(FAR)
        return {"lower": bisected(mask, near, near - far, 0, False), "upper": bisected(mask, near, near + far, 1, True)}

    return jax.lax.map(one, (point["n"], point["inside"]))


@static("n", "p")
def pruned(key: Array, point: Point) -> dict[str, Float[Array, ""]]:
    """removed: the share of the modes k != l of one split that a constant gate ends without. by_diagonal: how much of
    the variance of what is removed lies between the wrapped diagonals k - l = j; 1 where each is removed whole or not
    at all, 0 where nothing is removed, or all. point: p, n (ints), beta, encoding. Consumes the key."""
    p = point["p"]
    k, l = np.indices((p, p))
    order = np.argsort((k - l).ravel() % p, kind="stable").reshape(p, p)[1:]
    weights = _settled(split(key, p, "add", point["n"]), point["beta"], encoding=point["encoding"])
    gone = (mode_norms(weights) == 0).ravel()[order].astype(jnp.float64)
    total = gone.var()
    share = jnp.where(total > 0, gone.mean(axis=1).var() / jnp.where(total > 0, total, 1.0), 0.0)
    return {"removed": gone.mean(), "by_diagonal": share}


@static("limit", "n", "p")
def times(key: Array, point: Point) -> dict[str, Float[Array, " gates"]]:
    """train, test: the iterations in which one random split's sides are first answered, limit + 1 where never;
    half_time_loss: the squared train residual per pair at half the latter.

    point: p, n, limit (ints), gate, encoding (label or onehot), operation; beta, B [gates]: of gates that are tried on
    one split. Consumes the key.
    """
    p, n, limit, operation = point["p"], point["n"], point["limit"], point["operation"]
    target = encode(answers(p, operation), p, point["encoding"])
    mask = split(key, p, operation, n)
    zero = jnp.zeros_like(target)

    def first(gate: tuple[Array, Array]) -> dict[str, Array]:
        beta, batch = gate

        def iteration(carry: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
            t, weights, found, history = carry
            tau = jnp.sqrt(squared_threshold(point["gate"], beta, n, t + 1, batch))
            weights = occam_gate(drift(weights, mask * (target - found), 1 / p**2), tau)
            found = outputs(weights)
            loss = (jnp.abs(mask * (target - found)) ** 2).sum() / n
            seen = jnp.stack([*_shares(found, mask, operation, point["encoding"]), loss])
            return t + 1, weights, found, history.at[t].set(seen)

        def going(carry: tuple[Array, Array, Array, Array]) -> Array:
            t, _, _, history = carry
            return (t < limit) & ~(history[t - 1, :2] > REACHED).all()

        start = (jnp.array(0), zero, zero, jnp.zeros((limit, 3)))
        history = jax.lax.while_loop(going, iteration, start)[3]
        reached = history[:, :2] > REACHED
        train, test = jnp.where(reached.any(axis=0), reached.argmax(axis=0) + 1, limit + 1)
        return {"train": train, "test": test, "half_time_loss": history[jnp.maximum(test // 2, 1) - 1, 2]}

    found = jax.lax.map(first, (jnp.atleast_1d(point["beta"]), jnp.atleast_1d(point["B"])))
    return {name: values.astype(jnp.float64) for name, values in found.items()}


def times_of_splits(seed: int, splits: int, **point: float | str) -> dict[str, Float[Array, "splits gates"]]:
    """`times` of several splits."""
    return jax.lax.map(lambda one: times(one, point), jax.random.split(jax.random.key(seed), splits))


def phase_map(seed: int, splits: int, p: int, alphas: list[float], betas: list[float]) -> dict[str, Array]:
    """held_out: accuracy with which a constant gate ends, one-hot target, [alphas betas], the mean over splits."""

    def one(setting: tuple[Array, Array, Array]) -> Array:
        alpha, beta, key = setting
        mask = split(key, p, "add", jnp.round(alpha * p**2).astype(int))
        return _shares(outputs(_settled(mask, beta)), mask, "add", "onehot")[1]

    a, b, _ = jnp.meshgrid(jnp.asarray(alphas), jnp.asarray(betas), jnp.arange(splits), indexing="ij")
    keys = jax.random.split(jax.random.key(seed), a.size)
    found = jax.jit(lambda *settings: jax.lax.map(one, settings))(a.ravel(), b.ravel(), keys)
    return {"held_out": found.reshape(a.shape).mean(axis=2)}


def _settled(
    mask: Bool[Array, "u v"], beta: Array | float, operation: str = "add", encoding: str = "onehot"
) -> Complex[Array, "channels k l"]:
    """The weights that a constant gate ends with; of characters, the first is the target."""
    p, n = mask.shape[0], mask.sum()
    target = encode(answers(p, operation), p, encoding, jnp.ones(1, int))
    tau = jnp.sqrt(squared_threshold("constant", beta, n, jnp.array(1), 0.0))
    return iterated(target, mask, n / mask.size, jnp.full(ITERATIONS, tau))


def _shares(
    found: Complex[Array, "channels u v"], mask: Bool[Array, "u v"], operation: str, encoding: str
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """(train, held-out) share of the pairs that are answered rightly."""
    right = answered(found, answers(mask.shape[0], operation), encoding)
    return (right & mask).sum() / mask.sum(), (right & ~mask).sum() / (~mask).sum()
