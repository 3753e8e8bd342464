"""What is not covered is refused in one line that names the file, the field or tensor, and what is allowed."""

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from corollary.models.checkpoint import load, save

GOLDEN = Path(__file__).with_name("golden")
LINEAR = {"rope_type": "linear", "factor": 2.0}
BANDS = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}


def copy(name, to):
    shutil.copytree(GOLDEN / name, to, dirs_exist_ok=True)
    return to


def refused(folder, *said, **given):
    """The message of the one error, which is one line with all of `said` in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        with pytest.raises(ValueError) as caught:
            load(folder, **given)
    message = str(caught.value)
    assert "\n" not in message
    for part in said:
        assert part in message, message


FIELDS = [
    ("llama", {"model_type": "mixtral"}, ["model_type='mixtral'", "gpt2, gpt_neox, llama, qwen2, gemma2"]),
    ("llama", {"model_type": None}, ["model_type=None", "gpt2"]),
    ("llama", {"architectures": ["LlamaForSequenceClassification"]}, ["architectures=", "LlamaForCausalLM"]),
    ("llama", {"quantization_config": {"quant_method": "gptq"}}, ["quantization_config=", "plain weights"]),
    ("llama", {"num_local_experts": 8}, ["num_local_experts=8", "without experts"]),
    ("llama", {"hidden_act": "quick_gelu"}, ["hidden_act='quick_gelu'", "gelu_pytorch_tanh, silu"]),
    ("llama", {"hidden_size": None}, ["hidden_size is missing", "an integer >= 1"]),
    ("llama", {"hidden_size": "24"}, ["hidden_size='24'", "an integer >= 1"]),
    ("llama", {"num_attention_heads": 0}, ["num_attention_heads=0", "an integer >= 1"]),
    ("llama", {"num_key_value_heads": 3}, ["kv_heads=3", "a divisor of heads=4"]),
    ("llama", {"rms_norm_eps": -1}, ["rms_norm_eps=-1", "a number > 0"]),
    ("llama", {"attention_bias": "no"}, ["attention_bias='no'", "true or false"]),
    ("llama", {"tie_word_embeddings": 1}, ["tie_word_embeddings=1", "true or false"]),
    ("llama", {"partial_rotary_factor": 0.5}, ["partial_rotary_factor=0.5", "1.0 or none"]),
    ("llama", {"rope_scaling": LINEAR}, ["rope_scaling.rope_type='linear'", "default, llama3"]),
    ("llama", {"rope_scaling": {"type": "dynamic", "factor": 2.0}}, ["'dynamic'", "default, llama3"]),
    ("llama", {"rope_scaling": {"type": "yarn", "factor": 2.0}}, ["'yarn'", "default, llama3"]),
    ("llama", {"rope_scaling": {"rope_type": "longrope"}}, ["'longrope'", "default, llama3"]),
    ("llama", {"rope_parameters": {**LINEAR, "rope_theta": 1e4}}, ["rope_parameters.rope_type='linear'"]),
    ("llama", {"rope_scaling": "llama3"}, ["rope_scaling='llama3'", "an object with rope_type"]),
    ("llama", {"rope_scaling": BANDS}, ["rope_scaling.original_max_position_embeddings=None", "a number"]),
    (
        "llama",
        {"rope_scaling": {**BANDS, "original_max_position_embeddings": 16, "factor": 0.5}},
        ["rope_scaling: factor=0.5", "a number >= 1"],
    ),
    (
        "llama",
        {"rope_parameters": {"full_attention": {"rope_theta": 1e4}, "sliding_attention": {"rope_theta": 1e6}}},
        ["rope_parameters=", "the same for every type of layer"],
    ),
    ("qwen2", {"rope_scaling": {"type": "yarn", "factor": 4.0}}, ["rope_scaling.rope_type='yarn'"]),
    ("qwen2", {"layer_types": ["chunked_attention"] * 3}, ["layer_types=", "full_attention and sliding_attention"]),
    ("qwen2", {"layer_types": ["full_attention"]}, ["layer_types=", "3 of full_attention"]),
    (
        "qwen2",
        {"layer_types": ["sliding_attention"] * 3, "use_sliding_window": False, "sliding_window": 4},
        ["sliding_window=4", "where a layer has sliding_attention"],
    ),
    ("qwen2", {"use_sliding_window": True, "max_window_layers": "all"}, ["max_window_layers='all'"]),
    ("qwen2", {"num_key_value_heads": None}, ["num_key_value_heads is missing"]),
    ("qwen2", {"use_mrope": True}, ["use_mrope=True", "false or none"]),
    ("gemma2", {"sliding_window": None}, ["sliding_window=None", "where a layer has sliding_attention"]),
    ("gemma2", {"query_pre_attn_scalar": 0}, ["query_pre_attn_scalar=0", "a number > 0"]),
    ("gemma2", {"final_logit_softcapping": False}, ["final_logit_softcapping=False", "a number > 0"]),
    ("gemma2", {"hidden_activation": "relu6"}, ["hidden_activation='relu6'"]),
    ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, ["scale_attn_by_inverse_layer_idx=True", "false or none"]),
    ("gpt2", {"add_cross_attention": True}, ["add_cross_attention=True"]),
    ("gpt2", {"n_head": 5}, ["heads=5", "a divisor of width=24"]),
    ("gpt_neox", {"rotary_pct": 0.5}, ["rotary_fraction=0.5", "an even number of the head's 6 directions"]),
    ("gpt_neox", {"rotary_pct": 2}, ["rotary_fraction=2.0", "in (0, 1]"]),
    ("gpt_neox", {"rope_scaling": LINEAR}, ["rope_scaling.rope_type='linear'"]),
]


@pytest.mark.parametrize(("name", "fields", "said"), FIELDS, ids=lambda one: str(one)[:60])
def test_a_field_that_is_not_covered(name, fields, said, tmp_path):
    folder = copy(name, tmp_path)
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))
    refused(folder, str(file), *said)


def changed(folder, change):
    held = safetensors.numpy.load_file(folder / "model.safetensors")
    change(held)
    safetensors.numpy.save_file(held, folder / "model.safetensors")
    return folder


NORM = "model.layers.1.input_layernorm.weight"
QUERY = "model.layers.2.self_attn.q_proj.weight"
TENSORS = {
    "missing": (lambda held: held.pop(QUERY), [f"tensor {QUERY} is missing", "one of shape (32, 24)"]),
    "unknown": (lambda held: held.update({"model.layers.3.x": held[NORM]}), ["model.layers.3.x is not", "config.json"]),
    "bias that the config does not have": (
        lambda held: held.update({QUERY.replace("weight", "bias"): np.zeros(32, np.float32)}),
        ["q_proj.bias is not allowed"],
    ),
    "misshapen": (
        lambda held: held.update({QUERY: held[QUERY].T.copy()}),
        [f"{QUERY} of shape (24, 32)", "by config.json: (32, 24)"],
    ),
    "of another float": (
        lambda held: held.update({NORM: held[NORM].astype(np.float16)}),
        [f"{NORM} has dtype F16", "F32 as in the others, or load(..., dtype=)"],
    ),
    "of integers": (lambda held: held.update({NORM: held[NORM].astype(np.int8)}), [f"{NORM} has dtype I8", "bfloat16"]),
}


@pytest.mark.parametrize("case", TENSORS)
def test_a_tensor_that_does_not_fit(case, tmp_path):
    change, said = TENSORS[case]
    folder = changed(copy("llama", tmp_path), change)
    refused(folder, str(folder), *said)


def test_tensors_of_several_floats_are_converted_on_demand(tmp_path):
    folder = changed(copy("llama", tmp_path), TENSORS["of another float"][0])
    assert load(folder, dtype=np.float32).blocks["norm1.gain"].dtype == np.float32


def test_buffers_that_older_files_hold_are_not_read(tmp_path):
    for name, extra in {
        "gpt2": ["transformer.h.0.attn.bias", "transformer.h.2.attn.masked_bias"],
        "gpt_neox": ["gpt_neox.layers.0.attention.bias", "gpt_neox.layers.1.attention.rotary_emb.inv_freq"],
        "llama": ["model.layers.0.self_attn.rotary_emb.inv_freq"],
    }.items():
        folder = copy(name, tmp_path / name)
        changed(folder, lambda held, extra=extra: held.update(dict.fromkeys(extra, np.ones((1, 1, 4, 4), np.uint8))))
        assert load(folder).config == load(GOLDEN / name).config


@pytest.mark.parametrize("dtype", ["int8", np.int32, "no-such"])
def test_a_dtype_that_is_no_float(dtype):
    refused(GOLDEN / "llama", f"dtype={dtype!r}", "float16, bfloat16, float32, float64", dtype=dtype)


# Files


def test_no_folder(tmp_path):
    refused(tmp_path / "gpt2", f"folder='{tmp_path / 'gpt2'}'", "a folder with config.json", "nothing is downloaded")


def test_a_folder_with_pickled_weights_alone(tmp_path):
    folder = copy("llama", tmp_path)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    refused(folder, str(folder), "pytorch_model.bin, which only unpickling could read", "model.safetensors")
    (folder / "pytorch_model.bin").unlink()
    refused(folder, str(folder), "allowed: model.safetensors")


@pytest.mark.parametrize("text", ["{", "[1]"])
def test_a_config_that_is_no_object(text, tmp_path):
    folder = copy("llama", tmp_path)
    (folder / "config.json").write_text(text)
    refused(folder, "config.json", "allowed: ", "JSON")


def test_files_cut_short_or_of_another_kind(tmp_path):
    folder = copy("llama", tmp_path)
    file = folder / "model.safetensors"
    whole = file.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    header = json.loads(whole[8 : 8 + length])

    def with_header(**changes):
        text = json.dumps({**header, **changes}).encode()
        return len(text).to_bytes(8, "little") + text + whole[8 + length :]

    first = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    for content, said in {
        b"": "a header of 0 bytes in a file of 0",
        whole[:5]: "in a file of 5",
        whole[:100]: "in a file of 100",
        whole[:-1]: f"{len(whole) - 1} bytes is not allowed; allowed: {len(whole)}, as its header says",
        whole + b"x": "as its header says",
        b"\x80\x02}q\x00" * 40: "a header of",
        (4).to_bytes(8, "little") + b"nope" + whole: "its header is not allowed",
        with_header(more=first): "model.safetensors: ",
        with_header(more={**first, "shape": [-2]}): "its header is not allowed",
        with_header(more={**first, "data_offsets": [0]}): "its header is not allowed",
        with_header(more={**first, "dtype": "F3"}): "more has dtype F3",
    }.items():
        file.write_bytes(content)
        refused(folder, str(file), said, "allowed")


def test_an_index_that_the_shards_do_not_bear_out(tmp_path):
    folder = tmp_path / "sharded"
    save(load(GOLDEN / "llama"), folder, shard_bytes=30_000)
    index = folder / "model.safetensors.index.json"
    named = json.loads(index.read_text())["weight_map"]
    last = max(named.values())

    def write(changes):
        index.write_text(json.dumps({"weight_map": {**named, **changes}}))

    write({"lm_head.weight": "model-00009-of-00009.safetensors"})
    refused(folder, str(index), "lm_head.weight in 'model-00009-of-00009.safetensors'", "a file that is in the folder")
    write({"lm_head.weight": "../sharded/" + last})
    refused(folder, str(index), "lm_head.weight in '../sharded/")
    write({"model.x": last})
    refused(folder, str(folder / last), "model.x is missing", "model.safetensors.index.json names it there")
    index.write_text(json.dumps({"weight_map": {name: file for name, file in named.items() if name != NORM}}))
    refused(folder, str(folder / named[NORM]), f"{NORM} is not allowed", "tensors that model.safetensors.index.json")
    index.write_text("{}")
    refused(folder, str(index), "JSON with weight_map")
    write({})
    (folder / last).unlink()
    refused(folder, str(index), repr(last), "a file that is in the folder")
