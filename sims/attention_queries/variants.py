"""Exact learners of a head with biases, of a head behind LayerNorm, of a head that answers with all its outputs, and of
heads in known orthogonal subspaces (reconstructed; the last for the structural assumption of arXiv 2601.16873, v2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import jax
import numpy as np

from corollary.point import Point
from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.oracle import Hidden, Oracle, pair
from corollary.sims.attention_queries.single_head import (
    Head,
    equal_value_frame,
    learn_exactly,
    logit,
    logits,
    random_head,
)
from corollary.sims.attention_queries.trials import Attempts, attempt

FRAMES_TRIED = 16


@dataclass(frozen=True)
class BiasedHead:
    """A recovered head with biases: scores differ by (x_1 - x_2) . (W x_2 + kappa), values are x . v + beta."""

    W: np.ndarray
    kappa: np.ndarray
    v: np.ndarray
    beta: float

    def error(self, other: BiasedHead) -> float:
        """The largest relative error of W and v, absolute error of kappa and beta."""
        offsets = float(np.abs(self.kappa - other.kappa).max()), abs(self.beta - other.beta)
        return max(Head(self.W, self.v).error(Head(other.W, other.v)), *offsets)


def learn_biased(oracle: Oracle) -> BiasedHead:
    """Recovers (W, kappa, v, beta) with (d + 1)^2 value queries; the key bias cancels and is never identifiable.

    Raises ValueError when v = 0.
    """
    v, beta = biased_values(oracle)
    U = equal_value_frame(v)
    probes = np.vstack([np.zeros(oracle.width), np.eye(oracle.width)])
    learned = U.T @ logits(oracle.pairs(U, probes), probes @ v + beta, U @ v)
    return BiasedHead(learned[:, 1:] - learned[:, :1], learned[:, 0], v, beta)


def biased_values(oracle: Oracle) -> tuple[np.ndarray, float]:
    """(v, beta), by d + 1 sequences of one token. Raises ValueError when v = 0."""
    beta, *answers = oracle(np.vstack([np.zeros(oracle.width), np.eye(oracle.width)])[:, None, :])
    v = np.array(answers) - beta
    if not np.any(v):
        raise ValueError("v = 0: no answer depends on W; allowed: a head whose value direction is not zero")
    return v, float(beta)


def learn_normalised(oracle: Oracle, epsilon: float, rng: np.random.Generator) -> Head:
    """Recovers (P W P, P v), P the projection off the all-ones direction, of a head behind LayerNorm with the given
    epsilon, with d (d - 1) value queries: the number of parameters that LayerNorm lets through.

    Only tokens of mean 0 and variance 1 are asked, which LayerNorm divides by sqrt(1 + epsilon). Raises ValueError
    when P v = 0, or d < 2.
    """
    d = oracle.width
    if d < 2:
        raise ValueError(f"d={d}; allowed: d >= 2, since LayerNorm sends a single number to 0")
    basis = np.linalg.svd(np.full((1, d), 1.0))[2][1:]
    tokens = np.sqrt(d) * basis
    shrink = np.sqrt(1 + epsilon)
    direct = oracle(tokens[:, None, :])
    if not np.any(direct):
        raise ValueError("P v = 0: no answer depends on W; allowed: a value direction other than all ones")
    coordinates = direct * shrink / np.sqrt(d)
    v = coordinates @ basis
    columns = np.empty((d - 1, d - 1))
    for j, token in enumerate(tokens):
        others = _sphere_frame(basis, token, v, rng)
        differences = others - token
        answers = oracle(np.stack([others, np.broadcast_to(token, others.shape)], axis=1)) * shrink
        measured = logit((answers - token @ v) / (differences @ v)) * shrink**2
        columns[:, j] = np.linalg.solve(differences @ basis.T, measured) / np.sqrt(d)
    return Head(basis.T @ columns @ basis, v)


def _sphere_frame(basis: np.ndarray, token: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Tokens [d - 1, d] of variance 1 whose differences from `token` are orthogonal and of length 2 sqrt(d / (d - 1)):
    each has -1 / sqrt(d - 1) of its length along the token. Of several, the ones least blind to v."""
    width, d = basis.shape
    axis = basis @ token / np.linalg.norm(token)
    tilted = equal_value_frame(-axis)
    complement = np.linalg.svd(axis[None, :])[2][1:]
    frames = []
    for _ in range(FRAMES_TRIED):
        turn = np.linalg.qr(rng.standard_normal((width - 1, width - 1)))[0]
        rotation = np.outer(axis, axis) + complement.T @ turn @ complement
        frames.append(token + 2 * np.sqrt(d / width) * tilted @ rotation @ basis)
    return max(frames, key=lambda frame: np.abs((frame - token) @ v).min())


@dataclass(frozen=True)
class VectorHead:
    """A recovered head of p outputs, sum_i softmax(X W x_last)_i V x_i. W: [d, d]. V: [p, d]."""

    W: np.ndarray
    V: np.ndarray


