"""Random one-layer Transformers and the ReLU networks inside them, and attempts of their learners."""

from __future__ import annotations

import jax
import numpy as np
from jaxtyping import Float

from corollary.measure import seed_of, untraced
from corollary.point import Point
from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.oracle import Hidden, NotLearned, Oracle, antisymmetric
from corollary.sims.attention_queries.relu_network import first_draw, learn_relu
from corollary.sims.attention_queries.single_head import Head, learn_exactly
from corollary.sims.attention_queries.transformer import learn_network_first
from corollary.sims.attention_queries.trials import Attempts, attempt


def random_transformer(rng: np.random.Generator, d: int, m: int, even: bool = False) -> dict[str, np.ndarray]:
    """A one-layer Transformer of m neurons; even: its neurons come in opposite pairs, so that A^T o = 0."""
    A, o = rng.standard_normal((m, d)) / np.sqrt(d), rng.standard_normal(m)
    if even:
        A, o = np.vstack([A, -A]), np.concatenate([o, o])
    return {"W": rng.standard_normal((d, d)) / np.sqrt(d), "A": A, "o": o}


def odd_part(key: jax.Array, point: Point, budget: int, withhold: bool = False) -> Attempts:
    """Attempts at W of a one-layer Transformer (d, m) from its odd part. The key is consumed."""

    def draw(rng: np.random.Generator) -> tuple[Hidden, Head]:
        parameters = random_transformer(rng, point["d"], point["m"])
        return models.hidden(models.transformer, parameters), Head(parameters["W"], parameters["A"].T @ parameters["o"])

    def error(oracle: Oracle, head: Head, rng: np.random.Generator) -> float:
        return learn_exactly(Oracle(antisymmetric(oracle))).error(head)

    return attempt(key, budget, 32, draw, error, withhold=withhold)


def even_network(key: jax.Array, point: Point, budget: int) -> Attempts:
    """Attempts at W of a one-layer Transformer with A^T o = 0, network first. The key is consumed."""

    def draw(rng: np.random.Generator) -> tuple[Hidden, np.ndarray]:
        parameters = random_transformer(rng, point["d"], point["m"], even=True)
        return models.hidden(models.transformer, parameters), parameters["W"]

    def error(oracle: Oracle, W: np.ndarray, rng: np.random.Generator) -> float:
        return float(np.linalg.norm(learn_network_first(oracle, rng).W - W) / np.linalg.norm(W))

    return attempt(key, budget, 8, draw, error, 1e-8)


def network_first_queries(W: np.ndarray, A: np.ndarray, o: np.ndarray, seed: int) -> tuple[int, int]:
    """(queries of the learner that takes the network first, those of them that its network alone takes), on a
    one-layer Transformer."""
    hidden = models.hidden(models.transformer, {"W": W, "A": A, "o": o})
    whole, alone = Oracle(hidden), Oracle(hidden)
    learn_network_first(whole, np.random.default_rng(seed))
    learn_relu(lambda x: alone(x[:, None, :]), hidden.width, np.random.default_rng(seed))
    return whole.queries, alone.queries


def relu(key: jax.Array, point: Point, budget: int) -> Attempts:
    """Attempts at a ReLU network of width d and m neurons, compared at random points. The key is consumed."""
    d, m = point["d"], point["m"]

    def draw(rng: np.random.Generator) -> tuple[Hidden, tuple[np.ndarray, np.ndarray]]:
        hidden = models.hidden(models.transformer, random_transformer(rng, d, m))
        points = rng.standard_normal((200, d))
        return hidden, (points, hidden.answer(points[:, None, :]))

    def error(oracle: Oracle, truth: tuple[np.ndarray, np.ndarray], rng: np.random.Generator) -> float:
        points, true = truth
        learned = learn_relu(lambda x: oracle(x[:, None, :]), d, rng)(points)
        return float(np.linalg.norm(learned - true) / np.linalg.norm(true))

    return attempt(key, budget, 16, draw, error, 1e-6)


@untraced
def relu_price(key: jax.Array, point: Point) -> dict[str, Float[np.ndarray, ""]]:
    """Queries over m d that a ReLU network (d, m) takes, infinite where it is not learned. The key is consumed."""
    rng, d, m = np.random.default_rng(seed_of(key)), int(point["d"]), int(point["m"])
    oracle = Oracle(models.hidden(models.transformer, random_transformer(rng, d, m)))
    try:
        learn_relu(lambda x: oracle(x[:, None, :]), d, rng)
    except NotLearned:
        return {"price": np.array(np.inf)}
    return {"price": np.array(oracle.queries / (m * d))}


@untraced
def first_draws(key: jax.Array, point: Point) -> dict[str, Float[np.ndarray, ""]]:
    """Whether (1 or 0) the first pair of chords shows the whole of a ReLU network (d, m), with the given side_tests and
    step. The key is consumed."""
    rng = np.random.default_rng(seed_of(key))
    network = random_transformer(rng, point["d"], point["m"])

    def ask(x: np.ndarray) -> np.ndarray:
        return np.maximum(x @ network["A"].T, 0.0) @ network["o"]

    learned = first_draw(ask, network["A"].T @ network["o"], rng, point["side_tests"], point["step"])
    x = rng.standard_normal((200, point["d"]))
    recovered = learned is not None and np.linalg.norm(learned(x) - ask(x)) < 1e-6 * np.linalg.norm(ask(x))
    return {"recovered": np.array(float(recovered))}
