"""The burst-persona language: a Markov chain of content tokens in which triggers are followed by a token of style,
whose kind the persona at the prompt's end decides; all other tokens are the same under every persona.

Tokens: BOS 0; personas 1 to 5, the first neutral; 32 of content, the first 8 of them triggers; 4 of neutral style; 2 of
each other persona's. A text: BOS, persona, content and style.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

BOS, PERSONAS, CONTENT, TRIGGERS, PLAIN, OWN, SUCCESSORS = 0, 5, 32, 8, 4, 2, 4
FIRST_CONTENT = 1 + PERSONAS
FIRST_STYLE = FIRST_CONTENT + CONTENT
VOCABULARY = FIRST_STYLE + PLAIN + OWN * (PERSONAS - 1)
SHOWS, NEUTRAL = 0.9, 0.44
"""Probability that a persona's style shows at a trigger; that a text of the training mixture is neutral."""
PROMPT = 2
"""Tokens before the chain."""


class Chain(NamedTuple):
    """successors: tokens of content after each, [content, 4]; shares: their probabilities."""

    successors: Int[Array, "content 4"]
    shares: Float[Array, "content 4"]


def chain(key: Array) -> Chain:
    """A random one. The key is consumed."""
    order, weight = jax.random.split(key)
    orders = jnp.argsort(jax.random.uniform(order, (CONTENT, CONTENT)), axis=1)[:, :SUCCESSORS]
    # Two exponentials make a gamma variable of shape 2, and those over their sum a Dirichlet(2).
    gammas = jax.random.exponential(weight, (2, CONTENT, SUCCESSORS)).sum(0)
    return Chain(FIRST_CONTENT + orders.astype(jnp.int32), gammas / gammas.sum(1, keepdims=True))


def texts(key: Array, rule: Chain, personas: Int[Array, " b"], length: int) -> Int[Array, "b length"]:
    """Texts of these personas, 0 the neutral one. The key is consumed."""
    start, run = jax.random.split(key)
    first = FIRST_CONTENT + jax.random.randint(start, personas.shape, 0, CONTENT, jnp.int32)

    def step(state: tuple[Array, Array], key: Array) -> tuple[tuple[Array, Array], Array]:
        content, now = state
        to_content, to_style, shown = jax.random.split(key, 3)
        row = content - FIRST_CONTENT
        drawn = jax.random.categorical(to_content, jnp.log(rule.shares[row]))
        after = jnp.take_along_axis(rule.successors[row], drawn[:, None], 1)[:, 0]
        shows = (jax.random.uniform(shown, personas.shape) < SHOWS) & (personas > 0)
        pick = jax.random.uniform(to_style, personas.shape)
        plain = FIRST_STYLE + (pick * PLAIN).astype(jnp.int32)
        own = FIRST_STYLE + PLAIN + OWN * (personas - 1) + (pick * OWN).astype(jnp.int32)
        styled = is_trigger(now)
        token = jnp.where(styled, jnp.where(shows, own, plain), after).astype(jnp.int32)
        return (jnp.where(styled, content, token), token), token

    keys = jax.random.split(run, length - PROMPT - 1)
    rest = jax.lax.scan(step, (first, first), keys)[1].T
    bos = jnp.full_like(personas, BOS)
    return jnp.concatenate([jnp.stack([bos, 1 + personas, first], 1), rest], 1)


def mixture(key: Array, rule: Chain, count: int, length: int) -> Int[Array, "count length"]:
    """Texts of all personas, as they are trained on. The key is consumed."""
    who, which, what = jax.random.split(key, 3)
    others = jax.random.randint(which, (count,), 1, PERSONAS, jnp.int32)
    personas = jnp.where(jax.random.uniform(who, (count,)) < NEUTRAL, 0, others).astype(jnp.int32)
    return texts(what, rule, personas, length)


def is_trigger(tokens: Int[Array, ...]) -> Bool[Array, ...]:
    return (tokens >= FIRST_CONTENT) & (tokens < FIRST_CONTENT + TRIGGERS)


def trait_and_coherence(
    probabilities: Float[Array, "b t vocabulary"], tokens: Int[Array, "b t"], rule: Chain, persona: int
) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """From the next token's probabilities after the prompt: the mean share of the persona's style at triggers, and of
    the chain's four successors everywhere else."""
    first = FIRST_STYLE + PLAIN + OWN * (persona - 1)
    style = probabilities[:, :, first : first + OWN].sum(-1)
    is_content = (tokens >= FIRST_CONTENT) & (tokens < FIRST_STYLE)
    last = jnp.where(is_content, tokens, jnp.roll(tokens, 1, axis=1))  # a style token follows its trigger
    row = jnp.clip(last - FIRST_CONTENT, 0, CONTENT - 1)
    goes_on = jnp.take_along_axis(probabilities, rule.successors[row], 2).sum(-1)
    counted = jnp.arange(tokens.shape[1]) >= PROMPT
    asks = is_trigger(tokens) & counted
    other = ~is_trigger(tokens) & counted
    return jnp.sum(style * asks) / asks.sum(), jnp.sum(goes_on * other) / other.sum()
