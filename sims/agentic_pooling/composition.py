"""How well a distribution is a pool of given components, with the best weights there are: as a mixture and as a log
pool.

Both problems are convex in the weights. Misfits are KL(P || pool) in nats.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.agentic_pooling.personas import (
    CONTEXT_LENGTHS,
    VOCABULARY,
    draw_chains,
    draw_contexts,
    mixture_prediction,
    persona_predictions,
    product_chain,
)
from corollary.sims.agentic_pooling.pooling import divergence, linear_pool, log_pool
from corollary.sims.agentic_pooling.suppression import centred, inner, mass, reduction, steepest

STEPS = 800
BUDGETS = (1e-1, 1e-2, 1e-3, 1e-4)
EVENT = (0, 1)
"""The tokens whose probability is to be lowered."""


def linear_misfit(log_p: Float[Array, " v"], components: Float[Array, "n v"]) -> tuple[Array, Array]:
    """(misfit, weights [n]) of the best mixture, by expectation maximisation."""
    p = jnp.exp(log_p)

    def step(_: int, weights: Array) -> Array:
        return weights * (jnp.exp(components - linear_pool(components, weights)) @ p)

    weights = jax.lax.fori_loop(0, STEPS, step, _equal(components))
    return divergence(log_p, linear_pool(components, weights)), weights


def log_misfit(log_p: Float[Array, " v"], components: Float[Array, "n v"]) -> tuple[Array, Array]:
    """(misfit, weights [n]) of the best log pool with weights in the simplex, by multiplicative descent."""
    score = components @ jnp.exp(log_p)
    rate = 1 / jnp.max(jnp.ptp(components, axis=-1)) ** 2

    def step(_: int, log_weights: Array) -> Array:
        pooled = components @ jnp.exp(log_pool(components, jnp.exp(log_weights)))
        return jax.nn.log_softmax(log_weights + 4 * rate * (score - pooled))

    weights = jnp.exp(jax.lax.fori_loop(0, STEPS, step, jnp.log(_equal(components))))
    return divergence(log_p, log_pool(components, weights)), weights


def misfits(log_p: Float[Array, "contexts v"], components: Float[Array, "contexts n v"]) -> dict[str, Array]:
    """Misfits [contexts], weights fitted in each: "linear" and "log"."""
    return {"linear": jax.vmap(linear_misfit)(log_p, components)[0], "log": jax.vmap(log_misfit)(log_p, components)[0]}


def by_length(values: Float[Array, " contexts"]) -> Float[Array, " lengths"]:
    """Means over the contexts of each length, which follow one another in equal numbers."""
    return jnp.mean(values.reshape(len(CONTEXT_LENGTHS), -1), axis=1)


def exact_misfits(seed: Array, contexts: int = 100) -> dict[str, Array]:
    """Mean misfits [context lengths] of what random personas compose exactly, no network involved: "mixture/linear" and
    "mixture/log" of their Bayes mixture, "product/linear" and "product/log" of the log pool of their chains. seed: a
    key, consumed. contexts: of each length."""
    mixed, pooled, components = _exact_predictions(seed, contexts)
    both = misfits(jnp.concatenate([mixed, pooled]), jnp.concatenate([components, components]))
    return {
        f"{author}/{name}": by_length(part)
        for name, values in both.items()
        for author, part in zip(("mixture", "product"), jnp.split(values, 2), strict=True)
    }


@static("contexts")
def composed(key: Array, point: dict) -> dict[str, Array]:
    """`exact_misfits` of one author by fit and context length, "linear_m1", "log_m1", ...; point: author ("mixture" or
    "product"), contexts of each length. Consumes the key."""
    both = exact_misfits(key, point["contexts"])
    return {
        f"{fit}_m{seen}": both[f"{point['author']}/{fit}"][row]
        for fit in ("linear", "log")
        for row, seen in enumerate(CONTEXT_LENGTHS)
    }


def steering(log_p: Float[Array, "contexts v"], components: Float[Array, "contexts n v"]) -> dict[str, Array]:
    """Lowering P(A) along persona profiles, A = the first two tokens.

    H is the component most anti-aligned with the event and W the most aligned. "pure": span of H; "manifest": of H
    and W; "all": of all components. Each: [budgets], the fall of P(A) over sqrt(2 KL), and "<name>/predicted", its
    first-order value ||Proj g_A||. "ceiling": the same for every direction there is. "duplicate" and "orthogonal":
    what a copy of H, and a direction whose novelty does not touch the event, add to "pure/predicted".
    """
    event = jnp.isin(jnp.arange(log_p.shape[-1]), jnp.array(EVENT))
    profiles = jnp.moveaxis(centred(log_p[:, None], components), 1, 0)
    target = centred(log_p, jnp.broadcast_to(event.astype(jnp.float64), log_p.shape))
    correlation = jnp.stack([inner(log_p, v, target) / jnp.sqrt(inner(log_p, v, v)) for v in profiles])
    first, second = profiles[jnp.argmin(correlation)], profiles[jnp.argmax(correlation)]
    spans = {"pure": first[None], "manifest": jnp.stack([first, second]), "all": profiles}
    found: dict[str, Any] = {}
    for name, span in spans.items():
        direction = steepest(log_p, event, span)
        found[name] = jnp.stack(
            [reduction(log_p, event, direction, budget) / jnp.sqrt(2 * budget) for budget in BUDGETS]
        )
        found[f"{name}/predicted"] = jnp.sqrt(inner(log_p, direction, direction))
    found["ceiling"] = jnp.sqrt(inner(log_p, target, target))
    start = found["pure/predicted"]
    for name, extra in {"duplicate": first, "orthogonal": _unhelpful(log_p, first, second, target)}.items():
        direction = steepest(log_p, event, jnp.stack([first, extra]))
        found[name] = jnp.sqrt(inner(log_p, direction, direction)) - start
    return {**found, "mass": mass(log_p, event)}


def exact_steering(seed: Array, contexts: int = 100) -> dict[str, Array]:
    """`steering` on the true Bayes mixture of random personas. seed: a key, consumed. contexts: of each length."""
    mixed, _, components = _exact_predictions(seed, contexts)
    return steering(mixed, components)


def exact_mixture(
    language: int, contexts: int
) -> tuple[Float[np.ndarray, "all_contexts v"], Float[np.ndarray, "all_contexts n v"]]:
    """(log_p, components): the Bayes mixture of a random set of personas and their own predictions. contexts: of each
    length."""
    mixed, _, components = _exact_predictions(jax.random.key(language), contexts)
    return np.asarray(mixed), np.asarray(components)


def exact_slope(language: int, contexts: int) -> Float[Array, ""]:
    """The fall of P(A) along all persona profiles over sqrt(2 KL) at the smallest budget, on that mixture."""
    return jax.jit(exact_steering, static_argnums=1)(jax.random.key(language), contexts)["all"][-1]


def exact_languages(languages: int, contexts: int, seed: int) -> dict[str, np.ndarray]:
    """`exact_misfits` and `exact_steering` of random languages, each [languages, ...]."""
    keys = jax.random.split(jax.random.key(seed), languages)

    def both(key: Array) -> dict[str, Array]:
        return {**exact_misfits(key, contexts), **exact_steering(key, contexts)}

    return {name: np.asarray(values) for name, values in jax.jit(jax.vmap(both))(keys).items()}


def stranger(key: Array, contexts: int) -> Float[Array, "contexts v"]:
    """Random distributions that no persona holds, as log-probabilities. Consumes the key."""
    return jax.nn.log_softmax(jax.random.normal(key, (contexts, VOCABULARY), jnp.float64) * 2)


def _exact_predictions(seed: Array, contexts: int) -> tuple[Array, Array, Array]:
    """(Bayes mixture [all contexts, v], log pool [all contexts, v], components [all contexts, n, v]), the contexts of
    one length after another's."""
    chain_key, context_key = jax.random.split(seed)
    chains = draw_chains(chain_key)
    texts = draw_contexts(context_key, chains, contexts, max(CONTEXT_LENGTHS))
    beginnings = [texts[:, :seen] for seen in CONTEXT_LENGTHS]
    last = jnp.concatenate([tokens[:, -1] for tokens in beginnings])
    mixed = jnp.concatenate([mixture_prediction(chains, tokens) for tokens in beginnings])
    return mixed, jnp.log(product_chain(chains))[last], persona_predictions(chains, last)


def _unhelpful(log_p: Array, first: Array, second: Array, target: Array) -> Array:
    """The second direction less what of its novelty beyond the first touches the event."""
    rest = target - inner(log_p, target, first) / inner(log_p, first, first) * first
    return second - inner(log_p, second, rest) / inner(log_p, rest, rest) * rest


def _equal(components: Array) -> Array:
    return jnp.full(components.shape[0], 1 / components.shape[0], jnp.float64)
