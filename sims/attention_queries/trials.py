"""Attempts at recovering random hidden models, each with a fresh oracle under a budget: (key, point, budget) ->
(recovered [attempts], queries [attempts])."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.completion import minimise_nuclear_norm
from corollary.sims.attention_queries.designed import learn_designed, learn_designed_any_rank
from corollary.sims.attention_queries.low_rank import by_alternation, by_nuclear_norm, low_rank_head, probe
from corollary.sims.attention_queries.multi_head import (
    NotSeparated,
    closest_order,
    learn_heads,
    learn_heads_without_sum,
)
from corollary.sims.attention_queries.noise import learn_noisy_one_margin
from corollary.sims.attention_queries.oracle import BudgetSpent, Hidden, Oracle, antisymmetric, noisy
from corollary.sims.attention_queries.relu_network import NotRecovered, learn_relu
from corollary.sims.attention_queries.single_head import Head, learn_exactly
from corollary.sims.attention_queries.transformer import learn_network_first
from corollary.sims.attention_queries.variants import learn_biased, learn_normalised, learn_orthogonal_heads

Attempts = tuple[np.ndarray, np.ndarray]
Draw = Callable[[np.random.Generator], tuple[Hidden, Any]]
"""rng -> (a hidden model, its parameters)."""

EXACT = 1e-7
"""Relative error up to which a model counts as recovered exactly."""

TRIALS_AT_ONCE = 14
"""Of the learners that solve a batch of trials together."""

NOT_FOUND = (BudgetSpent, NotRecovered, NotSeparated, np.linalg.LinAlgError)


def generator(key: jax.Array) -> np.random.Generator:
    """NumPy's generator seeded by a JAX key, which is consumed."""
    return np.random.default_rng(np.asarray(jax.random.key_data(key)))


def attempt(
    key: jax.Array,
    budget: int,
    number: int,
    draw: Draw,
    error: Callable[[Oracle, Any, np.random.Generator], float],
    tolerance: float = EXACT,
) -> Attempts:
    """`number` attempts. error: (oracle, hidden parameters to compare with, rng) -> relative error of what was
    learned."""
    rng = generator(key)
    recovered, queries = [], []
    for _ in range(number):
        hidden, truth = draw(rng)
        oracle = Oracle(hidden, budget)
        try:
            found = error(oracle, truth, rng)
        except NOT_FOUND:
            found = np.inf
        recovered.append(found < tolerance)
        queries.append(oracle.queries)
    return np.array(recovered), np.array(queries)


def random_head(rng: np.random.Generator, d: int) -> tuple[Hidden, Head]:
    """W ~ N(0, 1/d) entrywise, v ~ N(0, I)."""
    head = Head(rng.standard_normal((d, d)) / np.sqrt(d), rng.standard_normal(d))
    return models.hidden(models.single_head, {"W": head.W, "v": head.v}), head


