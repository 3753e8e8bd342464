"""What the figures of the singular feature machine draw."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from corollary.sims.grokking.arithmetic import OPERATIONS, allowed, answers, encode, split
from corollary.sims.grokking.free_energies import mode_free_energy
from corollary.sims.grokking.sfm import iterated, memoriser, mode_norms, squared_threshold, support
from corollary.sims.grokking.sfm_phases import ITERATIONS, accuracies, over_seeds, times


def phase_map(p: int, alphas: list[float], betas: list[float], splits: int, seed: int = 0) -> dict[str, Array]:
    """Where a constant gate ends, one-hot target: held_out accuracy, and support as a share of the p^2 modes; each
    [alphas betas], means over splits."""
    target = encode(answers(p, "add"), p, "onehot")

    def one(setting: tuple[Array, Array, Array]) -> Array:
        alpha, beta, key = setting
        size = jnp.round(alpha * p**2).astype(int)
        mask = split(key, p, "add", size)
        tau = jnp.sqrt(squared_threshold("constant", beta, size, jnp.array(1), 0.0))
        weights = iterated(target, mask, size / p**2, jnp.full(ITERATIONS, tau))
        return jnp.stack([accuracies(weights, mask, "onehot")[1], support(weights) / p**2])

    a, b, _ = jnp.meshgrid(jnp.asarray(alphas), jnp.asarray(betas), jnp.arange(splits), indexing="ij")
    keys = jax.random.split(jax.random.key(seed), a.size)
    found = jax.jit(lambda *settings: jax.lax.map(one, settings))(a.ravel(), b.ravel(), keys)
    held_out, left = found.reshape(*a.shape, 2).mean(axis=2).transpose(2, 0, 1)
    return {"held_out": held_out, "support": left}


def spectra(p: int) -> dict[str, Array]:
    """|W| [k l] of the standardised label under each operation, all allowed pairs trained on."""
    targets = {operation: encode(answers(p, operation), p, "label") for operation in OPERATIONS}
    return {
        operation: mode_norms(memoriser(target, jnp.asarray(allowed(p, operation))))
        for operation, target in targets.items()
    }


def thresholds(gate: str, beta: float, n: int, t: list[float]) -> dict[str, Array]:
    """squared: tau^2 [t] with B = 1."""
    values = squared_threshold(gate, beta, n, jnp.asarray(t), 1.0)
    return {"squared": jnp.broadcast_to(values, (len(t),))}


def generalisation_times(p: int, n: int, beta: float, splits: int) -> dict[str, np.ndarray]:
    """test: the iterations [splits] in which a rising gate answers the held-out pairs, one-hot target."""
    found = over_seeds(lambda seed: times(seed, p, n, "rising", beta, 1.0, "onehot", 300), list(range(splits)))
    return {"test": np.array([one["test"] for one in found])}


def surrogates(n: list[float], p: int, beta: float, eps: float) -> dict[str, np.ndarray]:
    """memorising, generalising: the paper's free energies [n]."""
    sizes = np.asarray(n)
    return {"memorising": beta * p**2 * np.log(sizes), "generalising": sizes * eps + beta * p * np.log(sizes)}


def mode_costs(n: list[float], w0: float, s2: float, prior: float) -> dict[str, Array]:
    """cost: a mode's mean free energy less that of the truth [n], nats."""
    return {"cost": jax.vmap(lambda size: mode_free_energy(size, w0, s2, prior))(jnp.asarray(n))}
