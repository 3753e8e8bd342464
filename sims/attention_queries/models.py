"""The models that hide behind an oracle: one attention head, with one output or several, with biases or behind
LayerNorm, several heads, and a one-layer Transformer. Each is a pure function of (parameters, sequences); `hidden`
closes it over its parameters."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from corollary.sims.attention_queries.oracle import Hidden

EXACT = jax.lax.Precision.HIGHEST
BATCHES = (16, 256, 4096)


def attend(W: Float[Array, "d d"], X: Float[Array, "queries tokens d"]) -> Float[Array, "queries d"]:
    """sum_i softmax(X W x_last)_i x_i: what the last token gathers."""
    keys = jnp.matmul(X[:, -1], W.T, precision=EXACT)
    weights = jax.nn.softmax(jnp.einsum("qtd,qd->qt", X, keys, precision=EXACT), axis=-1)
    return jnp.einsum("qt,qtd->qd", weights, X, precision=EXACT)


def single_head(parameters: dict[str, Any], X: Float[Array, "queries tokens d"]) -> Float[Array, " queries"]:
    """f(X) = attended . v. parameters: W [d, d], v [d]."""
    return jnp.matmul(attend(parameters["W"], X), parameters["v"], precision=EXACT)


def vector_head(parameters: dict[str, Any], X: Float[Array, "queries tokens d"]) -> Float[Array, "queries p"]:
    """A single head with all its p outputs. parameters: W [d, d], V [p, d]."""
    return jnp.matmul(attend(parameters["W"], X), parameters["V"].T, precision=EXACT)


def biased_head(parameters: dict[str, Any], X: Float[Array, "queries tokens d"]) -> Float[Array, " queries"]:
    """A head as GPT-2 has it, read along one output direction. parameters: W_Q, W_K, W_V [d, k], b_Q, b_K, b_V [k],
    w [k]."""
    W_Q, W_K, W_V, b_Q, b_K, b_V, w = (parameters[n] for n in ("W_Q", "W_K", "W_V", "b_Q", "b_K", "b_V", "w"))
    query = jnp.matmul(X[:, -1], W_Q, precision=EXACT) + b_Q
    keys = jnp.matmul(X, W_K, precision=EXACT) + b_K
    weights = jax.nn.softmax(jnp.einsum("qtk,qk->qt", keys, query, precision=EXACT) / np.sqrt(W_Q.shape[1]), axis=-1)
    values = jnp.matmul(X, jnp.matmul(W_V, w, precision=EXACT), precision=EXACT) + jnp.dot(b_V, w)
    return jnp.sum(weights * values, axis=-1)


def normalised_head(parameters: dict[str, Any], X: Float[Array, "queries tokens d"]) -> Float[Array, " queries"]:
    """A single head that reads its tokens through LayerNorm (no bias; a gain is absorbed in W and v). parameters:
    W [d, d], v [d], epsilon."""
    centred = X - X.mean(-1, keepdims=True)
    variance = jnp.mean(centred**2, axis=-1, keepdims=True)
    return single_head(parameters, centred / jnp.sqrt(variance + parameters["epsilon"]))


def multi_head(parameters: dict[str, Any], X: Float[Array, "queries tokens d"]) -> Float[Array, " queries"]:
    """The sum of the heads. parameters: W [heads, d, d], v [heads, d]."""
    gathered = jax.vmap(lambda W: attend(W, X))(parameters["W"])
    return jnp.einsum("hqd,hd->q", gathered, parameters["v"], precision=EXACT)


def relu_network(parameters: dict[str, Any], x: Float[Array, "points d"]) -> Float[Array, " points"]:
    """F(x) = sum_k o_k relu(A_k . x + c_k). parameters: A [m, d], o [m], and biases c [m] if there are any."""
    inside = jnp.matmul(x, parameters["A"].T, precision=EXACT) + parameters.get("c", 0.0)
    return jnp.matmul(jax.nn.relu(inside), parameters["o"], precision=EXACT)


def transformer(parameters: dict[str, Any], X: Float[Array, "queries tokens d"]) -> Float[Array, " queries"]:
    """T(X) = F(attended). parameters: W [d, d], A [m, d], o [m], and biases c [m] if there are any."""
    return relu_network(parameters, attend(parameters["W"], X))


def hidden(model: Callable[..., Any], parameters: dict[str, Any], dtype: Any = jnp.float64) -> Hidden:
    """The model closed over its parameters and computed in `dtype`; a single head answers pairs by matrix products.

    Raises ValueError on a parameter that is not finite, or W that is not square.
    """
    for name, value in parameters.items():
        if not np.isfinite(np.asarray(value)).all():
            raise ValueError(f"{name} holds a NaN or an infinity; allowed: finite numbers")
    arrays = {name: jnp.asarray(value, dtype) for name, value in parameters.items()}
    W = arrays.get("W")
    if W is not None and (W.ndim < 2 or W.shape[-1] != W.shape[-2]):
        raise ValueError(f"W={list(W.shape)}; allowed: a square matrix [d, d], or several [heads, d, d]")
    width = W.shape[-1] if W is not None else arrays["W_Q"].shape[0]

    def answer(sequences: np.ndarray) -> np.ndarray:
        # Batches are padded to one of a few sizes, so that few shapes are ever compiled.
        answers = []
        for first in range(0, len(sequences), BATCHES[-1]):
            batch = sequences[first : first + BATCHES[-1]]
            padded = np.zeros((next(size for size in BATCHES if size >= len(batch)), *batch.shape[1:]), dtype)
            padded[: len(batch)] = batch
            answers.append(np.asarray(_compiled(model)(arrays, padded), np.float64)[: len(batch)])
        return np.concatenate(answers) if answers else np.zeros(0)

    def answer_pairs(U: np.ndarray, B: np.ndarray) -> np.ndarray:
        return np.asarray(_pairs(arrays["W"], arrays["v"], U.astype(dtype), B.astype(dtype)), np.float64)

    return Hidden(width, answer, answer_pairs if model is single_head and dtype == jnp.float64 else None)


@functools.cache
def _compiled(model: Callable[..., Any]) -> Callable[..., Any]:
    return jax.jit(model)


@jax.jit
def _pairs(W: Array, v: Array, U: Array, B: Array) -> Array:
    logits = jnp.matmul(U, jnp.matmul(W, B.T, precision=EXACT), precision=EXACT)
    return jnp.matmul(B, v)[None, :] + jax.nn.sigmoid(logits) * jnp.matmul(U, v)[:, None]
