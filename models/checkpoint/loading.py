"""Reads a published model straight into a decoder, each weight to its place."""

from __future__ import annotations

import fnmatch
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec, Sharding
from jax.typing import DTypeLike

from corollary.models.checkpoint.family import Family
from corollary.models.checkpoint.folder import described, tensors_of
from corollary.models.checkpoint.layout import Row
from corollary.models.checkpoint.place import placed
from corollary.models.checkpoint.safetensors_file import FLOATS, Stored
from corollary.models.checkpoint.settings import Settings
from corollary.models.checkpoint.tokens import Tokens
from corollary.models.decoder import weights as parameter_list
from corollary.models.decoder.config import DecoderConfig
from corollary.models.decoder.network import Decoder
from corollary.models.decoder.weights import Parameter

Shardings = Callable[[str, tuple[str, ...], tuple[int, ...]], Sharding]
"""From a parameter's path, the names of its axes, and their sizes."""


def load(folder: str | Path, dtype: DTypeLike | None = None, sharding: Sharding | Shardings | None = None) -> Decoder:
    """The model in a folder, with its tokenizer as `model.tokens` (None without a tokenizer.json).

    folder: with config.json and model.safetensors, or its shards and their index, of GPT-2, GPT-NeoX, Llama, Gemma 2 or
    Qwen 2. dtype: of weights and activations, by default the files' own. sharding: of every parameter, or a function
    of its path, axes and shape (`by_axes`); each process reads what its devices hold.

    Weights are as in the files: nothing is centred, folded or shifted. The embedding is the unembedding too if the
    files hold no other.

    Raises ValueError, in one line that names the file and the field or tensor, for what is not covered: another
    architecture, scaling or activation, quantised weights, a missing, unknown or misshapen tensor, a file cut short.
    Warns where config.json says of tying what the files contradict.
    """
    place = Path(folder).expanduser()
    settings, family = described(place)
    tensors = tensors_of(place)
    prefix = family.prefix if any(name.startswith(family.prefix) for name in tensors) else ""
    tensors = {name: one for name, one in tensors.items() if not _rebuilt(name, family, prefix)}
    tied = _tied(settings, family, tensors, prefix)
    kept = _dtype(tensors, dtype)
    config = family.config(settings, unembedding="tied" if tied else "own", dtype=kept, param_dtype=kept)
    if tied:
        tensors.pop(_head(family).name, None)
    rows = {path: row for row in family.rows for path in row.holds}
    outside, inside = parameter_list.outside(config), parameter_list.inside(config)
    _fit(place, tensors, prefix, rows, config)
    tokens = Tokens.of(place, config.vocabulary)

    def array(path: str, parameter: Parameter, layers: int) -> jax.Array:
        row = rows[path]
        stack, axes = ((layers,), ("layer",)) if layers else ((), ())

        def layer(at: int | None) -> np.ndarray:
            return row.ours(tensors[_name(row, prefix, at)].view(), path, parameter)

        shape = stack + parameter.shape
        where = sharding(path, axes + parameter.axes, shape) if callable(sharding) else sharding
        try:
            return placed(shape, kept, where, layer, bool(layers))
        except FloatingPointError as error:
            name = _name(row, prefix, "*")
            allowed = "one that holds its largest number"
            raise ValueError(f"{place}: dtype={kept} of {name} is not allowed; allowed: {allowed}") from error

    model = Decoder(
        config,
        weights={
            "outside": {path: array(path, parameter, 0) for path, parameter in outside.items()},
            "blocks": {path: array(path, parameter, config.layers) for path, parameter in inside.items()},
        },
    )
    model.tokens = tokens
    return model


def by_axes(mesh: Mesh, axes: Mapping[str, str]) -> Shardings:
    """Shards every parameter over a mesh by the names of its axes (corollary.models.decoder.weights), such as
    {"head": "model", "mlp_width": "model", "vocabulary": "model"}. An axis is kept whole if the mesh's
    does not divide it (grouped keys and values on more devices than they have heads), or another of the parameter's has
    it."""
    if not set(axes.values()) <= set(mesh.axis_names):
        raise ValueError(f"axes={dict(axes)} is not allowed; allowed as values: {', '.join(map(str, mesh.axis_names))}")

    def of(path: str, names: tuple[str, ...], shape: tuple[int, ...]) -> Sharding:
        spec: list[str | None] = []
        for name, size in zip(names, shape, strict=True):
            over = axes.get(name)
            free = over is not None and over not in spec and size % mesh.shape[over] == 0
            spec.append(over if free else None)
        return NamedSharding(mesh, PartitionSpec(*spec))

    return of


