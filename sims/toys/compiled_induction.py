"""Induction compiled into a decoder of two layers, with spare heads in each (reconstructed).

Width 3 V + T: token | previous token | output | position one-hots. A previous-token head of layer 0 attends from i to
i - 1 and copies the token into the previous-token part; an induction head of layer 1 attends from a token to where it
is the previous one, and copies the token there into the output part, which the unembedding reads. No norms, no MLPs.
Prompts: BOS, 10 content tokens, and one of them that occurs once, not last; the answer is the token after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool

from corollary.models.circuits.task import Task
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder import weights as parameters
from corollary.models.decoder.edges import EdgeGraph

VOCABULARY, LENGTH = 8, 12
READOUT = 10.0


def compiled(R1: int, R2: int, sharpness: float = 30.0, double: bool = False) -> Decoder:
    """The decoder, with as many heads in each layer as the larger of R1 and R2: those left over do nothing.

    sharpness: of attention, the score of the token attended to; at 30 it is saturated."""
    V, T, heads = VOCABULARY, LENGTH, max(R1, R2)
    width, inner = 3 * V + T, max(V, T)
    dtype = jnp.float64 if double else jnp.float32
    config = DecoderConfig(
        width=width,
        layers=2,
        heads=heads,
        head_width=inner,
        context=T,
        vocabulary=V,
        norm="none",
        positions="learned",
        query_scale=1.0,
        dtype=dtype,
        param_dtype=dtype,
    )
    token, previous, output, position = (slice(n * V, (n + 1) * V if n < 3 else width) for n in range(4))
    outside = {name: np.zeros(one.shape) for name, one in parameters.outside(config).items()}
    blocks = {name: np.zeros((2, *one.shape)) for name, one in parameters.inside(config).items()}
    outside["embed"][:, token] = np.eye(V)
    outside["position"][:, position] = np.eye(T)
    outside["unembed"][output] = READOUT * np.eye(V)
    copy, shift = np.eye(V, inner), np.eye(T, inner, k=-1)
    for head in range(R1):
        blocks["attn.q"][0, position, head] = sharpness * shift
        blocks["attn.k"][0, position, head] = np.eye(T, inner)
        blocks["attn.v"][0, token, head] = copy
        blocks["attn.o"][0, head, :, previous] = copy.T
    for head in range(R2):
        blocks["attn.q"][1, token, head] = sharpness * copy
        blocks["attn.k"][1, previous, head] = copy
        blocks["attn.v"][1, token, head] = copy
        blocks["attn.o"][1, head, :, output] = copy.T
    weights = {"outside": outside, "blocks": blocks}
    return Decoder(config, weights=jax.tree.map(lambda x: jnp.asarray(x, dtype), weights))


def prompts(key: Array, count: int) -> Task:
    """Random prompts; the wrong label is the next content token in order. The key is consumed."""
    asked, at, others = jax.random.split(key, 3)
    query = jax.random.randint(asked, (count,), 1, VOCABULARY)
    place = jax.random.randint(at, (count,), 0, LENGTH - 3)
    drawn = jax.random.randint(others, (count, LENGTH - 2), 1, VOCABULARY - 1)
    content = drawn + (drawn >= query[:, None])
    rows = jnp.arange(count)
    content = content.at[rows, place].set(query)
    good = content[rows, place + 1]
    tokens = jnp.concatenate([jnp.zeros((count, 1), content.dtype), content, query[:, None]], axis=1)
    return Task(tokens, good, good % (VOCABULARY - 1) + 1)


def circuit(graph: EdgeGraph, previous: Sequence[int], induction: Sequence[int]) -> Bool[np.ndarray, " edges"]:
    """All relevant edges among the named heads: 7 for one of each."""
    return np.isin(np.arange(len(graph)), relevant(graph, previous, induction))


def relevant(graph: EdgeGraph, previous: Sequence[int], induction: Sequence[int]) -> list[int]:
    """Their edge numbers: own edges of the previous-token heads, of the induction heads, then links."""
    names = [("embed", f"blocks.0.head.{r}.{reader}") for r in previous for reader in "qkv"]
    for s in induction:
        names += [
            ("embed", f"blocks.1.head.{s}.q"),
            ("embed", f"blocks.1.head.{s}.v"),
            (f"blocks.1.head.{s}", "logits"),
        ]
    names += [(f"blocks.0.head.{r}", f"blocks.1.head.{s}.k") for r, s in product(previous, induction)]
    number = {edge: n for n, edge in enumerate(graph.edges)}
    return [number[name] for name in names]
