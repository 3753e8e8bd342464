"""The decoder computes what transformers did on a tiny checkpoint of every family (tests/models/make_golden.py)."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.checkpoint import load
from corollary.models.decoder import RopeScaling, add
from corollary.models.decoder.generation import generate

GOLDEN = Path(__file__).with_name("golden")
FAMILIES = ("gemma2", "gpt2", "gpt_neox", "llama", "qwen2")
WITHIN = {"rtol": 1e-4, "atol": 1e-4}


def test_there_is_one_of_every_family():
    from corollary.models.checkpoint.families import FAMILIES as known

    assert sorted(known) == list(FAMILIES) == sorted(one.name for one in GOLDEN.iterdir())


@pytest.mark.parametrize("family", FAMILIES)
def test_logits_streams_gradients_and_tokens_are_those_of_transformers(family):
    model = load(GOLDEN / family)
    expected = np.load(GOLDEN / family / "expected.npz")
    tokens, real = expected["tokens"], expected["real"]
    last = expected["logits"].shape[1]
    shown = real[:, -last:]

    @jax.jit
    @partial(jax.grad, has_aux=True)
    def run(shift):
        """The gradient of the real logits' squares, and what ran."""
        change = [add("blocks.1.resid_pre", shift)]
        ran = model.run(tokens, real=real, change=change, read=["blocks.*.resid_pre", "final_norm"])
        return jnp.where(real[..., None], ran.logits**2, 0).sum(), ran

    gradient, ran = run(jnp.zeros((*tokens.shape, model.config.width), jnp.float32))
    streams = np.concatenate([ran["blocks.*.resid_pre"], ran["final_norm"][None]])[:, :, -last:]
    np.testing.assert_allclose(ran.logits[:, -last:][shown], expected["logits"][shown], **WITHIN)
    np.testing.assert_allclose(streams[:, shown], expected["hidden"][:, shown], **WITHIN)

    gradient = gradient[:, -last:]
    scale = np.abs(expected["gradient"]).max()
    np.testing.assert_allclose(gradient[shown] / scale, expected["gradient"][shown] / scale, **WITHIN)

    continued = generate(model, tokens, expected["generated"].shape[1], real=real).tokens
    np.testing.assert_array_equal(continued, expected["generated"])


MISTAKES = {
    "gpt2": [{"activation": "gelu"}, {"query_scale": 1.0}, {"norm_eps": 1e-2}],
    "gpt_neox": [
        {"parallel": False},
        {"rotary_fraction": 1.0},
        {"rotary_base": 10_000.0},
        {"activation": "gelu_tanh"},
        {"norm_eps": 1e-2},
    ],
    "llama": [
        {"rotary_scaling": None},
        {"rotary_scaling": RopeScaling(8.0, 1.0, 2.0, 16)},
        {"rotary_scaling": RopeScaling(8.0, 1.0, 4.0, 128)},
        {"rotary_base": 10_000.0},
        {"norm_eps": 1e-2},
    ],
    "gemma2": [
        {"norm_offset": False},
        {"post_norms": False},
        {"embedding_scale": 1.0},
        {"score_cap": 0.0},
        {"logit_cap": 0.0},
        {"windows": ()},
        {"windows": (0, 5, 0)},
        {"windows": (6, 0, 6)},
        {"query_scale": 0.0},
        {"activation": "gelu"},
        {"activation": "silu"},
    ],
    "qwen2": [{"rotary_base": 10_000.0}, {"activation": "gelu"}, {"norm_eps": 1e-2}],
}
"""What a loader could get wrong, one detail at a time."""


@pytest.mark.parametrize("family", FAMILIES)
def test_each_detail_alone_is_seen(family):
    """Got wrong, it takes the logits ten times as far from the reference as the test above lets them be."""
    model = load(GOLDEN / family)
    expected = np.load(GOLDEN / family / "expected.npz")
    tokens, real = expected["tokens"], expected["real"]
    right, shown = model.config, real[:, -expected["logits"].shape[1] :]
    for mistake in MISTAKES[family]:
        assert any(getattr(right, name) != value for name, value in mistake.items())
        model.config = replace(right, **mistake)
        with jax.disable_jit():  # each mistake is another program, run once
            logits = np.asarray(model(tokens, real=real))[:, -shown.shape[1] :]
        allowed = 1e-4 + 1e-4 * np.abs(expected["logits"][shown])
        off = np.abs(logits[shown] - expected["logits"][shown]) / allowed
        assert off.max() > 10, f"{mistake}: {off.max():.1f}"


@pytest.mark.parametrize("family", FAMILIES)
def test_each_parameter_alone_is_seen(family):
    """Every gain, bias and matrix of every layer, its last axis moved on by one, changes the logits."""
    model = load(GOLDEN / family)
    tokens = np.load(GOLDEN / family / "expected.npz")["tokens"][:1]
    weights = model.weights()
    right = model.run(tokens).logits
    for kind, path in ((kind, path) for kind, held in weights.items() for path in held):
        for layer in range(model.config.layers if kind == "blocks" else 1):
            value = weights[kind][path]
            moved = np.roll(value, 1, -1)
            other = np.array(value)
            other[layer if kind == "blocks" else ...] = moved[layer if kind == "blocks" else ...]
            changed = {**weights, kind: {**weights[kind], path: other}}
            off = float(jnp.abs(model.run(tokens, weights=changed).logits - right).max())
            # A bias of keys adds the same to all scores of a query, but where positions turn it.
            invisible = path == "attn.k_bias" and model.config.positions != "rotary"
            assert (off > 1e-3) != invisible, f"{path} of layer {layer}: {off:.1e}"
