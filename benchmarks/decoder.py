"""The shared transformer: a forward with all streams captured, a patching sweep, edge attribution, a training step,
generation, and the time to compile 24 layers, beside TransformerLens, PyTorch and transformers on the same weights.

Needs torch, transformers and transformer_lens for the ratios; without them the absolute numbers stand alone.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

from benchmarks import Row
from corollary.models.decoder import Decoder, DecoderConfig, generate
from corollary.models.interventions import edge_attribution, patch_sweep

PEERS = all(importlib.util.find_spec(name) for name in ("torch", "transformers", "transformer_lens"))
GPT2 = DecoderConfig(
    width=768, layers=12, heads=12, context=1024, vocabulary=50257, mlp_width=3072, norm="layer", positions="learned",
    activation="gelu_tanh", attention_bias=True, output_bias=True, mlp_bias=True, embedding_deviation=0.02,
)  # fmt: skip
SMALL = DecoderConfig(
    width=128, layers=4, heads=4, context=64, vocabulary=512, mlp_width=512, norm="layer", positions="learned",
    activation="gelu_tanh", attention_bias=True, output_bias=True, mlp_bias=True, embedding_deviation=0.02,
)  # fmt: skip
RNG = np.random.default_rng(0)


def run() -> Iterator[Row]:
    yield _compilation()
    yield from _training()
    model = Decoder(GPT2, rngs=nnx.Rngs(0))
    peer = _lens(model) if PEERS else None
    yield from _captured(model, peer)
    yield from _sweep(model, peer)
    yield from _edges(model, peer)
    yield from _generation(model)


def _seconds(work: Callable[[], Any], times: int = 5) -> float:
    """The least of some runs after one that compiles."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def _once(work: Callable[[], Any]) -> float:
    """Of what compiles nothing and takes long."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _compilation() -> Row:
    config = DecoderConfig(
        width=1024, layers=24, heads=16, context=1024, vocabulary=50304, mlp_width=4096, parallel=True
    )
    model = nnx.eval_shape(lambda: Decoder(config, rngs=nnx.Rngs(0)))
    weights = {
        "outside": {name: leaf.get_value() for name, leaf in model.outside.items()},
        "blocks": {name: leaf.get_value() for name, leaf in model.blocks.items()},
    }
    shapes = jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype), weights)

    def whole(weights: Any, tokens: Any) -> Any:
        return model.run(tokens, read=["blocks.*.resid_post"], weights=weights).logits

    start = time.perf_counter()
    jax.jit(whole).lower(shapes, jax.ShapeDtypeStruct((4, 64), jnp.int32)).compile()
    return Row("cold compile of 24 layers, all streams read", time.perf_counter() - start, "s", "aim: under 20")


def _captured(model: Decoder, peer: Any) -> Iterator[Row]:
    tokens = RNG.integers(GPT2.vocabulary, size=(4, 128))

    def ours() -> Any:
        return jax.block_until_ready(model.run(tokens, read=["blocks.*.resid_post"]).sites)

    seconds = _seconds(ours)
    note = ""
    if peer is not None:
        import torch

        given = torch.tensor(tokens)

        def theirs() -> Any:
            with torch.no_grad():
                return peer.run_with_cache(given, names_filter=lambda name: name.endswith("resid_post"))[1]

        other = _seconds(theirs)
        last = theirs()["blocks.11.hook_resid_post"].numpy()
        apart = float(np.abs(last - np.asarray(ours()["blocks.*.resid_post"][-1])).max())
        note = f"{other / seconds:.2f}x TransformerLens ({1e3 * other:.0f} ms); streams agree to {apart:.0e}"
    yield Row("GPT-2 small, 4 x 128 tokens, all streams captured", 1e3 * seconds, "ms", note)


def _sweep(model: Decoder, peer: Any) -> Iterator[Row]:
    base = RNG.integers(GPT2.vocabulary, size=(2, 16))
    source = RNG.integers(GPT2.vocabulary, size=(2, 16))

    def ours() -> Any:
        return patch_sweep(model, base, source, _metric, quiet=True)

    seconds = _seconds(ours, 2)
    note = ""
    if peer is not None:
        import torch
        from transformer_lens import patching

        _, cache = peer.run_with_cache(torch.tensor(source))
        given = torch.tensor(base)
        found = []

        def theirs() -> None:
            with torch.no_grad():
                swept = patching.get_act_patch_resid_pre(peer, given, cache, lambda logits: _metric(logits).sum())
            found.append(swept.numpy())

        other = _once(theirs)
        apart = float(np.abs(found[-1] - ours().sum(-1)).max())
        note = f"{other / seconds:.2f}x TransformerLens ({other:.1f} s); agree to {apart:.0e}"
    yield Row("GPT-2 small, patching 12 layers x 16 positions, 2 rows", seconds, "s", note)


def _edges(model: Decoder, peer: Any) -> Iterator[Row]:
    clean = RNG.integers(GPT2.vocabulary, size=(4, 16))
    corrupted = clean.copy()
    corrupted[:, 7] = RNG.integers(GPT2.vocabulary, size=4)

    def ours() -> Any:
        return jax.block_until_ready(edge_attribution(model, clean, corrupted, _metric, steps=5))

    seconds = _seconds(ours, 2)
    note = ""
    if peer is not None:
        from benchmarks.peers.edges_in_torch import edge_attribution_by_hooks

        found: list[np.ndarray] = []
        other = _once(lambda: found.append(edge_attribution_by_hooks(peer, clean, corrupted, 5)))
        mine = np.asarray(ours())
        agree = float(np.corrcoef(mine, found[-1])[0, 1])
        note = f"{other / seconds:.2f}x hooks in PyTorch ({other:.1f} s); correlation of the 32,491 scores {agree:.6f}"
    yield Row("GPT-2 small, EAP-IG, 5 steps, 4 pairs of 16 tokens", seconds, "s", note)


def _metric(logits: Any) -> Any:
    return logits[:, -1, 5] - logits[:, -1, 6]


def _training() -> Iterator[Row]:
    model = Decoder(SMALL, rngs=nnx.Rngs(0))
    tokens = RNG.integers(SMALL.vocabulary, size=(32, 64))
    optimizer = optax.adamw(1e-3)

    def loss(weights: Any) -> Any:
        likely = jax.nn.log_softmax(model.run(tokens, weights=weights).logits[:, :-1])
        return -jnp.take_along_axis(likely, jnp.asarray(tokens)[:, 1:, None], -1).mean()

    @jax.jit
    def ten(weights: Any, state: Any) -> Any:
        def step(carry: Any, _: Any) -> Any:
            weights, state = carry
            value, gradient = jax.value_and_grad(loss)(weights)
            update, state = optimizer.update(gradient, state, weights)
            return (optax.apply_updates(weights, update), state), value

        return jax.lax.scan(step, (weights, state), None, length=10)

    weights = model.weights()
    seconds = _seconds(lambda: jax.block_until_ready(ten(weights, optimizer.init(weights))), 3) / 10
    note = ""
    if PEERS:
        from benchmarks.peers.small_model_in_torch import seconds_a_step

        plain, compiled = (seconds_a_step(SMALL, tokens, compiled=compiled) for compiled in (False, True))
        note = f"{plain / seconds:.2f}x PyTorch ({1e3 * plain:.0f} ms), "
        note += f"{compiled / seconds:.2f}x compiled ({1e3 * compiled:.0f} ms)"
    yield Row("training step, 4 layers, width 128, 32 x 64 tokens", 1e3 * seconds, "ms", note)


def _generation(model: Decoder) -> Iterator[Row]:
    prompts, count = RNG.integers(GPT2.vocabulary, size=(4, 32)), 48

    def ours() -> Any:
        return jax.block_until_ready(generate(model, prompts, count).tokens)

    seconds = _seconds(ours, 2)
    note = ""
    if PEERS:
        import torch
        from transformers import GPT2Config, GPT2LMHeadModel

        other_model = GPT2LMHeadModel(GPT2Config()).eval()
        given = torch.tensor(prompts)

        def theirs() -> Any:
            with torch.no_grad():
                return other_model.generate(
                    given, attention_mask=torch.ones_like(given), max_new_tokens=count, min_new_tokens=count,
                    do_sample=False, pad_token_id=0,
                )  # fmt: skip

        other = _seconds(theirs, 2)
        note = f"{other / seconds:.2f}x transformers ({other:.2f} s)"
    yield Row(f"GPT-2 small, {count} tokens after 4 prompts of 32", seconds, "s", note)


def _lens(model: Decoder) -> Any:
    """TransformerLens's model with our weights."""
    import torch
    from transformer_lens import HookedTransformer, HookedTransformerConfig

    config = HookedTransformerConfig(
        n_layers=12, d_model=768, n_ctx=1024, d_head=64, n_heads=12, d_mlp=3072, d_vocab=50257, act_fn="gelu_new",
        normalization_type="LN", seed=0, device="cpu",
    )  # fmt: skip
    peer = HookedTransformer(config)
    weights = jax.tree.map(np.asarray, model.weights())
    outside, blocks = weights["outside"], weights["blocks"]
    state = {
        "embed.W_E": outside["embed"], "pos_embed.W_pos": outside["position"], "unembed.W_U": outside["unembed"],
        "ln_final.w": outside["final_norm.gain"], "ln_final.b": outside["final_norm.bias"],
    }  # fmt: skip
    for layer in range(12):
        block = {name: value[layer] for name, value in blocks.items()}
        own = {
            f"ln{n}.{short}": block[f"norm{n}.{long}"] for n in (1, 2) for short, long in (("w", "gain"), ("b", "bias"))
        }
        own |= {f"attn.W_{n.upper()}": block[f"attn.{n}"].swapaxes(0, 1) for n in "qkv"}
        own |= {f"attn.b_{n.upper()}": block[f"attn.{n}_bias"] for n in "qkv"}
        own |= {"attn.W_O": block["attn.o"], "attn.b_O": block["attn.o_bias"]}
        own |= {"mlp.W_in": block["mlp.up"], "mlp.b_in": block["mlp.up_bias"]}
        own |= {"mlp.W_out": block["mlp.down"], "mlp.b_out": block["mlp.down_bias"]}
        state |= {f"blocks.{layer}.{name}": value for name, value in own.items()}
    peer.load_state_dict({name: torch.tensor(np.array(value)) for name, value in state.items()}, strict=False)
    return peer.eval()
