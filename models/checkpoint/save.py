"""Writes a decoder as published models are shared, so that transformers and `load` read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from corollary.models.checkpoint import safetensors_file
from corollary.models.checkpoint.families import FAMILIES
from corollary.models.checkpoint.family import Family
from corollary.models.checkpoint.folder import INDEX, SINGLE
from corollary.models.checkpoint.layout import Row
from corollary.models.checkpoint.settings import Settings
from corollary.models.decoder import weights as parameter_list
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.network import Decoder

Made = tuple[np.dtype, tuple[int, ...], Callable[[], np.ndarray]]


def save(model: Decoder, folder: str | Path, shard_bytes: int = 5_000_000_000) -> None:
    """Writes config.json, safetensors files and the tokenizer, if there is one, to a folder, which is made if need be.

    shard_bytes: the size beyond which weights are spread over several files. Raises ValueError for a decoder that is
    none of the families', and for a folder that holds other weights.
    """
    place = Path(folder).expanduser()
    family = family_of(model.config)
    place.mkdir(parents=True, exist_ok=True)
    there = sorted(file.name for file in place.iterdir() if file.name == INDEX or file.suffix == ".safetensors")
    if there:
        raise ValueError(f"folder={str(place)!r} with {there[0]} is not allowed; allowed: one without weights")
    _write_tensors(place, _tensors(model, family), shard_bytes)
    fields: dict[str, Any] = {
        **family.fields(model.config),
        "tie_word_embeddings": model.config.unembedding == "tied",
        "torch_dtype": np.dtype(model.config.param_dtype).name,
    }
    for name in ("bos", "eos", "pad"):
        fields[f"{name}_token_id"] = getattr(model.tokens, name, None)
    (place / "config.json").write_text(json.dumps(fields, indent=2) + "\n", encoding="utf-8")
    if model.tokens is not None:
        model.tokens.save(place)


def family_of(config: DecoderConfig) -> Family:
    """The first family whose config.json describes exactly such a decoder. Raises ValueError if there is none."""
    asked = replace(config, dtype=jnp.float32, param_dtype=jnp.float32, embedding_deviation=1.0)
    asked = replace(asked, windows=config.windows if any(config.windows) else ())
    for family in FAMILIES.values():
        fields = json.loads(json.dumps(family.fields(asked)))
        try:
            same = family.config(Settings(Path("config.json"), fields), unembedding=asked.unembedding) == asked
        except ValueError:
            continue
        if same:
            return family
    allowed = f"one that {', '.join(FAMILIES)} can describe"
    raise ValueError(f"config={_unusual(config)} is not allowed; allowed: {allowed}")


def _unusual(config: DecoderConfig) -> str:
    """The kind of decoder, in few words."""
    named = ("norm", "positions", "attention", "activation", "gated", "parallel", "features")
    return "(" + ", ".join(f"{name}={getattr(config, name)!r}" for name in named) + ")"


def _tensors(model: Decoder, family: Family) -> dict[str, Made]:
    config, weights = model.config, model.weights()
    out: dict[str, Made] = {}
    for kind, parameters, layers in (
        ("outside", parameter_list.outside(config), [None]),
        ("blocks", parameter_list.inside(config), [*range(config.layers)]),
    ):
        for layer in layers:
            for row in family.rows:
                if row.holds[0] in parameters:
                    name = (family.prefix if row.prefixed else "") + row.name.format(layer)
                    parameter = parameters[row.holds[0]]
                    arrays = [weights[kind][path] for path in row.holds]
                    make = partial(_theirs, row, arrays, parameter, layer)
                    out[name] = np.dtype(arrays[0].dtype), row.shape(parameter), make
    return out


def _theirs(row: Row, arrays: list[jax.Array], parameter: parameter_list.Parameter, layer: int | None) -> np.ndarray:
    return row.theirs([np.asarray(array if layer is None else array[layer]) for array in arrays], parameter)


def _write_tensors(place: Path, tensors: dict[str, Made], shard_bytes: int) -> None:
    sizes = {name: dtype.itemsize * int(np.prod(shape)) for name, (dtype, shape, _) in tensors.items()}
    shards: list[dict[str, Made]] = [{}]
    held = 0
    for name, made in tensors.items():
        if shards[-1] and held + sizes[name] > shard_bytes:
            shards.append({})
            held = 0
        shards[-1][name] = made
        held += sizes[name]
    if len(shards) == 1:
        safetensors_file.write(place / SINGLE, shards[0])
        return
    named: dict[str, str] = {}
    for number, shard in enumerate(shards, 1):
        file = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        safetensors_file.write(place / file, shard)
        named |= dict.fromkeys(shard, file)
    index = {"metadata": {"total_size": sum(sizes.values())}, "weight_map": named}
    (place / INDEX).write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
