"""Compiled induction with R copies of the induction head: what one costs when it is closed, and its score."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from corollary.models.decoder.edges import EdgeGraph, run_edges
from corollary.sims.circuit_fingerprints.induction import facts, pairs
from corollary.sims.toys.compiled_induction import compiled

PREVIOUS = 3
"""Previous-token heads; as many heads a layer."""


def lost_copy(R: int, shrunk: float = 1.0) -> dict[str, float]:
    """ "ablated": probability of the answer that goes when one of R induction heads no longer reaches the logits, which
    are divided by `shrunk`; "score": of each head, by the read."""
    with jax.enable_x64(True):
        model, given = compiled(PREVIOUS, R, double=True), pairs("v")
        graph = EdgeGraph(model.config)
        weights = model.weights()
        outside = {**weights["outside"], "unembed": weights["outside"]["unembed"] / shrunk}
        closed = np.ones((2, len(graph)))
        closed[1, graph.edges.index(("blocks.1.head.0", "logits"))] = 0
        told = []
        for mask in closed:
            logits = run_edges(model, given.clean, mask, weights={**weights, "outside": outside})[:, -1]
            told.append(jax.nn.softmax(logits)[jnp.arange(len(given.plus)), given.plus].mean())
    return {"ablated": float(told[0] - told[1]), "score": facts(PREVIOUS, R, "v")["induction"]}
