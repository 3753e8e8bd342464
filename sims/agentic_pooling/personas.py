"""Personas that write text: three first-order chains, contexts that one of them wrote, and who could have written them.

A persona is a transition matrix over the vocabulary. An author without a name is one of them at random, so that its
next token has the Bayes mixture of the personas' predictions, with weights that depend on the context.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

PERSONAS = 3
VOCABULARY = 8
LENGTH = 12
UNIFORM_SHARE = 0.03
CONTEXT_LENGTHS = (1, 2, 3, 5, 8)
"""Content tokens seen before the prediction that is studied."""


def draw_chains(key: Array) -> Float[Array, "personas vocabulary vocabulary"]:
    """Transition matrices with Dirichlet(1/2) rows, mixed 97 to 3 with the uniform row. Consumes the key."""
    squares = jax.random.normal(key, (PERSONAS, VOCABULARY, VOCABULARY), jnp.float64) ** 2
    rows = squares / squares.sum(-1, keepdims=True)
    return (1 - UNIFORM_SHARE) * rows + UNIFORM_SHARE / VOCABULARY


def product_chain(chains: Float[Array, "personas v v"]) -> Float[Array, "v v"]:
    """The equally weighted log pool of the personas, transition by transition: again a chain."""
    return jax.nn.softmax(jnp.mean(jnp.log(chains), axis=0), axis=-1)


def write(
    key: Array, chains: Float[Array, "chains v v"], authors: Int[Array, " texts"], length: int = LENGTH
) -> Int[Array, "texts length"]:
    """Texts by the given authors (indices of chains), the first token uniform. Consumes the key."""
    start_key, step_key = jax.random.split(key)
    first = jax.random.randint(start_key, authors.shape, 0, VOCABULARY)
    cumulative = jnp.cumsum(chains, axis=-1)[..., :-1]

    def step(token: Array, uniform: Array) -> tuple[Array, Array]:
        following = jnp.sum(uniform[:, None] > cumulative[authors, token], axis=-1)
        return following, following

    _, rest = jax.lax.scan(step, first, jax.random.uniform(step_key, (length - 1, *authors.shape), jnp.float64))
    return jnp.concatenate([first[None], rest]).T


def persona_predictions(
    chains: Float[Array, "personas v v"], last: Int[Array, " contexts"]
) -> Float[Array, "contexts personas v"]:
    """Each persona's log-probabilities of the token that follows the last one of each context."""
    return jnp.moveaxis(jnp.log(chains)[:, last], 0, 1)


def mixture_prediction(
    chains: Float[Array, "personas v v"], contexts: Int[Array, "contexts seen"]
) -> Float[Array, "contexts v"]:
    """The log-probabilities of the next token for a reader who does not know the author, by Bayes' rule."""
    steps = jnp.log(chains)[:, contexts[:, :-1], contexts[:, 1:]]
    posterior = jax.nn.log_softmax(jnp.sum(steps, axis=-1), axis=0)
    return jax.nn.logsumexp(posterior.T[:, :, None] + persona_predictions(chains, contexts[:, -1]), axis=1)


def draw_contexts(
    key: Array, chains: Float[Array, "personas v v"], count: int, seen: int
) -> Int[Array, "contexts seen"]:
    """Beginnings of texts by random personas. Consumes the key."""
    author_key, text_key = jax.random.split(key)
    return write(text_key, chains, jax.random.randint(author_key, (count,), 0, PERSONAS), seen)
