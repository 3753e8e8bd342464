"""Checkpoints: to the place and back, bit for bit; tied by what is there; sharded over devices; in any float."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
import safetensors.numpy

from corollary.models.checkpoint import load, safetensors_file, save
from corollary.models.checkpoint.families import FAMILIES
from corollary.models.checkpoint.layout import Row
from corollary.models.decoder import Decoder, DecoderConfig, RopeScaling
from corollary.models.decoder import weights as parameter_list

GOLDEN = Path(__file__).with_name("golden")
NAMES = sorted(FAMILIES)


@pytest.fixture
def copied(tmp_path):
    """A copy of a golden checkpoint whose config.json and tensors may be changed."""

    def copy(name, fields=None, tensors=None):
        folder = tmp_path / name
        shutil.copytree(GOLDEN / name, folder, dirs_exist_ok=True)
        settings = json.loads((folder / "config.json").read_text()) | (fields or {})
        (folder / "config.json").write_text(json.dumps(settings))
        if tensors is not None:
            held = safetensors.numpy.load_file(folder / "model.safetensors")
            safetensors.numpy.save_file(tensors(held), folder / "model.safetensors", {"format": "pt"})
        return folder

    return copy


def tensors(folder):
    return safetensors.numpy.load_file(folder / "model.safetensors")


def drawn(**fields):
    """A decoder with random weights."""
    config, rng = DecoderConfig(**fields), np.random.default_rng(0)
    weights = {
        "outside": {path: p.shape for path, p in parameter_list.outside(config).items()},
        "blocks": {path: (config.layers, *p.shape) for path, p in parameter_list.inside(config).items()},
    }
    draw = lambda shape: jnp.asarray(rng.standard_normal(shape), jnp.float32)  # noqa: E731
    return Decoder(config, weights=jax.tree.map(draw, weights, is_leaf=lambda leaf: isinstance(leaf, tuple)))


def same(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_what_is_loaded_and_saved_is_the_same_to_the_bit(name, tmp_path):
    model = load(GOLDEN / name)
    save(model, tmp_path)
    before, after = tensors(GOLDEN / name), tensors(tmp_path)
    assert before.keys() == after.keys()
    assert all(same(before[key], after[key]) for key in before)
    again = load(tmp_path)
    assert again.config == model.config
    assert jax.tree.all(jax.tree.map(same, again.weights(), model.weights()))


@pytest.mark.parametrize("name", NAMES)
def test_a_model_in_shards_is_the_same(name, tmp_path):
    model = load(GOLDEN / name)
    save(model, tmp_path, shard_bytes=20_000)
    assert len(list(tmp_path.glob("model-0*-of-0*.safetensors"))) >= 3 and not (tmp_path / "model.safetensors").exists()
    assert jax.tree.all(jax.tree.map(same, load(tmp_path).weights(), model.weights()))


def test_layers_are_stacked_in_their_order_and_reordered_as_the_equations_read():
    held = tensors(GOLDEN / "llama")
    model = load(GOLDEN / "llama")
    for layer in range(3):
        q = held[f"model.layers.{layer}.self_attn.q_proj.weight"]
        np.testing.assert_array_equal(model.blocks["attn.q"][layer][:, 2, 5], q[2 * 8 + 5])
        np.testing.assert_array_equal(
            model.blocks["mlp.down"][layer], held[f"model.layers.{layer}.mlp.down_proj.weight"].T
        )
    np.testing.assert_array_equal(model.outside["unembed"][...], held["lm_head.weight"].T)


def test_ten_layers_are_not_taken_in_the_order_of_their_names(tmp_path):
    model = drawn(width=4, layers=11, heads=2, context=8, vocabulary=5, mlp_width=6, gated=True, activation="silu")
    save(model, tmp_path)
    np.testing.assert_array_equal(load(tmp_path).blocks["attn.k"][...], model.blocks["attn.k"][...])


@pytest.mark.parametrize("name", ["gpt2", "gpt_neox"])
def test_query_key_and_value_are_taken_apart_as_the_family_lays_them(name):
    held, model = tensors(GOLDEN / name), load(GOLDEN / name)
    fused = {
        "gpt2": lambda: held["transformer.h.1.attn.c_attn.weight"].reshape(24, 3, 4, 6).transpose(1, 0, 2, 3),
        "gpt_neox": lambda: (
            held["gpt_neox.layers.1.attention.query_key_value.weight"].reshape(4, 3, 6, 24).transpose(1, 3, 0, 2)
        ),
    }[name]()
    for part, path in enumerate(("attn.q", "attn.k", "attn.v")):
        np.testing.assert_array_equal(model.blocks[path][1], fused[part])


@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_a_family_goes_there_and_back(name):
    """On numbers that name their places."""
    config = replace(load(GOLDEN / name).config, unembedding="own")
    parameters = parameter_list.outside(config) | parameter_list.inside(config)
    covered = set()
    for row in FAMILIES[name].rows:
        if row.holds[0] in parameters:
            parameter = parameters[row.holds[0]]
            tensor = np.arange(np.prod(row.shape(parameter))).reshape(row.shape(parameter))
            parts = [row.ours(tensor, path, parameters[path]) for path in row.holds]
            assert all(part.base is not None and part.shape == parameter.shape for part in parts)
            np.testing.assert_array_equal(row.theirs(parts, parameter), tensor)
            covered |= set(row.holds)
    assert covered == set(parameters)


def test_a_layout_says_which_axis_is_slowest():
    parameter = parameter_list.Parameter((2, 3), ("head", "width"))
    tensor = np.arange(6).reshape(3, 2)
    np.testing.assert_array_equal(Row("x", "p", "width head").ours(tensor, "p", parameter), tensor.T)
    merged = Row("x", "p", "(width head)").ours(tensor.reshape(-1), "p", parameter)
    np.testing.assert_array_equal(merged, tensor.T)


# Tying


def test_without_a_head_the_embedding_is_the_head_whatever_the_flag_says(copied):
    def headless(held):
        return {name: value for name, value in held.items() if name != "lm_head.weight"}

    folder = copied("llama", {"tie_word_embeddings": False}, headless)
    with pytest.warns(UserWarning, match=r"config\.json: no lm_head.weight in the files; the embedding is used"):
        model = load(folder)
    assert model.config.unembedding == "tied" and "unembed" not in model.outside
    assert load(copied("llama", {"tie_word_embeddings": True}, headless)).config.unembedding == "tied"


def test_a_head_of_its_own_is_used_whatever_the_flag_says(copied):
    with pytest.warns(UserWarning, match=r"lm_head.weight is used, which differs from model.embed_tokens.weight"):
        model = load(copied("llama", {"tie_word_embeddings": True}))
    assert model.config.unembedding == "own"
    np.testing.assert_array_equal(model.outside["unembed"][...], tensors(GOLDEN / "llama")["lm_head.weight"].T)


@pytest.mark.parametrize(("said", "kept"), [(True, "tied"), (False, "own")])
def test_a_head_equal_to_the_embedding_is_what_the_flag_says(copied, said, kept):
    def equal(held):
        return held | {"lm_head.weight": held["model.embed_tokens.weight"].copy()}

    assert load(copied("llama", {"tie_word_embeddings": said}, equal)).config.unembedding == kept


# Floats


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float16, np.float32, np.float64])
def test_every_float_is_read_as_it_is_and_converted_on_demand(copied, dtype, tmp_path):
    folder = copied("gpt_neox", None, lambda held: {name: value.astype(dtype) for name, value in held.items()})
    model = load(folder)
    assert model.config.dtype == model.config.param_dtype == dtype
    stored = tensors(folder)["embed_out.weight"]
    assert same(np.asarray(model.outside["unembed"][...]), np.ascontiguousarray(stored.T))
    save(model, tmp_path / "again")
    before, after = tensors(folder), tensors(tmp_path / "again")
    assert all(same(before[key], after[key]) for key in before)
    wide = load(folder, dtype=jnp.float32)
    np.testing.assert_array_equal(wide.blocks["mlp.up"][...], np.asarray(model.blocks["mlp.up"][...], np.float32))
    assert wide([[5, 6]]).dtype == jnp.float32 and model([[5, 6]]).dtype == dtype


def test_norms_of_a_float16_model_do_not_overflow(copied):
    def large(held):
        return held | {"model.embed_tokens.weight": held["model.embed_tokens.weight"] * 2000}

    logits = load(copied("llama", None, large), dtype=np.float16)([[5, 6, 7]])
    assert logits.dtype == jnp.float16 and bool(jnp.isfinite(logits).all())


@pytest.mark.parametrize("dtype", [ml_dtypes.bfloat16, np.float32, np.float64])
def test_a_number_too_large_for_the_dtype_is_named(copied, dtype):
    def huge(held):
        name = "model.layers.1.mlp.up_proj.weight"
        held = {name: value.astype(dtype) for name, value in held.items()}
        return held | {name: np.where(np.eye(*held[name].shape) > 0, 1e6, held[name]).astype(dtype)}

    folder = copied("llama", None, huge)
    with pytest.raises(ValueError, match=r"dtype=float16 of model\.layers\.\*\.mlp\.up_proj\.weight is not allowed"):
        load(folder, dtype=jnp.float16)
    assert load(folder, dtype=jnp.bfloat16).config.dtype == jnp.bfloat16


# Files


def test_files_are_those_of_the_safetensors_package(tmp_path):
    rng = np.random.default_rng(0)
    made = {
        f"one.{dtype.name}": rng.standard_normal((3, 5)).astype(dtype) for dtype in safetensors_file.FLOATS.values()
    }
    written, theirs = tmp_path / "ours.safetensors", tmp_path / "theirs.safetensors"
    safetensors_file.write(written, {name: (v.dtype, v.shape, lambda v=v: v) for name, v in made.items()})
    safetensors.numpy.save_file(made, theirs)
    read = safetensors.numpy.load_file(written)
    for name, value in made.items():
        assert same(read[name], value)
        assert same(safetensors_file.read(theirs)[name].view(), value)


@pytest.mark.parametrize("shape", [(300, 200), (131, 5, 257), (1, 1), (4, 129, 1)])
@pytest.mark.parametrize("dtype", [np.float32, ml_dtypes.bfloat16, np.float64])
def test_any_order_of_axes_arrives(shape, dtype):
    import itertools

    from corollary.models.checkpoint.place import placed

    held = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    for order in itertools.permutations(range(len(shape))):
        view = held.transpose(order)
        for asked in (dtype, np.float32):
            out = placed(view.shape, np.dtype(asked), None, lambda _, view=view: view, False)
            np.testing.assert_array_equal(np.asarray(out), view.astype(asked))


# Devices

SHARDED = """
import sys
import jax, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from corollary.models.checkpoint import by_axes, load
folder = sys.argv[1]
assert jax.device_count() == 2
whole = load(folder)
mesh = Mesh(np.array(jax.devices()), ("model",))
split = load(folder, sharding=by_axes(mesh, {"head": "model", "kv_head": "model", "mlp_width": "model"}))
assert split.blocks["attn.q"].sharding.spec == PartitionSpec(None, None, "model", None)
assert split.blocks["attn.q"][...].addressable_shards[1].data.shape == (3, 24, 2, 8)
assert split.blocks["mlp.down"].sharding.spec == PartitionSpec(None, "model", None)
assert split.outside["embed"].sharding.is_fully_replicated
def widths(path, axes, shape):
    return NamedSharding(mesh, PartitionSpec(*("model" if axis == "width" else None for axis in axes)))
