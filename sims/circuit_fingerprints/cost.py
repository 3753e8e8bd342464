"""Arithmetic of each method in forward passes of the decoder: multiplications of matrices in the traced programs."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array

from corollary.models.circuits.fingerprint_edges import fingerprint_read
from corollary.models.decoder import Decoder, DecoderConfig
from corollary.models.decoder.edges import EdgeGraph, run_edges
from corollary.models.interventions import edge_attribution

BATCH = 4


@cache
def passes(layers: int, heads: int, width: int, length: int, steps: int = 5) -> dict[str, float]:
    """ "read", "eap", "eap-ig" of so many steps, and "acdc" from the whole graph (a patched run for every edge and one
    before), over one plain run of the prompts. Decoders with MLPs of four times the width."""
    config = DecoderConfig(
        width=width, layers=layers, heads=heads, context=length, vocabulary=64, mlp_width=4 * width, norm="layer",
        positions="learned",
    )  # fmt: skip
    model = Decoder(config, rngs=nnx.Rngs(0))
    graph, tokens = EdgeGraph(config), jnp.zeros((BATCH, length), jnp.int32)
    answers, mask = jnp.zeros(BATCH, jnp.int32), jnp.ones(len(EdgeGraph(config)))

    def metric(logits: Array) -> Array:
        return logits[:, -1, 0] - logits[:, -1, 1]

    traced = {
        "read": lambda: fingerprint_read(model, tokens, tokens, answers, answers).scores,
        "eap": lambda: edge_attribution(model, tokens, tokens, metric),
        "eap-ig": lambda: edge_attribution(model, tokens, tokens, metric, steps=steps),
    }
    once = _products(jax.make_jaxpr(lambda: model.run(tokens).logits)().jaxpr)
    found = {name: _products(jax.make_jaxpr(f)().jaxpr) / once for name, f in traced.items()}
    old = jnp.zeros((len(graph.sources), *tokens.shape, width))
    patched = _products(jax.make_jaxpr(lambda: run_edges(model, tokens, mask, reference=old))().jaxpr)
    return {**found, "acdc": (len(graph) + 1) * patched / once}


def _products(jaxpr: Any) -> float:
    """Multiplications in all products of matrices, those in a scan as often as they run."""
    total = 0.0
    for equation in jaxpr.eqns:
        if equation.primitive.name == "dot_general":
            contracted = equation.params["dimension_numbers"][0][0]
            shape = equation.invars[0].aval.shape
            total += prod(equation.outvars[0].aval.shape) * prod(shape[n] for n in contracted)
        inner = [value for value in equation.params.values() if hasattr(value, "jaxpr") or hasattr(value, "eqns")]
        times = equation.params.get("length", 1) if equation.primitive.name == "scan" else 1
        total += times * sum(_products(getattr(one, "jaxpr", one)) for one in inner)
    return total
