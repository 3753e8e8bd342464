"""One attention layer that predicts a query's label from a context of labelled points.

Notation of arXiv 2511.01292, with only the context among the keys: z_i = (x_i; y_i) a context point, x the
query, scores s_i = z_i^T (M11 x; m21.x), values r_i = v21.x_i + v22 y_i, prediction sum_i a_i r_i with the
weights a(s / tau), summed over heads. A prediction depends on no other block of the paper's M and V.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from flax import nnx
from jax.typing import DTypeLike
from jaxtyping import Array, Float

ATTENTIONS = ("linearised", "softmax", "two_heads")


@dataclass(frozen=True)
class OneLayerConfig:
    """dimension: of the inputs x. attention: one of ATTENTIONS; `two_heads` is a pair of softmax heads that
    start with opposite signs. dtype: of the parameters."""

    dimension: int
    attention: str = "softmax"
    dtype: DTypeLike = jnp.float64

    def __post_init__(self) -> None:
        if self.dimension < 1:
            raise ValueError(f"dimension={self.dimension} is not allowed; allowed: an integer >= 1")
        if self.attention not in ATTENTIONS:
            raise ValueError(f"attention={self.attention!r} is not allowed; allowed: {', '.join(ATTENTIONS)}")


class OneLayerAttention(nnx.Module):
    """One layer of attention with parameters M11 [heads, d, d], m21 [heads, d], v21 [heads, d], v22 [heads].

    Starts at M11 ~ 0.1 N(0, 1), m21 = v21 = 0, v22 = 1; a second head starts at the first one's negative.
    """

    def __init__(self, config: OneLayerConfig, *, rngs: nnx.Rngs):
        d, dtype = config.dimension, config.dtype
        signs = jnp.array([1.0, -1.0] if config.attention == "two_heads" else [1.0], dtype)
        self.M11 = nnx.Param(signs[:, None, None] * 0.1 * jax.random.normal(rngs.params(), (d, d), dtype))
        self.m21 = nnx.Param(jnp.zeros((len(signs), d), dtype))
        self.v21 = nnx.Param(jnp.zeros((len(signs), d), dtype))
        self.v22 = nnx.Param(signs)
        self.weights: Callable[[Array], Array] = (
            linearised_softmax if config.attention == "linearised" else jax.nn.softmax
        )

    def scores(
        self, inputs: Float[Array, "*batch n d"], labels: Float[Array, "*batch n"], queries: Float[Array, "*batch q d"]
    ) -> Float[Array, "*batch heads q n"]:
        """Scores before temperature: s_i = x_i^T M11 x + y_i m21.x."""
        mapped = jnp.einsum("...qe,hde->...hqd", queries, self.M11[...])
        gains = jnp.einsum("...qe,he->...hq", queries, self.m21[...])
        across = jnp.einsum("...hqd,...nd->...hqn", mapped, inputs)
        return across + gains[..., None] * labels[..., None, None, :]

    def __call__(
        self,
        inputs: Float[Array, "*batch n d"],
        labels: Float[Array, "*batch n"],
        queries: Float[Array, "*batch q d"],
        temperature: Float[Array, ""] | float = 1.0,
    ) -> Float[Array, "*batch q"]:
        """Predicted labels of the queries at attention temperature tau > 0."""
        values = jnp.einsum("...nd,hd->...hn", inputs, self.v21[...])
        values += labels[..., None, :] * self.v22[...][:, None]
        weights = self.weights(self.scores(inputs, labels, queries) / temperature)
        return jnp.einsum("...hqn,...hn->...q", weights, values)


def linearised_softmax(scores: Float[Array, "*batch n"]) -> Float[Array, "*batch n"]:
    """Softmax to first order at zero scores, (1 + s_i - mean_j s_j)/n: sums to 1, may be negative."""
    return (1 + scores - scores.mean(-1, keepdims=True)) / scores.shape[-1]
