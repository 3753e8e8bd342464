"""The decoder computes what transformers does, in variants of every family in which each single detail matters, and
transformers reads what is saved here. Needs the extra `parity`."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

import reference
import torch
import transformers

from corollary.models.checkpoint import load, save
from corollary.models.decoder import add
from corollary.models.decoder.generation import generate

WITHIN = {"rtol": 1e-4, "atol": 1e-4}
NEW = 12

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")


@pytest.fixture(scope="module", params=reference.VARIANTS)
def pair(request, tmp_path_factory):
    """A variant in transformers and here."""
    folder = tmp_path_factory.mktemp(request.param)
    model = reference.built(request.param)
    model.save_pretrained(folder)
    return model, load(folder), folder


def run_here(model, tokens, real):
    ran = model.run(tokens, real=real, read=["blocks.*.resid_pre", "final_norm"])
    return ran.logits, np.concatenate([ran["blocks.*.resid_pre"], ran["final_norm"][None]])


@pytest.mark.parametrize("side", ["left", "right"])
def test_logits_and_streams_of_padded_rows(pair, side):
    theirs, ours, _ = pair
    tokens, real = reference.batch(side)
    expected = reference.computed(theirs, tokens, real)
    logits, streams = run_here(ours, tokens, real)
    np.testing.assert_allclose(logits[real], expected["logits"][real], **WITHIN)
    np.testing.assert_allclose(streams[:, real], expected["hidden"][:, real], **WITHIN)


def test_gradient_with_respect_to_a_stream(pair):
    theirs, ours, _ = pair
    tokens, real = reference.batch("left")
    expected = reference.computed(theirs, tokens, real)["gradient"]

    @jax.jit
    def loss(shift):
        logits = ours.run(tokens, real=real, change=[add("blocks.1.resid_pre", shift)]).logits
        return jnp.where(real[..., None], logits**2, 0).sum()

    gradient = jax.grad(loss)(jnp.zeros((*tokens.shape, ours.config.width), jnp.float32))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(gradient[real] / scale, expected[real] / scale, **WITHIN)


def test_greedy_generation_token_for_token(pair):
    theirs, ours, _ = pair
    tokens, real = reference.batch("left")
    expected = reference.generated(theirs, tokens, real, NEW)
    np.testing.assert_array_equal(generate(ours, tokens, NEW, real=real).tokens, expected)


def test_transformers_reads_what_is_saved(pair, tmp_path):
    theirs, ours, _ = pair
    save(ours, tmp_path / "single")
    save(ours, tmp_path / "sharded", shard_bytes=10_000)
    tokens, real = reference.batch("right")
    expected = reference.computed(theirs, tokens, real)["logits"]
    for folder in (tmp_path / "single", tmp_path / "sharded"):
        again, said = transformers.AutoModelForCausalLM.from_pretrained(
            folder, attn_implementation="eager", output_loading_info=True
        )
        assert not any(said[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
        assert again.dtype == torch.float32
        np.testing.assert_allclose(
            reference.computed(again.eval(), tokens, real)["logits"][real], expected[real], rtol=1e-6, atol=1e-6
        )


@pytest.mark.parametrize("name", ["gpt2", "gpt_neox", "llama", "gemma2", "qwen2"])
def test_bfloat16_is_as_far_from_float32_as_theirs(name, tmp_path):
    """Both round; ours lies no farther from the float32 result than theirs does, within a factor of two."""
    theirs = reference.built(name)
    tokens, real = reference.batch("left")
    theirs.to(torch.bfloat16).save_pretrained(tmp_path / "bf16")
    ours = load(tmp_path / "bf16")
    assert ours.config.dtype == ours.config.param_dtype == jnp.bfloat16
    assert all(leaf.dtype == jnp.bfloat16 for leaf in jax.tree.leaves(ours.weights()))
    rounded = reference.computed(theirs, tokens, real)["logits"][real]
    whole = load(tmp_path / "bf16", dtype=jnp.float32)
    exact = np.asarray(whole(tokens, real=real))[real]
    mine = np.asarray(ours(tokens, real=real), np.float32)[real]

    def off(a, b):
        return float(np.sqrt(np.mean((a - b) ** 2)))

    assert 0 < off(mine, exact) < 2 * off(rounded, exact)
    assert off(mine, rounded) < 2 * off(rounded, exact)


@pytest.mark.parametrize("name", ["gpt2", "gpt_neox", "llama", "gemma2", "qwen2"])
def test_a_file_of_the_bare_model_is_read(name, tmp_path):
    theirs = reference.built(name)
    theirs.base_model.save_pretrained(tmp_path)
    assert "Model" in json.loads((tmp_path / "config.json").read_text())["architectures"][0]
    ours = load(tmp_path)
    tokens, real = reference.batch("left")
    expected = reference.computed(theirs, tokens, real)["hidden"]
    np.testing.assert_allclose(run_here(ours, tokens, real)[1][:, real], expected[:, real], **WITHIN)


def test_a_config_in_the_style_of_transformers_5_is_the_same_model(tmp_path):
    for name in ("llama", "gpt_neox", "qwen2", "gemma2"):
        folder = tmp_path / name
        reference.built(name).save_pretrained(folder)
        older = load(folder).config
        fields = json.loads((folder / "config.json").read_text())
        scaling = fields.pop("rope_scaling", None) or {"rope_type": "default"}
        fraction = fields.pop("rotary_pct", None)
        fields.pop("partial_rotary_factor", None)
        base = fields.pop("rotary_emb_base", None) or fields["rope_theta"]
        fields.pop("rope_theta", None)
        fields["rope_parameters"] = {**scaling, "rope_theta": base}
        if fraction:
            fields["rope_parameters"]["partial_rotary_factor"] = fraction
        (folder / "config.json").write_text(json.dumps(fields))
        assert load(folder).config == older


@pytest.mark.parametrize("kind", ["PreTrainedTokenizerFast", "GPTNeoXTokenizerFast"])
@pytest.mark.parametrize("begin", [None, True, False])
def test_tokens_are_those_of_transformers(kind, begin, tmp_path):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = [*"abcdefghijklmnopqrstuvwxyzĠ", "ab", "abc", "<s>", "</s>", "<pad>"]
    made = Tokenizer(models.BPE({piece: number for number, piece in enumerate(letters)}, [("a", "b"), ("ab", "c")]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    asked = {} if begin is None or kind == "PreTrainedTokenizerFast" else {"add_bos_token": begin}
    theirs = getattr(transformers, kind)(
        tokenizer_object=made, bos_token="<s>", eos_token="</s>", unk_token="a", pad_token="<pad>", **asked
    )
    reference.built("gpt_neox").save_pretrained(tmp_path)
    theirs.save_pretrained(tmp_path)
    ours = load(tmp_path).tokens
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path)
    texts = ["abcba cab", "ab", "quick brown"]
    for side in ("left", "right"):
        theirs.padding_side = side
        expected = theirs(texts, padding=True, return_tensors="np")
        tokens, real = ours.encode(texts, padding=side)
        np.testing.assert_array_equal(tokens, expected["input_ids"])
        np.testing.assert_array_equal(real, expected["attention_mask"])
        assert ours.decode(tokens) == theirs.batch_decode(expected["input_ids"], skip_special_tokens=True)
        assert ours.decode(tokens, special=True) == theirs.batch_decode(expected["input_ids"])
