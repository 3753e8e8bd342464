"""A head of a model of one's own, stolen through the oracle: what it costs, and how exactly it comes out.

    corollary train attention-queries/checkpoint --checkpoint ./gpt2 --set layer=5 --set head=1

The oracle hides one head of one block, read along one direction of the residual stream, on inputs as they come out of
the block's norm. Positions that turn queries and keys break the cancellation on which the learner rests; such models
are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from corollary.models.decoder import Decoder
from corollary.sims.attention_queries import models
from corollary.sims.attention_queries.gpt2 import head_of_block
from corollary.sims.attention_queries.oracle import Oracle
from corollary.sims.attention_queries.variants import effective, learn_biased
from corollary.training.application import Application
from corollary.training.settings import Config, Setting


def head_of(model: Decoder, layer: int, head: int, direction: np.ndarray) -> dict[str, np.ndarray]:
    """Parameters, in float64, for `models.biased_head`. Raises ValueError for a layer or head that is not there, and
    for a model whose heads compute something else: turned positions, caps, windows, grouped heads, no softmax."""
    c = model.config
    unlike = {
        "positions": c.positions == "rotary", "score_cap": c.score_cap, "windows": any(c.windows),
        "kv_heads": c.kv_heads != c.heads, "attention": c.attention != "softmax", "head_norm": c.head_norm,
        "query_scale": c.query_scale,
    }  # fmt: skip
    for name, there in unlike.items():
        if there:
            raise ValueError(
                f"{name}={getattr(c, name)!r} is not allowed; allowed: plain softmax heads as GPT-2 has them"
            )
    for name, value, size in (("layer", layer, c.layers), ("head", head, c.heads)):
        if not 0 <= value < size:
            raise ValueError(f"setting {name}={value} is not allowed; allowed: an integer from 0 to {size - 1}")
    blocks = {name: np.asarray(leaf[...][layer], np.float64) for name, leaf in model.blocks.items() if "attn" in name}
    flat = [blocks[f"attn.{name}"].reshape(c.width, -1) for name in "qkv"]
    zero = np.zeros(c.heads * c.head_width)
    biases = [blocks[f"attn.{name}_bias"].ravel() if c.attention_bias else zero for name in "qkv"]
    out = blocks["attn.o"].reshape(-1, c.width)
    return head_of_block(np.concatenate(flat, 1), np.concatenate(biases), out, head, c.heads, direction)


def _apply(model: Decoder, config: Config, say: Callable[[str], None]) -> dict[str, Any]:
    c, token = model.config, config["token"]
    rng = np.random.default_rng(config["seed"])
    if token >= c.outputs:
        raise ValueError(
            f"setting token={token} is not allowed; allowed: below {c.outputs}, or -1 for a random direction"
        )
    if token < 0:
        direction = rng.standard_normal(c.width)
    else:
        tied = c.unembedding == "tied"
        table = np.asarray(model.outside["embed" if tied else "unembed"][...], np.float64)
        direction = table[token] if tied else table[:, token]
    parameters = head_of(model, config["layer"], config["head"], direction / np.linalg.norm(direction))
    oracle = Oracle(models.hidden(models.biased_head, parameters))
    say(f"asking {(c.width + 1) ** 2} queries")
    found, true = learn_biased(oracle), effective(parameters)
    inputs = rng.standard_normal((256, 8, c.width))
    stolen = _output(found.W, found.kappa, found.v, found.beta, inputs)
    hidden = Oracle(models.hidden(models.biased_head, parameters))(inputs)
    return {
        "queries": oracle.queries,
        "value_error": np.abs(found.v - true.v).max() / np.abs(true.v).max(),
        "score_error": np.abs(found.W - true.W).max() / np.abs(true.W).max(),
        "spectrum": np.linalg.svd(found.W, compute_uv=False),
        "true_spectrum": np.linalg.svd(true.W, compute_uv=False),
        "stolen": stolen,
        "hidden": hidden,
    }


def _output(W: np.ndarray, kappa: np.ndarray, v: np.ndarray, beta: float, X: np.ndarray) -> np.ndarray:
    """The stolen head on sequences [n, tokens, d]: the scores of a sequence are known up to one number, which no weight
    sees."""
    scores = np.einsum("ntd,nd->nt", X, X[:, -1] @ W.T + kappa)
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return np.einsum("nt,ntd,d->n", weights / weights.sum(1, keepdims=True), X, v) + beta


def _measure(arrays: Mapping[str, np.ndarray], config: Config) -> dict[str, float]:
    gap = np.abs(arrays["stolen"] - arrays["hidden"]).max() / np.abs(arrays["hidden"]).max()
    top = arrays["spectrum"]
    return {
        "queries": float(arrays["queries"]),
        "relative error of the value direction": float(arrays["value_error"]),
        "relative error of the score matrix": float(arrays["score_error"]),
        "largest relative difference of outputs": float(gap),
        "numerical rank of the score matrix": float((top > 1e-6 * top[0]).sum()),
    }


APPLICATION = Application(
    name="attention-queries/checkpoint",
    says="One head of the model, hidden behind an oracle that counts, recovered by (width + 1)^2 value queries.",
    cost="591,361 queries and a minute or two for a head of width 768; memory 50 bytes a query",
    expects="errors near the rounding of float64 unless scores saturate; a numerical rank of at most the head's width",
    settings={
        "layer": Setting(0, "of the block", within=(0, 1e4)),
        "head": Setting(0, "in the block", within=(0, 1e4)),
        "token": Setting(-1, "whose unembedding is the direction read; -1: a random direction", within=(-1, 1e9)),
        "seed": Setting(0, "of the random direction and the test sequences", within=(0, 2**31)),
    },
    apply=_apply,
    measure=_measure,
    draw="corollary.figures.attention_queries.checkpoint:checkpoint",
)
