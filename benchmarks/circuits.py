"""Circuits: masks a second and gradient steps a second through all 32,491 edges of a GPT-2 small of random weights,
beside the same in PyTorch; EAP-IG over all edges stands in `decoder`. Needs torch for the ratios."""

from __future__ import annotations

import importlib.util
import resource
import time
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from benchmarks import Row, least_seconds
from benchmarks.decoder import GPT2
from corollary.models.circuits.gates import binary_gate
from corollary.models.circuits.oasr import penalty
from corollary.models.circuits.task import Task, last_logits, margins, scorer, two_label_loss
from corollary.models.decoder import Decoder
from corollary.models.decoder.edges import EdgeGraph

PROMPTS, LENGTH, MASKS = 8, 16, 16
TORCH = importlib.util.find_spec("torch") is not None


def run() -> Iterator[Row]:
    model, graph = Decoder(GPT2, rngs=nnx.Rngs(0)), EdgeGraph(GPT2)
    generator = np.random.default_rng(0)
    tokens = generator.integers(GPT2.vocabulary, size=(PROMPTS, LENGTH))
    task = Task(jnp.asarray(tokens), jnp.full(PROMPTS, 5), jnp.full(PROMPTS, 6))
    masks = (generator.random((MASKS, len(graph))) < 0.5).astype(np.float32)
    peer = None
    if TORCH:
        from benchmarks.peers.masked_edges_in_torch import MaskedGPT2

        weights = jax.tree.map(np.asarray, dict(model.weights()))
        peer = MaskedGPT2(weights, graph.allowed, GPT2.layers, GPT2.heads)
    yield _masks(model, task, masks, peer)
    yield _steps(model, task, len(graph), peer)
    yield Row("largest memory of this process", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB")


def _masks(model: Decoder, task: Task, masks: np.ndarray, peer: object) -> Row:
    score = scorer(model, task, margins, chunk=MASKS)
    seconds = least_seconds(lambda: score(masks)) / MASKS
    note = ""
    if peer is not None:
        import torch

        tokens = torch.tensor(np.asarray(task.tokens))

        def of(mask: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                return peer.last_logits(tokens, torch.tensor(mask)).numpy()  # type: ignore[attr-defined]

        agree = np.abs(of(masks[0])[:, 5] - of(masks[0])[:, 6]).mean()
        ours = np.asarray(last_logits(model, task, jnp.asarray(masks[0])))
        apart = float(np.abs(of(masks[0]) - ours).max() / np.abs(ours).max())
        start = time.perf_counter()
        for mask in masks[:4]:
            of(mask)
        other = (time.perf_counter() - start) / 4
        note = f"{other / seconds:.2f}x PyTorch, one mask after another; logits to {apart:.1g}, margin {agree:.2g}"
    return Row(f"masks of all edges, {PROMPTS} prompts of {LENGTH} tokens", 1 / seconds, "/s", note)


def _steps(model: Decoder, task: Task, edges: int, peer: object) -> Row:
    weights = model.weights()

    @jax.jit
    def gradient(logits: jax.Array, key: jax.Array) -> jax.Array:
        def loss(logits: jax.Array) -> jax.Array:
            mask = binary_gate(key, logits)
            given = last_logits(model, task, mask, weights=weights)
            return two_label_loss(given, task) + penalty(logits, jnp.zeros(edges), 1.0, 0.0)

        return jax.grad(loss)(logits)

    start, key = jnp.full(edges, 0.1), jax.random.key(0)
    seconds = least_seconds(lambda: jax.block_until_ready(gradient(start, key)))
    note = ""
    if peer is not None:
        import torch
        from torch.nn.functional import softplus

        tokens = torch.tensor(np.asarray(task.tokens))
        given = torch.full((edges,), 0.1, requires_grad=True)

        def step() -> None:
            noise = torch.rand(2, edges)
            soft = torch.sigmoid(given - torch.log(torch.log(noise[0]) / torch.log(noise[1])))
            mask = (soft > 0.5).float().detach() - soft.detach() + soft
            logits = peer.last_logits(tokens, mask)  # type: ignore[attr-defined]
            loss = softplus(logits[:, 6] - logits[:, 5]).mean() + torch.sigmoid(given).mean()
            given.grad = None
            loss.backward()

        note = f"{least_seconds(step) / seconds:.2f}x PyTorch"
    return Row(f"gradient steps of OASR, {PROMPTS} prompts of {LENGTH} tokens", 1 / seconds, "/s", note)
