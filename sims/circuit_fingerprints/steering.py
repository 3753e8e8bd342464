"""Steps between prototypes, and what they do to logits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from corollary.models.circuits.fingerprint import unembedding_directions
from corollary.models.circuits.fingerprint_steering import RULES, displacement, isolated_states, prototypes, steered
from corollary.sims.circuit_fingerprints.induction import pairs
from corollary.sims.toys.compiled_induction import compiled


def lengths(rho: float, psi: float) -> dict[str, float]:
    """Length of a step between two prototypes of norm rho at angle psi, by rule."""
    with jax.enable_x64(True):
        source = rho * jnp.array([1.0, 0.0, 0.0])
        target = rho * jnp.array([jnp.cos(psi), jnp.sin(psi), 0.0])
        return {rule: float(jnp.linalg.norm(displacement(source, target, rule))) for rule in RULES}


def simplex_lengths(k: int, rho: float, offset: float = 1.7) -> dict[str, float]:
    """The same between the centred corners of a regular simplex of k states with a common part."""
    with jax.enable_x64(True):
        states = rho * np.sqrt(k / (k - 1)) * np.eye(k) + offset
        d = prototypes(states)
        return {rule: float(jnp.linalg.norm(displacement(d[0], d[1], rule))) for rule in RULES}


def of_two(seed: int, rank: int | None = None, centred: bool = True) -> dict[str, float]:
    """Of two random states, the step over their difference, by rule: a projection on it, and by how much the step
    leaves its direction, "off"."""
    with jax.enable_x64(True):
        states = jax.random.normal(jax.random.key(seed), (2, 7)) + 1
        d = prototypes(states, rank) if centred else states
        apart = states[1] - states[0]
        steps = {rule: displacement(d[0], d[1], rule) for rule in RULES}
        found = {rule: float(step @ apart / (apart @ apart)) for rule, step in steps.items()}
        off = [jnp.linalg.norm(step - found[rule] * apart) for rule, step in steps.items()]
        return {**found, "off": float(max(off))}


def full_rank(seed: int, k: int, rank: int | None = None) -> float:
    """Largest difference that the principal directions make to centred prototypes."""
    with jax.enable_x64(True):
        states = jax.random.normal(jax.random.key(seed), (k, 9))
        return float(jnp.abs(prototypes(states, k - 1 if rank is None else rank) - prototypes(states)).max())


def logit_change(R1: int, R2: int, alpha: float) -> dict[str, float]:
    """Compiled induction steered from its answers to those of the corrupted prompts: mean change of their logits'
    difference, "steered", and "share" of prompts whose largest logit is then the aim's."""
    with jax.enable_x64(True):
        model, given = compiled(R1, R2, double=True), pairs("v")
        d = prototypes(isolated_states(model, jnp.arange(1, 8)))
        step = displacement(d[given.plus - 1], d[given.minus - 1], alpha=alpha)
        before, after = model(given.clean)[:, -1], steered(model, given.clean, step)
        rows = jnp.arange(len(given.plus))

        def aim(logits: jax.Array) -> jax.Array:
            return logits[rows, given.minus] - logits[rows, given.plus]

        return {
            "steered": float((aim(after) - aim(before)).mean()),
            "share": float((after.argmax(-1) == given.minus).mean()),
        }


def against_unembedding(R1: int, R2: int, prompt: str = "v") -> float:
    """What the fingerprint's step changes of the logits' difference over what a step as long along the unembedding's
    difference does, in compiled induction."""
    with jax.enable_x64(True):
        model, given = compiled(R1, R2, double=True), pairs(prompt)
        d = prototypes(isolated_states(model, jnp.arange(1, 8)))
        step = displacement(d[given.plus - 1], d[given.minus - 1])
        along = unembedding_directions(model, given.minus, given.plus)
        length = jnp.linalg.norm(step, axis=-1, keepdims=True)
        before, rows = model(given.clean)[:, -1], jnp.arange(len(given.plus))

        def change(moved: jax.Array) -> jax.Array:
            gained = steered(model, given.clean, moved) - before
            return (gained[rows, given.minus] - gained[rows, given.plus]).mean()

        return float(change(step) / change(length * along))
