"""Crediting predictors as dense trees: the paper's counterexample, its relatives, and random ones for searches.

Written from their definitions (arXiv 2605.01425, Thm 4.2; the others reconstructed). Tokens are 0, 1 and, where texts
end early, 2 for the end.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.sims.cca_barriers.trees import Tree, check_size

Params = dict[str, Float[Array, "..."]]


def counterexample(p: Float[Array, ""] | float) -> Tree:
    """Three steps over (a, b, end): token-level (0,0)-CCA, but its rollout is not."""
    first = jnp.array([[p, 1 - p, 0.0]], jnp.float64)
    ended = [0.0, 0.0, 1.0]
    stays = jnp.array([[0.0, 0.5, 0.0], [0.0, 0.0, 0.0], ended], jnp.float64)
    present = jnp.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], ended], jnp.float64)
    absent = jnp.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], ended], jnp.float64)
    last = jnp.tile(jnp.array([ended], jnp.float64), (9, 1))
    return Tree(*((first, second, last) for second in (stays, present, absent)))


def two_branch(p: Float[Array, ""] | float, survives: Float[Array, " branches"]) -> Tree:
    """Two steps over (a, b): after a branch, the other token follows, uncredited with that branch's survival."""
    first = jnp.array([[p, 1 - p]], jnp.float64)
    other = jnp.array([[0.0, 1.0], [1.0, 0.0]], jnp.float64)
    stays = other * survives[:, None]
    return Tree((first, stays), (first, stays + (1 - survives[:, None]) * other[::-1]), (first, other))


def growth(c: Float[Array, ""] | float, L: int) -> Tree:
    """L fair bits, document or not; with it a step after a 1 credits with probability c. Raises ValueError when 2**L
    texts are too many."""
    check_size(L, 2)
    fair, stays = [], []
    for depth in range(L):
        texts = jnp.arange(2**depth)
        rate = jnp.where((texts % 2 == 1) & (depth > 0), c, 0.0)
        fair.append(jnp.full((2**depth, 2), 0.5, jnp.float64))
        stays.append(fair[-1] * (1 - rate)[:, None])
    return Tree(tuple(stays), tuple(fair), tuple(fair))


def independent(theta: Float[Array, ""] | float, L: int) -> Tree:
    """L bits, Bernoulli(theta) with the document and fair without; each step credits what exceeds its least law."""
    check_size(L, 2)
    biased = jnp.array([1 - theta, theta], jnp.float64)
    rows = [jnp.ones((2**depth, 1), jnp.float64) for depth in range(L)]
    stays = jnp.full(2, jnp.minimum(biased[0], biased[1]))
    return Tree(*(tuple(row * law for row in rows) for law in (stays, biased, jnp.full(2, 0.5, jnp.float64))))


def draw_binary(key: jax.Array, L: int) -> Params:
    """Unconstrained parameters of a random binary tree of L steps, one number a text shorter than L; the key is
    consumed."""
    q, r, s = 2.0 * jax.random.normal(key, (3, 2**L - 1), jnp.float64)
    return {"q": q, "r": r, "s": s}


def binary_tree(
    params: Params,
    eps: Float[Array, ""] | float,
    low: Float[Array, ""] | float = 0.0,
    high: Float[Array, ""] | float = 1.0,
) -> Tree:
    """The binary tree of unconstrained parameters, token-level eps-CCA by construction, with every step's survival in
    [low, high]. Uncredited laws fill the whole interval that eps leaves them; credited steps write a 1."""
    size = params["q"].shape[0]
    L = (size + 1).bit_length() - 1
    q = jax.nn.sigmoid(params["q"])
    E = jnp.exp(eps)
    floor, ceiling = jnp.maximum(q / E, 1 - E * (1 - q)), jnp.minimum(E * q, 1 - (1 - q) / E)
    r = floor + (ceiling - floor) * jax.nn.sigmoid(params["r"])
    s = low + (high - low) * jax.nn.sigmoid(params["s"])
    stays = s[:, None] * jnp.stack([1 - r, r], 1)
    text = stays + (1 - s)[:, None] * jnp.array([0.0, 1.0], jnp.float64)
    absent = jnp.stack([1 - q, q], 1)
    return Tree(*(tuple(table[2**d - 1 : 2 ** (d + 1) - 1] for d in range(L)) for table in (stays, text, absent)))