def learn_vector_head(oracle: Oracle) -> VectorHead:
    """Recovers (W, V) with d^2 + d queries of a head that answers with all its p outputs: the weight of u + b before b
    is <y - V b, V u> / ||V u||^2, the least-squares fit over the outputs.

    The directions u share V's strongest one evenly: ||V u|| >= ||V||_2 / sqrt(d). Raises ValueError when V = 0.
    """
    d = oracle.width
    V = oracle(np.eye(d)[:, None, :]).T
    if not np.any(V):
        raise ValueError("V = 0: no answer depends on W; allowed: a head with an output that is not always zero")
    U = equal_value_frame(np.linalg.svd(V)[2][0])
    u, b = np.repeat(U, d, axis=0), np.tile(np.eye(d), (d, 1))
    gain = u @ V.T
    alpha = np.sum((oracle(pair(u, b)) - b @ V.T) * gain, axis=1) / np.sum(gain**2, axis=1)
    return VectorHead(U.T @ logit(alpha).reshape(d, d), V)


def learn_orthogonal_heads(oracle: Oracle, bases: Sequence[np.ndarray]) -> list[Head]:
    """Recovers each head (W_h, v_h) given orthonormal bases [d, k_h] of the pairwise orthogonal subspaces in which the
    heads live, with sum_h (k_h^2 + k_h) value queries: inside one subspace every other head answers 0.

    Raises ValueError when the bases are not orthonormal and pairwise orthogonal.
    """
    joined = np.hstack(list(bases))
    gap = np.abs(joined.T @ joined - np.eye(joined.shape[1])).max()
    if joined.shape[0] != oracle.width or gap > 1e-9:
        raise ValueError(
            f"bases: side by side {list(joined.shape)}, off orthonormal by {gap:.1g}; allowed: "
            f"orthonormal columns of length {oracle.width}"
        )
    heads = []
    for basis in bases:
        learned = learn_exactly(Oracle(_restricted(oracle, basis)))
        heads.append(Head(basis @ learned.W @ basis.T, basis @ learned.v))
    return heads


def _restricted(oracle: Oracle, basis: np.ndarray) -> Hidden:
    """The model behind the oracle, on the span of an orthonormal basis [d, k], in its coordinates."""
    return Hidden(basis.shape[1], lambda coordinates: oracle(coordinates @ basis.T))


def random_biased_head(rng: np.random.Generator, d: int, k: int) -> dict[str, np.ndarray]:
    """A GPT-2 head of residual width d and head width k, read along a random direction."""
    parameters = {name: rng.standard_normal((d, k)) / np.sqrt(d) for name in ("W_Q", "W_K", "W_V")}
    return parameters | {name: rng.standard_normal(k) for name in ("b_Q", "b_K", "b_V", "w")}


def effective(parameters: dict[str, np.ndarray]) -> BiasedHead:
    """What queries can show of a head with biases, from its parameters."""
    W_Q, W_K, W_V, b_Q, b_V, w = (parameters[name] for name in ("W_Q", "W_K", "W_V", "b_Q", "b_V", "w"))
    scale = np.sqrt(W_Q.shape[1])
    return BiasedHead(W_K @ W_Q.T / scale, W_K @ b_Q / scale, W_V @ w, float(b_V @ w))


def biased(key: jax.Array, point: Point, budget: int, withhold: bool = False) -> Attempts:
    """Attempts of the learner of a head with biases at width d, its head width d too. The key is consumed."""

    def draw(rng: np.random.Generator) -> tuple[Hidden, BiasedHead]:
        parameters = random_biased_head(rng, point["d"], point["d"])
        return models.hidden(models.biased_head, parameters), effective(parameters)

    return attempt(key, budget, 64, draw, lambda oracle, true, rng: learn_biased(oracle).error(true), withhold=withhold)


def normalised(key: jax.Array, point: Point, budget: int, withhold: bool = False) -> Attempts:
    """Attempts of the learner of a head behind LayerNorm at width d. The key is consumed."""
    d, epsilon = point["d"], 1e-5
    project = np.eye(d) - 1 / d

    def draw(rng: np.random.Generator) -> tuple[Hidden, Head]:
        _, head = random_head(rng, d)
        hidden = models.hidden(models.normalised_head, {"W": head.W, "v": head.v, "epsilon": epsilon})
        return hidden, Head(project @ head.W @ project, project @ head.v)

    def error(oracle: Oracle, head: Head, rng: np.random.Generator) -> float:
        return learn_normalised(oracle, epsilon, rng).error(head)

    return attempt(key, budget, 32, draw, error, withhold=withhold)


def orthogonal_heads(key: jax.Array, point: Point, budget: int, withhold: bool = False) -> Attempts:
    """Attempts at two heads in known orthogonal subspaces of dimensions r and d - r. The key is consumed."""
    d, r = int(point["d"]), int(point["r"])

    def draw(rng: np.random.Generator) -> tuple[Hidden, tuple[list[np.ndarray], list[Head]]]:
        frame = np.linalg.qr(rng.standard_normal((d, d)))[0]
        bases = [frame[:, :r], frame[:, r:]]
        insides = [Head(rng.standard_normal((n, n)) / np.sqrt(d), rng.standard_normal(n)) for n in (r, d - r)]
        heads = [Head(b @ inside.W @ b.T, b @ inside.v) for b, inside in zip(bases, insides, strict=True)]
        parameters = {name: np.stack([getattr(head, name) for head in heads]) for name in ("W", "v")}
        return models.hidden(models.multi_head, parameters), (bases, heads)

    def error(oracle: Oracle, truth: tuple[list[np.ndarray], list[Head]], rng: np.random.Generator) -> float:
        bases, heads = truth
        return max(f.error(h) for f, h in zip(learn_orthogonal_heads(oracle, bases), heads, strict=True))

    return attempt(key, budget, 32, draw, error, withhold=withhold)
