"""The decoder computes what transformers did on a tiny checkpoint of every family (tests/models/make_golden.py)."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from corollary.models.checkpoint import load
from corollary.models.decoder import add
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

    ran = model.run(tokens, real=real, read=["blocks.*.resid_pre", "final_norm"])
    streams = np.concatenate([ran["blocks.*.resid_pre"], ran["final_norm"][None]])[:, :, -last:]
    np.testing.assert_allclose(ran.logits[:, -last:][shown], expected["logits"][shown], **WITHIN)
    np.testing.assert_allclose(streams[:, shown], expected["hidden"][:, shown], **WITHIN)

    @jax.jit
    def loss(shift):
        logits = model.run(tokens, real=real, change=[add("blocks.1.resid_pre", shift)]).logits
        return jnp.where(real[..., None], logits**2, 0).sum()

    gradient = jax.grad(loss)(jnp.zeros((*tokens.shape, model.config.width), jnp.float32))[:, -last:]
    scale = np.abs(expected["gradient"]).max()
    np.testing.assert_allclose(gradient[shown] / scale, expected["gradient"][shown] / scale, **WITHIN)

    continued = generate(model, tokens, expected["generated"].shape[1], real=real).tokens
    np.testing.assert_array_equal(continued, expected["generated"])
