"""Steering: streaming correlations of 100,000 features, steered against plain generation, and a ReLU probe fitted at
all layers. Needs torch for the ratios."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from benchmarks import Row, least_seconds
from benchmarks.decoder import GPT2
from corollary.models.correlation_steering import added, nothing
from corollary.models.decoder import Decoder, generate
from corollary.models.prompt_steering import Differences, PromptSteerer, fitted, last_token, relative_errors

FEATURES, BLOCK, TIMES = 100_000, 64, 8
LARGE = 131_072
LAYERS, TOKENS, WIDTH, STEPS, RATE = 12, 1024, 768, 60, 1e-2
NEW = 32
TORCH = importlib.util.find_spec("torch") is not None


def run() -> Iterator[Row]:
    yield from _correlations()
    yield from _generation()
    yield from _probes()


def _correlations() -> Iterator[Row]:
    generator = np.random.default_rng(0)
    z = np.maximum(generator.normal(size=(BLOCK, FEATURES)).astype(np.float32) - 1, 0)
    y = generator.uniform(size=BLOCK) < 0.5
    ours_z, ours_y = jnp.asarray(z), jnp.asarray(y)

    def ours() -> object:
        state = nothing(FEATURES)
        for _ in range(TIMES):
            state = added(state, ours_z, ours_y)
        return jax.block_until_ready(state)

    seconds, note = least_seconds(ours) / TIMES, ""
    if TORCH:
        import torch

        from benchmarks.peers.steering_in_torch import RunningSums

        theirs_z, theirs_y = torch.tensor(z), torch.tensor(y)

        def theirs() -> RunningSums:
            sums = RunningSums(FEATURES)
            for _ in range(TIMES):
                sums.add(theirs_z, theirs_y)
            return sums

        apart = np.abs(theirs().correlation() - np.asarray(ours().correlation)).max()  # type: ignore[attr-defined]
        ratio = least_seconds(theirs) / TIMES / seconds
        note = f"{ratio:.1f}x running sums in float64 in PyTorch, correlations {apart:.1e} apart"
    yield Row(f"samples of {FEATURES:,} features a second, added", BLOCK / seconds, "samples/s", note)
    twice = least_seconds(lambda: _two_passes(z, y))
    yield Row("the same, two passes of NumPy over one block", BLOCK / twice, "samples/s", f"{twice / seconds:.1f}x")
    state = sum(leaf.nbytes for leaf in jax.tree.leaves(nothing(LARGE)))
    yield Row(f"what is kept of {LARGE:,} features", state / 2**20, "MiB", "whatever the number of samples")


def _two_passes(z: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    off = z - z.mean(0)
    return (off**2).sum(0), (y - y.mean()) @ off


def _generation() -> Iterator[Row]:
    model = Decoder(GPT2, rngs=nnx.Rngs(0))
    tokens = np.random.default_rng(0).integers(GPT2.vocabulary, size=(8, 32))
    real = np.ones(tokens.shape, bool)
    z = np.random.default_rng(1).normal(size=(GPT2.layers, GPT2.width)).astype(np.float32)
    steerer = PromptSteerer("constant", tuple(range(GPT2.layers)), {"z": jnp.asarray(z)})

    def made(change: list) -> object:
        return jax.block_until_ready(generate(model, tokens, NEW, real=real, change=change).tokens)

    plain = least_seconds(lambda: made([]))
    steered = least_seconds(lambda: made(steerer.change(1.0, where=last_token(real))))
    rate = tokens.shape[0] * NEW / steered
    yield Row("new tokens a second, steered at 12 layers", rate, "tokens/s", f"{steered / plain - 1:+.1%} time")


def _probes() -> Iterator[Row]:
    generator = np.random.default_rng(2)
    stream = generator.normal(size=(LAYERS, TOKENS, WIDTH)).astype(np.float32)
    gate = np.maximum(stream[..., 0], 0)
    delta = gate[..., None] * generator.normal(size=(LAYERS, 1, WIDTH)).astype(np.float32)
    delta += 0.1 * generator.normal(size=delta.shape).astype(np.float32)
    shaped = (LAYERS, 16, TOKENS // 16, WIDTH)
    found = Differences(
        jnp.asarray(stream.reshape(shaped)), jnp.asarray(delta.reshape(shaped)), jnp.ones(shaped[1:3], bool)
    )

    def ours() -> PromptSteerer:
        return _ready(_fit(found))

    probe = ours()
    seconds, note = least_seconds(ours), ""
    if TORCH:
        from benchmarks.peers.steering_in_torch import probe_by_layer

        left = [value**0.5 for value in probe_by_layer(stream, delta, STEPS, RATE)]
        apart = np.abs(np.asarray(relative_errors(probe, found)) - left).max()
        theirs = least_seconds(lambda: probe_by_layer(stream, delta, STEPS, RATE), repeats=1)
        note = f"{theirs / seconds:.1f}x a loop over layers in PyTorch, relative errors {apart:.1e} apart"
    yield Row("steps a second of ReLU probes at 12 layers, 1,024 tokens", STEPS / seconds, "steps/s", note)


def _ready(steerer: PromptSteerer) -> PromptSteerer:
    jax.block_until_ready(dict(steerer.value))
    return steerer


def _fit(found: Differences) -> PromptSteerer:
    return fitted(found, "relu", tuple(range(LAYERS)), steps=STEPS, rate=RATE)