def _rebuilt(name: str, family: Family, prefix: str) -> bool:
    return any(fnmatch.fnmatchcase(name, prefix + pattern) for pattern in family.rebuilt)


def _head(family: Family) -> Row:
    return next(row for row in family.rows if row.holds == ["unembed"])


def _tied(settings: Settings, family: Family, tensors: Mapping[str, Stored], prefix: str) -> bool:
    """By what the files hold. Both of them, equal, are one if config.json says so."""
    said = settings.flag("tie_word_embeddings", family.tied)
    head = _head(family).name
    embedding = _name(next(row for row in family.rows if row.holds == ["embed"]), prefix, None)
    if head not in tensors:
        if not said:
            says = "the embedding is used, though tie_word_embeddings is false"
            warnings.warn(f"{settings.file}: no {head} in the files; {says}", stacklevel=3)
        return True
    if said and not _equal(tensors[head], tensors.get(embedding)):
        says = f"{head} is used, which differs from {embedding}, though tie_word_embeddings is true"
        warnings.warn(f"{settings.file}: {says}", stacklevel=3)
        return False
    return said


def _equal(one: Stored, other: Stored | None) -> bool:
    if other is None or (one.dtype, one.shape) != (other.dtype, other.shape):
        return False
    mine, others = (stored.view().view(f"u{stored.view().itemsize}") for stored in (one, other))
    rows = range(0, len(mine), 1024)
    return all(np.array_equal(mine[row : row + 1024], others[row : row + 1024]) for row in rows)


def _dtype(tensors: Mapping[str, Stored], asked: DTypeLike | None) -> np.dtype:
    """Of the weights in memory."""
    for one in tensors.values():
        if one.dtype not in FLOATS:
            raise ValueError(f"{one.file}: {one.name} has dtype {one.dtype}, which is not allowed; {_ALLOWED}")
    if asked is not None:
        try:
            kept = np.dtype(asked)
        except TypeError:
            kept = np.dtype(object)
        if kept not in FLOATS.values():
            raise ValueError(f"dtype={asked!r} is not allowed; {_ALLOWED}")
    else:
        kinds = [one.dtype for one in tensors.values()]
        usual = max(set(kinds), key=kinds.count, default="F32")
        for one in tensors.values():
            if one.dtype != usual:
                allowed = f"allowed: {usual} as in the others, or load(..., dtype=) for all"
                raise ValueError(f"{one.file}: {one.name} has dtype {one.dtype}, which is not allowed; {allowed}")
        kept = FLOATS[usual]
    if kept == np.float64 and not jax.config.read("jax_enable_x64"):
        raise ValueError("dtype=float64 is not allowed; allowed: any other, or float64 after corollary.prepare()")
    return kept


_ALLOWED = f"allowed: {', '.join(str(dtype) for dtype in FLOATS.values())}"


def _fit(
    place: Path, tensors: Mapping[str, Stored], prefix: str, rows: Mapping[str, Row], config: DecoderConfig
) -> None:
    """Holds the files to what such a decoder needs: every tensor, no other, and each in its shape."""
    needed: dict[str, tuple[int, ...]] = {}
    for parameters, layers in (
        (parameter_list.outside(config), [None]),
        (parameter_list.inside(config), [*range(config.layers)]),
    ):
        for path, parameter in parameters.items():
            needed |= {_name(rows[path], prefix, layer): rows[path].shape(parameter) for layer in layers}
    for name, shape in needed.items():
        if name not in tensors:
            raise ValueError(f"{place}: tensor {name} is missing; allowed: one of shape {shape}")
        if tensors[name].shape != shape:
            given = f"{tensors[name].file}: {name} of shape {tensors[name].shape}"
            raise ValueError(f"{given} is not allowed; allowed by config.json: {shape}")
    for name, one in tensors.items():
        if name not in needed:
            raise ValueError(
                f"{one.file}: tensor {name} is not allowed; allowed: those of a model of {place / 'config.json'}"
            )


def _name(row: Row, prefix: str, layer: int | str | None) -> str:
    return (prefix if row.prefixed else "") + row.name.format(layer)