by_width = load(folder, sharding=widths)
kept = load(folder, sharding=NamedSharding(mesh, PartitionSpec()))
for other in (split, by_width, kept):
    jax.tree.map(np.testing.assert_array_equal, other.weights(), whole.weights())
tokens = np.arange(3, 23)[None]
np.testing.assert_allclose(split(tokens), whole(tokens), rtol=1e-5, atol=1e-5)
assert load(folder, sharding=by_axes(mesh, {"layer": "model"})).blocks["attn.q"].sharding.is_fully_replicated
try:
    by_axes(mesh, {"head": "data"})
except ValueError as error:
    assert "allowed as values: model" in str(error)
print("held")
"""


def test_weights_are_sharded_over_devices():
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2", "JAX_PLATFORMS": "cpu"}
    ran = subprocess.run(
        [sys.executable, "-c", SHARDED, str(GOLDEN / "llama")], env=environment, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "held", ran.stderr[-2000:]


# Saving


def test_a_model_trained_here_is_saved_as_the_family_that_it_is(tmp_path):
    common = {"width": 8, "layers": 2, "heads": 2, "context": 16, "vocabulary": 11, "mlp_width": 12}
    gated = {"gated": True, "activation": "silu"}
    bands = RopeScaling(4.0, 1.0, 4.0, 8)
    for model_type, fields in {
        "llama": {**gated, "kv_heads": 1, "rotary_scaling": bands},
        "qwen2": {**gated, "attention_bias": True, "windows": (0, 3)},
        "gpt_neox": {"norm": "layer", "attention_bias": True, "output_bias": True, "mlp_bias": True, "parallel": True},
    }.items():
        model = drawn(**common, **fields)
        save(model, tmp_path / model_type)
        assert json.loads((tmp_path / model_type / "config.json").read_text())["model_type"] == model_type
        again = load(tmp_path / model_type)
        np.testing.assert_array_equal(again([[1, 2, 3, 4, 5]]), model([[1, 2, 3, 4, 5]]))


def test_a_model_of_no_family_is_not_saved_as_the_nearest(tmp_path):
    model = drawn(width=8, layers=1, heads=2, context=16, vocabulary=11, attention="softmax_one")
    with pytest.raises(ValueError, match=r"attention='softmax_one'.* allowed: one that gpt2, gpt_neox, llama"):
        save(model, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_other_weights_are_not_overwritten(copied):
    with pytest.raises(ValueError, match=r"with model.safetensors is not allowed; allowed: one without weights"):
        save(load(GOLDEN / "gpt2"), copied("llama"))


def test_loading_and_running_need_neither_torch_nor_the_packages_of_the_extra():
    code = (
        "import sys, corollary as co; m = co.load(sys.argv[1]); m([[1, 2]]);"
        "assert not {'torch', 'transformers', 'safetensors', 'tokenizers'} & set(sys.modules); print(m.tokens)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(GOLDEN / "qwen2")], capture_output=True, text=True)
    assert ran.stdout.strip() == "None", ran.stderr