def exact(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """The exact learner at width d."""
    return attempt(
        key,
        budget,
        64,
        lambda rng: random_head(rng, point["d"]),
        lambda oracle, head, rng: learn_exactly(oracle).error(head),
    )


def random_biased_head(rng: np.random.Generator, d: int, k: int) -> dict[str, np.ndarray]:
    """A GPT-2 head of residual width d and head width k, read along a random direction."""
    parameters = {name: rng.standard_normal((d, k)) / np.sqrt(d) for name in ("W_Q", "W_K", "W_V")}
    return parameters | {name: rng.standard_normal(k) for name in ("b_Q", "b_K", "b_V", "w")}


def effective(parameters: dict[str, np.ndarray]) -> tuple[Head, np.ndarray, float]:
    """(head (W, v), kappa, beta) of a head with biases."""
    scale = np.sqrt(parameters["W_Q"].shape[1])
    head = Head(parameters["W_K"] @ parameters["W_Q"].T / scale, parameters["W_V"] @ parameters["w"])
    return head, parameters["W_K"] @ parameters["b_Q"] / scale, float(parameters["b_V"] @ parameters["w"])


def biased(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """The learner of a head with biases at width d."""

    def draw(rng: np.random.Generator) -> tuple[Hidden, Any]:
        parameters = random_biased_head(rng, point["d"], point["d"])
        return models.hidden(models.biased_head, parameters), effective(parameters)

    def error(oracle: Oracle, truth: Any, rng: np.random.Generator) -> float:
        head, kappa, beta = truth
        found = learn_biased(oracle)
        return max(Head(found.W, found.v).error(head), float(np.abs(found.kappa - kappa).max()), abs(found.beta - beta))

    return attempt(key, budget, 64, draw, error)


def normalised(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """The learner of a head behind LayerNorm at width d."""
    d, epsilon = point["d"], 1e-5
    project = np.eye(d) - 1 / d

    def draw(rng: np.random.Generator) -> tuple[Hidden, Head]:
        _, head = random_head(rng, d)
        hidden = models.hidden(models.normalised_head, {"W": head.W, "v": head.v, "epsilon": epsilon})
        return hidden, Head(project @ head.W @ project, project @ head.v)

    return attempt(key, budget, 32, draw, lambda oracle, head, rng: learn_normalised(oracle, epsilon, rng).error(head))


def random_transformer(rng: np.random.Generator, d: int, m: int, even: bool = False) -> dict[str, np.ndarray]:
    """A one-layer Transformer of m neurons; even: its neurons come in opposite pairs, so that A^T o = 0."""
    A, o = rng.standard_normal((m, d)) / np.sqrt(d), rng.standard_normal(m)
    if even:
        A, o = np.vstack([A, -A]), np.concatenate([o, o])
    return {"W": rng.standard_normal((d, d)) / np.sqrt(d), "A": A, "o": o}


def odd_part(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """W of a one-layer Transformer from its odd part, d = m."""

    def draw(rng: np.random.Generator) -> tuple[Hidden, Head]:
        parameters = random_transformer(rng, point["d"], point["d"])
        return models.hidden(models.transformer, parameters), Head(parameters["W"], parameters["A"].T @ parameters["o"])

    return attempt(
        key, budget, 32, draw, lambda oracle, head, rng: learn_exactly(Oracle(antisymmetric(oracle))).error(head)
    )


def even_network(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """W of a one-layer Transformer with A^T o = 0, network first."""

    def draw(rng: np.random.Generator) -> tuple[Hidden, Any]:
        parameters = random_transformer(rng, point["d"], point["m"], even=True)
        return models.hidden(models.transformer, parameters), parameters["W"]

    def error(oracle: Oracle, W: np.ndarray, rng: np.random.Generator) -> float:
        return float(np.linalg.norm(learn_network_first(oracle, rng).W - W) / np.linalg.norm(W))

    return attempt(key, budget, 8, draw, error, 1e-5)


def relu(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """A ReLU network of width d and m neurons, compared at random points."""
    d, m = point["d"], point["m"]

    def draw(rng: np.random.Generator) -> tuple[Hidden, Any]:
        hidden = models.hidden(models.transformer, random_transformer(rng, d, m))
        points = rng.standard_normal((200, d))
        return hidden, (points, hidden.answer(points[:, None, :]))

    def error(oracle: Oracle, truth: Any, rng: np.random.Generator) -> float:
        points, true = truth
        found = learn_relu(lambda x: oracle(x[:, None, :]), d, rng)(points)
        return float(np.linalg.norm(found - true) / np.linalg.norm(true))

    return attempt(key, budget, 16, draw, error, 1e-6)


def designed(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """Designed probes of W of rank r at width d."""
    return attempt(
        key,
        budget,
        64,
        lambda rng: _low_rank(rng, point),
        lambda oracle, head, rng: learn_designed(oracle, point["r"], rng).error(head),
        1e-6,
    )


def designed_any_rank(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """Designed probes of W whose rank r the learner is not told."""
    return attempt(
        key,
        budget,
        64,
        lambda rng: _low_rank(rng, point),
        lambda oracle, head, rng: learn_designed_any_rank(oracle, rng)[0].error(head),
        1e-6,
    )


def nuclear(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """Nuclear-norm minimisation on budget - d Gaussian probes of W of rank r at width d; recovered to 1e-2."""
    return _random_probes(key, point, budget, by_nuclear_norm)


def alternating(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """Alternating least squares on budget - d Gaussian probes of W of rank r at width d; recovered to 1e-2."""
    return _random_probes(key, point, budget, lambda probes: by_alternation(probes, point["r"], key))


def _random_probes(key: jax.Array, point: dict[str, Any], budget: int, solve: Callable[[list], list[Head]]) -> Attempts:
    rng = generator(key)
    drawn = [_low_rank(rng, point) for _ in range(TRIALS_AT_ONCE)]
    oracles = [Oracle(hidden, budget) for hidden, _ in drawn]
    probes = [probe(oracle, budget - point["d"], rng) for oracle in oracles]
    errors = [found.error(head) for found, (_, head) in zip(solve(probes), drawn, strict=True)]
    return np.array(errors) < 1e-2, np.array([oracle.queries for oracle in oracles])


def dense(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """Nuclear-norm minimisation on `budget` dense Gaussian measurements <Phi_k, W> of W of rank r at width d, which no
    query can ask for; recovered to 1e-2."""
    rng = generator(key)
    W = np.stack([low_rank_head(rng, point["d"], point["r"]).W.ravel() for _ in range(TRIALS_AT_ONCE)])
    Phi = rng.standard_normal((TRIALS_AT_ONCE, budget, point["d"] ** 2))
    found = minimise_nuclear_norm(Phi, np.einsum("kme,ke->km", Phi, W)).reshape(W.shape)
    errors = np.linalg.norm(found - W, axis=1) / np.linalg.norm(W, axis=1)
    return errors < 1e-2, np.full(TRIALS_AT_ONCE, budget)


def _low_rank(rng: np.random.Generator, point: dict[str, Any]) -> tuple[Hidden, Head]:
    head = low_rank_head(rng, point["d"], point["r"])
    return models.hidden(models.single_head, {"W": head.W, "v": head.v}), head


def one_margin(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """A noisy head half of whose values are 0; recovered when ||W_hat - W||_F <= point["bound"]."""
    d, norm, tau = point["d"], point["norm"], point["tau"]

    def draw(rng: np.random.Generator) -> tuple[Hidden, Head]:
        W = rng.standard_normal((d, d))
        head = Head(W * norm / np.linalg.norm(W), np.where(np.arange(d) % 2, rng.choice([-1.0, 1.0], d), 0.0))
        exactly = models.hidden(models.single_head, {"W": head.W, "v": head.v})
        return noisy(exactly, tau, lambda sequences, answers: rng.choice([-1.0, 1.0], len(answers))), head

    def error(oracle: Oracle, head: Head, rng: np.random.Generator) -> float:
        return float(np.linalg.norm(learn_noisy_one_margin(oracle, norm).W - head.W))

    return attempt(key, budget, 32, draw, error, point["bound"])


def orthogonal_heads(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """Two heads in known orthogonal subspaces of dimensions k and d - k."""
    d, k = point["d"], point["k"]

    def draw(rng: np.random.Generator) -> tuple[Hidden, Any]:
        frame = np.linalg.qr(rng.standard_normal((d, d)))[0]
        bases = [frame[:, :k], frame[:, k:]]
        insides = [Head(rng.standard_normal((n, n)) / np.sqrt(d), rng.standard_normal(n)) for n in (k, d - k)]
        heads = [Head(b @ inside.W @ b.T, b @ inside.v) for b, inside in zip(bases, insides, strict=True)]
        return _hidden_heads(heads), (bases, heads)

    def error(oracle: Oracle, truth: Any, rng: np.random.Generator) -> float:
        bases, heads = truth
        return max(f.error(h) for f, h in zip(learn_orthogonal_heads(oracle, bases), heads, strict=True))

    return attempt(key, budget, 32, draw, error)


def several_heads(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """H heads at width d, told apart; recovered to 1e-3, as float64 separates poles imperfectly."""
    return _several_heads(key, point, budget, learn_heads)


def several_heads_without_sum(key: jax.Array, point: dict[str, Any], budget: int) -> Attempts:
    """The same by a learner that does not use the sum of the v_h."""
    return _several_heads(key, point, budget, learn_heads_without_sum)


def _several_heads(key: jax.Array, point: dict[str, Any], budget: int, learner: Callable[..., list[Head]]) -> Attempts:
    d, H = point["d"], point["H"]

    def draw(rng: np.random.Generator) -> tuple[Hidden, Any]:
        heads = [Head(rng.standard_normal((d, d)) / np.sqrt(d), rng.standard_normal(d)) for _ in range(H)]
        return _hidden_heads(heads), heads

    def error(oracle: Oracle, heads: list[Head], rng: np.random.Generator) -> float:
        found = closest_order(learner(oracle, H, rng, scale=d**0.25), heads)
        return max(f.error(h) for f, h in zip(found, heads, strict=True))

    return attempt(key, budget, 64, draw, error, 1e-3)


def _hidden_heads(heads: list[Head]) -> Hidden:
    return models.hidden(models.multi_head, {"W": np.stack([h.W for h in heads]), "v": np.stack([h.v for h in heads])})
