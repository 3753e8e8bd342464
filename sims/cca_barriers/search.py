"""Searches for the secret of M_z, many at a time: every query is carried out and counted (arXiv 2605.01425, Section 5).

The secret of each attempt is drawn anew. Attempts see answers only; what an attempt would do after an answer is decided
from that answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from corollary.measure import needs_float64, static
from corollary.point import Point

Attempts = tuple[Bool[Array, " attempts"], Int[Array, " attempts"]]
"""(success, queries used) of each attempt."""
ATTEMPTS = 1 << 12
"""Attempts a batch."""
BIAS = 0.3
"""Excess of the secret's bit over a half; an evaluated probability shows it whatever its size."""


def find_secret(key: jax.Array, point: Point, budget: int) -> Attempts:
    """FindZ with full distributions: candidates in random order until one answers otherwise, else a guess at the next.
    point: l. Returns (success, queries). The key is consumed."""
    query, guessed = _find(key, 2 ** point["l"], budget)
    return (query <= budget) | guessed, jnp.minimum(query, budget)


@partial(jax.jit, static_argnames="attempts")
def _find(key: jax.Array, size: Int[Array, ""] | int, budget: Int[Array, ""] | int, attempts: int = ATTEMPTS) -> Any:
    """(number of the query that shows the secret, budget + 1 if none; whether the final guess is right). size: 2^l."""
    secret_key, order_key = jax.random.split(key)
    secret = jax.random.randint(secret_key, (attempts,), 0, size)
    start, stride = jax.random.randint(order_key, (2, attempts), 0, size)
    stride = 2 * (stride // 2) + 1

    def candidate(i: Any) -> Int[Array, " attempts"]:
        return (start + stride * i) & (size - 1)

    def ask(i: Any, query: Any) -> Any:
        answer = 0.5 + BIAS * (candidate(i) == secret)
        return jnp.where((answer != 0.5) & (query > budget), i + 1, query)

    query = jax.lax.fori_loop(0, budget, ask, jnp.full(attempts, budget + 1))
    return query, candidate(budget) == secret


def queries_until_found(seed: int, l: int, attempts: int) -> dict[str, Array]:
    """ "queries": int [attempts], the number of the query that shows the secret, when the search goes on."""
    return {"queries": _find(jax.random.key(seed), 2**l, 2**l, attempts)[0]}


@static("l")
def exhaustive_cost(key: jax.Array, point: Point) -> Float[Array, " attempts"]:
    """Queries of a search that goes on until the secret is known, the last candidate being inferred. point: l. The key
    is consumed."""
    query, _ = _find(key, 2 ** point["l"], 2 ** point["l"])
    return jnp.minimum(query, 2 ** point["l"] - 1).astype(jnp.float64)


@static("N", "m", "n")
def sampled_search(key: jax.Array, point: Point) -> Float[Array, " attempts"]:
    """Whether the most likely secret is the true one, after n sampled tokens at each of m of the N candidates. point:
    N, m, n, beta. The key is consumed."""
    N, m, n, beta = (point[name] for name in ("N", "m", "n", "beta"))
    secret_key, token_key = jax.random.split(key)
    secret = jax.random.randint(secret_key, (ATTEMPTS, 1), 0, N)
    one = 0.5 + beta * (jnp.arange(m) == secret)
    tokens = jax.random.uniform(token_key, (n, ATTEMPTS, m), jnp.float64) < one
    ones = tokens.sum(0)
    likelihood = ones * jnp.log1p(2 * beta) + (n - ones) * jnp.log1p(-2 * beta)
    best = likelihood.argmax(1)
    guess = jnp.where(likelihood.max(1) > 0, best, m)
    return (guess == secret[:, 0]).astype(jnp.float64)


def prefix_search(key: jax.Array, point: Point, budget: int) -> Attempts:
    """Algorithm 3 on the worst approximate credit: gamma - alpha on its prefixes, alpha elsewhere. point: l,
    ones (of the secret), rounds (bits decided: l, or fewer), gamma, alpha. Each round spends its share of the budget
    on two estimates. Returns (whole secret recovered, queries). The key is consumed."""
    l, samples = point["l"], budget // (2 * point["l"])
    return _prefix_search(key, point["gamma"], point["alpha"], l, point["ones"], point["rounds"], samples)


@partial(jax.jit, static_argnames=("l", "rounds"))
def _prefix_search(key: jax.Array, gamma: Any, alpha: Any, l: int, ones: Any, rounds: int, samples: Any) -> Any:
    secret_key, credit_key = jax.random.split(key)
    secret = jax.random.permutation(secret_key, jnp.tile(jnp.arange(l) < ones, (ATTEMPTS, 1)), axis=1, independent=True)

    def decide(state: Any, step: Any) -> Any:
        bits, on_path, queries = state
        position, step_key = step
        truth = jnp.take(secret, position, axis=1)
        branches = jnp.array([False, True])[:, None]
        credit = jnp.where(on_path & (truth == branches), gamma - alpha, alpha)

        def sample(i: Any, counts: Any) -> Any:
            return counts + (jax.random.uniform(jax.random.fold_in(step_key, i), (2, ATTEMPTS)) < credit)

        counts = jax.lax.fori_loop(0, samples, sample, jnp.zeros((2, ATTEMPTS), jnp.int64))
        bit = ~(counts[0] > counts[1])
        return (bits.at[:, position].set(bit), on_path & (bit == truth), queries + 2 * samples), None

    start = (jnp.full((ATTEMPTS, l), -1), jnp.ones(ATTEMPTS, bool), jnp.zeros(ATTEMPTS, int))
    steps = jnp.arange(rounds), jax.random.split(credit_key, rounds)
    (bits, _, queries), _ = jax.lax.scan(decide, start, steps)
    return (bits == secret).all(1), queries


def prefix_search_curve(seed: int, l: int, gamma: float, alpha: float, samples: Sequence[int]) -> dict[str, np.ndarray]:
    """ "recovered", int [samples]: how many of "attempts", int [], secrets with as many ones as zeros are recovered
    with so many samples an estimate."""
    point = {"l": l, "ones": l // 2, "rounds": l, "gamma": gamma, "alpha": alpha}
    runs = [prefix_search(jax.random.fold_in(jax.random.key(seed), n), point, 2 * l * n)[0] for n in samples]
    return {"recovered": np.array([run.sum() for run in runs]), "attempts": np.array(len(runs[0]))}


@needs_float64("whole numbers up to 2**62")
@static("k", "l", "q", "thinned")
def retrofit_credits(key: jax.Array, point: Point) -> Float[Array, "calls sides"]:
    """Credit of the search-based retrofitter at a prompt of length k: (on prefixes of the secret, elsewhere), one call
    of each a row. point: l, k, q (evaluations a call), gamma, alpha, thinned (1: a hit counts only as often as
    brings the credit to exactly gamma - alpha; k = 1). The key is consumed."""
    l, k, q = point["l"], point["k"], point["q"]
    inside = 2 ** (l - k)
    outside = 2**l - inside
    gamma, alpha = point["gamma"], point["alpha"]
    counts = (gamma - 2 * alpha) * inside / q if point["thinned"] else 1.0
    tentative = jnp.minimum(1.0, alpha / (1 - counts * q / outside))
    keys = jax.random.split(key, 4)
    calls = 1 << 11
    secret = jnp.stack(
        [jax.random.randint(keys[0], (calls,), 0, inside), inside + jax.random.randint(keys[1], (calls,), 0, outside)]
    )
    tries, heeds = jax.random.uniform(keys[2], (2, 2, calls), jnp.float64)
    tries, heeds = tries < tentative, heeds < counts
    first, width = jnp.where(tries, inside, 0), jnp.where(tries, outside, inside)
    start = jax.random.randint(keys[3], (2, calls), 0, 2**62) % width

    def ask(i: Any, hit: Any) -> Any:
        leaf = first + start + i
        leaf = jnp.where(leaf < first + width, leaf, leaf - width)
        answer = 0.5 + BIAS * (leaf == secret)
        return hit | (answer != 0.5)

    hit = jax.lax.fori_loop(0, q, ask, jnp.zeros((2, calls), bool)) & heeds
    return jnp.where(tries, ~hit, hit).T.astype(jnp.float64)
