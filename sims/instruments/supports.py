"""Chains over a sparse model: weights that vanish off one of several supports, and which of these is open."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from corollary.measure import static
from corollary.sims.numerics.gaussian import normal

STEPS, BURN_IN = 600, 120


@static("chains")
def support_gaps(key: Array, point: dict[str, Any]) -> Float[Array, " chains"]:
    """nbeta times the mean loss |w - w0|^2 / 2 over chains of (support, w).

    A step draws the closed weights afresh, moves the open ones by adjusted Langevin (one normal a weight serves
    either), and draws a support given the weights. What is closed is N(w0, 1 / gamma), like the localisation of what
    is open (Carlin and Chib 1995). All supports are equally likely beforehand.
    point: masks (0 or 1, [supports, weights]), truth (w0 [weights]), nbeta, gamma, eps, and chains (int).
    """
    masks, truth, nbeta, gamma, eps = (point[name] for name in ("masks", "truth", "nbeta", "gamma", "eps"))
    masks = jnp.asarray(masks, jnp.float64)

    def loss(w: Array, mask: Array) -> Array:
        return ((mask * w - truth) ** 2).sum(-1) / 2

    def potential(w: Array, mask: Array) -> Array:
        return nbeta * loss(w, mask) + gamma / 2 * ((w - truth) ** 2).sum(-1)

    slope = jax.vmap(jax.grad(potential))

    def step(carry: Any, drawn: Any) -> tuple[Any, Array]:
        w, support = carry
        noise, uniform, gumbel = drawn
        mask = masks[support]
        w = jnp.where(mask == 1, w, truth + noise / jnp.sqrt(gamma))
        here = slope(w, mask)
        moved = w + mask * (jnp.sqrt(eps) * noise - eps / 2 * here)
        forth = (mask * noise**2).sum(1)
        back = (mask * (w - moved + eps / 2 * slope(moved, mask)) ** 2).sum(1) / eps
        log_ratio = potential(w, mask) - potential(moved, mask) + (forth - back) / 2
        w = jnp.where((jnp.log(uniform) < log_ratio)[:, None], moved, w)
        losses = loss(w[:, None], masks)
        support = jnp.argmax(gumbel - nbeta * losses, axis=1)
        return (w, support), (jax.nn.softmax(-nbeta * losses) * losses).sum(1)

    chains, (supports, size) = point["chains"], masks.shape
    noise_key, uniform_key, gumbel_key = jax.random.split(key, 3)
    drawn = (
        normal(noise_key, (STEPS, chains, size), jnp.float64),
        jax.random.uniform(uniform_key, (STEPS, chains), jnp.float64),
        jax.random.gumbel(gumbel_key, (STEPS, chains, supports), jnp.float64),
    )
    start = jnp.broadcast_to(truth, (chains, size)), jnp.full(chains, jnp.argmin(loss(truth, masks)))
    _, averages = jax.lax.scan(step, start, drawn)
    return nbeta * averages[BURN_IN:].mean(0)
