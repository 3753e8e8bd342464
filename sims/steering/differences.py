"""Difference vectors of a trained toy transformer, and directions made of them.

A matched pair is one prompt with a neutral slot and with the concept's, each followed by the reply's first digit, which
is the same in both. The next token is where the replies part, so that the difference is read at that digit.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.models.parameters import Parameters
from corollary.sims.numerics.gaussian import normal
from corollary.sims.toys.digits import CONCEPT, NEUTRAL, TASK_A, Tokens, answers, draw_prompts
from corollary.sims.toys.digits_model import residual
from corollary.training.settings import Config

TRAINING, TESTED = 100, 64
PROBE_DECAY, NEWTON_STEPS = 1e-2, 10

Vectors = Float[Array, "rows width"]


def matched_pairs(key: Array, config: Config, count: int = TRAINING + TESTED) -> tuple[Tokens, Tokens]:
    """`count` texts without and with the concept, each [rows, t]. The key is consumed."""
    prompts = draw_prompts(key, count, config["length"], TASK_A, NEUTRAL)
    plain = jnp.concatenate([prompts, answers(prompts, config["second_task"])[:, :1]], axis=1)
    return plain, plain.at[:, 1].set(CONCEPT)


def exchanged(key: Array, pairs: tuple[Tokens, Tokens]) -> tuple[Tokens, Tokens]:
    """The pairs, with the two texts of each training pair exchanged at random: a control, whose mean difference is
    noise, while the texts that it is tested on stay. The key is consumed."""
    plain, named = pairs
    swap = jax.random.bernoulli(key, 0.5, (len(plain), 1)) & (jnp.arange(len(plain)) < TRAINING)[:, None]
    return jnp.where(swap, named, plain), jnp.where(swap, plain, named)


def states(
    weights: Parameters, pairs: tuple[Tokens, Tokens], config: Config, depth: int, place: int = -1
) -> tuple[Vectors, Vectors]:
    """The residual streams of both texts after `depth` blocks, at the token number `place`, float64."""
    plain, named = (residual(weights, text, config, depth)[:, place] for text in pairs)
    return plain.astype(jnp.float64), named.astype(jnp.float64)


def unit(vector: Float[Array, "*batch width"]) -> Float[Array, "*batch width"]:
    return vector / jnp.linalg.norm(vector, axis=-1, keepdims=True)


def directions(key: Array, plain: Vectors, named: Vectors) -> dict[str, Float[Array, " width"]]:
    """Unit steering directions from training states: "diffmean"; "pca", the leading direction of the differences'
    second moment; "probe", a logistic regression's; and a "random" one. The key is consumed."""
    difference = named - plain
    mean = difference.mean(axis=0)
    leading = jnp.linalg.svd(difference, full_matrices=False)[2][0]
    return {
        "diffmean": unit(mean),
        "pca": leading * jnp.sign(leading @ mean),
        "probe": unit(_probe(plain, named)),
        "random": unit(normal(key, mean.shape)),
    }


def _probe(plain: Vectors, named: Vectors) -> Float[Array, " width"]:
    """Weights of a ridge logistic regression, by Newton's method, an intercept included."""
    rows = jnp.concatenate([plain, named])
    rows = jnp.concatenate([rows - rows.mean(axis=0), jnp.ones((len(rows), 1), rows.dtype)], axis=1)
    label = jnp.concatenate([jnp.zeros(len(plain), rows.dtype), jnp.ones(len(named), rows.dtype)])

    def loss(weights: Array) -> Array:
        margin = rows @ weights
        return jnp.mean(jax.nn.softplus(margin) - label * margin) + PROBE_DECAY * weights @ weights / 2

    def newton(weights: Array, _: None) -> tuple[Array, None]:
        return weights - jnp.linalg.solve(jax.hessian(loss)(weights), jax.grad(loss)(weights)), None

    return jax.lax.scan(newton, jnp.zeros(rows.shape[1], rows.dtype), length=NEWTON_STEPS)[0][:-1]
