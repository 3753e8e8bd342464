"""What is drawn has the mean and the whole covariance that it should have, at an uneven point where there is one, and
rows and chunks are independent. Credit attribution, prompts and chains have tests of the same kind beside their own."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.sims.agentic_pooling import personas, pooling, regions
from corollary.sims.agentic_pooling import weights as moved
from corollary.sims.attention_queries import noise
from corollary.sims.cylindrical_steering import geometry, identifiability, normalisation, superposition
from corollary.sims.grokking import sfm_gate
from corollary.sims.steering_scaling import linear_model
from corollary.sims.toys import modular

jax.config.update("jax_enable_x64", True)

ROWS, CHUNKS = 1 << 12, 4

FIVE = np.array([[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.6, 0.8], [0.36, 0.48, 0.8], [0.0, 0.0, 1.0]]).T
SEVEN = np.concatenate([FIVE, [[0.8, 0.0], [0.0, 0.28], [0.6, 0.96]]], axis=1)
OTHERS = SEVEN[:, 1:]
ACTIVE = 4 / 6
STRENGTH, SQUARE = 1.75, 1.75**2 + 0.25 / 12
"""Mean and mean square of U(1.5, 2)."""


def mapped(draw: Callable[[jax.Array], Any]) -> Callable[[jax.Array], np.ndarray]:
    """Rows [ROWS, entries] of a draw, each of a key of its own."""

    def rows(key: jax.Array) -> np.ndarray:
        drawn = jax.jit(jax.vmap(draw))(jax.random.split(key, ROWS))
        return np.concatenate([np.asarray(part).reshape(ROWS, -1) for part in jax.tree.leaves(drawn)], axis=1)

    return rows


def block(*blocks: np.ndarray) -> np.ndarray:
    size = sum(len(one) for one in blocks)
    whole, start = np.zeros((size, size)), 0
    for one in blocks:
        whole[start : start + len(one), start : start + len(one)] = one
        start += len(one)
    return whole


def dirichlet(key: jax.Array) -> np.ndarray:
    return np.exp(np.asarray(jax.jit(lambda key: regions.dirichlet(key, (ROWS,), 3, 2.0))(key)))


def sparse(key: jax.Array) -> np.ndarray:
    return np.asarray(jax.jit(lambda key: identifiability.sparse_strengths(key, 5, 2, 3, ROWS))(key))


def normalised(key: jax.Array) -> np.ndarray:
    drawn = jax.jit(lambda key: normalisation.data(key, {"k": 2.0, "s": 0.4, "q": 0.25}))
    rows = np.concatenate([np.stack(drawn(one), axis=1) for one in jax.random.split(key, 2)])
    return np.asarray(rows)


def differences(key: jax.Array) -> np.ndarray:
    """Of seven concepts, all of the others change: no choice is left, and four are active."""
    directions = jnp.asarray(SEVEN)
    base, difference, _ = jax.jit(lambda key: superposition.samples(key, directions, ROWS))(key)
    return np.concatenate([base, difference], axis=1)


def base_covariance() -> np.ndarray:
    """Of sum over the 4 of 6 that are active of strength times direction."""
    second = SQUARE * ACTIVE * np.eye(6) + STRENGTH**2 * (4 * 3 / 30) * (1 - np.eye(6))
    return OTHERS @ (second - (STRENGTH * ACTIVE) ** 2) @ OTHERS.T


def drawn_split(key: jax.Array) -> np.ndarray:
    return mapped(lambda key: modular.split(key, 3, "add", 4).astype(jnp.float64))(key)


EVEN = np.eye(9) * (4 / 9 - 16 / 81) + (1 - np.eye(9)) * (4 * 3 / 72 - 16 / 81)
"""Of four of nine, without replacement."""
THIRDS = (np.eye(3) / 3 - 1 / 9) / 7
SCALED = {"n": 4, "beta": 0.5, "lam": 2.25, "c_a": 1.0, "c_v": 1.0}

SAMPLERS: dict[str, tuple[Callable[[jax.Array], np.ndarray], Any, np.ndarray]] = {
    "Dirichlet beliefs": (dirichlet, np.full(3, 1 / 3), THIRDS),
    "a change of weights": (
        mapped(lambda key: {k: v for k, v in moved.draw_change(key, 2, 3).items() if k != "beliefs"}),
        [-1, 0, 0, 0, 0],
        np.eye(5),
    ),
    "weights of a group": (mapped(lambda key: pooling.draw_group(key, 3, 2)["weights"]), np.zeros(3), np.eye(3)),
    "noise of a probe": (mapped(noise.draw_weight), np.zeros(6), 4 * np.eye(6)),
    "directions": (mapped(lambda key: geometry.unit_vectors(key, (2, 3))), np.zeros(6), np.eye(6) / 3),
    "sparse strengths": (sparse, np.zeros(5), np.diag([7 / 3, 7 / 3, 0, 0, 0])),
    "steerabilities": (
        normalised,
        [1 / np.pi, 0, 0],
        np.diag([1 / 8 - 1 / np.pi**2, 0.16, 0.25 * (1 / 8 - 1 / np.pi**2)]),
    ),
    "bases and differences": (
        differences,
        np.concatenate([STRENGTH * ACTIVE * OTHERS.sum(1), 2 * SEVEN[:, 0]]),
        block(base_covariance(), OTHERS @ OTHERS.T),
    ),
    "machines": (
        mapped(lambda key: {k: v for k, v in sfm_gate.draw(key).items() if k in ("eta", "beta")}),
        np.zeros(2),
        np.diag([1.0, 4.0]),
    ),
    "splits": (drawn_split, np.full(9, 4 / 9), EVEN),
    "linear starts": (
        mapped(lambda key: (lambda u, start: (u, start.v))(*linear_model.draw(key, SCALED))),
        np.zeros(8),
        np.diag([1.0] * 4 + [2.25 / 4] * 4),
    ),
}
"""name -> (key -> rows [ROWS, entries], mean, covariance)."""


@pytest.mark.parametrize("name", SAMPLERS)
def test_mean_covariance_and_independence_of_rows_and_chunks(name: str) -> None:
    draw, mean, covariance = SAMPLERS[name]
    chunks = [draw(jax.random.fold_in(jax.random.key(0), number)) - np.asarray(mean, float) for number in range(CHUNKS)]
    rows = np.concatenate(chunks)
    spread = np.sqrt(np.diag(covariance))
    still = spread == 0
    np.testing.assert_array_equal(rows[:, still], 0)
    unit = np.where(still, 1, spread)
    scaled, error = rows / unit, 5 / np.sqrt(len(rows))
    np.testing.assert_allclose(scaled.mean(0), 0, atol=error)
    fourth = max(3.0, float((scaled**4).mean(0).max()))
    wanted = covariance / np.outer(unit, unit)
    np.testing.assert_allclose(scaled.T @ scaled / len(rows), wanted, atol=np.sqrt(fourth) * error)
    parts = [chunk / unit for chunk in chunks]
    for one, other in [(part[:-1], part[1:]) for part in parts] + [(parts[0], parts[1]), (parts[1], parts[2])]:
        np.testing.assert_allclose(one.T @ other / len(one), 0, atol=5.5 / np.sqrt(len(one)))


def test_chains_of_personas_are_laws_of_squared_normals() -> None:
    """Dirichlet(1/2) rows, 97 parts to 3 of the uniform one."""
    rows = mapped(personas.draw_chains)(jax.random.key(1)).reshape(ROWS, -1, personas.VOCABULARY)
    np.testing.assert_allclose(rows.sum(2), 1, rtol=1e-12)
    words = personas.VOCABULARY
    np.testing.assert_allclose(rows.mean(0), 1 / words, atol=5 * np.sqrt(2 / words**2 / ROWS))
    variance = 0.97**2 * 2 * (words - 1) / (words**2 * (words + 2))
    np.testing.assert_allclose(rows.var(0), variance, rtol=0.2)
